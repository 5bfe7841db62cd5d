import csv
import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.preferences.merging import merge_products
from tests.factories.customers import CustomerFactory
from tests.factories.promises import WishFactory
from tests.factories.vendors import MemberFactory, ProductFactory

PAGE = "/green-corner/review/wishes/"
ALL = "?which=asked&first=&last="


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Mango")


def shown(answer):
    return [row.record for row in answer.context["table"].rows]


def test_wishes_are_those_of_today_if_nothing_is_asked_for(vendor, evening):
    today = WishFactory(vendor=vendor, customer=None)
    WishFactory(vendor=vendor, customer=None, asked_at=timezone.now() - dt.timedelta(days=2))
    page = evening.get(PAGE)
    assert shown(page) == [today]
    assert page.context["said"] == "1 person asked."


def test_wishes_are_filtered_by_product_and_by_words(vendor, evening, mango, owner):
    merged = ProductFactory(vendor=vendor)
    of_product = WishFactory(vendor=vendor, customer=None, product=merged)
    merge_products(product=merged, into=mango, by=owner)
    words = WishFactory(vendor=vendor, customer=None, product=None, text="Black  Rice")
    WishFactory(vendor=vendor, customer=None, product=None, text="plums")
    assert shown(evening.get(f"{PAGE}?product={mango.uid}")) == [of_product]
    assert shown(evening.get(f"{PAGE}?words=black+rice")) == [words]


@pytest.mark.parametrize(
    "query",
    [
        "?which=dance",
        "?first=yesterday",
        "?first=2026-11-20&last=2026-11-19",
        "?first=1800-01-01",
        "?last=9999-12-31",
        "?product=nothing",
        "?words=%00",
        f"?words={'x' * 200}",
    ],
)
def test_what_cannot_be_asked_is_told(vendor, evening, query):
    WishFactory(vendor=vendor, customer=None)
    page = evening.get(f"{PAGE}{query}")
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
    assert shown(page) == []


def test_rows_say_how_far_each_is(vendor, evening, mango):
    now, until = timezone.now(), vendor.today() - dt.timedelta(days=1)
    WishFactory(vendor=vendor, product=mango, customer=None)
    WishFactory(vendor=vendor, product=mango, customer=None, until=until)
    person = CustomerFactory(vendor=vendor)
    WishFactory(customer=person, product=mango, came_in_at=now)
    WishFactory(customer=person, product=mango, came_in_at=now, told_at=now)
    WishFactory(customer=person, product=mango, outcome="took", closed_at=now)
    lines = csv.reader(evening.get(f"{PAGE}{ALL}&as=csv").content.decode().splitlines()[1:])
    said = [line[4] for line in lines]
    assert said == ["still waits", "waited in vain", "! came in, to be told", said[3], "took it"]
    assert said[3].startswith("told ")


def test_file_holds_plain_words_that_are_no_formula(vendor, evening, mango, helper):
    at = vendor.day_bounds(dt.date(2026, 11, 18))[0] + dt.timedelta(hours=9)
    person = CustomerFactory(vendor=vendor, name="=1+1")
    WishFactory(customer=person, product=mango, asked_at=at, until=dt.date(2027, 11, 25), by=helper)
    WishFactory(vendor=vendor, customer=None, product=None, text="@plums", asked_at=at, until=dt.date(2027, 11, 25))
    header, first, second = evening.get(f"{PAGE}{ALL}&as=csv").content.decode().removeprefix("\ufeff").splitlines()
    assert header == "Asked,Customer,Asked for,Wanted until,How far,Noted by"
    assert first == "2026-11-18 12:00,'=1+1,Mango,2027-11-25,still waits,Ravi"
    assert second == "2026-11-18 12:00,,'@plums,2027-11-25,still waits,"


def test_rows_can_be_sorted_and_turned_over(vendor, evening):
    for name in ("Zara", "Anu"):
        WishFactory(customer=CustomerFactory(vendor=vendor, name=name))
    found = shown(evening.get(f"{PAGE}{ALL}&sort=customer"))
    assert [each.customer.name for each in found] == ["Anu", "Zara"]
    for _ in range(25):
        WishFactory(vendor=vendor, customer=None)
    page = evening.get(f"{PAGE}{ALL}&page=2")
    assert "Page 2 of 2" in page.content.decode()
    assert page.context["said"] == "27 different people asked."


def test_helper_has_no_rows(vendor, counter):
    assert counter.get(PAGE).status_code == 403


def test_rows_ask_as_often_for_one_as_for_three(vendor, evening):
    def asked():
        evening.get(f"{PAGE}{ALL}")
        with CaptureQueriesContext(connection) as queries:
            evening.get(f"{PAGE}{ALL}")
        return len(queries)

    def one():
        WishFactory(customer=CustomerFactory(vendor=vendor), by=MemberFactory(vendor=vendor))

    one()
    first = asked()
    one()
    one()
    assert asked() == first
