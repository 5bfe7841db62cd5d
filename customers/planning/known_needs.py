"""What a day will need because somebody said so: promised to them, ordered by rule, or asked for and not had."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch, Q

from crm.lib import quantities
from customers.models import Customer
from customers.promises.due_orders import ONE_DAY, counts_on, made_for
from customers.promises.models import Promise, PromiseLine, StandingOrder, Wish
from vendors.catalogue import stand_ins
from vendors.models import Vendor


@dataclass(frozen=True)
class Said:
    """
    How much of a product somebody was promised or asked for.

    A wish may be without a quantity, and of somebody whom the shop does not know.
    """

    customer: Customer | None
    quantity: Decimal | None
    unit: str
    manner: str = ""

    def in_unit(self, unit: str) -> Decimal | None:
        """The quantity in `unit`; None when there is none, or it cannot be said in that unit."""
        return None if self.quantity is None else quantities.in_unit(self.quantity, self.unit, unit)

    def fits(self, unit: str) -> bool:
        """Whether it can be added to what is counted in `unit`."""
        return self.quantity is None or self.in_unit(unit) is not None


@dataclass(frozen=True)
class KnownNeeds:
    """By product (its id) what is promised and what is wished, each person's wish once and none beside a promise."""

    promised: Mapping[int, tuple[Said, ...]]
    wished: Mapping[int, tuple[Said, ...]]

    def people(self, units: Mapping[int, str]) -> dict[int, set[int]]:
        """By product the ids of those whose need of it is known, as far as it can be said in its unit of `units`."""
        found: dict[int, set[int]] = defaultdict(set)
        for known in (self.promised, self.wished):
            for product, said in known.items():
                found[product] |= {each.customer.pk for each in said if each.customer and each.fits(units[product])}
        return found


def known_needs(vendor: Vendor, day: dt.date) -> KnownNeeds:
    """
    What is known of the shop's `day`: our open promises that are due then, and the wishes that still wait then.

    What standing orders come to is promised for today and tomorrow; of a farther day they are read as they stand. What
    is here again is wished no more: it needs to be told, not bought.
    """
    into = stand_ins(vendor.pk)
    promised = _together(into, [*_promised(vendor, day), *_ordered(vendor, day)])
    wished = _together(into, _wished(vendor, day))
    return KnownNeeds(
        promised,
        {product: said for product, each in wished.items() if (said := _once(each, promised.get(product, ())))},
    )


def _together(into: Mapping[int, int], found: Iterable[tuple[int, Said]]) -> dict[int, tuple[Said, ...]]:
    said: dict[int, list[Said]] = defaultdict(list)
    for product, each in found:
        said[into.get(product, product)].append(each)
    return {product: tuple(each) for product, each in said.items()}


def _once(wished: Iterable[Said], promised: Iterable[Said]) -> tuple[Said, ...]:
    """The last wish of each person who was not promised it; each of the unknown is somebody else."""
    people = {each.customer for each in promised}
    last = {each.customer or place: each for place, each in enumerate(wished) if each.customer not in people}
    return tuple(last.values())


def _promised(vendor: Vendor, day: dt.date) -> list[tuple[int, Said]]:
    made_for(vendor, vendor.today())
    start, end = vendor.day_bounds(day)
    due = Q(due_any_time=False, due_at__gte=start, due_at__lt=end)
    due |= Q(due_any_time=True, due_at__gt=start, due_at__lte=end)  # the end of a day still belongs to it
    lines = PromiseLine.objects.filter(promise__in=Promise.objects.open().ours().filter(due, vendor=vendor))
    rows = lines.select_related("promise__customer").order_by("promise__due_at", "promise", "position")
    return [(line.product_id, Said(line.promise.customer, line.quantity, line.unit, line.manner)) for line in rows]


def _ordered(vendor: Vendor, day: dt.date) -> list[tuple[int, Said]]:
    """Of standing orders of which the promises of `day` are not made yet."""
    if day <= vendor.today() + ONE_DAY:
        return []
    near = StandingOrder.objects.standing().filter(vendor=vendor, starts_on__lte=day).exclude(ends_on__lt=day)
    near = near.exclude(customer__standing=Customer.Standing.CLOSED).exclude(promises__for_day=day)
    orders = near.select_related("customer").prefetch_related(Prefetch("lines"))
    return [
        (line.product_id, Said(order.customer, line.quantity, line.unit, line.manner))
        for order in orders
        if counts_on(order, day)
        for line in order.lines.all()
    ]


def _wished(vendor: Vendor, day: dt.date) -> list[tuple[int, Said]]:
    wishes = Wish.objects.open(day).filter(vendor=vendor, product__isnull=False, came_in_at__isnull=True)
    return [
        (wish.product_id, Said(wish.customer, wish.quantity, wish.unit))
        for wish in wishes.select_related("customer").order_by("asked_at", "pk")
    ]
