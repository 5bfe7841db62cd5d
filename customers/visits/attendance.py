"""Who was served on a day: whether they were known, at what hour and by whom; and on the same weekday before."""

import datetime as dt
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from customers.visits.coming import Comings
from customers.visits.expecting import people_of
from customers.visits.models import ShopDay, Visit, VisitQuerySet
from customers.visits.rhythm import EARLY
from vendors.models import Vendor
from vendors.past import while_past_stands

WEEKS = 8
"""Weeks of which the same weekday is compared with."""
LEAST_WEEKS = 3
"""Of these the shop must have been open on so many, or it is too early to compare."""


class Served(NamedTuple):
    """One visit that stands: whose (an id), on which day of the shop, at what minute of its clock, by whom (an id)."""

    customer: int
    day: dt.date
    minute: int
    by: int | None
    is_new: bool
    """Whether it is the first visit of theirs."""


class Range(NamedTuple):
    """Between what a number of the days compared with lies."""

    low: int
    high: int


class Attendance(NamedTuple):
    """How many visits there were on some days, of how many people; and how many of them were of regulars, and new."""

    visits: int
    people: int
    regulars: int
    new: int


class Usual(NamedTuple):
    """How one of the days was that are compared with: `hours` are visits by the hour of the clock."""

    attendance: Attendance
    hours: Counter[int]


def standing_on(vendor: Vendor, days: Iterable[dt.date]) -> VisitQuerySet:
    """The visits of `days` that stand."""
    bounds = [vendor.day_bounds(day) for day in days]
    on_one = Q(pk__in=[])
    for start, end in bounds:
        on_one |= Q(at__gte=start, at__lt=end)
    return Visit.objects.standing().filter(on_one, vendor=vendor)


def served_on(vendor: Vendor, days: Collection[dt.date]) -> list[Served]:
    """All visits of `days` that stand, in the order of time; one statement."""
    before = Visit.objects.standing().filter(customer=OuterRef("customer"), at__lt=OuterRef("at"))
    rows = standing_on(vendor, days).annotate(is_new=~Exists(before)).order_by("at", "pk")
    return list(_placed(vendor, days, rows.values_list("customer", "at", "by", "is_new")))


def _placed(
    vendor: Vendor, days: Iterable[dt.date], rows: Iterable[tuple[int, dt.datetime, int | None, bool]]
) -> Iterator[Served]:
    """Of rows of `days` in the order of time: each day's end is asked for once, and not each row's day."""
    tz, ends, on = vendor.tz, sorted((vendor.day_bounds(day)[1], day) for day in days), 0
    for customer, at, by, is_new in rows:
        while at >= ends[on][0]:
            on += 1
        local = at.astimezone(tz)
        yield Served(customer, ends[on][1], local.hour * 60 + local.minute, by, is_new)


def weekdays_before(day: dt.date) -> list[dt.date]:
    """The same weekday of the last `WEEKS` weeks."""
    return [day - dt.timedelta(weeks=week) for week in range(1, WEEKS + 1)]


@while_past_stands
def usual_before(vendor: Vendor, day: dt.date) -> list[Usual]:
    """Of each same weekday before `day`, which has come, on which anybody came; the latest first."""
    comings, by_day = people_of(vendor, day).comings, defaultdict(list)
    for row in served_on(vendor, weekdays_before(day)):
        by_day[row.day].append(row)
    return [Usual(attendance(by_day[on], comings), by_hour(by_day[on])) for on in sorted(by_day, reverse=True)]


def sums_before(vendor: Vendor, periods: Sequence[tuple[dt.date, dt.date]]) -> list[int]:
    """
    The visits of each of `periods` (first and last day, the latest period first) in which there were any.

    Of the earliest one nothing is told: it only shows whether the shop was there already when the next one began. One
    statement.
    """
    first, last = periods[-1][0], periods[0][1]
    known = ShopDay.objects.filter(vendor=vendor, day__gte=first, day__lte=last)
    visits = dict(known.values_list("day", "visits"))
    begun = min(visits, default=last)
    sums = (sum(visits.get(day, 0) for day in _days(*period)) for period in periods[:-1] if begun < period[0])
    return [number for number in sums if number]


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def attendance(rows: Iterable[Served], comings: Mapping[int, Comings]) -> Attendance:
    """
    The numbers of `rows`; regulars are those who had come on `EARLY` days or more before the day of their visit.

    `comings` are those of all who are awaited, read no earlier than the last of these days.
    """
    found = list(rows)
    people = {row.customer for row in found}
    regulars = sum(is_known(comings.get(row.customer), row.day) for row in found)
    return Attendance(len(found), len(people), regulars, sum(row.is_new for row in found))


def is_known(comings: Comings | None, day: dt.date) -> bool:
    return comings is not None and bisect_left(comings.days, day.toordinal()) >= EARLY


def range_of(numbers: Sequence[int]) -> Range | None:
    """From the least to the most of `numbers`, each of one day; None while it is too early to compare."""
    return Range(min(numbers), max(numbers)) if len(numbers) >= LEAST_WEEKS else None


def by_hour(rows: Iterable[Served]) -> Counter[int]:
    """Visits by the hour of the clock (0 to 23)."""
    return Counter(row.minute // 60 for row in rows)
