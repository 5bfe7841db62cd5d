"""On which days and at what hours people came, read from their visits; and on which days nobody could."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection

from customers.models import Customer
from customers.visits.models import ShopDay
from vendors.models import Vendor
from vendors.opening.keeping import opening_times
from vendors.opening.times import OpeningTimes
from vendors.past import while_past_stands

WINDOW = dt.timedelta(days=400)
"""How far back days are read: a year, and a little for who comes once a year."""
BUSY = 5
"""Visits of a mean day from which on a day without any is one on which the shop was closed, said or not."""


class Comings(NamedTuple):
    """
    The days on which somebody came, rising, none twice: `days` are ordinals (`date.toordinal`).

    `minutes` are those from the beginning of the shop's day to the first visit of each of these days, below 1440: the
    last hour of the day on which the clock is put back is counted like its first.
    """

    days: list[int]
    minutes: list[int]


VISITS = """
    SELECT customer_id, CAST(at AS text) FROM visits_visit
    WHERE {whose} AND voided_at IS NULL AND at >= %s AND at < %s ORDER BY at"""
OF_ONE = "customer_id = %s"
# Customers whose `is_awaited` holds.
OF_ALL_AWAITED = """
    vendor_id = %s AND customer_id NOT IN (
        SELECT id FROM customers_customer
        WHERE vendor_id = %s AND (kind <> 'customer' OR standing IN ('lapsed', 'closed'))
    )"""


def comings_before(vendor: Vendor, day: dt.date) -> dict[int, Comings]:
    """
    Of everybody (by id) who came within `WINDOW` before `day` and `is_awaited`.

    Suppliers and colleagues are no regulars, and of whom it was said by hand that nobody waits for them, nobody does.
    """
    return _read(vendor, day, OF_ALL_AWAITED, vendor.pk, vendor.pk)


def comings_of(customer: Customer, day: dt.date) -> Comings:
    """Of one person, awaited or not; the same that `comings_before` has of them."""
    return _read(customer.vendor, day, OF_ONE, customer.pk).get(customer.pk, Comings([], []))


def comings_at(vendor: Vendor, day: dt.date, times: Iterable[str]) -> Comings:
    """Of one person who came at `times`, which are within `window` and rise, each as the database writes it."""
    return _found(((0, at) for at in times), _day_starts(vendor, day)).get(0, Comings([], []))


def window(vendor: Vendor, day: dt.date) -> tuple[Any, Any]:
    """From when (included) until when (excluded) the days before `day` are read, as the database keeps a time."""
    starts = _day_starts(vendor, day)
    return starts[0].kept, starts[-1].kept


def _read(vendor: Vendor, day: dt.date, whose: str, *ids: int) -> dict[int, Comings]:
    # In SQL and without Django's conversion of times, which takes several times as long: a shop has 100,000 of them.
    with connection.cursor() as cursor:
        cursor.execute(VISITS.format(whose=whose), [*ids, *window(vendor, day)])
        return _found(cursor.fetchall(), _day_starts(vendor, day))


def _found(rows: Iterable[tuple[int, str]], starts: Sequence["_DayStart"]) -> dict[int, Comings]:
    found: dict[int, Comings] = defaultdict(lambda: Comings([], []))
    for customer, day_of_visit, minute in _placed(rows, starts):
        days, minutes = found[customer]
        if not days or days[-1] != day_of_visit:
            days.append(day_of_visit)
            minutes.append(minute)
    return dict(found)


class _DayStart(NamedTuple):
    """When a day (an ordinal) begins: as the database keeps a time, as text in UTC, and in minutes of a day in UTC."""

    day: int
    kept: Any
    text: str
    minute: int


@while_past_stands
def _day_starts(vendor: Vendor, day: dt.date) -> list[_DayStart]:
    """Of each day within `WINDOW` before `day`, and of that day itself."""
    return [_day_start(vendor, day - dt.timedelta(days=ago)) for ago in range(WINDOW.days, -1, -1)]


def _day_start(vendor: Vendor, day: dt.date) -> _DayStart:
    start, _end = vendor.day_bounds(day)
    kept = connection.ops.adapt_datetimefield_value(start)
    return _DayStart(day.toordinal(), kept, f"{start:%Y-%m-%d %H:%M:%S}", start.hour * 60 + start.minute)


def _placed(rows: Iterable[tuple[int, str]], starts: Sequence[_DayStart]) -> Iterator[tuple[int, int, int]]:
    """
    Customer, day (an ordinal) and minute of that day, of rows in the order of time.

    The times are in UTC, written as every database writes them: 2026-11-21 04:30:00, and perhaps more.
    """
    on = 0
    for customer, at in rows:
        while at >= starts[on + 1].text:
            on += 1
        yield customer, starts[on].day, (int(at[11:13]) * 60 + int(at[14:16]) - starts[on].minute) % 1440


def closed_before(vendor: Vendor, day: dt.date) -> frozenset[int]:
    """
    The days within `WINDOW` before `day` on which the shop was closed, as ordinals.

    A day with a visit was an open one, whatever the owner had planned. One without was closed if that was planned, or
    if nobody at all came to a shop of `BUSY` visits a day. A day that is not over counts as closed until somebody
    comes: nobody has stayed away on it yet.
    """
    known = ShopDay.objects.filter(vendor=vendor, day__gte=day - WINDOW, day__lt=day).values_list("day", "visits")
    visits = {on.toordinal(): times for on, times in known}
    if not visits:
        return frozenset()
    quiet = set(range(min(visits), day.toordinal())) - visits.keys()
    if sum(visits.values()) >= BUSY * len(visits):
        return frozenset(quiet)
    times, today = opening_times(vendor), vendor.today()
    return frozenset(on for on in quiet if not _was_open(times, dt.date.fromordinal(on), today))


def _was_open(times: OpeningTimes, day: dt.date, today: dt.date) -> bool:
    return day < today and times.is_open(day)
