"""What a shop sells or sold as rows, each with what is wanted of it and by whom."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from crm.counter.wording import named
from customers.models import Customer
from customers.promises.troubles import LEAST_PEOPLE, PERIODS, Trouble, troubles
from customers.promises.waiting import Wanted, wanted
from customers.visits.regulars import regulars_of
from customers.visits.wanting import Wanting, can_be_compared, wanting
from vendors.models import Product, Vendor

NOTHING = Wanting()
CHANCE = 2
"""So many of their standard deviations two counts differ in one of twenty cases without any reason (Poisson)."""


class Mostly(NamedTuple):
    """One person who is behind more than half of the visits that wanted a product."""

    customer: Customer
    visits: int
    of: int


class Trend(NamedTuple):
    """Visits that wanted it, and in the days before these."""

    before: int
    now: int

    @property
    def direction(self) -> int:
        """More (1), less (-1), or no other than two counts of one thing may be by chance (0)."""
        apart = self.now - self.before
        if apart**2 <= CHANCE**2 * (self.now + self.before):
            return 0
        return 1 if apart > 0 else -1


@dataclass(slots=True)
class Sold:
    """A product; `takers` of the last 90 days, of whom `touched` are of the shop's `regulars`."""

    product: Product
    name: str
    is_sold: bool
    is_in_season: bool
    wanting: Wanting
    takers: int
    touched: int
    regulars: int
    trend: Trend | None = None
    trouble: Trouble | None = None
    wish: Wanted | None = None
    mostly: Mostly | None = None

    # What the rows are sorted by; None where there is nothing to say.

    @property
    def called(self) -> str:
        return self.name.casefold()

    @property
    def unit(self) -> str:
        return str(self.product.get_unit_display())

    @property
    def short(self) -> int:
        return self.wanting.short

    @property
    def long(self) -> int:
        return self.wanting.long

    @property
    def last(self) -> dt.date | None:
        return self.wanting.last

    @property
    def change(self) -> int | None:
        return self.trend.now - self.trend.before if self.trend else None

    @property
    def missing(self) -> int:
        """People who asked for it and had none, in the last 30 days."""
        return self.wish.people if self.wish else 0

    @property
    def waiting(self) -> int:
        return self.wish.waiting if self.wish else 0

    @property
    def problems(self) -> int:
        return self.trouble.problems if self.trouble else 0

    @property
    def mostly_share(self) -> float | None:
        return self.mostly.visits / self.mostly.of if self.mostly else None


def products_of_shop(vendor: Vendor) -> list[Sold]:
    """All in the shop's order; what was merged into another is counted with it and stands in no row of its own."""
    today, found, regulars = vendor.today(), wanting(vendor), regulars_of(vendor)
    went_wrong = {each.product.pk: each for each in troubles(vendor, days=PERIODS[-1]).by_product if each.product}
    wishes = {each.product.pk: each for each in wanted(vendor, today) if each.product}
    compared, loud = can_be_compared(vendor), _loud(vendor, found.values())
    rows = []
    for product in Product.objects.filter(vendor=vendor, merged_into__isnull=True):
        each = found.get(product.pk, NOTHING)
        rows.append(
            Sold(
                product=product,
                name=named(product),
                is_sold=product.is_sold,
                is_in_season=product.in_season(today.month),
                wanting=each,
                takers=len(each.takers),
                touched=len(each.takers & regulars),
                regulars=len(regulars),
                trend=_trend(each) if compared else None,
                trouble=went_wrong.get(product.pk),
                wish=wishes.get(product.pk),
                mostly=_mostly(each, loud),
            )
        )
    return rows


def _trend(each: Wanting) -> Trend | None:
    """None of what too few people want: that one of them is away is no trend."""
    people = each.people.keys() | each.people_before
    return Trend(each.before, each.long) if len(people) >= LEAST_PEOPLE else None


def _loud(vendor: Vendor, found: Iterable[Wanting]) -> dict[int, Customer]:
    """By id those who are behind most of a product."""
    people = {each.mostly[0] for each in found if each.mostly}
    return Customer.objects.filter(vendor=vendor).in_bulk(people)


def _mostly(each: Wanting, loud: dict[int, Customer]) -> Mostly | None:
    if each.mostly is None:
        return None
    who, visits = each.mostly
    return Mostly(loud[who], visits, each.people.total())
