import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.preferences.models import NoticeAnswer
from customers.preferences.noticing import MANNER, PRODUCT, Sign, signs, to_offer
from customers.preferences.usual import PastLine
from tests.factories.customers import CustomerFactory
from tests.factories.preferences import NoticeAnswerFactory, PreferenceFactory
from tests.factories.vendors import ProductFactory

ONION, BANANA = 1, 2
TODAY = dt.date(2026, 11, 23)


def line(product, manner="", outcome="taken"):
    return PastLine(product, Decimal(1), "kg", outcome, manner)


def half_ripe(product, times=5, of=6):
    """`of` visits that took `product`, the latest `times` of them half ripe."""
    return [[line(product, "half ripe" if visit < times else "")] for visit in range(of)]


def test_signs_show_a_manner_of_five_of_six():
    assert (MANNER.seen, MANNER.of) == (5, 6)
    assert signs(half_ripe(BANANA)) == [Sign(BANANA, "half ripe", 5, 6)]
    assert signs(half_ripe(BANANA, times=4)) == []


def test_signs_count_a_manner_by_the_lines_of_its_product():
    history = [visit for pair in zip(half_ripe(BANANA), [[line(ONION)]] * 6, strict=True) for visit in pair]
    assert signs(history) == [Sign(BANANA, "half ripe", 5, 6)]


def test_signs_take_a_manner_for_the_same_however_it_is_written():
    history = half_ripe(BANANA, times=6)
    history[2] = [line(BANANA, "Half Ripe")]
    assert signs(history) == [Sign(BANANA, "half ripe", 6, 6)]


def test_signs_show_a_product_of_nine_of_ten():
    assert (PRODUCT.seen, PRODUCT.of) == (9, 10)
    nine = [[line(ONION)]] * 9
    assert signs([[], *nine, []]) == [Sign(ONION, "", 9, 10)]
    assert signs([[], [], *nine]) == []
    assert signs([[line(ONION, outcome="refused")], [], *nine]) == []


def test_signs_put_manners_before_products_and_the_clearest_first():
    history = [[line(ONION, "small" if visit < 5 else ""), line(BANANA, "half ripe")] for visit in range(10)]
    assert signs(history) == [
        Sign(BANANA, "half ripe", 6, 6),
        Sign(ONION, "small", 5, 6),
        Sign(ONION, "", 10, 10),
        Sign(BANANA, "", 10, 10),
    ]


@pytest.fixture
def customer(db):
    return CustomerFactory()


@pytest.fixture
def banana(customer):
    return ProductFactory(vendor=customer.vendor, name="Banana")


def offered(customer, history, *standing, sold=None, today=TODAY):
    sold = {line.product for visit in history for line in visit} if sold is None else sold
    return to_offer(customer, history, standing=standing, sold=sold, today=today)


def test_to_offer_gives_the_first_sign(customer, banana):
    assert offered(customer, half_ripe(banana.pk)) == Sign(banana.pk, "half ripe", 5, 6)


def test_to_offer_leaves_out_what_is_not_sold(customer, banana):
    assert offered(customer, half_ripe(banana.pk), sold=set()) is None


@pytest.mark.parametrize("kind", ["manner", "dislikes", "avoids", "allergy"])
def test_to_offer_leaves_out_a_manner_that_is_said_or_contradicted(customer, banana, kind):
    said = PreferenceFactory.build(customer=customer, product=banana, kind=kind, text="half ripe")
    assert offered(customer, half_ripe(banana.pk), said) is None


def test_to_offer_asks_for_the_manner_of_what_is_liked(customer, banana):
    liked = PreferenceFactory.build(customer=customer, product=banana, kind="likes")
    assert offered(customer, half_ripe(banana.pk), liked) == Sign(banana.pk, "half ripe", 5, 6)


@pytest.mark.parametrize("kind", ["likes", "manner", "dislikes", "avoids", "allergy"])
def test_to_offer_leaves_out_a_product_that_is_said_or_contradicted(customer, banana, kind):
    history = [[line(banana.pk)]] * 10
    said = PreferenceFactory.build(customer=customer, product=banana, kind=kind, text="small")
    assert offered(customer, history) == Sign(banana.pk, "", 10, 10)
    assert offered(customer, history, said) is None


def test_to_offer_never_asks_again_after_no(customer, banana):
    NoticeAnswerFactory(customer=customer, product=banana, manner="Half ripe")
    assert offered(customer, half_ripe(banana.pk)) is None


def test_to_offer_asks_again_on_the_day_that_later_names(customer, banana):
    NoticeAnswerFactory(
        customer=customer, product=banana, manner="half ripe", answer=NoticeAnswer.Answer.LATER, until=TODAY
    )
    assert offered(customer, half_ripe(banana.pk), today=TODAY - dt.timedelta(days=1)) is None
    assert offered(customer, half_ripe(banana.pk)) == Sign(banana.pk, "half ripe", 5, 6)


def test_to_offer_goes_on_to_the_next_after_a_no(customer, banana):
    NoticeAnswerFactory(customer=customer, product=banana, manner="half ripe")
    history = [*half_ripe(banana.pk), *[[line(banana.pk)]] * 4]
    assert offered(customer, history) == Sign(banana.pk, "", 10, 10)


def test_to_offer_heeds_only_the_answers_of_this_customer(customer, banana):
    NoticeAnswerFactory(customer=CustomerFactory(vendor=customer.vendor), product=banana, manner="half ripe")
    assert offered(customer, half_ripe(banana.pk)) == Sign(banana.pk, "half ripe", 5, 6)


def test_to_offer_asks_nothing_of_the_database_without_a_sign(customer, banana):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert offered(customer, [[line(banana.pk)]]) is None
    assert len(queries) == 0
