"""How buying lists did: what was listed, beside what was then wanted, and what was asked for and not there."""

import datetime as dt
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, TypeVar

from crm.lib import quantities
from customers.models import Customer
from customers.planning.models import BuyingLine
from customers.promises.models import Wish
from customers.visits.models import Visit, VisitLine
from customers.visits.outcomes import MISSING, WANTED
from vendors.catalogue import stand_ins
from vendors.models import Product, Vendor

Key = TypeVar("Key")

DAYS = 28
"""Days that are looked back on, the last of them included."""
LEAST_DAYS = 4
"""Days on which a product must have been listed before it is called often short, or often too much."""
FAR = 2
"""So many times what was wanted is far too much."""
NAMED = 3
"""The worst products, which are named."""


@dataclass
class Outcome:
    """
    What became of one product on one day, in the `unit` of the list; nothing was `listed` of what was only asked for.

    `wanted` is what was taken and what was asked for in vain, the latter `missed` times. What was sold in a unit that
    cannot be compared is in `other_units`, as often as it was.
    """

    day: dt.date
    product: Product
    unit: str
    listed: Decimal | None
    low: Decimal | None = None
    high: Decimal | None = None
    wanted: Decimal = Decimal(0)
    missed: int = 0
    other_units: int = 0
    without: list[int | None] = field(default_factory=list)
    """Who had none (an id, None of somebody unknown), once for each time."""

    @property
    def is_enough(self) -> bool:
        return self.listed is not None and self.wanted <= self.listed and not self.missed

    @property
    def is_far_too_much(self) -> bool:
        return self.listed is not None and self.is_enough and self.listed > FAR * self.wanted and not self.other_units

    @property
    def is_in_range(self) -> bool | None:
        """Whether what was wanted lay in the foreseen range; None where none was foreseen."""
        return None if self.low is None or self.high is None else self.low <= self.wanted <= self.high


@dataclass(frozen=True)
class Done:
    """Some outcomes summed up; what was not on a list is in none of its numbers but `missed`."""

    outcomes: list[Outcome]

    @cached_property
    def listed(self) -> list[Outcome]:
        return [each for each in self.outcomes if each.listed is not None]

    @property
    def enough(self) -> int:
        return sum(each.is_enough for each in self.listed)

    @property
    def short(self) -> int:
        return len(self.listed) - self.enough

    @property
    def far_too_much(self) -> int:
        return sum(each.is_far_too_much for each in self.listed)

    @property
    def ranged(self) -> int:
        return sum(each.is_in_range is not None for each in self.listed)

    @property
    def in_range(self) -> int:
        return sum(bool(each.is_in_range) for each in self.listed)

    @property
    def missed(self) -> int:
        return sum(each.missed for each in self.outcomes)

    @property
    def people(self) -> int:
        """Different people who had none; somebody unknown is another each time."""
        without = [who for each in self.outcomes for who in each.without]
        return len(set(without) - {None}) + without.count(None)

    @property
    def most(self) -> int | None:
        """Who (an id) had none more than half of several times, if one person did."""
        without = Counter(who for each in self.outcomes for who in each.without)
        return next((who for who, times in without.most_common(1) if 2 * times > without.total() > 1), None)


@dataclass(frozen=True)
class OfProduct:
    """What became of one product on all the days; `mostly` is who had none more than half of the times."""

    product: Product
    done: Done
    mostly: Customer | None = None


@dataclass(frozen=True)
class Accuracy:
    """How the lists of some days did. A day on which nobody was served says nothing, and is left out."""

    done: Done

    @cached_property
    def by_day(self) -> dict[dt.date, Done]:
        """The latest first."""
        return dict(sorted(_by(self.done.outcomes, lambda each: each.day).items(), reverse=True))

    @cached_property
    def by_product(self) -> list[OfProduct]:
        products = {each.product.pk: each.product for each in self.done.outcomes}
        by_product = _by(self.done.outcomes, lambda each: each.product.pk)
        return [OfProduct(products[pk], done) for pk, done in by_product.items()]

    @cached_property
    def most_often_short(self) -> list[OfProduct]:
        """What was short on several of at least `LEAST_DAYS` days, the worst first."""
        found = _worst(self.by_product, lambda done: done.short)
        customers = Customer.objects.in_bulk({each.done.most for each in found} - {None})
        return [OfProduct(each.product, each.done, customers.get(each.done.most)) for each in found]

    @cached_property
    def most_often_too_much(self) -> list[OfProduct]:
        """Of what far too much was listed on several of at least `LEAST_DAYS` days, the worst first."""
        return _worst(self.by_product, lambda done: done.far_too_much)


def accuracy(vendor: Vendor, first: dt.date, last: dt.date) -> Accuracy:
    """How the lists of the days from `first` to `last` did, as known by now; five statements, however many."""
    into = stand_ins(vendor.pk)
    rows = BuyingLine.objects.filter(vendor=vendor, buying_list__day__range=(first, last))
    lines = list(rows.exclude(foreseen__isnull=True, quantity=0).select_related("buying_list", "product"))
    days = sorted({line.buying_list.day for line in lines})
    if not days:
        return Accuracy(Done([]))
    asked, served = _asked(vendor, days, into)
    products = Product.objects.filter(vendor=vendor).in_bulk()
    found: dict[tuple[dt.date, int], Outcome] = {}
    for line in lines:
        if line.buying_list.day in served:
            _list(found, line, products[into.get(line.product_id, line.product_id)])
    for each in sorted(asked, key=lambda each: not each.is_missing):  # these open what was on no list
        _count(found, each, products)
    return Accuracy(Done(list(found.values())))


class _Asked(NamedTuple):
    """One time a product (its id) was wanted."""

    day: dt.date
    product: int
    quantity: Decimal | None
    unit: str
    is_missing: bool
    customer: int | None


def _asked(vendor: Vendor, days: list[dt.date], into: dict[int, int]) -> tuple[list[_Asked], set[dt.date]]:
    """All that was wanted on `days`, in a visit or without one, and on which of them anybody was served."""
    bounds = [vendor.day_bounds(day) for day in days]
    starts, since, until = [start for start, _end in bounds], bounds[0][0], bounds[-1][1]

    def day_of(moment: dt.datetime) -> dt.date | None:
        place = bisect_right(starts, moment) - 1
        return days[place] if moment < bounds[place][1] else None

    visits = Visit.objects.standing().filter(vendor=vendor, at__gte=since, at__lt=until)
    taken = VisitLine.objects.filter(visit__in=visits, outcome__in=WANTED).order_by()
    fields = ("visit__at", "product", "quantity", "unit", "outcome", "visit__customer")
    found = [
        _Asked(day, into.get(product, product), quantity, unit, outcome == MISSING, customer)
        for at, product, quantity, unit, outcome, customer in taken.values_list(*fields)
        if (day := day_of(at))
    ]
    # What was missing in a visit is a line of that already.
    wishes = Wish.objects.filter(vendor=vendor, visit__isnull=True, asked_at__gte=since, asked_at__lt=until)
    wishes = wishes.exclude(outcome=Wish.Outcome.UNDONE).filter(product__isnull=False).order_by()
    fields = ("asked_at", "product", "quantity", "unit", "customer")
    found += [
        _Asked(day, into.get(product, product), quantity, unit, True, customer)
        for at, product, quantity, unit, customer in wishes.values_list(*fields)
        if (day := day_of(at))
    ]
    return found, {each.day for each in found}


def _list(found: dict[tuple[dt.date, int], Outcome], line: BuyingLine, product: Product) -> None:
    day = line.buying_list.day
    before = found.get((day, product.pk))
    if before is None:
        found[day, product.pk] = Outcome(day, product, line.unit, line.quantity, line.low, line.high)
    elif before.listed is not None:  # of products that were merged since
        before.listed += quantities.in_unit(line.quantity, line.unit, before.unit) or Decimal(0)
        before.low = before.high = None


def _count(found: dict[tuple[dt.date, int], Outcome], each: _Asked, products: dict[int, Product]) -> None:
    outcome = found.get((each.day, each.product))
    if outcome is None:
        if not each.is_missing:
            return  # there without being listed: left from the day before
        product = products[each.product]
        outcome = found[each.day, each.product] = Outcome(each.day, product, product.unit, None)
    quantity = None if each.quantity is None else quantities.in_unit(each.quantity, each.unit, outcome.unit)
    if quantity is not None:
        outcome.wanted += quantity
    elif each.quantity is not None:
        outcome.other_units += 1
    if each.is_missing:
        outcome.missed += 1
        outcome.without.append(each.customer)


def _by(outcomes: Iterable[Outcome], key: Callable[[Outcome], Key]) -> dict[Key, Done]:
    found: dict[Key, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        found[key(each)].append(each)
    return {name: Done(of_one) for name, of_one in found.items()}


def _worst(products: Iterable[OfProduct], how_often: Callable[[Done], int]) -> list[OfProduct]:
    often = [each for each in products if len(each.done.listed) >= LEAST_DAYS and how_often(each.done) > 1]
    return sorted(often, key=lambda each: (-how_often(each.done), -each.done.missed, each.product.name))[:NAMED]
