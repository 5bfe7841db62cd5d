import factory
from django.contrib.auth.models import User

from vendors.models import Member, Product, Vendor


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
