import datetime as dt
from decimal import Decimal

import factory
from django.utils import timezone

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
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory


class StandingOrderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StandingOrder

    customer = factory.SubFactory(CustomerFactory)
    vendor = factory.SelfAttribute("customer.vendor")
    rule = "FREQ=WEEKLY;BYDAY=TU,FR"
    starts_on = factory.LazyAttribute(lambda order: order.vendor.today())


class StandingOrderLineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StandingOrderLine

    standing_order = factory.SubFactory(StandingOrderFactory)
    vendor = factory.SelfAttribute("standing_order.vendor")
    product = factory.SubFactory(ProductFactory, vendor=factory.SelfAttribute("..vendor"))
    position = factory.Sequence(lambda n: n)
    quantity = Decimal(2)
    unit = factory.SelfAttribute("product.unit")


class StandingOrderEditFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StandingOrderEdit

    standing_order = factory.SubFactory(StandingOrderFactory)
    vendor = factory.SelfAttribute("standing_order.vendor")
    before = {"paused_until": None}
    after = {"paused_until": "2026-12-01"}


class PromiseFactory(factory.django.DjangoModelFactory):
    """Ours, in words, due an hour from now."""

    class Meta:
        model = Promise

    customer = factory.SubFactory(CustomerFactory)
    vendor = factory.SelfAttribute("customer.vendor")
    text = "the ripe ones"
    due_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(hours=1))


class PromiseLineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PromiseLine

    promise = factory.SubFactory(PromiseFactory, has_lines=True)
    vendor = factory.SelfAttribute("promise.vendor")
    product = factory.SubFactory(ProductFactory, vendor=factory.SelfAttribute("..vendor"))
    position = factory.Sequence(lambda n: n)
    quantity = Decimal(2)
    unit = factory.SelfAttribute("product.unit")


class AmendmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Amendment

    promise = factory.SubFactory(PromiseFactory)
    vendor = factory.SelfAttribute("promise.vendor")
    before = {"text": "the ripe ones"}
    after = {"text": "the ripest ones"}


class WishFactory(factory.django.DjangoModelFactory):
    """Of a known person and a product, wanted for a week."""

    class Meta:
        model = Wish

    customer = factory.SubFactory(CustomerFactory)
    vendor = factory.SelfAttribute("customer.vendor")
    product = factory.SubFactory(ProductFactory, vendor=factory.SelfAttribute("..vendor"))
    until = factory.LazyAttribute(lambda wish: wish.vendor.today() + dt.timedelta(days=7))


class WishEditFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = WishEdit

    wish = factory.SubFactory(WishFactory)
    vendor = factory.SelfAttribute("wish.vendor")
    before = {"told_at": None}
    after = {"told_at": "2026-11-25T10:00:00+00:00"}


class SupplyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Supply

    product = factory.SubFactory(ProductFactory)
    vendor = factory.SelfAttribute("product.vendor")
    supplier = factory.SubFactory(CustomerFactory, vendor=factory.SelfAttribute("..vendor"), kind="supplier")
    since = dt.date(2026, 1, 1)


class ProblemFactory(factory.django.DjangoModelFactory):
    """Something soft, today, not put right yet."""

    class Meta:
        model = Problem

    customer = factory.SubFactory(CustomerFactory)
    vendor = factory.SelfAttribute("customer.vendor")
    product = factory.SubFactory(ProductFactory, vendor=factory.SelfAttribute("..vendor"))
    what = "soft"
    happened_on = factory.LazyAttribute(lambda problem: problem.vendor.today())


class ProblemEditFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ProblemEdit

    problem = factory.SubFactory(ProblemFactory)
    vendor = factory.SelfAttribute("problem.vendor")
    before = {"remedy": ""}
    after = {"remedy": "replaced"}
