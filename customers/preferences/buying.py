"""The buying list of a day: how much of each product it will need, and the people who stand behind it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from django.db import connection

from customers.models import Customer
from customers.preferences.demand import Comer, Need, Till, baskets_of, blend, needs
from customers.preferences.popularity import Trends
from customers.preferences.remembering import VISITS
from customers.preferences.tasting import days_before
from customers.preferences.usual import RECENT, PastLine, usual_quantity, weigh_wants
from customers.visits.expecting import Expected, People
from customers.visits.outcomes import TAKEN, WANTED
from customers.visits.rhythm import SILENT
from vendors.models import Product, Vendor
from vendors.opening.keeping import opening_times

HISTORY = dt.timedelta(days=180)
"""How far back is read what people took."""
UNLIKELY = 0.005
"""Chance to come under which nothing is bought for somebody."""
BEHIND = 12
"""People who are named behind a product."""

LINES = """
    SELECT visit.customer_id, visit.id, line.product_id, CAST(line.quantity AS text), line.unit, line.outcome
    FROM visits_visit AS visit LEFT JOIN visits_visitline AS line ON line.visit_id = visit.id
    WHERE visit.vendor_id = %s AND visit.voided_at IS NULL AND visit.at >= %s AND visit.at < %s
    ORDER BY visit.at DESC, visit.id DESC, line.position"""


@dataclass(frozen=True)
class ToBuy:
    """One line of the list. `low` to `high` holds eight of ten such days, and `order` is enough on four of five."""

    product: Product
    need: Need
    people: tuple[tuple[Customer, float], ...]
    most: Customer | None = None
    """Who takes most of it; how much that is says `need.most`."""

    @property
    def order(self) -> Decimal:
        return self._rounded(self.need.order)

    @property
    def low(self) -> Decimal:
        return self._rounded(self.need.low)

    @property
    def high(self) -> Decimal:
        return self._rounded(self.need.high)

    def _rounded(self, baskets: int) -> Decimal:
        """So many baskets in the product's unit, in whole steps of it: nobody orders 1.37 kg."""
        steps = (baskets * self.need.quantity / self.product.step).to_integral_value(rounding="ROUND_CEILING")
        return steps * self.product.step


@dataclass(frozen=True)
class BuyingList:
    """
    What `day` needs, the most wanted first, and how many of the `regulars` are likely to come (a sum of chances).

    Nothing of a day on which the shop is closed: `why_closed` says so.
    """

    day: dt.date
    lines: list[ToBuy]
    comers: float
    regulars: int
    why_closed: str = ""


def next_open(vendor: Vendor, day: dt.date) -> dt.date:
    """The first day after `day` on which the shop is open; the very next one when it does not open within a year."""
    return opening_times(vendor).next_open(day) or day + dt.timedelta(days=1)


def buying_list(
    vendor: Vendor,
    day: dt.date,
    people: People | None = None,
    *,
    without: Mapping[int, Collection[int]] = MappingProxyType({}),
) -> BuyingList:
    """
    What `day` will need, as known from all that was before; `people` are those of the day, if they are read.

    By product (its id) those (their ids) `without` whom it is counted, because what they want is known otherwise.
    """
    if why_closed := opening_times(vendor).why_closed(day):
        return BuyingList(day, [], 0.0, 0, why_closed)
    forecast = _Forecast(people or People(vendor, day), vendor, day)
    products = Product.objects.sold().filter(vendor=vendor).in_bulk()
    found = needs(forecast.comers, forecast.baskets(), {pk: product.step for pk, product in products.items()}, without)
    named = {person for need in found for person, _chance in need.people[:BEHIND]}
    customers = Customer.objects.in_bulk(named | {need.most[0] for need in found if need.most})
    return BuyingList(
        day=day,
        lines=[
            # Whoever was forgotten since the forecast was begun is not named.
            ToBuy(
                products[need.product],
                need,
                tuple((customers[who], part) for who, part in need.people[:BEHIND] if who in customers),
                customers.get(need.most[0]) if need.most else None,
            )
            for need in found
        ],
        comers=forecast.likely,
        regulars=forecast.regulars,
    )


class _Past(NamedTuple):
    """The products that each of a person's visits wanted, the latest first, and by product the last lines taken."""

    visits: list[set[int]]
    taken: dict[int, list[PastLine]]


NOTHING = _Past([], {})


class _Forecast:
    """What is known before a day, read once."""

    def __init__(self, people: People, vendor: Vendor, day: dt.date) -> None:
        self.day, self.closed = day, people.closed
        self.pasts = _pasts(vendor, day)
        self.days = days_before(vendor, day)
        self.units = dict(Product.objects.filter(vendor=vendor).values_list("pk", "unit"))
        expected = people.expected()
        regulars = [each for each in expected if each.rhythm.visits >= SILENT]
        self.regulars, self.likely = len(regulars), sum(each.chance for each in regulars)
        self.comers = [self._comer(each) for each in expected if each.chance >= UNLIKELY and not each.has_left]

    def baskets(self) -> dict[int, float]:
        """By product the visits that are expected to want it."""
        trends, till = Trends(), Till()
        for past in self.days:
            trends.end_day(past.visits, past.wanted)
            if past.day.toordinal() not in self.closed:
                till.end_day(past.day.toordinal(), past.visits, past.wanted)
        day = self.day.toordinal()
        from_people = baskets_of(self.comers, trends.taste())
        return {
            product: blend(times, till.expected(product, day), self.regulars) for product, times in from_people.items()
        }

    def _comer(self, expected: Expected) -> Comer:
        visits, taken = self.pasts.get(expected.customer, NOTHING)
        quantities = {
            product: quantity
            for product, lines in taken.items()
            for quantity, unit in [usual_quantity(lines)]
            if quantity and unit == self.units[product]
        }
        return Comer(expected.customer, expected.chance, weigh_wants(visits[:VISITS]), quantities)


def _pasts(vendor: Vendor, day: dt.date) -> dict[int, _Past]:
    """Of everybody (by id) what they wanted in the half year before `day`."""
    between = (connection.ops.adapt_datetimefield_value(vendor.day_bounds(each)[0]) for each in (day - HISTORY, day))
    quantities = cache(Decimal)
    pasts: dict[int, _Past] = defaultdict(lambda: _Past([], defaultdict(list)))
    with connection.cursor() as cursor:
        cursor.execute(LINES, [vendor.pk, *between])
        for (customer, _visit), rows in groupby(cursor.fetchall(), key=itemgetter(0, 1)):
            visits, taken = pasts[customer]
            products: set[int] = set()
            for *_visit, product, quantity, unit, outcome in rows:
                if outcome in WANTED:
                    products.add(product)
                if outcome in TAKEN and len(taken[product]) < RECENT:
                    taken[product].append(PastLine(product, quantities(quantity), unit, outcome))
            visits.append(products)
    return pasts
