import factory

from customers.preferences.models import NoticeAnswer, Preference
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory


class PreferenceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Preference

    customer = factory.SubFactory(CustomerFactory)
    vendor = factory.SelfAttribute("customer.vendor")
    kind = Preference.Kind.LIKES
    product = factory.SubFactory(ProductFactory, vendor=factory.SelfAttribute("..vendor"))


class NoticeAnswerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = NoticeAnswer

    customer = factory.SubFactory(CustomerFactory)
    vendor = factory.SelfAttribute("customer.vendor")
    product = factory.SubFactory(ProductFactory, vendor=factory.SelfAttribute("..vendor"))
    answer = NoticeAnswer.Answer.NO
