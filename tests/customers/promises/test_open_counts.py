import datetime as dt

from django.utils import timezone

from customers.promises.open_counts import OpenCount, open_counts
from tests.factories.customers import CustomerFactory
from tests.factories.promises import ProblemFactory, PromiseFactory, WishFactory


def test_nothing_is_open(vendor):
    CustomerFactory(vendor=vendor)
    assert open_counts(vendor, vendor.today()) == {}


def test_what_is_open_is_counted_by_person_and_kind(vendor):
    sunita, ahmed = CustomerFactory.create_batch(2, vendor=vendor)
    now, today = timezone.now(), vendor.today()
    PromiseFactory(customer=sunita)
    PromiseFactory(customer=sunita, side="theirs")
    PromiseFactory(customer=sunita, outcome="released", closed_at=now)
    ProblemFactory(customer=sunita)
    ProblemFactory(customer=sunita, is_undone=True, closed_at=now)
    WishFactory(customer=ahmed, until=today)
    WishFactory(customer=ahmed, until=today - dt.timedelta(days=1))
    assert open_counts(vendor, today) == {sunita.pk: OpenCount(2, 1, 0), ahmed.pk: OpenCount(0, 0, 1)}


def test_what_is_of_nobody_known_or_of_another_shop_is_not_counted(vendor):
    WishFactory(vendor=vendor, customer=None)
    ProblemFactory(vendor=vendor, customer=None, was_said=False)
    PromiseFactory()
    assert open_counts(vendor, vendor.today()) == {}
