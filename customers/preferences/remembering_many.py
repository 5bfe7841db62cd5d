"""What the shop remembers of many people at once, as far as it takes to serve them: a few queries for all of them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import cache
from itertools import groupby, islice
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from django.db import connection
from django.db.models import F, Q

from customers.models import Membership
from customers.preferences.buying import HISTORY
from customers.preferences.models import Preference
from customers.preferences.remembering import VISITS, Known, Whose, gravest_first, offered
from customers.preferences.suggesting import Suggesting, Suggestion
from customers.preferences.tasting import Today, taste_of, today_of
from customers.preferences.usual import PastLine, describe
from customers.visits.models import Visit
from vendors.models import Product, Vendor

LINES = """
    SELECT visit.customer_id, visit.id, line.product_id, CAST(line.quantity AS text), line.unit, line.outcome,
           line.manner
    FROM visits_visit AS visit LEFT JOIN visits_visitline AS line ON line.visit_id = visit.id
    WHERE visit.vendor_id = %s AND visit.voided_at IS NULL AND visit.at >= %s AND visit.at <= %s
    ORDER BY visit.at DESC, visit.id DESC, line.position"""

NOTHING_MISSING = Today(0, {}, frozenset())


class Remembered(NamedTuple):
    """What must never happen, the gravest first, and the usual, the likeliest first."""

    never: list[Known]
    usual: list[Suggestion]


def remember_many(vendor: Vendor, customers: Collection[int], *, now: dt.datetime, most: int) -> dict[int, Remembered]:
    """
    Of each of `customers` (ids) what `remembering.remember` knows of it, from half a year; `most` of the usual.

    What somebody took instead of what is not here today is left out: it is read on other days.
    """
    day = vendor.day_of(now)
    known = _known(vendor, customers, now)
    histories = _histories(vendor, customers, now)
    taste = taste_of(vendor, day, today_of(vendor, day))
    products = Product.objects.sold().filter(vendor=vendor).in_bulk()

    def one(customer: int) -> Remembered:
        holds, history = known.get(customer, []), histories.get(customer, [])
        standing = [each.preference for each in holds]
        sold = (each for each in offered(history, taste, standing).items() if each[0] in products)
        usual = describe(history, dict(islice(sold, most)), taste)
        return Remembered(
            [each for each in holds if each.preference.must_never],
            Suggesting(products, standing, NOTHING_MISSING, MappingProxyType({}), day.month).of(usual),
        )

    return {customer: one(customer) for customer in customers}


def _histories(vendor: Vendor, customers: Collection[int], now: dt.datetime) -> dict[int, list[list[PastLine]]]:
    """By customer their latest visits, the latest first."""
    until = now + Visit.CLOCKS_DIFFER
    between = (connection.ops.adapt_datetimefield_value(moment) for moment in (now - HISTORY, until))
    wanted, quantities = set(customers), cache(Decimal)
    histories: dict[int, list[list[PastLine]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LINES, [vendor.pk, *between])
        for (customer, _visit), rows in groupby(cursor.fetchall(), key=itemgetter(0, 1)):
            if customer in wanted and len(histories[customer]) < VISITS:
                lines = ((product, quantities(quantity), *rest) for _, _, product, quantity, *rest in rows if product)
                histories[customer].append([PastLine._make(line) for line in lines])
    return histories


def _known(vendor: Vendor, customers: Collection[int], now: dt.datetime) -> Mapping[int, list[Known]]:
    """By customer what holds of them, and what must never happen to others who eat in their kitchen."""
    fed_by: dict[int, set[int]] = defaultdict(set)  # whose visits stand under the names of which customers
    for customer in customers:
        fed_by[customer].add(customer)
    first = Q(household__memberships__customer__in=customers, household__memberships__is_first=True)
    eaters = Membership.objects.standing().filter(first, household__memberships__left_at__isnull=True, eats=True)
    for eater, customer in eaters.order_by().values_list("customer", "household__memberships__customer"):
        fed_by[eater].add(customer)
    found = Preference.objects.standing().filter(vendor=vendor, customer__in=fed_by).select_related("product")
    known: dict[int, list[Known]] = defaultdict(list)
    of_people = found.annotate(whose_uid=F("customer__uid"), whose_name=F("customer__name")).order_by("id")
    for each in sorted(of_people, key=gravest_first):
        is_stale = each.is_stale(now)
        for customer in fed_by[each.customer_id]:
            if customer == each.customer_id:
                known[customer].append(Known(each, is_stale))
            elif each.must_never:
                known[customer].append(Known(each, is_stale, Whose(each.whose_uid, each.whose_name)))
    return known
