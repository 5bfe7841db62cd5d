from django.core.management import call_command
from django.utils import timezone

from customers.visits.models import ProductDay, ShopDay
from tests.factories.visits import VisitFactory, VisitLineFactory


def test_remember_counts_the_days_of_the_shop_and_no_others(vendor, capsys):
    line = VisitLineFactory(visit__customer__vendor=vendor)
    VisitFactory()
    ShopDay.objects.create(vendor=vendor, day="2020-02-29", visits=3)
    today = vendor.today()

    call_command("remember", "--vendor", "green-corner")

    assert capsys.readouterr().out == "Counting the days of Green Corner ...\nRemembered 1 days with visits.\n"
    assert list(ShopDay.objects.values_list("vendor", "day", "visits")) == [(vendor.pk, today, 1)]
    counted = ProductDay.objects.values_list("vendor", "day", "product", "visits", "is_missing")
    assert list(counted) == [(vendor.pk, today, line.product_id, 1, False)]


def test_remember_twice_changes_nothing(vendor, capsys):
    VisitLineFactory(visit__customer__vendor=vendor, visit__at=timezone.now())
    call_command("remember", "--vendor", "green-corner")
    before = list(ShopDay.objects.values_list("day", "visits")), list(ProductDay.objects.values_list("day", "visits"))
    call_command("remember", "--vendor", "green-corner")
    after = list(ShopDay.objects.values_list("day", "visits")), list(ProductDay.objects.values_list("day", "visits"))
    assert after == before


def test_remember_of_an_empty_shop_says_so(vendor, capsys):
    call_command("remember", "--vendor", "green-corner")
    assert capsys.readouterr().out.splitlines()[-1] == "Remembered 0 days with visits."
