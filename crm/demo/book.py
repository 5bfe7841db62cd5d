"""The rows of what the demo shop's people expect: gathered scene by scene, and written at once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Count, Prefetch, Q

from crm.demo.writing import uid
from customers import phones, search
from customers.models import ContactPoint, Customer, CustomerEdit, Household, Membership
from customers.planning.models import (
    BuyingEdit,
    BuyingLine,
    BuyingList,
    Decision,
    DecisionPerson,
    DecisionProduct,
    LeftAlone,
)
from customers.promises.models import (
    Amendment,
    Problem,
    ProblemEdit,
    Promise,
    PromiseLine,
    StandingOrder,
    StandingOrderEdit,
    StandingOrderLine,
    Supply,
    Wish,
    WishEdit,
)
from customers.visits.models import Visit, VisitLine
from vendors.models import Member, Product, Vendor

IN_ORDER = (
    *(Customer, ContactPoint, CustomerEdit, Household, Membership, Supply),
    *(StandingOrder, StandingOrderLine, StandingOrderEdit, Promise, PromiseLine, Amendment),
    *(Wish, WishEdit, Problem, ProblemEdit),
    *(LeftAlone, BuyingList, BuyingLine, BuyingEdit, Decision, DecisionProduct, DecisionPerson),
)
"""Each after what it names."""
FREQUENT = 40
"""So many people are told of: those who come most often, so that whoever is likely now has something open."""
LATELY = 90
"""Days whose visits the scenes may speak of."""
EVENING = 17.6
"""When the owner looks the day through: hours after its start."""


Row = TypeVar("Row", bound=models.Model)


class Book:
    """
    The shop as it is before anything was expected of it, and the rows that are added.

    `people` are those who come most often, the most frequent first. All that was lies on days before today, so that it
    is past at any hour of `now`.
    """

    def __init__(self, vendor: Vendor, seed: int, now: dt.datetime) -> None:
        self.vendor, self.seed, self.now = vendor, seed, now
        self.today = vendor.day_of(now)
        self.members = list(Member.objects.filter(vendor=vendor).order_by("pk"))
        self.products = {product.name: product for product in Product.objects.filter(vendor=vendor)}
        self._rows: dict[type[models.Model], list[models.Model]] = defaultdict(list)

    @cached_property
    def people(self) -> list[Customer]:
        lately = Q(visits__at__gte=self.at(-LATELY), visits__at__lt=self.at(0))
        found = Customer.objects.filter(vendor=self.vendor).annotate(times=Count("visits", lately)).filter(times__gt=5)
        return list(found.order_by("-times", "pk")[:FREQUENT])

    @cached_property
    def _visits(self) -> dict[int, list[Visit]]:
        lines = Prefetch("lines", VisitLine.objects.select_related("product"))
        past = Visit.objects.filter(customer__in=self.people, at__gte=self.at(-LATELY), at__lt=self.at(0))
        found = defaultdict(list)
        for visit in past.order_by("-at", "-pk").prefetch_related(lines):
            found[visit.customer_id].append(visit)
        return found

    def visits(self, customer: Customer) -> list[Visit]:
        """Of the last days before today, the latest first, with their lines; none of who does not come often."""
        return self._visits[customer.pk]

    def had(self, visit: Visit) -> list[VisitLine]:
        return [line for line in visit.lines.all() if line.outcome == VisitLine.Outcome.TAKEN]

    def member(self, place: int) -> Member:
        return self.members[place % len(self.members)]

    def uid(self, *what: object) -> UUID:
        return uid(self.seed, "expected", *what)

    def day(self, days: int) -> dt.date:
        """So many days from today on."""
        return self.today + dt.timedelta(days=days)

    def at(self, days: int, hours: float = 0) -> dt.datetime:
        """So many hours after the start of that day of the shop."""
        return self.vendor.day_bounds(self.day(days))[0] + dt.timedelta(hours=hours)

    def add(self, row: Row) -> Row:
        row.vendor = self.vendor
        self._rows[type(row)].append(row)
        return row

    def told(self, model: type[Row]) -> list[Row]:
        """The rows of `model` that were added until now."""
        return list(self._rows[model])

    def newcomer(self, name: str, *, phone: str = "", **about: Any) -> Customer:
        """One more person, with a phone that rings nowhere."""
        customer = self.add(Customer(uid=self.uid("person", name), name=name, added_by=self.members[0], **about))
        if phone:
            number = phones.e164(phone, self.vendor.phone_region)
            self.add(ContactPoint(uid=self.uid("phone", name), customer=customer, text=phone, number=number))
        return customer

    def edits(self, row: models.Model, model: type[models.Model], steps: Iterable[tuple], *what: object) -> None:
        """One edit of `model` for each of `steps`: when, by whom, before and after, and what else it says."""
        name = row._meta.model_name.replace("standingorder", "standing_order")
        for place, (at, by, before, after, *more) in enumerate(steps):
            said = more[0] if more else {}
            own = self.uid(model.__name__, row.uid, *what, place)
            self.add(model(uid=own, **{name: row}, at=at, by=by, before=before, after=after, **said))

    def write(self) -> None:
        """All rows in the order in which they need one another; part of the caller's transaction."""
        for model in IN_ORDER:
            model.objects.bulk_create(self._rows[model])
        search.index(self._rows[Customer])


def some(rows: Sequence[Any], place: int) -> Any:
    """The one in that place, from the beginning again after the last."""
    return rows[place % len(rows)]
