import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.preferences.merging import merge_products
from customers.promises.waiting import Wanted, counts, ended_today, wanted, whom_to_tell
from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.promises import WishEditFactory, WishFactory
from tests.factories.vendors import ProductFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Mango", unit="dozen")


@pytest.fixture
def asks(vendor):
    """A wish of somebody new, or of who is named; asked so many days ago, at the beginning of the shop's day."""

    def ask(product=None, days=0, **said):
        day = vendor.today() - days * DAY
        said = {"asked_at": vendor.day_bounds(day)[0], "product": product, **said}
        if "customer" not in said:
            said["customer"] = CustomerFactory(vendor=vendor)
        return WishFactory(vendor=vendor, **said)

    return ask


# --- how many people


def test_counts_are_of_different_people_in_thirty_days(vendor, asks, mango):
    regular = asks(mango, 29).customer
    asks(mango, 3, customer=regular)
    asks(mango, 0)
    asks(mango, 30)
    asks(mango, 0, outcome="undone", closed_at=timezone.now())
    asks(mango, 2, outcome="took", closed_at=timezone.now())
    asks(None, text="mango")
    WishFactory()
    assert counts(vendor, vendor.today()) == {mango.pk: 3}


def test_counts_have_each_unknown_as_one_person(vendor, asks, mango):
    for _ in range(2):
        asks(mango, customer=None)
    asks(mango)
    assert counts(vendor, vendor.today()) == {mango.pk: 3}


def test_counts_have_who_asked_again_lately(vendor, asks, mango):
    long_ago = asks(mango, 40, until=vendor.today() + 20 * DAY)
    WishEditFactory(wish=long_ago, after={"step": "told"})
    assert counts(vendor, vendor.today()) == {}
    WishEditFactory(wish=long_ago, after={"step": "again"})
    assert counts(vendor, vendor.today()) == {mango.pk: 1}


def test_counts_have_a_person_once_for_merged_products(vendor, asks, mango, helper):
    alphonso = ProductFactory(vendor=vendor, name="Alphonso")
    regular = asks(mango).customer
    asks(alphonso, customer=regular)
    asks(alphonso)
    merge_products(product=alphonso, into=mango, by=helper)
    assert counts(vendor, vendor.today()) == {mango.pk: 2}


# --- what is wanted


def test_wanted_tells_of_products_and_of_words(vendor, asks, mango):
    here = timezone.now()
    first = asks(mango, 4, came_in_at=here)
    asks(mango, 1, customer=first.customer, came_in_at=here)
    asks(mango, 1, customer=None, came_in_at=here)
    asks(mango, 1, came_in_at=here, told_at=here)
    asks(mango, 1)
    asks(mango, 20, until=vendor.today() - DAY)
    words = asks(None, 40, text="Dragon  fruit", until=vendor.today())
    asks(None, 2, text="dragon fruit")
    assert wanted(vendor, vendor.today()) == [
        Wanted(mango, "", first.uid, people=5, waiting=4, here=3, to_tell=1),
        Wanted(None, "Dragon  fruit", words.uid, people=1, waiting=2, here=0, to_tell=0),
    ]


def test_wanted_has_what_is_to_be_told_first_then_what_most_wait_for(vendor, asks):
    products = [ProductFactory(vendor=vendor, name=name) for name in ("Apple", "Banana", "Cherry", "Date", "Endive")]
    apple, banana, cherry, date, endive = products
    asks(apple)
    for _ in range(2):
        asks(banana)
    asks(cherry, came_in_at=timezone.now())
    asks(date, outcome="took", closed_at=timezone.now())
    asks(endive)
    assert [each.product for each in wanted(vendor, vendor.today())] == [cherry, banana, apple, endive, date]


def test_wanted_leaves_out_what_is_over_long_ago_and_what_was_undone(vendor, asks, mango):
    asks(mango, 40, until=vendor.today() - DAY)
    asks(mango, 40, outcome="took", closed_at=timezone.now(), until=vendor.today())
    asks(mango, 0, outcome="undone", closed_at=timezone.now())
    assert wanted(vendor, vendor.today()) == []


def test_wanted_adds_merged_products_up(vendor, asks, mango, helper):
    alphonso = ProductFactory(vendor=vendor, name="Alphonso")
    regular = asks(alphonso).customer
    asks(mango, customer=regular)
    merge_products(product=alphonso, into=mango, by=helper)
    (found,) = wanted(vendor, vendor.today())
    assert (found.product, found.people, found.waiting) == (mango, 1, 1)


@pytest.mark.parametrize("rows", [1, 3])
def test_wanted_and_counts_ask_the_same_for_any_number(vendor, asks, rows, django_assert_num_queries):
    for _ in range(rows):
        asks(ProductFactory(vendor=vendor))
    with django_assert_num_queries(3):
        wanted(vendor, vendor.today())
    with django_assert_num_queries(2):
        counts(vendor, vendor.today())


# --- whom to tell


def test_whom_to_tell_has_who_waited_most_first(vendor, asks, mango):
    today, long, often = asks(mango), asks(mango, 5), asks(mango, 2)
    once = asks(mango, 2, customer=CustomerFactory(vendor=vendor), asked_at=often.asked_at)
    latest = asks(mango, 1, customer=often.customer)
    WishEditFactory(wish=long, after={"step": "again"})
    found = whom_to_tell(vendor, mango)
    assert [(each.wish, each.since, each.times) for each in found] == [
        (long, long.asked_at, 2),
        (latest, often.asked_at, 2),
        (once, once.asked_at, 1),
        (today, today.asked_at, 1),
    ]


def test_whom_to_tell_has_each_unknown_for_itself_and_nobody_who_waits_no_more(vendor, asks, mango):
    asks(mango, customer=None)
    asks(mango, customer=None)
    asks(mango, outcome="dropped", closed_at=timezone.now())
    asks(mango, 9, until=vendor.today() - DAY)
    asks(ProductFactory(vendor=vendor))
    asks(None, text="mango")
    assert [each.customer for each in whom_to_tell(vendor, mango)] == [None, None]


def test_whom_to_tell_of_words(vendor, asks, mango):
    wish = asks(None, text="Dragon  Fruit")
    asks(None, text="dragons")
    asks(mango, text="dragon fruit")
    assert [each.wish for each in whom_to_tell(vendor, None, "dragon fruit")] == [wish]


def test_whom_to_tell_of_a_merged_product(vendor, asks, mango, helper):
    alphonso = ProductFactory(vendor=vendor, name="Alphonso")
    wish = asks(alphonso)
    merge_products(product=alphonso, into=mango, by=helper)
    assert [each.wish for each in whom_to_tell(vendor, mango)] == [wish]


def test_whom_to_tell_asks_the_same_for_any_number(vendor, asks, mango):
    counted = set()
    for _ in range(3):
        ContactPointFactory(customer=asks(mango).customer)
        with CaptureQueriesContext(connection) as queries:
            for each in whom_to_tell(vendor, mango):
                assert each.customer.contact_points.all()[0].number
        counted.add(len(queries))
    assert counted == {3}


def test_ended_today_has_the_last_first(vendor, asks, mango):
    now = timezone.now()
    first = asks(mango, outcome="took", closed_at=now - dt.timedelta(microseconds=1))
    last = asks(mango, outcome="dropped", closed_at=now)
    asks(mango, outcome="undone", closed_at=now)
    asks(mango, outcome="took", closed_at=vendor.day_bounds(vendor.today())[0] - dt.timedelta(seconds=1))
    asks(mango)
    words = asks(None, text="plums", outcome="took", closed_at=now)
    assert ended_today(vendor, mango) == [last, first]
    assert ended_today(vendor, None, "Plums") == [words]
