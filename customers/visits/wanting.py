"""How much of each product is wanted of late, and by whom: of a whole shop at once."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Count, Max, Min, Q, Sum

from customers.visits.models import ProductDay, ShopDay, VisitLine
from customers.visits.outcomes import TAKEN, WANTED
from vendors.catalogue import stand_ins
from vendors.models import Vendor
from vendors.past import while_past_stands

SHORT, LONG = 30, 90
"""Days, today among them, that are counted; so many as the longer ones before them are what these are compared with."""


@dataclass
class Wanting:
    """
    One product, with what was merged into it: visits that wanted it within `SHORT` and `LONG`, and in `LONG` before.

    `people` are those who wanted it within `LONG` (ids), each with the number of their visits, `takers` those of them
    who got it, and `people_before` are those who wanted it in the days compared with.
    """

    short: int = 0
    long: int = 0
    before: int = 0
    last: dt.date | None = None
    people: Counter[int] = field(default_factory=Counter)
    takers: set[int] = field(default_factory=set)
    people_before: set[int] = field(default_factory=set)

    @property
    def mostly(self) -> tuple[int, int] | None:
        """Who (an id) is behind more than half of several visits, and behind how many."""
        total = self.people.total()
        return next(((who, times) for who, times in self.people.most_common(1) if 2 * times > total > 1), None)


class _Row(NamedTuple):
    """Visits of one person that wanted a product, and how many lines of them were taken."""

    product: int
    customer: int
    visits: int
    taken: int


def wanting(vendor: Vendor) -> dict[int, Wanting]:
    """By product (its id; a merged one is what stands for it) what is wanted of it, until today."""
    today = vendor.today()
    into, found = stand_ins(vendor.pk), defaultdict[int, Wanting](Wanting)

    def of(product: int) -> Wanting:
        return found[into.get(product, product)]

    for product, short, long, before, last in _counted(vendor, today):
        each = of(product)
        each.short, each.long, each.before = each.short + short, each.long + long, each.before + before
        each.last = max(filter(None, (each.last, last)))
    lately, earlier = _by_person(vendor, today)
    for row in (*lately, *_rows(vendor, today, today)):
        each = of(row.product)
        each.people[row.customer] += row.visits
        each.takers |= {row.customer} if row.taken else set()
    for row in earlier:
        of(row.product).people_before.add(row.customer)
    return dict(found)


def can_be_compared(vendor: Vendor) -> bool:
    """Whether the shop's book goes back as far as the days that `LONG` is compared with."""
    first = ShopDay.objects.filter(vendor=vendor).aggregate(first=Min("day"))["first"]
    return first is not None and first <= _ago(vendor.today(), 2 * LONG - 1)


def _counted(vendor: Vendor, today: dt.date) -> Iterable[tuple[int, int, int, int, dt.date]]:
    days = ProductDay.objects.filter(vendor=vendor, day__lte=today).order_by()
    short, long, before = (Q(day__gte=_ago(today, number - 1)) for number in (SHORT, LONG, 2 * LONG))
    return days.values_list("product").annotate(
        short=Sum("visits", filter=short, default=0),
        long=Sum("visits", filter=long, default=0),
        before=Sum("visits", filter=before & ~long, default=0),
        last=Max("day"),
    )


@while_past_stands
def _by_person(vendor: Vendor, day: dt.date) -> tuple[list[_Row], list[_Row]]:
    """Of the days of `LONG` before `day`, and of those that they are compared with."""
    lately = _rows(vendor, _ago(day, LONG - 1), _ago(day, 1))
    return lately, _rows(vendor, _ago(day, 2 * LONG - 1), _ago(day, LONG))


def _rows(vendor: Vendor, first: dt.date, last: dt.date) -> list[_Row]:
    start, end = vendor.day_bounds(first)[0], vendor.day_bounds(last)[1]
    of_visits = {"visit__vendor": vendor, "visit__voided_at": None, "visit__at__gte": start, "visit__at__lt": end}
    lines = VisitLine.objects.filter(**of_visits, outcome__in=WANTED).order_by()
    times, taken = Count("visit", distinct=True), Count("pk", filter=Q(outcome__in=TAKEN))
    rows = lines.values_list("product", "visit__customer").annotate(times=times, taken=taken)
    return [*map(_Row._make, rows)]


def _ago(day: dt.date, days: int) -> dt.date:
    return day - dt.timedelta(days=days)
