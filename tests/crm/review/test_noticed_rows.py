import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.customers.preferences.test_signs_in_shop import again, came, half_ripe
from tests.factories.customers import CustomerFactory
from tests.factories.preferences import NoticeAnswerFactory, PreferenceFactory
from tests.factories.vendors import ProductFactory

ROWS = "/green-corner/review/noticed/"
ONE_DAY = dt.timedelta(days=1)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


@pytest.fixture
def banana(vendor, sunita):
    product = ProductFactory(vendor=vendor, name="Banana")
    half_ripe(sunita, product, until=timezone.now())
    return product


@pytest.fixture
def onion(vendor):
    """What =Ahmed takes, with whose name a spreadsheet would compute."""
    ahmed, product = CustomerFactory(vendor=vendor, name="=Ahmed"), ProductFactory(vendor=vendor, name="Onion")
    for ago in range(1, 11):
        came(ahmed, timezone.now() - ago * ONE_DAY, (product, ""))
    return product


def lines(evening, **query):
    """The rows of the file, without its header."""
    answer = evening.get(ROWS, {"as": "csv", **query})
    return [line.split(",") for line in answer.content.decode().removeprefix("\ufeff").splitlines()[1:]]


SUNITA = ["Sunita", "Banana", "half ripe", "6", "6"]
AHMED = ["'=Ahmed", "Onion", "", "10", "10"]


def test_rows_are_all_that_is_to_be_asked_the_clearest_first(evening, banana, onion):
    assert lines(evening) == [SUNITA, AHMED]
    page = evening.get(ROWS).content.decode()
    assert f"{banana.uid}/?noticed=1" in page
    assert "As of now; the clearest first." in page


def test_rows_are_sorted_and_filtered(evening, banana, onion):
    assert lines(evening, sort="-seen") == [AHMED, SUNITA]
    assert lines(evening, sort="customer") == [AHMED, SUNITA]
    assert lines(evening, kind="manner") == [SUNITA]
    assert lines(evening, kind="product") == [AHMED]
    assert lines(evening, product=onion.uid) == [AHMED]
    assert lines(evening, product=onion.uid, kind="manner") == []


def test_rows_tell_what_was_answered_and_by_whom(evening, vendor, owner, sunita, banana):
    day = vendor.today() - ONE_DAY
    at = vendor.day_bounds(day)[0]
    PreferenceFactory(customer=sunita, product=banana, basis="seen", seen=5, seen_of=6, at=at, by=owner)
    NoticeAnswerFactory(customer=sunita, product=banana, manner="ripe", at=at, by=owner)
    when = {"first": day, "last": day}
    assert [(each[:5], each[-1]) for each in lines(evening, about="yes", **when)] == [
        (["Sunita", "Banana", "", "5", "6"], "Asha")
    ]
    assert [(each[:3], each[-1]) for each in lines(evening, about="no", **when)] == [
        (["Sunita", "Banana", "ripe"], "Asha")
    ]
    assert lines(evening, about="no") == []
    assert lines(evening, about="no", last=day - ONE_DAY) == []


@pytest.mark.parametrize(
    "query",
    [
        {"about": "x"},
        {"product": "1"},
        {"first": "x", "about": "no"},
        {"first": "2026-11-02", "last": "2026-11-01"},
        {"last": "1999-01-01"},
    ],
)
def test_what_cannot_be_asked_for_is_told(evening, banana, query):
    answer = evening.get(ROWS, query)
    assert answer.status_code == 200
    assert 'class="errors"' in answer.content.decode()
    assert "Sunita" not in answer.content.decode()


def test_number_of_statements_does_not_grow(evening, vendor, banana):
    evening.get(ROWS)
    with CaptureQueriesContext(connection) as one:
        evening.get(ROWS)
    for _each in range(2):
        half_ripe(CustomerFactory(vendor=vendor), ProductFactory(vendor=vendor), until=timezone.now())
    again(vendor)
    evening.get(ROWS)
    with CaptureQueriesContext(connection) as three:
        evening.get(ROWS)
    assert len(three) == len(one)
