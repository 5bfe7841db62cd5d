import datetime as dt
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from customers.preferences import tasting
from customers.preferences.popularity import UNKNOWN, Trends
from customers.preferences.tasting import (
    YEAR,
    PastDay,
    Today,
    days_before,
    taste_of,
    today_of,
    together_before,
    trends_before,
)
from customers.preferences.together import Together
from customers.visits import recording
from customers.visits.models import Visit
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory

NOW = dt.datetime(2026, 11, 21, 4, 30, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


@pytest.fixture
def kale(vendor):
    return ProductFactory(vendor=vendor, name="Kale")


def took(customer, *products, days=0, minutes=0, outcome="taken"):
    at = NOW - dt.timedelta(days=days, minutes=minutes)
    lines = [recording.Line(product, Decimal(1), outcome) for product in products]
    return recording.record(vendor=customer.vendor, customer=customer, lines=lines, by=None, uid=uuid4(), at=at)


def elsewhere(**when):
    """A visit in another shop."""
    product = ProductFactory()
    return took(CustomerFactory(vendor=product.vendor), product, **when)


def again(row):
    return type(row).objects.get(pk=row.pk)


def ago(days):
    return DAY - dt.timedelta(days=days)


# --- today


def test_today_of_a_day_without_visits_is_empty(vendor, sunita, onion):
    took(sunita, onion, days=1)
    assert today_of(vendor, DAY) == Today(0, {}, frozenset())


def test_today_is_what_was_asked_for_and_what_the_last_did_not_get(vendor, sunita, onion, kale):
    took(sunita, onion, kale, minutes=9)
    took(sunita, onion, kale, minutes=7, outcome="not-in-stock")
    took(sunita, kale, minutes=5)
    took(sunita, onion, outcome="refused")
    took(sunita)
    elsewhere()
    assert today_of(vendor, DAY) == Today(5, {onion.pk: 2, kale.pk: 3}, frozenset({onion.pk}))


def test_taste_counts_today_as_if_it_were_over(vendor, sunita, onion, kale):
    for days in range(1, 30):
        took(sunita, onion, days=days)
    before = trends_before(again(vendor), DAY).taste()
    assert taste_of(again(vendor), DAY, today_of(vendor, DAY)) == before
    took(sunita, kale)
    found = taste_of(again(vendor), DAY, today_of(vendor, DAY))
    assert found == trends_before(again(vendor), DAY).with_day(1, {kale.pk: 1}).taste() != before
    assert trends_before(again(vendor), DAY).taste() == before


def test_taste_of_the_first_day_is_of_today(vendor, sunita, onion):
    assert taste_of(vendor, DAY, today_of(vendor, DAY)) == UNKNOWN
    took(sunita, onion)
    assert taste_of(vendor, DAY, today_of(vendor, DAY)).popularity == {onion.pk: 1.0}


# --- the days before


def test_days_before_are_all_since_the_first_with_visits(vendor, sunita, onion, kale):
    took(sunita, onion, kale, days=4)
    took(sunita, onion, days=4)
    took(sunita, days=2)
    took(sunita, kale)
    took(sunita, kale, days=-1)
    elsewhere(days=9)
    assert days_before(vendor, DAY) == [
        PastDay(ago(4), 2, {onion.pk: 2, kale.pk: 1}),
        PastDay(ago(3), 0, {}),
        PastDay(ago(2), 1, {}),
        PastDay(ago(1), 0, {}),
    ]


def test_days_before_the_first_visit_are_none(vendor, sunita):
    took(sunita)
    assert days_before(vendor, DAY) == []


def test_days_before_are_read_for_a_year(vendor, sunita, onion):
    for days in (YEAR.days + 1, YEAR.days, 1):
        took(sunita, onion, days=days)
    found = days_before(vendor, DAY)
    assert (len(found), found[0].day, sum(past.visits for past in found)) == (YEAR.days, ago(YEAR.days), 2)


def test_trends_are_those_of_the_days_before(vendor, sunita, onion, kale):
    for days in (40, 39, 20, 3):
        took(sunita, onion, *([kale] * (days < 30)), days=days)
    trends = Trends()
    for past in days_before(vendor, DAY):
        trends.end_day(past.visits, past.wanted)
    assert trends_before(again(vendor), DAY).taste() == trends.taste() != UNKNOWN


def test_trends_are_read_once_and_again_after_a_late_entry(vendor, sunita, onion, kale, django_assert_num_queries):
    took(sunita, onion, days=2)
    first, shop = trends_before(again(vendor), DAY), again(vendor)
    took(sunita, kale)
    with django_assert_num_queries(0):
        assert trends_before(shop, DAY) is first
    took(sunita, kale, days=3)
    assert set(trends_before(again(vendor), DAY).taste().popularity) == {onion.pk, kale.pk}


@pytest.mark.parametrize("people", [1, 3])
def test_days_before_take_two_queries_for_any_number(vendor, onion, kale, people, django_assert_num_queries):
    for days in range(people):
        took(CustomerFactory(vendor=vendor), onion, kale, days=days + 1)
    with django_assert_num_queries(2):
        days_before(vendor, DAY)


# --- baskets


def baskets(vendor):
    found = together_before(again(vendor), DAY)
    return found.baskets, dict(found.single), dict(found.pairs)


def test_together_are_what_was_wanted_in_the_baskets_before_today(vendor, sunita, onion, kale):
    took(sunita, onion, kale, kale, days=1)
    took(sunita, kale, days=2, outcome="not-in-stock")
    took(sunita, onion, days=2, outcome="refused")
    took(sunita, days=2)
    took(sunita, onion)
    elsewhere(days=1)
    recording.void(visit=took(sunita, onion, kale, days=3), by=None)
    expected = Together([{onion.pk, kale.pk}, {kale.pk}])
    assert baskets(vendor) == (2, dict(expected.single), dict(expected.pairs))


def test_together_of_a_new_shop_says_nothing(vendor):
    assert baskets(vendor) == (0, {}, {})
    assert together_before(vendor, DAY).factor(1, 2) == 1.0


def test_together_is_read_from_the_latest_baskets_and_again_when_they_change(vendor, sunita, onion, kale, monkeypatch):
    monkeypatch.setattr(tasting, "BASKETS", 2)
    for days in (1, 2, 3):
        took(sunita, [onion, kale][days > 1], days=days)
    assert baskets(vendor)[1] == {onion.pk: 1, kale.pk: 1}
    recording.void(visit=Visit.objects.latest("at"), by=None)
    assert baskets(vendor)[1] == {kale.pk: 2}
