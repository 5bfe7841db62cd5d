"""Who waits for what: how many people asked for each product, and whom to tell when it came in."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q

from customers.models import Customer
from customers.promises.fulfilling import folded
from customers.promises.models import Wish, WishEdit
from customers.promises.models.wish import WishQuerySet
from customers.promises.wish_steps import AGAIN
from vendors.catalogue import family, stand_ins
from vendors.models import Product, Vendor

DAYS = 30
"""Days, with today, in which it is counted how many asked."""


@dataclass
class Wanted:
    """
    What was asked for and not had: a product, or `text` in words, of which `wish` is one.

    `people` asked for it in the last `DAYS`, `waiting` still wait, `here` are those of them for whom it came in, and
    `to_tell` those of these who can be told and were not yet. Somebody unknown counts as one person each time.
    """

    product: Product | None
    text: str
    wish: Any
    people: int = 0
    waiting: int = 0
    here: int = 0
    to_tell: int = 0


@dataclass
class Waiting:
    """One person who waits for something, or somebody unknown (no `customer`)."""

    wish: Wish
    """The last of their wishes for it, which says whether it came in since."""
    since: dt.datetime
    times: int
    """How often they asked."""

    @property
    def customer(self) -> Customer | None:
        return self.wish.customer


@dataclass
class _Counted:
    people: set[int] = field(default_factory=set)
    unknown: int = 0

    def add(self, customer: int | None) -> None:
        self.unknown += customer is None
        self.people |= {customer} - {None}

    @property
    def number(self) -> int:
        return len(self.people) + self.unknown


def counts(vendor: Vendor, day: dt.date) -> dict[int, int]:
    """By product (its id; a merged one is what stands for it) how many different people asked in the last `DAYS`."""
    into, counted = stand_ins(vendor.pk), dict[int, _Counted]()
    asked = _asked_lately(vendor, day).filter(product__isnull=False).order_by()
    for product, customer in asked.values_list("product", "customer"):
        counted.setdefault(into.get(product, product), _Counted()).add(customer)
    return {product: each.number for product, each in counted.items()}


def _asked_lately(vendor: Vendor, day: dt.date) -> WishQuerySet:
    return _counting(vendor).filter(_lately(vendor, day))


def _lately(vendor: Vendor, day: dt.date) -> Q:
    start, _end = vendor.day_bounds(day - dt.timedelta(days=DAYS - 1))
    again = WishEdit.objects.filter(wish=OuterRef("pk"), at__gte=start, after__step=AGAIN)
    return Q(asked_at__gte=start) | Q(Exists(again))


def _counting(vendor: Vendor) -> WishQuerySet:
    return Wish.objects.filter(vendor=vendor).exclude(outcome=Wish.Outcome.UNDONE)


def wanted(vendor: Vendor, day: dt.date) -> list[Wanted]:
    """What was asked for in the last `DAYS` or is waited for on `day`: to be told of first, then by how many wait."""
    lately = ExpressionWrapper(_lately(vendor, day), output_field=BooleanField())
    wishes = _counting(vendor).annotate(lately=lately).order_by("pk")
    wishes = wishes.filter(Q(lately=True) | Q(outcome="", until__gte=day))
    fields = "uid", "product", "text", "customer", "lately", "outcome", "until", "came_in_at", "told_at"
    into, alike = stand_ins(vendor.pk), dict[Any, list[Any]]()
    for each in wishes.values_list(*fields, named=True):
        alike.setdefault(into.get(each.product, each.product) or folded(each.text), []).append(each)
    products = Product.objects.in_bulk([key for key in alike if isinstance(key, int)])
    found = [_wanted(products.get(key), rows, day) for key, rows in alike.items()]
    return sorted(found, key=lambda each: (not each.to_tell, -each.waiting, -each.people, named_of(each).casefold()))


def named_of(each: Wanted) -> str:
    """What it is called in the shop's own words."""
    return each.product.name if each.product else each.text


def _wanted(product: Product | None, rows: list[Any], day: dt.date) -> Wanted:
    people, waiting, here, to_tell = _Counted(), _Counted(), _Counted(), _Counted()
    for row in rows:
        is_open = not row.outcome and row.until >= day
        if row.lately:
            people.add(row.customer)
        if is_open:
            waiting.add(row.customer)
        if is_open and row.came_in_at:
            here.add(row.customer)
            if row.customer and not row.told_at:
                to_tell.add(row.customer)
    numbers = [each.number for each in (people, waiting, here, to_tell)]
    return Wanted(product, rows[0].text, rows[0].uid, *numbers)


def whom_to_tell(vendor: Vendor, product: Product | None, text: str = "") -> list[Waiting]:
    """
    All who wait for `product`, or without one for what is said by `text`.

    Who waited most comes first: the longest in days of the shop, then who asked most often.
    """
    again = Count("edits", filter=Q(edits__after__step=AGAIN))
    wishes = Wish.objects.open(vendor.today()).filter(vendor=vendor).annotate(again=again).order_by("asked_at", "pk")
    people = wishes.select_related("customer", "product").prefetch_related("customer__contact_points")
    return _in_order(vendor, _alike(people, product, text))


def ended_today(vendor: Vendor, product: Product | None, text: str = "") -> list[Wish]:
    """Wishes for the same that were ended today, by hand or by a visit, the last first."""
    start, _end = vendor.day_bounds(vendor.today())
    ended = _counting(vendor).filter(closed_at__gte=start).select_related("customer", "product")
    return _alike(ended.order_by("-closed_at", "-pk"), product, text)


def _alike(wishes: WishQuerySet, product: Product | None, text: str) -> list[Wish]:
    if product:
        return list(wishes.filter(product__in=family(product)))
    return [each for each in wishes.filter(product__isnull=True) if folded(each.text) == folded(text)]


def _in_order(vendor: Vendor, wishes: Iterable[Wish]) -> list[Waiting]:
    of_person: dict[Any, list[Wish]] = {}
    for each in wishes:
        # Who is unknown is somebody else each time.
        of_person.setdefault(each.customer_id or f"wish {each.pk}", []).append(each)
    found = [Waiting(rows[-1], rows[0].asked_at, sum(1 + row.again for row in rows)) for rows in of_person.values()]
    return sorted(found, key=lambda each: (vendor.day_of(each.since), -each.times, each.since))
