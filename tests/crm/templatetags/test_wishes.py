import datetime as dt
from decimal import Decimal
from uuid import uuid4

import pytest

from crm.templatetags.wishes import one_each, shop_day, wished
from customers.promises.open_things import Names, OpenWish
from vendors.models import Vendor

MANGO = Names(uuid4(), "Mango", "आम", "आंबा", 1)


def wish(product=MANGO, text="", quantity=None, unit=""):
    return OpenWish(uuid4(), text, product, quantity, unit, dt.datetime(2026, 11, 24, tzinfo=dt.UTC), None, None)


@pytest.mark.parametrize(
    ("each", "words"),
    [
        (wish(), "Mango"),
        (wish(quantity=Decimal("2.000"), unit="dozen", text="ripe"), "Mango 2 dozen, ripe"),
        (wish(None, "dragon fruit"), "dragon fruit"),
        (wish(None, "dragon fruit", Decimal(2), "piece"), "dragon fruit 2"),
    ],
)
def test_wished_says_what_and_how_much(each, words):
    assert wished(each) == words


def test_one_each_has_a_product_once_and_words_each():
    mango, again, *words = wish(), wish(), wish(None, "plums"), wish(None, "pears")
    assert one_each([mango, again, *words]) == [mango, *words]


def test_shop_day_ends_after_midnight():
    vendor = Vendor(time_zone="Asia/Kolkata", day_starts=dt.time(3))
    assert shop_day(dt.datetime(2026, 11, 25, 20, 30, tzinfo=dt.UTC), vendor) == dt.date(2026, 11, 25)
