"""Proposing the public holidays of the shop's country, so that nobody has to type them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from django.db import transaction

from vendors.models import Vendor
from vendors.opening.keeping import opening_times
from vendors.opening.models import Closure

USUAL = "public"
"""The kind of holiday that a calendar gives when nobody asks for more."""
WORKED = {"workday", "half_day"}
"""Kinds on which a shop is open all the same."""
LONGEST = Closure._meta.get_field("reason").max_length
WORD = 3
"""A name of a state has more letters; so few are another code of it."""


@dataclass(frozen=True)
class Calendar:
    """What the library knows of a country: codes and names of its `states`, and what `kinds` of holidays it has."""

    states: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    day: dt.date
    name: str
    """As people of the shop's language call it, as far as the library knows; with all that fall on this day."""
    known: bool
    """Whether the shop is closed on this day by a closure that it keeps."""


def calendar_of(vendor: Vendor) -> Calendar | None:
    """None when the library knows nothing of the shop's country."""
    country = _country(vendor)
    if country is None:
        return None
    names = {code: name for name, code in reversed(country.subdivisions_aliases.items()) if len(name) > WORD}
    states = sorted(((code, names.get(code, code)) for code in country.subdivisions), key=lambda state: state[1])
    kinds = sorted(country.supported_categories, key=lambda kind: (kind != USUAL, kind))
    return Calendar(tuple(states), tuple(kind for kind in kinds if kind not in WORKED))


def proposals(
    vendor: Vendor, first: dt.date, last: dt.date, *, state: str = "", kinds: Sequence[str] = (USUAL,)
) -> list[Proposal]:
    """
    The holidays of the shop's country, and of its `state`, from `first` to `last` (included), in order.

    `state` and `kinds` are of those in `calendar_of(vendor)`. Nothing for a country that the library does not know.
    """
    country = _country(vendor)
    if country is None or not kinds:
        return []
    known = opening_times(vendor)
    return [
        Proposal(day, name[:LONGEST], known=known.is_closure(day))
        for day, name in _named(
            country, vendor.language, years=range(first.year, last.year + 1), state=state, kinds=kinds
        )
        if first <= day <= last
    ]


@transaction.atomic
def accept(*, vendor: Vendor, chosen: Sequence[Proposal]) -> int:
    """Close the shop on the days of the `chosen` on which no closure is kept yet; how many were added."""
    # Two taps at once: the second waits here, and finds nothing left to add.
    Vendor.objects.select_for_update().get(pk=vendor.pk)
    known = opening_times(vendor)
    added = [
        Closure(vendor=vendor, first_day=each.day, last_day=each.day, reason=each.name, holiday=each.name)
        for each in chosen
        if not known.is_closure(each.day)
    ]
    if added:
        Closure.objects.bulk_create(added)
        vendor.past_changed()
    return len(added)


def _named(
    country: Any, language: str, *, years: range, state: str, kinds: Sequence[str]
) -> Iterator[tuple[dt.date, str]]:
    calendar = _library().country_holidays(
        country.country,
        subdiv=state or None,
        years=years,
        categories=tuple(kinds),
        language=_spoken(country, language),
    )
    for day in sorted(calendar):
        yield day, ", ".join(calendar.get_list(day))


def _spoken(country: Any, language: str) -> str | None:
    """Of the languages in which the library names the holidays of `country` the shop's `language`, else its own."""
    # Never left to the library alone: it would take the language of the computer.
    spoken = (country.default_language, *country.supported_languages)
    fitting = (each for each in spoken if each and each.split("_")[0] == language)
    return next(fitting, country.default_language)


def _country(vendor: Vendor) -> Any:
    """The library's class for the shop's country, or None."""
    try:
        return type(_library().country_holidays(vendor.phone_region))
    except NotImplementedError:
        return None


def _library() -> ModuleType:
    # Not when the server starts: it takes a tenth of a second and 20 MB, and holidays are proposed once a year.
    import holidays

    return holidays
