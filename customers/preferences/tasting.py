"""The taste of a shop, read from the counts of its days and its latest baskets."""

import datetime as dt
from collections import defaultdict
from typing import NamedTuple

from django.db import connection

from customers.preferences.popularity import Taste, Trends
from customers.preferences.together import Together
from customers.visits.models import ProductDay, ShopDay, Visit, VisitLine
from customers.visits.outcomes import WANTED
from vendors.models import Vendor
from vendors.past import while_past_stands

YEAR = dt.timedelta(days=366)
"""How far back the shop's taste is read: a visit of then weighs a twentieth in the longest of its averages."""
BASKETS = 2000
"""How many of the latest baskets tell what goes together."""
ONE_DAY = dt.timedelta(days=1)

TODAY = """
    SELECT NULL, visits, NULL FROM visits_shopday WHERE vendor_id = %s AND day = %s
    UNION ALL SELECT product_id, visits, is_missing FROM visits_productday WHERE vendor_id = %s AND day = %s"""


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


def taste_before(vendor: Vendor, day: dt.date) -> Taste:
    """The shop's taste as known on the evening before `day`, whichever day that is."""
    return _trends(vendor, day).taste()


@while_past_stands
def trends_before(vendor: Vendor, day: dt.date) -> Trends:
    """What was wanted on each day of the year before the present `day`; not to be changed."""
    return _trends(vendor, day)


def _trends(vendor: Vendor, day: dt.date) -> Trends:
    known = {"vendor": vendor, "day__gte": day - YEAR, "day__lt": day}
    visits = dict(ShopDay.objects.filter(**known).values_list("day", "visits"))
    wanted: dict[dt.date, dict[int, int]] = defaultdict(dict)
    for on, product, times in ProductDay.objects.filter(**known).values_list("day", "product", "visits").iterator():
        wanted[on][product] = times
    trends = Trends()
    on = min(visits, default=day)
    while on < day:
        trends.end_day(visits.get(on, 0), wanted.get(on, {}))
        on += ONE_DAY
    return trends


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
