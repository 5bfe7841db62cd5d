"""
What became of the people whom a decision touched.

Their visits after it are compared with those before it, by as many whole weeks, and with what the shop's other regulars
did over the same time: whoever comes less does so after the decision, which does not say because of it.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from customers import merging
from customers.models import Customer
from customers.planning.deciding import abouts_of
from customers.planning.missing_it import About
from customers.planning.models import Decision, DecisionPerson
from customers.promises.models import Problem, Wish
from customers.promises.troubles import LEAST_PEOPLE, counted_problems
from customers.visits.expecting import People, Standing, people_of, standing_in
from customers.visits.regulars import regulars_then, said_to_be_none
from customers.visits.rhythm import Rhythm, State, rhythm
from vendors.catalogue import stand_ins
from vendors.models import Vendor

WEEKS = Decision.LOOK_AFTER.days // 7
"""Weeks that are compared at most: whole ones, because a fifth Saturday makes nobody come more often."""
REACHES = dt.timedelta(days=360)
"""So long after a decision its weeks are still among the days that are read (`coming.WINDOW`); older, it is as then."""


class Became(StrEnum):
    """How somebody comes since then."""

    AS_BEFORE = "as-before"
    LESS = "less"
    GONE = "gone"
    CLOSED = "closed"


class Days(NamedTuple):
    """On how many days somebody came, in the weeks before and in as many after."""

    before: int
    after: int

    @property
    def is_less(self) -> bool:
        """By two days at least and by a third: one day less is no change of anybody's habit."""
        return self.before - self.after >= 2 and 3 * self.after <= 2 * self.before


class Share(NamedTuple):
    """Of so many regulars so many come less, or are gone."""

    fewer: int
    of: int

    @property
    def per_cent(self) -> int:
        return round(100 * self.fewer / self.of) if self.of else 0


@dataclass(frozen=True)
class ThenAndNow:
    """One of the people: as they were counted when it was decided, and how they have come since."""

    customer: Customer
    then: DecisionPerson
    days: Days
    standing: Standing
    became: Became


@dataclass(frozen=True)
class LookedBack:
    """
    What became of the people of a `decision` in `weeks` whole weeks; 0 while it is too early to say.

    `others` are the regulars of then whom it did not touch. `problems` and `wishes` are what the people told since: of
    the products, or of no product when it is about days and hours.
    """

    decision: Decision
    about: About
    weeks: int
    people: list[ThenAndNow]
    others: Share
    problems: list[Problem]
    wishes: list[Wish]

    def of(self, became: Became) -> list[ThenAndNow]:
        return [each for each in self.people if each.became == became]

    @property
    def changed(self) -> list[ThenAndNow]:
        """Who does not come as before."""
        return [each for each in self.people if each.became != Became.AS_BEFORE]

    @property
    def as_before(self) -> list[ThenAndNow]:
        return self.of(Became.AS_BEFORE)

    @property
    def less(self) -> list[ThenAndNow]:
        return self.of(Became.LESS)

    @property
    def gone(self) -> list[ThenAndNow]:
        return self.of(Became.GONE)

    @property
    def closed(self) -> list[ThenAndNow]:
        """Of whom it was said by hand since that nobody waits for them."""
        return self.of(Became.CLOSED)

    @property
    def share(self) -> Share:
        """Of those who are waited for."""
        return Share(len(self.less) + len(self.gone), len(self.people) - len(self.closed))

    @property
    def can_compare(self) -> bool:
        """Whether both sides are enough different people for a share to say something."""
        return min(self.share.of, self.others.of) >= LEAST_PEOPLE


def to_look_at(vendor: Vendor, day: dt.date) -> list[Decision]:
    """Decisions whose time to be looked at has come by the shop's `day`, the oldest first."""
    waiting = Decision.objects.standing().filter(vendor=vendor, looked_at__isnull=True, look_on__lte=day)
    return list(waiting.select_related("by").order_by("look_on", "pk"))


def look_back(vendor: Vendor, decisions: Collection[Decision], day: dt.date) -> list[LookedBack]:
    """What became of each of `decisions` by the evening before `day`; nine statements, however many there are."""
    if not decisions:
        return []
    people = people_of(vendor, day)
    told = _Told(vendor, decisions, people)
    return [told.of(decision) for decision in decisions]


def as_of(decision: Decision, day: dt.date) -> dt.date:
    """The day as of which it is looked back on a decision: `day`, as long as its weeks are still read."""
    return min(day, decision.decided_on + REACHES)


class _Told:
    """What is needed to look back on several decisions, read once."""

    def __init__(self, vendor: Vendor, decisions: Collection[Decision], people: People) -> None:
        self.vendor, self.known = vendor, people
        self.none = said_to_be_none(vendor)
        self.abouts = abouts_of(vendor.pk, decisions)
        self.into = stand_ins(vendor.pk)
        self.rows = _people_of(vendor, decisions)
        since = vendor.day_bounds(min(each.decided_on for each in decisions))[1]
        problems = counted_problems(vendor).filter(opened_at__gte=since)
        self.problems = list(problems.select_related("customer", "product").order_by("opened_at", "pk"))
        wishes = Wish.objects.filter(vendor=vendor, asked_at__gte=since).exclude(outcome=Wish.Outcome.UNDONE)
        self.wishes = list(wishes.select_related("customer", "product").order_by("asked_at", "pk"))

    def of(self, decision: Decision) -> LookedBack:
        weeks = weeks_after(decision, dt.date.fromordinal(self.known.day))
        rows = self.rows.get(decision.pk, [])
        ours = {customer.pk for customer, _then in rows}
        about, since = self.abouts[decision.pk], self.vendor.day_bounds(decision.decided_on)[1]
        return LookedBack(
            decision=decision,
            about=about,
            weeks=weeks,
            people=sorted((self._person(decision, weeks, *row) for row in rows), key=_worst_first),
            others=self._share(regulars_then(self.known, decision.decided_on) - self.none - ours, decision, weeks),
            problems=[each for each in self.problems if each.opened_at >= since and self._is_of(each, ours, about)],
            wishes=[each for each in self.wishes if each.asked_at >= since and self._is_of(each, ours, about)],
        )

    def _person(self, decision: Decision, weeks: int, customer: Customer, then: DecisionPerson) -> ThenAndNow:
        came = self.known.comings.get(customer.pk)
        days = came.days if came else []
        counted, known = days_around(days, decision.decided_on, weeks), self._rhythm(days)
        standing = standing_in(known, days, dt.date.fromordinal(self.known.day))
        became = Became.CLOSED if not customer.is_awaited else _became(counted, standing.state)
        return ThenAndNow(customer, then, counted, standing, became)

    def _share(self, people: Iterable[int], decision: Decision, weeks: int) -> Share:
        became = [
            _became(days_around(days, decision.decided_on, weeks), known.state if known else State.LEFT)
            for person in people
            for days in [self.known.comings[person].days]
            for known in [self._rhythm(days)]
        ]
        return Share(sum(each != Became.AS_BEFORE for each in became), len(became))

    def _rhythm(self, days: Sequence[int]) -> Rhythm | None:
        return rhythm(days, self.known.day - 1, self.known.day, self.known.calendar)

    def _is_of(self, told: Problem | Wish, people: Collection[int], about: About) -> bool:
        if told.customer_id not in people:
            return False
        product = self.into.get(told.product_id, told.product_id)
        return product in {each.pk for each in about.products} if about.products else product is None


def weeks_after(decision: Decision, day: dt.date) -> int:
    """Whole weeks after the day of the decision that are over before `day`; `WEEKS` at most."""
    return min(WEEKS, max(0, (day - decision.decided_on).days - 1) // 7)


def days_around(days: Sequence[int], decided_on: dt.date, weeks: int) -> Days:
    """Of `days` (ordinals, rising) those in the weeks until `decided_on`, itself among them, and in the weeks after."""
    middle = decided_on.toordinal() + 1
    first, on, last = (bisect_left(days, middle + 7 * number * weeks) for number in (-1, 0, 1))
    return Days(on - first, last - on)


def _became(days: Days, state: State) -> Became:
    if state == State.LEFT:
        return Became.GONE
    return Became.LESS if days.is_less else Became.AS_BEFORE


ORDER = (Became.GONE, Became.LESS, Became.CLOSED, Became.AS_BEFORE)


def _worst_first(person: ThenAndNow) -> tuple[int, int, str]:
    return ORDER.index(person.became), person.days.after - person.days.before, person.customer.name


def _people_of(vendor: Vendor, decisions: Iterable[Decision]) -> Mapping[int, list[tuple[Customer, DecisionPerson]]]:
    """By decision (id) its people, each once, also where two of them were found to be one since."""
    into = merging.stand_ins(vendor)
    rows = DecisionPerson.objects.filter(vendor=vendor, decision__in=[each.pk for each in decisions])
    rows = list(rows.select_related("customer"))
    known = {row.customer_id: row.customer for row in rows}
    known |= Customer.objects.in_bulk({into[pk] for pk in known if pk in into})
    found: dict[int, dict[int, tuple[Customer, DecisionPerson]]] = {}
    for row in rows:
        customer = known[into.get(row.customer_id, row.customer_id)]
        found.setdefault(row.decision_id, {}).setdefault(customer.pk, (customer, row))
    return {decision: list(people.values()) for decision, people in found.items()}
