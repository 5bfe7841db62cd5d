import datetime as dt
from decimal import Decimal

import factory

from customers.planning.models import (
    BuyingEdit,
    BuyingLine,
    BuyingList,
    Decision,
    DecisionEdit,
    DecisionPerson,
    DecisionProduct,
    LeftAlone,
)
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory, VendorFactory


class LeftAloneFactory(factory.django.DjangoModelFactory):
    """For a week."""

    class Meta:
        model = LeftAlone

    customer = factory.SubFactory(CustomerFactory)
    vendor = factory.SelfAttribute("customer.vendor")
    until = factory.LazyAttribute(lambda row: row.vendor.today() + dt.timedelta(days=7))


class BuyingListFactory(factory.django.DjangoModelFactory):
    """For tomorrow."""

    class Meta:
        model = BuyingList

    vendor = factory.SubFactory(VendorFactory)
    day = factory.LazyAttribute(lambda row: row.vendor.today() + dt.timedelta(days=1))


class BuyingLineFactory(factory.django.DjangoModelFactory):
    """Added by hand."""

    class Meta:
        model = BuyingLine

    buying_list = factory.SubFactory(BuyingListFactory)
    vendor = factory.SelfAttribute("buying_list.vendor")
    product = factory.SubFactory(ProductFactory, vendor=factory.SelfAttribute("..vendor"))
    position = factory.Sequence(lambda n: n)
    unit = factory.SelfAttribute("product.unit")
    quantity = Decimal(2)


class BuyingEditFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BuyingEdit

    line = factory.SubFactory(BuyingLineFactory)
    vendor = factory.SelfAttribute("line.vendor")
    before = {"quantity": "1"}
    after = {"quantity": "2"}


class DecisionFactory(factory.django.DjangoModelFactory):
    """To close on Mondays from now on."""

    class Meta:
        model = Decision

    vendor = factory.SubFactory(VendorFactory)
    about = "weekday"
    weekday = 0
    text = "No more Mondays"
    reason = "hardly anybody came"
    decided_on = factory.LazyAttribute(lambda row: row.vendor.today())
    look_on = factory.LazyAttribute(lambda row: row.decided_on + Decision.LOOK_AFTER)
    regulars = 12
    touched = 3


class DecisionProductFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DecisionProduct

    decision = factory.SubFactory(DecisionFactory, about="products", weekday=None)
    vendor = factory.SelfAttribute("decision.vendor")
    product = factory.SubFactory(ProductFactory, vendor=factory.SelfAttribute("..vendor"))


class DecisionPersonFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DecisionPerson

    decision = factory.SubFactory(DecisionFactory)
    vendor = factory.SelfAttribute("decision.vendor")
    customer = factory.SubFactory(CustomerFactory, vendor=factory.SelfAttribute("..vendor"))
    days = 90
    visits = 12
    touched_visits = 4
    lines = 60
    touched_lines = 6


class DecisionEditFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DecisionEdit

    decision = factory.SubFactory(DecisionFactory)
    vendor = factory.SelfAttribute("decision.vendor")
    before = {"conclusion": ""}
    after = {"conclusion": "they come on Tuesdays now"}
