"""What a standing order says: put together before it is one, and what it cannot say."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from customers.promises.recurring import Rule, days_from
from customers.visits.recording import Line

FARTHEST = dt.timedelta(days=366)
"""How far ahead an order may begin, and a pause end."""


class OrderError(Exception):
    """Nothing was written; `said` tells the shopkeeper why."""

    said = _("This was not saved. Tap once more.")


class NothingOrdered(OrderError):
    """Neither a product nor a word."""

    said = _("Choose a product, or write what they want.")


class StartsInThePast(OrderError):
    """An order begins today or later, within a year."""

    said = _("Let it begin today or on a later day, at most a year from now.")


class EndsBeforeItStarts(OrderError):
    """Its last day is before its first."""

    said = _("It cannot end before it begins. Choose a later day, or none.")


class NeverComes(OrderError):
    """No day of the rule lies between start and end."""

    said = _("It would never come: between these days there is none of the chosen ones.")


@dataclass(frozen=True)
class Wanted:
    """What is ordered, on which days, and by what time; `lines` in the products' units."""

    lines: Sequence[Line]
    rule: Rule
    starts_on: dt.date
    ends_on: dt.date | None = None
    at_time: dt.time | None = None
    text: str = ""


def check(wanted: Wanted, *, today: dt.date, kept: dt.date | None = None) -> None:
    """Raise what is wrong with `wanted`; the start that is `kept` may be long ago."""
    if not wanted.lines and not wanted.text:
        raise NothingOrdered
    if wanted.starts_on != kept and not today <= wanted.starts_on <= today + FARTHEST:
        raise StartsInThePast
    if wanted.ends_on is None:
        return
    if wanted.ends_on < wanted.starts_on:
        raise EndsBeforeItStarts
    if next(days_from(wanted.rule.text, wanted.starts_on, max(wanted.starts_on, today))) > wanted.ends_on:
        raise NeverComes
