import datetime as dt
from decimal import Decimal
from uuid import uuid4

import pytest

from customers.promises.asking import WishForm
from customers.promises.wishing import Asked
from tests.factories.vendors import ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def form(vendor):
    def fill(**said):
        return WishForm({"uid": uuid4(), **said}, vendor=vendor)

    return fill


def test_form_says_what_is_asked(form, vendor):
    mango = ProductFactory(vendor=vendor, name="Mango", is_sold=False)
    filled = form(product=mango.uid, text=" the  ripe ones", quantity="1,5", unit="kg", until="today")
    assert filled.is_valid()
    assert filled.asked == Asked(mango, "the ripe ones", Decimal("1.5"), "kg", vendor.today())


@pytest.mark.parametrize(("until", "days"), [("", 7), ("today", 0), ("week", 7), ("month", 30)])
def test_until_is_a_day_of_the_shop(form, vendor, until, days):
    filled = form(text="plums", until=until)
    assert filled.is_valid()
    assert filled.asked == Asked(text="plums", until=vendor.today() + dt.timedelta(days=days))


@pytest.mark.parametrize("days", [0, 3, 366])
def test_until_may_be_any_day_to_come(form, vendor, days):
    day = vendor.today() + dt.timedelta(days=days)
    filled = form(text="plums", until="day", day=day.isoformat())
    assert filled.is_valid()
    assert filled.asked.until == day


@pytest.mark.parametrize("days", [-1, 367])
def test_until_another_day_is_told(form, vendor, days):
    day = vendor.today() + dt.timedelta(days=days)
    assert "day" in form(text="plums", until="day", day=day.isoformat()).errors


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "text"),
        ({"text": "\u200b \u2060"}, "text"),
        ({"text": "x" * 121}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": "plums", "product": "17"}, "product"),
        ({"text": "plums", "product": "\0"}, "product"),
        ({"text": "plums", "quantity": "some"}, "quantity"),
        ({"text": "plums", "quantity": "0"}, "quantity"),
        ({"text": "plums", "quantity": "-1"}, "quantity"),
        ({"text": "plums", "quantity": "10000"}, "quantity"),
        ({"text": "plums", "quantity": "0.0001"}, "quantity"),
        ({"text": "plums", "quantity": "1" * 21}, "quantity"),
        ({"text": "plums", "unit": "heap"}, "unit"),
        ({"text": "plums", "until": "never"}, "until"),
        ({"text": "plums", "until": "day"}, "day"),
        ({"text": "plums", "until": "day", "day": "soon"}, "day"),
        ({"text": "plums", "uid": ""}, "uid"),
    ],
)
def test_what_cannot_be_kept_is_told_at_its_field(form, said, field):
    assert list(form(**said).errors) == [field]


def test_product_of_another_shop_or_merged_is_told(form, vendor):
    merged = ProductFactory(vendor=vendor, is_sold=False, merged_into=ProductFactory(vendor=vendor))
    for product in (ProductFactory(), merged):
        assert list(form(product=product.uid).errors) == ["product"]
