"""The buying list of a day: how much of each product it will need, and the people who stand behind it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

from django.db import connection

from customers.models import Customer
from customers.preferences.demand import CORRECTED_DAYS, Comer, Correction, Need, Till, baskets_of, blend, needs
from customers.preferences.popularity import Taste, Trends
from customers.preferences.remembering import VISITS
from customers.preferences.tasting import PastDay, days_before
from customers.preferences.usual import RECENT, Own, PastLine, usual_quantity, weigh_wants
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
    SELECT visit.customer_id, visit.id, CAST(visit.at AS text),
           line.product_id, CAST(line.quantity AS text), line.unit, line.outcome
    FROM visits_visit AS visit JOIN visits_visitline AS line ON line.visit_id = visit.id
    WHERE visit.vendor_id = %s AND visit.voided_at IS NULL AND visit.at >= %s AND visit.at < %s
    ORDER BY visit.at DESC, visit.id DESC"""


@dataclass(frozen=True)
class ToBuy:
    """One line of the list. `low` to `high` holds eight of ten such days, and `order` is enough on four of five."""

    product: Product
    need: Need
    people: tuple[tuple[Customer, float], ...]

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


def buying_list(vendor: Vendor, day: dt.date, people: People | None = None) -> BuyingList:
    """What `day` will need, as known from all that was before; `people` are those of the day, if they are read."""
    if why_closed := opening_times(vendor).why_closed(day):
        return BuyingList(day, [], 0.0, 0, why_closed)
    forecast = _Forecast(people or People(vendor, day), vendor, day)
    products = Product.objects.sold().filter(vendor=vendor).in_bulk()
    found = needs(forecast.comers, forecast.baskets(), {pk: product.step for pk, product in products.items()})
    named = {person for need in found for person, _chance in need.people[:BEHIND]}
    customers = Customer.objects.in_bulk(named)
    return BuyingList(
        day=day,
        lines=[
            ToBuy(products[need.product], need, tuple((customers[who], part) for who, part in need.people[:BEHIND]))
            for need in found
        ],
        comers=sum(comer.chance for comer in forecast.comers),
        regulars=forecast.regulars,
    )


class _Past(NamedTuple):
    """
    What one person wanted, the latest visit first: the time (text in UTC) and the products of each visit.

    `taken` has by product the last lines of what was taken.
    """

    visits: list[tuple[str, set[int]]]
    taken: dict[int, list[PastLine]]


NOTHING = _Past([], {})


class _Forecast:
    """What is known before a day, read once."""

    def __init__(self, people: People, vendor: Vendor, day: dt.date) -> None:
        self.vendor, self.day, self.people = vendor, day, people
        self.pasts = _pasts(vendor, day)
        self.days = days_before(vendor, day)
        self.units = dict(Product.objects.filter(vendor=vendor).values_list("pk", "unit"))
        expected = people.expected()
        self.regulars = sum(each.rhythm.visits >= SILENT for each in expected)
        self.comers = [self._comer(each) for each in expected if each.chance >= UNLIKELY]

    def baskets(self) -> dict[int, float]:
        """By product the visits that are expected to want it."""
        before, lately = self.days[:-CORRECTED_DAYS], self.days[-CORRECTED_DAYS:]
        trends, till = Trends(), Till()
        for past in before:
            _end_day(past, trends, till)
        # In a shop's first weeks nothing was known from which to expect anything.
        correction = self._correction(lately, trends.taste()) if len(before) >= CORRECTED_DAYS else Correction()
        for past in lately:
            _end_day(past, trends, till)
        day = self.day.toordinal()
        return {
            product: blend(times * correction.factor(product), till.expected(product, day), self.regulars)
            for product, times in baskets_of(self.comers, trends.taste()).items()
        }

    def _comer(self, expected: Expected) -> Comer:
        visits, taken = self.pasts.get(expected.customer, NOTHING)
        quantities = {
            product: quantity
            for product, lines in taken.items()
            for quantity, unit in [usual_quantity(lines)]
            if quantity and unit == self.units[product]
        }
        return Comer(expected.customer, expected.chance, _weighed(visits), quantities)

    def _correction(self, lately: Sequence[PastDay], taste: Taste) -> Correction:
        """
        What was wanted `lately`, and what one would have expected from the tastes of before.

        The expectation of several days is that of people who come as often as the sum of their chances says.
        """
        chances: dict[int, float] = defaultdict(float)
        for past in lately:
            for each in self.people.expected(past.day.toordinal()) if past.visits else ():
                chances[each.customer] += each.chance
        begun = min((past.day for past in lately), default=self.day)
        limit = f"{self.vendor.day_bounds(begun)[0]:%Y-%m-%d %H:%M:%S}"
        comers = (
            Comer(customer, chance, _weighed([visit for visit in self.pasts[customer].visits if visit[0] < limit]), {})
            for customer, chance in chances.items()
            if customer in self.pasts
        )
        actual: dict[int, int] = defaultdict(int)
        for past in lately:
            for product, times in past.wanted.items():
                actual[product] += times
        return Correction([(actual, baskets_of(comers, taste))])


def _end_day(past: PastDay, trends: Trends, till: Till) -> None:
    trends.end_day(past.visits, past.wanted)
    if past.visits:
        till.end_day(past.day.toordinal(), past.visits, past.wanted)


def _weighed(visits: Iterable[tuple[str, set[int]]]) -> Own:
    return weigh_wants(products for _at, products in islice(visits, VISITS))


def _pasts(vendor: Vendor, day: dt.date) -> dict[int, _Past]:
    """Of everybody (by id) what they wanted in the half year before `day`."""
    between = (connection.ops.adapt_datetimefield_value(vendor.day_bounds(each)[0]) for each in (day - HISTORY, day))
    quantities = cache(Decimal)
    pasts: dict[int, _Past] = defaultdict(lambda: _Past([], defaultdict(list)))
    with connection.cursor() as cursor:
        cursor.execute(LINES, [vendor.pk, *between])
        for (customer, _visit, at), rows in groupby(cursor.fetchall(), key=itemgetter(0, 1, 2)):
            visits, taken = pasts[customer]
            products: set[int] = set()
            for *_visit, product, quantity, unit, outcome in rows:
                if outcome in WANTED:
                    products.add(product)
                if outcome in TAKEN and len(taken[product]) < RECENT:
                    taken[product].append(PastLine(product, quantities(quantity), unit, outcome))
            visits.append((at, products))
    return pasts
