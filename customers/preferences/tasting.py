"""The taste of a shop, read from the counts of its days and its latest baskets."""

import datetime as dt
from collections import defaultdict
from typing import NamedTuple

from django.db import connection

from customers.preferences.popularity import Taste, Trends
from customers.preferences.together import Together
from customers.visits.models import Visit, VisitLine
from customers.visits.outcomes import WANTED
from vendors.models import Vendor
from vendors.past import while_past_stands

YEAR = dt.timedelta(days=366)
"""How far back the shop's taste is read: a visit of then weighs a twentieth in the longest of its averages."""
BASKETS = 2000
"""How many of the latest baskets tell what goes together."""

TODAY = """
    SELECT NULL, visits, NULL FROM visits_shopday WHERE vendor_id = %s AND day = %s
    UNION ALL SELECT product_id, visits, is_missing FROM visits_productday WHERE vendor_id = %s AND day = %s"""

# Of a year there are 100,000 of these, and Django's conversion of their days takes longer than all the rest.
SHOP_DAYS = "SELECT CAST(day AS text), visits FROM visits_shopday WHERE vendor_id = %s AND day >= %s AND day < %s"
PRODUCT_DAYS = """
    SELECT CAST(day AS text), product_id, visits FROM visits_productday
    WHERE vendor_id = %s AND day >= %s AND day < %s"""


class Today(NamedTuple):
    """What was asked for today: visits in all, those that wanted a product, and what the last who asked did not get."""

    visits: int
    wanted: dict[int, int]
    missing: frozenset[int]


def today_of(vendor: Vendor, day: dt.date) -> Today:
    """What the counts say of `day`."""
    # In SQL, because every card asks for it and the ORM takes longer to put the query together than it runs.
    on = connection.ops.adapt_datefield_value(day)
    with connection.cursor() as cursor:
        cursor.execute(TODAY, [vendor.pk, on, vendor.pk, on])
        rows = cursor.fetchall()
    visits = next((visits for product, visits, _missing in rows if product is None), 0)
    asked = [row for row in rows if row[0] is not None]
    return Today(
        visits,
        {product: times for product, times, _missing in asked},
        frozenset(product for product, _times, is_missing in asked if is_missing),
    )


def taste_of(vendor: Vendor, day: dt.date, today: Today) -> Taste:
    """The shop's taste with what was wanted `today`, the present `day`, as if it were over."""
    trends = trends_before(vendor, day)
    return (trends.with_day(today.visits, today.wanted) if today.visits else trends).taste()


@while_past_stands
def trends_before(vendor: Vendor, day: dt.date) -> Trends:
    """What was wanted on each day of the year before the present `day`; not to be changed."""
    trends = Trends()
    for past in days_before(vendor, day):
        trends.end_day(past.visits, past.wanted)
    return trends


class PastDay(NamedTuple):
    """A day of the shop: its visits, and by product how many of them wanted it."""

    day: dt.date
    visits: int
    wanted: dict[int, int]


def days_before(vendor: Vendor, day: dt.date) -> list[PastDay]:
    """Every day from the first within `YEAR` before `day` that had visits, up to the day before it."""
    first, last = (connection.ops.adapt_datefield_value(each) for each in (day - YEAR, day))
    with connection.cursor() as cursor:
        cursor.execute(SHOP_DAYS, [vendor.pk, first, last])
        visits = dict(cursor.fetchall())
        cursor.execute(PRODUCT_DAYS, [vendor.pk, first, last])
        wanted: dict[str, dict[int, int]] = defaultdict(dict)
        for on, product, times in cursor.fetchall():
            wanted[on][product] = times
    begun = dt.date.fromisoformat(min(visits)) if visits else day
    days = (begun + dt.timedelta(days=number) for number in range((day - begun).days))
    return [PastDay(on, visits.get(f"{on}", 0), wanted.get(f"{on}", {})) for on in days]


@while_past_stands
def together_before(vendor: Vendor, day: dt.date) -> Together:
    """What was in the latest baskets before `day`."""
    start, _end = vendor.day_bounds(day)
    latest = Visit.objects.standing().filter(vendor=vendor, at__lt=start).latest_first()[:BASKETS].values("pk")
    baskets: dict[int, set[int]] = defaultdict(set)
    lines = VisitLine.objects.filter(visit__in=latest, outcome__in=WANTED).order_by()
    for visit, product in lines.values_list("visit", "product").iterator():
        baskets[visit].add(product)
    return Together(baskets.values())
