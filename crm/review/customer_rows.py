"""All people of a shop as light rows: made for some twenty thousand of them at once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from customers.keeping import PHONES_APART
from customers.models import ContactPoint, Customer, Membership
from customers.promises.models import Promise
from customers.promises.open_counts import NOTHING, OpenCount, open_counts
from customers.promises.rates import Rate, kept_by_person
from customers.promises.standing import read_from
from customers.visits.expecting import Standing, standings_of
from customers.visits.last_seen import Seen, last_seen
from customers.visits.rhythm import State
from vendors.models import Vendor

STATES = [State.UNKNOWN, State.EARLY, State.STEADY, State.OVERDUE, State.WATCH, State.LEFT]
"""From what says least to what asks for most."""

RANKS = ["regular", "possible", "lapsed", "closed"]
"""Each `Customer.Standing`, from whom the shop lives by to whom nobody waits for."""


@dataclass(slots=True)
class Person:
    """
    Somebody whom the shop remembers. Of whom nobody waits for there is no `rhythm`.

    `kept` is how they kept their own promises; None of who had none to keep. What was not asked for stays empty.
    """

    pk: int
    uid: UUID
    name: str
    kind: str
    landmark: str | None
    said: str
    """The standing that was said by hand."""
    rhythm: Standing | None = None
    seen: Seen | None = None
    standing: str | None = None
    open: OpenCount = NOTHING
    kept: Rate | None = None
    household: str | None = None
    phones: str | None = None
    added: dt.datetime | None = None
    away: int | None = None
    """Days since their last visit."""

    # What the rows are sorted by; None where there is nothing to say.

    @property
    def called(self) -> str:
        return self.name.casefold()

    @property
    def lane(self) -> str | None:
        return self.landmark and self.landmark.casefold()

    @property
    def standing_rank(self) -> int | None:
        return RANKS.index(self.standing) if self.standing else None

    @property
    def last(self) -> dt.date | None:
        return self.seen and self.seen.last

    @property
    def visits(self) -> int:
        return self.seen.visits if self.seen else 0

    @property
    def gap(self) -> tuple[int, int] | None:
        """Their usual gap, the shorter first."""
        gaps = self.rhythm and self.rhythm.gaps
        return (gaps.short + gaps.long, gaps.long) if gaps else None

    @property
    def state(self) -> State | None:
        """What their silence says, where enough is known of them to say it."""
        return self.rhythm.state if self.rhythm and self.rhythm.gaps else None

    @property
    def urgency(self) -> tuple[int, int] | None:
        return (STATES.index(self.state), self.away or 0) if self.state else None

    @property
    def kept_share(self) -> tuple[float, int] | None:
        """The part that they kept; of equal ones that of more promises says more."""
        return (self.kept.kept / self.kept.of, self.kept.of) if self.kept else None

    @property
    def open_number(self) -> int:
        return sum(self.open)


def people_of_shop(vendor: Vendor, asked: Collection[str]) -> list[Person]:
    """
    Everybody, by name. `asked` are names of `Person` that cost a statement each and are read only when they are asked
    for: `open`, `kept`, `household`, `phones` and `added`.
    """
    today = vendor.today()
    own = Customer.objects.own().filter(vendor=vendor).order_by("name", "pk")
    rows = own.values_list("pk", "uid", "name", "kind", "landmark", "standing")
    rhythms, seen = standings_of(vendor, today), last_seen(vendor)
    more: dict[str, Mapping[int, Any]] = {name: READ[name](vendor) for name in READ if name in asked}
    people = [_person(row, rhythms, seen, today) for row in rows]
    for name, found in more.items():
        for person in people:
            if person.pk in found:
                setattr(person, name, found[person.pk])
    return people


def _person(row: tuple[Any, ...], rhythms: Mapping[int, Standing], seen: Mapping[int, Seen], today: dt.date) -> Person:
    pk, uid, name, kind, landmark, said = row
    person = Person(pk, uid, name, kind, landmark or None, said, rhythms.get(pk), seen.get(pk))
    if person.seen:
        person.away = (today - person.seen.last).days
    person.standing = said or (_read(person, today) if kind == Customer.Kind.CUSTOMER else None)
    return person


def _read(person: Person, today: dt.date) -> str:
    """As the card reads it: today's visit tells nothing yet of how somebody comes."""
    if person.rhythm:
        return read_from(person.rhythm.state)
    return read_from(State.UNKNOWN, came_before=person.seen is not None and person.seen.last < today)


def _households(vendor: Vendor) -> dict[int, str]:
    rows = Membership.objects.standing().filter(vendor=vendor).order_by("household__name")
    return _together(rows.values_list("customer", "household__name"))


def _phones(vendor: Vendor) -> dict[int, str]:
    own = ContactPoint.objects.filter(vendor=vendor).exclude(kind=ContactPoint.Kind.EMAIL).order_by("pk")
    return _together(own.values_list("customer", "text"))


def _together(rows: Iterable[tuple[int, str]]) -> dict[int, str]:
    found: dict[int, list[str]] = defaultdict(list)
    for customer, text in rows:
        found[customer].append(text)
    return {customer: PHONES_APART.join(texts) for customer, texts in found.items()}


READ = {
    "open": lambda vendor: open_counts(vendor, vendor.today()),
    "kept": lambda vendor: kept_by_person(vendor, timezone.now(), Promise.Side.THEIRS),
    "household": _households,
    "phones": _phones,
    "added": lambda vendor: dict(Customer.objects.own().filter(vendor=vendor).order_by().values_list("pk", "added_at")),
}
