import datetime as dt

import factory
from django.contrib.auth.models import User
from django.utils import timezone

from vendors.models import Device, Entry, Member, Pairing, Product, Vendor
from vendors.opening.models import Closure, OpeningHours
from vendors.pairing import digest_of


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


class DeviceFactory(factory.django.DjangoModelFactory):
    """A paired tablet; `tablet_of` in the conftest gives a browser that is it."""

    class Meta:
        model = Device

    vendor = factory.SubFactory(VendorFactory)
    name = factory.Sequence(lambda n: f"Tablet {n}")
    token = factory.Sequence(lambda n: digest_of(f"token {n}"))


class PairingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Pairing

    vendor = factory.SubFactory(VendorFactory)
    device_name = "Counter"
    code = factory.Sequence(lambda n: digest_of(f"code {n}"))
    ends_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(minutes=10))


class EntryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Entry

    vendor = factory.SubFactory(VendorFactory)
    device = factory.SubFactory(DeviceFactory, vendor=factory.SelfAttribute("..vendor"))
    by = factory.SubFactory(MemberFactory, vendor=factory.SelfAttribute("..vendor"))
    tapped_at = factory.LazyFunction(timezone.now)
    path = "/"
    digest = "0" * 64
