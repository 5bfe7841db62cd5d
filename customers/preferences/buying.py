"""The buying list of a day: how much of each product it will need, and the people who stand behind it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from django.db import connection

from customers.models import Customer
from customers.preferences.demand import CORRECTED_DAYS, Comer, Correction, Need, Till, baskets_of, blend, needs
from customers.preferences.remembering import VISITS
from customers.preferences.tasting import taste_before
from customers.preferences.usual import Own, PastLine, usual_quantity, wanted_lines, weigh
from customers.visits.expecting import Expected, People
from customers.visits.models import ProductDay, ShopDay
from customers.visits.rhythm import SILENT
from vendors.models import Product, Vendor
from vendors.opening.keeping import opening_times

HISTORY = dt.timedelta(days=180)
"""How far back is read what people took."""
UNLIKELY = 0.005
"""Chance to come under which nothing is bought for somebody."""
AVERAGED = dt.timedelta(days=120)
"""How far back the till is looked at: a day of then weighs next to nothing."""
BEHIND = 12
"""People who are named behind a product."""

LINES = """
    SELECT visit.customer_id, visit.id, CAST(visit.at AS text), line.product_id,
           CAST(line.quantity AS text), line.unit, line.outcome
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


def buying_list(vendor: Vendor, day: dt.date) -> BuyingList:
    """What `day` will need, as known from all that was before it."""
    if why_closed := opening_times(vendor).why_closed(day):
        return BuyingList(day, [], 0.0, 0, why_closed)
    forecast = _Forecast(vendor, day)
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


class _Dated(NamedTuple):
    """A past visit with its time, as text in UTC."""

    at: str
    lines: list[PastLine]


class _Forecast:
    """What is known before a day, read once."""

    def __init__(self, vendor: Vendor, day: dt.date) -> None:
        self.vendor, self.day = vendor, day
        self.people = People(vendor, day)
        self.histories = _histories(vendor, day)
        self.units = dict(Product.objects.filter(vendor=vendor).values_list("pk", "unit"))
        expected = self.people.expected()
        self.regulars = sum(each.rhythm.visits >= SILENT for each in expected)
        self.comers = [self._comer(each) for each in expected if each.chance >= UNLIKELY]

    def baskets(self) -> dict[int, float]:
        """By product the visits that are expected to want it."""
        till, correction = self._till(), self._correction()
        ordinal = self.day.toordinal()
        from_people = baskets_of(self.comers, taste_before(self.vendor, self.day))
        return {
            product: blend(times * correction.factor(product), till.expected(product, ordinal), self.regulars)
            for product, times in from_people.items()
        }

    def _comer(self, expected: Expected) -> Comer:
        history = [visit.lines for visit in self.histories.get(expected.customer, ())][:VISITS]
        quantities = {
            product: quantity
            for product, lines in wanted_lines(history).items()
            for quantity, unit in [usual_quantity(lines)]
            if quantity and unit == self.units[product]
        }
        return Comer(expected.customer, expected.chance, weigh(history), quantities)

    def _correction(self) -> Correction:
        """The last fortnight as one would have expected it from the tastes of before."""
        first = self.day - dt.timedelta(days=CORRECTED_DAYS)
        limit = self.vendor.day_bounds(first)[0].strftime("%Y-%m-%d %H:%M:%S")
        owns = {
            customer: weigh([visit.lines for visit in visits if visit.at < limit][:VISITS])
            for customer, visits in self.histories.items()
        }
        taste = taste_before(self.vendor, first)
        counted = self._counted(first)
        return Correction(
            (counted[day], baskets_of(self._comers_then(day.toordinal(), owns), taste)) for day in sorted(counted)
        )

    def _comers_then(self, day: int, owns: Mapping[int, Own]) -> Iterator[Comer]:
        for each in self.people.expected(day):
            if each.chance >= UNLIKELY and each.customer in owns:
                yield Comer(each.customer, each.chance, owns[each.customer], {})

    def _till(self) -> Till:
        till = Till()
        first = self.day - AVERAGED
        known = ShopDay.objects.filter(vendor=self.vendor, day__gte=first, day__lt=self.day)
        counted = self._counted(first)
        for day, visits in known.order_by("day").values_list("day", "visits"):
            till.end_day(day.toordinal(), visits, counted[day])
        return till

    def _counted(self, first: dt.date) -> dict[dt.date, dict[int, int]]:
        """Of the days from `first` on that had visits: by product how many wanted it."""
        counted: dict[dt.date, dict[int, int]] = defaultdict(dict)
        known = ProductDay.objects.filter(vendor=self.vendor, day__gte=first, day__lt=self.day)
        for day, product, visits in known.values_list("day", "product", "visits").iterator():
            counted[day][product] = visits
        return counted


def _histories(vendor: Vendor, day: dt.date) -> dict[int, list[_Dated]]:
    """Of everybody (by id) the visits of the half year before `day`, the latest first."""
    between = (connection.ops.adapt_datetimefield_value(vendor.day_bounds(each)[0]) for each in (day - HISTORY, day))
    quantities = cache(Decimal)
    histories: dict[int, list[_Dated]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LINES, [vendor.pk, *between])
        for (customer, _visit, at), rows in groupby(cursor.fetchall(), key=itemgetter(0, 1, 2)):
            lines = [PastLine(row[3], quantities(row[4]), row[5], row[6]) for row in rows]
            histories[customer].append(_Dated(at, lines))
    return histories
