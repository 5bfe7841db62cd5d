import factory
from django.utils import timezone

from customers import search
from customers.models import Clash, ContactPoint, Customer, Household, Membership
from tests.factories.vendors import VendorFactory


class CustomerFactory(factory.django.DjangoModelFactory):
    """A customer who can be found: saved with their search keys, as the shop saves them."""

    class Meta:
        model = Customer

    vendor = factory.SubFactory(VendorFactory)
    name = factory.Sequence(lambda n: f"Customer {n}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        customer = super()._create(model_class, *args, **kwargs)
        search.index([customer])
        return customer


class ContactPointFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ContactPoint

    customer = factory.SubFactory(CustomerFactory)
    vendor = factory.SelfAttribute("customer.vendor")
    text = factory.Sequence(lambda n: f"98200 {n:05}")
    number = factory.Sequence(lambda n: f"+9198200{n:05}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        point = super()._create(model_class, *args, **kwargs)
        search.index([point.customer])
        return point


class HouseholdFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Household

    vendor = factory.SubFactory(VendorFactory)
    name = factory.Sequence(lambda n: f"Household {n}")


class MembershipFactory(factory.django.DjangoModelFactory):
    """One who eats there."""

    class Meta:
        model = Membership

    household = factory.SubFactory(HouseholdFactory)
    vendor = factory.SelfAttribute("household.vendor")
    customer = factory.SubFactory(CustomerFactory, vendor=factory.SelfAttribute("..vendor"))
    eats = True


class ClashFactory(factory.django.DjangoModelFactory):
    """Of where somebody is found: behind the temple stands, by the school was set aside."""

    class Meta:
        model = Clash

    customer = factory.SubFactory(CustomerFactory)
    vendor = factory.SelfAttribute("customer.vendor")
    of = "customers.Customer"
    row = factory.SelfAttribute("customer.uid")
    field = "landmark"
    stands = ("behind the temple",)
    stands_at = factory.LazyFunction(timezone.now)
    aside = ("by the school",)
    aside_at = factory.LazyFunction(timezone.now)
