import csv
import datetime as dt
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.visits import tallying
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import MemberFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

DAY = dt.date(2026, 11, 18)
PAGE = "/green-corner/review/visits/"


def served(vendor, name, day=DAY, time="10:00", **values):
    at = dt.datetime.combine(day, dt.time.fromisoformat(time), vendor.tz)
    customer = values.pop("customer", None) or CustomerFactory(vendor=vendor, name=name)
    return VisitFactory(customer=customer, at=at, **values)


def names(client, **asked):
    asked = {"first": DAY, "last": DAY, "as": "csv", **asked}
    rows = list(csv.reader(StringIO(client.get(PAGE, asked).content.decode("utf-8-sig"))))
    return [name for _when, name, *_rest in rows[1:]]


def test_visits_are_those_of_the_days(vendor, evening):
    served(vendor, "Early", DAY - dt.timedelta(days=1))
    served(vendor, "Sunita")
    served(vendor, "Late", DAY + dt.timedelta(days=1))
    assert names(evening) == ["Sunita"]
    assert names(evening, last=DAY + dt.timedelta(days=1)) == ["Sunita", "Late"]


def test_visits_are_filtered_by_who_by_whom_and_when(vendor, evening, helper):
    regular = CustomerFactory(vendor=vendor, name="Regular")
    for ago in range(1, 6):
        served(vendor, "", DAY - dt.timedelta(days=ago), customer=regular)
    tallying.recount_shop(vendor)
    served(vendor, "", customer=regular, time="09:59", by=helper)
    served(vendor, "New", time="10:00")
    assert names(evening, who="regulars") == ["Regular"]
    assert names(evening, who="new") == ["New"]
    assert names(evening, by=helper.uid) == ["Regular"]
    assert names(evening, by="nobody") == ["New"]
    assert names(evening, hour=10) == ["New"]


def test_visits_are_sorted_as_asked(vendor, evening):
    for name, time in (("B", "09:00"), ("A", "10:00")):
        served(vendor, name, time=time)
    assert names(evening) == ["B", "A"]
    assert names(evening, sort="customer") == ["A", "B"]


def test_file_says_in_words_what_was_taken(vendor, evening, helper):
    visit = served(vendor, "=Sunita D'Souza", by=helper)
    VisitLineFactory(visit=visit, product=ProductFactory(vendor=vendor, name="Onion"), quantity=Decimal(2), unit="kg")
    text = evening.get(PAGE, {"first": DAY, "last": DAY, "as": "csv"}).content.decode("utf-8-sig")
    assert list(csv.reader(StringIO(text))) == [
        ["When", "Customer", "What", "Served by"],
        ["2026-11-18 10:00", "'=Sunita D'Souza", "Onion 2 kg", "Ravi"],
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {"first": "x"},
        {"last": "2026-11-17"},
        {"first": "2020-01-01"},
        {"first": "0001-01-01", "last": "0001-01-02"},
        {"who": "kings"},
        {"by": "5a0e"},
        {"hour": "25"},
    ],
)
def test_what_cannot_be_asked_is_told_and_shows_nothing(vendor, evening, asked):
    served(vendor, "Sunita")
    answer = evening.get(PAGE, {"first": DAY, "last": DAY, **asked})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'class="errors"' in page
    assert "Sunita" not in page


def test_without_days_it_is_today(vendor, evening):
    served(vendor, "Sunita")
    assert "Nobody. Choose another day" in evening.get(PAGE).content.decode()


def test_helper_of_another_shop_is_no_choice(vendor, evening):
    served(vendor, "Sunita")
    assert names(evening, by=MemberFactory().uid) == []


def test_number_of_statements_does_not_grow_with_the_rows(vendor, evening):
    def statements():
        with CaptureQueriesContext(connection) as found:
            evening.get(PAGE, {"first": DAY, "last": DAY})
        return len(found)

    VisitLineFactory(visit=served(vendor, "A"), product=ProductFactory(vendor=vendor))
    one = statements()
    for name in ("B", "C", "D"):
        VisitLineFactory(
            visit=served(vendor, name, by=MemberFactory(vendor=vendor)), product=ProductFactory(vendor=vendor)
        )
    assert statements() == one


def test_a_helper_may_not_look(vendor, counter):
    assert counter.get(PAGE).status_code == 403


def test_person_or_product_that_is_not_in_the_shop_is_told(vendor, evening):
    served(vendor, "Sunita")
    stranger = CustomerFactory()
    for asked in ({"customer": stranger.uid}, {"customer": "x"}, {"product": ProductFactory().uid}):
        answer = evening.get(PAGE, {"first": DAY, "last": DAY, **asked})
        page = answer.content.decode()
        assert answer.status_code == 200
        assert 'class="errors"' in page
        assert "Sunita" not in page
        assert stranger.name not in page


def test_page_names_one_day_once(vendor, evening):
    page = evening.get(PAGE, {"first": DAY, "last": DAY}).content.decode()
    assert '<p class="soft">Wed 18 Nov 2026</p>' in page
