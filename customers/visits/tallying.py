"""
How often each product was wanted on each day of the shop: the counts that are kept beside the visits.

Nothing is known from here alone. Whoever writes a visit tells it in the same transaction, and `recount_shop` counts
all of it anew from the visits.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from customers.visits.models import ProductDay, ShopDay, Visit
from customers.visits.outcomes import MISSING, WANTED
from vendors.models import Vendor

BATCH = 100
"""Rows written by one statement."""


class Counted(NamedTuple):
    """One visit, as far as it is counted: in `asked` products (their ids), each with what became of it at last."""

    at: dt.datetime
    asked: Mapping[int, str]

    @classmethod
    def of(cls, at: dt.datetime, lines: Iterable[tuple[int, str]]) -> "Counted":
        """Of product and outcome of each line, in their order. Refused on one line it may be wanted on another."""
        return cls(at, {product: str(outcome) for product, outcome in lines if outcome in WANTED})


class _Wanted(NamedTuple):
    """What a day knows of a product."""

    visits: int
    asked_at: dt.datetime
    is_missing: bool


ADD_VISITS = """
    INSERT INTO visits_shopday (vendor_id, day, visits) VALUES {rows}
    ON CONFLICT (vendor_id, day) DO UPDATE SET visits = visits_shopday.visits + excluded.visits"""
# Of two times the later one tells whether it was there; of equal ones that of the visit recorded later.
ADD_PRODUCTS = """
    INSERT INTO visits_productday (vendor_id, day, product_id, visits, asked_at, is_missing) VALUES {rows}
    ON CONFLICT (vendor_id, day, product_id) DO UPDATE SET
        visits = visits_productday.visits + excluded.visits,
        is_missing = CASE WHEN excluded.asked_at >= visits_productday.asked_at
            THEN excluded.is_missing ELSE visits_productday.is_missing END,
        asked_at = CASE WHEN excluded.asked_at >= visits_productday.asked_at
            THEN excluded.asked_at ELSE visits_productday.asked_at END"""


def add(vendor: Vendor, visits: Collection[Counted]) -> None:
    """Count `visits`, which are new; those of the same time in the order in which they were written."""
    days = Counter(vendor.day_of(visit.at) for visit in visits)
    _write(vendor, days, _wanted(vendor, visits))
    _tell(vendor, days)


def recount(vendor: Vendor, moments: Iterable[dt.datetime]) -> None:
    """Count the days of `moments` anew, because visits of then have changed."""
    days = {vendor.day_of(moment) for moment in moments}
    for day in sorted(days):
        _recount(vendor, day)
    _tell(vendor, days)


def recount_products(vendor: Vendor, days: Mapping[dt.date, Collection[int]]) -> None:
    """Count anew, of each of `days`, its visits and how often its products (ids) were wanted; all else of it stands."""
    for day, products in sorted(days.items()):
        _recount(vendor, day, products)
    _tell(vendor, days)


def recount_shop(vendor: Vendor) -> int:
    """
    Count every day of the shop anew; how many days have visits.

    Each day is a transaction of its own, so that the counter goes on meanwhile.
    """
    moments = Visit.objects.standing().filter(vendor=vendor).order_by("at").values_list("at", flat=True)
    days = {day for day, _visits in groupby(moments.iterator(), key=vendor.day_of)}
    known = {day for model in (ShopDay, ProductDay) for day in model.objects.filter(vendor=vendor).values_list("day")}
    for day in sorted(days | {day for (day,) in known}):
        with transaction.atomic():
            _recount(vendor, day)
    vendor.past_changed()
    return len(days)


def _recount(vendor: Vendor, day: dt.date, products: Collection[int] | None = None) -> None:
    # Whoever adds to this day waits for its row from here on, or would be counted twice.
    ShopDay.objects.update_or_create(vendor=vendor, day=day, defaults={"visits": 0})
    wanted = ProductDay.objects.filter(vendor=vendor, day=day)
    (wanted if products is None else wanted.filter(product__in=products)).delete()
    visits = list(_visits(vendor, day, products))
    number = len(visits) if products is None else _standing(vendor, day).count()
    _write(vendor, {day: number}, _wanted(vendor, visits))
    ShopDay.objects.filter(vendor=vendor, day=day, visits=0).delete()


def _standing(vendor: Vendor, day: dt.date) -> QuerySet[Visit]:
    start, end = vendor.day_bounds(day)
    return Visit.objects.standing().filter(vendor=vendor, at__gte=start, at__lt=end)


def _visits(vendor: Vendor, day: dt.date, products: Collection[int] | None = None) -> Iterator[Counted]:
    """What stands of `day`, in the order in which it was written; of `products` alone if they are given."""
    found = _standing(vendor, day)
    if products is not None:
        found = found.filter(lines__product__in=products)
    rows = found.order_by("at", "pk", "lines__position")
    lines = rows.values_list("pk", "at", "lines__product", "lines__outcome")
    for (_pk, at), said in groupby(lines.iterator(), key=lambda line: line[:2]):
        yield Counted.of(at, ((product, outcome) for *_visit, product, outcome in said))


def _wanted(vendor: Vendor, visits: Iterable[Counted]) -> dict[tuple[dt.date, int], _Wanted]:
    """By day and product."""
    wanted: dict[tuple[dt.date, int], _Wanted] = {}
    for visit in sorted(visits, key=lambda visit: visit.at):
        day = vendor.day_of(visit.at)
        for product, outcome in visit.asked.items():
            before = wanted[day, product].visits if (day, product) in wanted else 0
            wanted[day, product] = _Wanted(before + 1, visit.at, outcome == MISSING)
    return wanted


def _write(vendor: Vendor, days: Mapping[dt.date, int], wanted: Mapping[tuple[dt.date, int], _Wanted]) -> None:
    """Add to what is counted, in the order of days and products: or two transactions could wait for each other."""
    date, time = connection.ops.adapt_datefield_value, connection.ops.adapt_datetimefield_value
    _upsert(ADD_VISITS, [(vendor.pk, date(day), visits) for day, visits in sorted(days.items())])
    rows = [
        (vendor.pk, date(day), product, visits, time(asked_at), is_missing)
        for (day, product), (visits, asked_at, is_missing) in sorted(wanted.items())
    ]
    _upsert(ADD_PRODUCTS, rows)


def _upsert(statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            places = ", ".join(f"({', '.join(['%s'] * len(row))})" for row in some)
            cursor.execute(statement.format(rows=places), [value for row in some for value in row])


def _tell(vendor: Vendor, days: Iterable[dt.date]) -> None:
    # Really today: what arrives of an earlier day changes the past, though it was tapped on that day.
    today = vendor.day_of(timezone.now())
    if any(day < today for day in days):
        vendor.past_changed()
