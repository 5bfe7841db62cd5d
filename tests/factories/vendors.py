import datetime as dt

import factory
from django.contrib.auth.models import User

from vendors.models import Member, Product, Vendor
from vendors.opening.models import Closure, OpeningHours


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")


class VendorFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Vendor

    name = factory.Sequence(lambda n: f"Shop {n}")
    slug = factory.Sequence(lambda n: f"shop-{n}")


class MemberFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Member

    vendor = factory.SubFactory(VendorFactory)
    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Helper {n}")
    role = Member.Role.HELPER


class OwnerFactory(MemberFactory):
    name = factory.Sequence(lambda n: f"Owner {n}")
    role = Member.Role.OWNER


class ProductFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Product

    vendor = factory.SubFactory(VendorFactory)
    name = factory.Sequence(lambda n: f"Product {n}")


class OpeningHoursFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OpeningHours

    vendor = factory.SubFactory(VendorFactory)
    weekday = factory.Sequence(lambda n: n % 7)
    opens = dt.time(8)
    closes = dt.time(13)


class ClosureFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Closure

    vendor = factory.SubFactory(VendorFactory)
    first_day = factory.Sequence(lambda n: dt.date(2026, 1, 1) + dt.timedelta(days=n))
    last_day = factory.SelfAttribute("first_day")
    reason = factory.Sequence(lambda n: f"Reason {n}")
