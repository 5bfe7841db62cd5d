import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.planning.list_accuracy import LEAST_DAYS, accuracy
from customers.planning.models import BuyingList
from customers.preferences.merging import merge_products
from tests.factories.customers import CustomerFactory
from tests.factories.planning import BuyingLineFactory, BuyingListFactory
from tests.factories.promises import WishFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

DAY = dt.date(2026, 11, 18)  # a Wednesday
FIRST = DAY - dt.timedelta(days=27)


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


def listed(vendor, product, quantity, day=DAY, **values):
    of_day = BuyingList.objects.filter(vendor=vendor, day=day).first() or BuyingListFactory(vendor=vendor, day=day)
    return BuyingLineFactory(buying_list=of_day, product=product, quantity=quantity, **values)


def at(vendor, day, time="10:00"):
    return dt.datetime.combine(day, dt.time.fromisoformat(time), vendor.tz)


def asked(vendor, product, quantity=1, day=DAY, time="10:00", customer=None, **line):
    visit = VisitFactory(customer=customer or CustomerFactory(vendor=vendor), at=at(vendor, day, time))
    VisitLineFactory(visit=visit, product=product, quantity=quantity, **line)
    return visit


def outcomes(vendor):
    return {
        (each.day, each.product.name): (each.listed, each.wanted, each.missed)
        for each in accuracy(vendor, FIRST, DAY).done.outcomes
    }


def test_what_was_listed_stands_beside_what_was_wanted(vendor, onion):
    listed(vendor, onion, 5)
    asked(vendor, onion, 2)
    asked(vendor, onion, 1, outcome="replaced")
    asked(vendor, onion, 1, outcome="not-in-stock")
    asked(vendor, onion, 4, outcome="refused")
    asked(vendor, onion, 500, unit="g")
    assert outcomes(vendor) == {(DAY, "Onion"): (5, Decimal("4.5"), 1)}


def test_days_are_the_shops_and_only_those_with_a_list(vendor, onion):
    listed(vendor, onion, 5)
    asked(vendor, onion, 1, time="03:00")
    asked(vendor, onion, 1, time="02:59")  # of the day before
    asked(vendor, onion, 1, DAY + dt.timedelta(days=1), "02:59")
    asked(vendor, onion, 1, DAY + dt.timedelta(days=1), "03:00")
    listed(vendor, onion, 5, FIRST - dt.timedelta(days=1))
    asked(vendor, onion, 1, FIRST - dt.timedelta(days=1))
    assert outcomes(vendor) == {(DAY, "Onion"): (5, 2, 0)}


def test_day_between_two_lists_is_none_of_theirs(vendor, onion):
    for day in (DAY, DAY - dt.timedelta(days=2)):
        listed(vendor, onion, 5, day)
        asked(vendor, onion, 1, day)
    asked(vendor, onion, 9, DAY - dt.timedelta(days=1))
    WishFactory(vendor=vendor, customer=None, product=onion, asked_at=at(vendor, DAY - dt.timedelta(days=1)))
    assert set(outcomes(vendor).values()) == {(5, 1, 0)}


def test_voided_visit_wanted_nothing_and_a_day_without_any_says_nothing(vendor, onion, helper):
    listed(vendor, onion, 5)
    visit = asked(vendor, onion)
    visit.voided_at, visit.voided_by = visit.at, helper
    visit.save()
    assert outcomes(vendor) == {}


def test_wish_without_a_visit_was_missed_and_one_of_a_visit_only_once(vendor, onion):
    listed(vendor, onion, 5)
    visit = asked(vendor, onion, 1, outcome="not-in-stock")
    WishFactory(vendor=vendor, customer=visit.customer, product=onion, visit=visit, asked_at=visit.at)
    said = {"vendor": vendor, "customer": None, "product": onion, "asked_at": visit.at}
    WishFactory(**said)
    WishFactory(**said, quantity=2, unit="kg")
    WishFactory(**said, outcome="undone", closed_at=visit.at)
    assert outcomes(vendor) == {(DAY, "Onion"): (5, 3, 3)}


def test_what_was_on_no_list_is_told_only_if_it_was_missing(vendor, onion):
    kale, mango = ProductFactory(vendor=vendor, name="Kale"), ProductFactory(vendor=vendor, name="Mango")
    listed(vendor, onion, 5)
    asked(vendor, kale)
    asked(vendor, mango, 3)
    asked(vendor, mango, 1, outcome="not-in-stock")
    found = accuracy(vendor, FIRST, DAY).done
    assert outcomes(vendor) == {(DAY, "Onion"): (5, 0, 0), (DAY, "Mango"): (None, 4, 1)}
    assert (len(found.listed), found.enough, found.missed) == (1, 1, 1)


def test_line_added_and_taken_off_again_was_not_listed(vendor, onion):
    listed(vendor, onion, 0)
    listed(vendor, ProductFactory(vendor=vendor, name="Kale"), 0, foreseen=2, low=1, high=3)
    asked(vendor, onion)
    assert outcomes(vendor) == {(DAY, "Kale"): (0, 0, 0)}


@pytest.mark.parametrize(
    ("quantity", "wanted", "enough", "far"),
    [(5, 5, True, False), (5, 6, False, False), (6, 3, True, False), (7, 3, True, True), (1, 0, True, True)],
)
def test_enough_and_far_too_much(vendor, onion, quantity, wanted, enough, far):
    listed(vendor, onion, quantity)
    asked(vendor, onion if wanted else ProductFactory(vendor=vendor), wanted or 1)
    (outcome,) = accuracy(vendor, FIRST, DAY).done.listed
    assert (outcome.is_enough, outcome.is_far_too_much) == (enough, far)


def test_what_was_missing_was_not_enough_however_much_was_listed(vendor, onion):
    listed(vendor, onion, 50)
    asked(vendor, onion, 1, outcome="not-in-stock")
    (outcome,) = accuracy(vendor, FIRST, DAY).done.outcomes
    assert (outcome.is_enough, outcome.is_far_too_much) == (False, False)


def test_what_is_sold_in_another_unit_is_counted_beside(vendor, onion):
    listed(vendor, onion, 50)
    asked(vendor, onion, 2, unit="bunch")
    (outcome,) = accuracy(vendor, FIRST, DAY).done.outcomes
    assert (outcome.wanted, outcome.other_units, outcome.is_far_too_much) == (0, 1, False)


def test_foreseen_range_held_or_not(vendor, onion):
    for ago, wanted in enumerate([1, 2, 4, 5]):
        listed(vendor, onion, 4, DAY - dt.timedelta(days=ago), foreseen=3, low=2, high=4)
        asked(vendor, onion, wanted, DAY - dt.timedelta(days=ago))
    listed(vendor, ProductFactory(vendor=vendor), 4)
    done = accuracy(vendor, FIRST, DAY).done
    assert (done.in_range, done.ranged, len(done.listed), done.enough, done.short) == (2, 4, 5, 4, 1)


def several(vendor, product, days, quantity, wanted, customer=None, **line):
    for ago in range(days):
        day = DAY - dt.timedelta(days=ago)
        listed(vendor, product, quantity, day)
        asked(vendor, product, wanted, day, customer=customer, **line)


def test_worst_products_are_named_from_four_days_on(vendor, onion):
    kale, mango, okra = (ProductFactory(vendor=vendor, name=name) for name in ("Kale", "Mango", "Okra"))
    one = CustomerFactory(vendor=vendor)
    several(vendor, onion, LEAST_DAYS, 5, 1, customer=one, outcome="not-in-stock")
    several(vendor, kale, LEAST_DAYS - 1, 5, 6)
    several(vendor, mango, LEAST_DAYS, 5, 1)
    several(vendor, okra, LEAST_DAYS, 5, 6)
    found = accuracy(vendor, FIRST, DAY)
    short = found.most_often_short
    assert [(each.product, each.done.short, each.done.people, each.mostly) for each in short] == [
        (onion, 4, 1, one),
        (okra, 4, 0, None),
    ]
    assert [each.product for each in found.most_often_too_much] == [mango]


def test_many_different_people_who_had_none_are_more_than_chance(vendor, onion):
    several(vendor, onion, 3, 5, 1, outcome="not-in-stock")
    done = accuracy(vendor, FIRST, DAY).done
    assert (done.people, done.most) == (3, None)


def test_days_come_the_latest_first(vendor, onion):
    several(vendor, onion, 3, 5, 1)
    assert list(accuracy(vendor, FIRST, DAY).by_day) == [DAY - dt.timedelta(days=ago) for ago in range(3)]


def test_merged_products_are_one(vendor, onion, owner):
    red, white = ProductFactory(vendor=vendor, name="Red onion"), ProductFactory(vendor=vendor, name="White", unit="g")
    listed(vendor, onion, 5, foreseen=5, low=4, high=6)
    listed(vendor, red, 2)
    listed(vendor, white, 500)
    asked(vendor, red, 3)
    asked(vendor, onion, 1, outcome="not-in-stock")
    for product in (red, white):
        merge_products(product=product, into=onion, by=owner)
    (outcome,) = accuracy(vendor, FIRST, DAY).done.outcomes
    assert (outcome.product, outcome.listed, outcome.wanted) == (onion, Decimal("7.5"), 4)
    assert outcome.is_in_range is None


def test_without_lists_nothing_is_known(vendor, onion):
    asked(vendor, onion)
    found = accuracy(vendor, FIRST, DAY)
    assert (found.done.outcomes, found.by_day, found.most_often_short) == ([], {}, [])


def test_number_of_statements_is_the_same_for_any_number(vendor, onion):
    def statements():
        with CaptureQueriesContext(connection) as queries:
            accuracy(vendor, FIRST, DAY)
        return len(queries)

    several(vendor, onion, 1, 5, 1)
    one = statements()
    several(vendor, ProductFactory(vendor=vendor), 9, 5, 1)
    assert statements() == one == 5
