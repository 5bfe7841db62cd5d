from decimal import Decimal

import factory

from customers.visits.models import Visit, VisitLine
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory


class VisitFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Visit

    customer = factory.SubFactory(CustomerFactory)
    vendor = factory.SelfAttribute("customer.vendor")


class VisitLineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = VisitLine

    visit = factory.SubFactory(VisitFactory)
    vendor = factory.SelfAttribute("visit.vendor")
    product = factory.SubFactory(ProductFactory, vendor=factory.SelfAttribute("..vendor"))
    position = factory.Sequence(lambda n: n % 100)  # as in a shop, where no visit has hundreds of lines
    quantity = Decimal(1)
    unit = factory.SelfAttribute("product.unit")
