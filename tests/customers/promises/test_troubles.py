import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.preferences.merging import merge_products
from customers.promises import troubles as module
from customers.promises.troubles import troubles
from customers.visits import tallying
from tests.factories.customers import CustomerFactory
from tests.factories.promises import ProblemFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory

ONE_DAY = dt.timedelta(days=1)


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


@pytest.fixture
def supplier(vendor):
    return CustomerFactory(vendor=vendor, name="Patil", kind="supplier")


def weekly(vendor, name, *, until=1, **more):
    """Somebody who came once a week, for the last time `until` days ago."""
    person = CustomerFactory(vendor=vendor, name=name, **more)
    start, _end = vendor.day_bounds(vendor.today())
    for week in range(8):
        VisitFactory(customer=person, at=start + dt.timedelta(hours=7) - (until + 7 * week) * ONE_DAY)
    return person


@pytest.fixture
def regulars(vendor):
    found = [weekly(vendor, name) for name in ("Sunita", "Ahmed", "Leela", "Joshi")]
    tallying.recount_shop(vendor)
    vendor.refresh_from_db()
    return found


def wrong(customer, product, *, ago=0, **more):
    return ProblemFactory(
        customer=customer, product=product, happened_on=customer.vendor.today() - ago * ONE_DAY, **more
    )


def test_troubles_counts_regulars_people_and_problems_of_a_product(vendor, regulars, onion):
    sunita, ahmed, *_ = regulars
    wrong(sunita, onion)
    wrong(sunita, onion, what="spoilt")
    wrong(ahmed, onion)
    wrong(CustomerFactory(vendor=vendor), onion)
    [trouble] = troubles(vendor, days=30).by_product
    assert (trouble.product, trouble.problems, trouble.people) == (onion, 4, 3)
    assert (trouble.touched, trouble.regulars) == (2, 4)
    assert trouble.kinds == (("soft", 3), ("spoilt", 1))
    assert trouble.mostly is None
    assert trouble.is_trend


def test_troubles_calls_nothing_a_trend_under_three_people(vendor, regulars, onion):
    sunita, ahmed, leela, _joshi = regulars
    for person in (sunita, sunita, ahmed):
        wrong(person, onion)
    assert [trouble.is_trend for trouble in troubles(vendor, days=30).by_product] == [False]
    wrong(leela, onion)
    assert [trouble.is_trend for trouble in troubles(vendor, days=30).by_product] == [True]


def test_troubles_names_who_is_behind_most_of_it(vendor, regulars, onion):
    sunita, ahmed, *_ = regulars
    wrong(sunita, onion)
    assert troubles(vendor, days=30).by_product[0].mostly is None  # one problem is always of one person
    wrong(ahmed, onion)
    assert troubles(vendor, days=30).by_product[0].mostly is None
    wrong(sunita, onion)
    assert troubles(vendor, days=30).by_product[0].mostly == sunita


def test_troubles_counts_what_nobody_complained_of_but_no_person_for_it(vendor, onion):
    ProblemFactory(vendor=vendor, customer=None, product=onion, was_said=False)
    [trouble] = troubles(vendor, days=30).by_product
    assert (trouble.problems, trouble.people, trouble.touched, trouble.regulars) == (1, 0, 0, 0)


def test_troubles_goes_by_the_supplier_and_the_day(vendor, regulars, onion, supplier):
    sunita, ahmed, *_ = regulars
    wrong(sunita, onion, supplier=supplier)
    wrong(ahmed, ProductFactory(vendor=vendor), supplier=supplier)
    wrong(ahmed, onion, supplier=supplier, ago=1)
    wrong(ahmed, onion)
    today = vendor.today()
    found = troubles(vendor, days=30).by_supplier_day
    assert [(each.supplier, each.day, each.problems, each.touched) for each in found] == [
        (supplier, today, 2, 2),
        (supplier, today - ONE_DAY, 1, 1),
    ]


def test_troubles_looks_back_so_many_days_and_forgets_mistakes(vendor, regulars, onion):
    sunita, *_ = regulars
    wrong(sunita, onion, ago=29)
    wrong(sunita, onion, ago=30)
    wrong(sunita, onion, ago=90)
    wrong(sunita, onion, ago=-1)
    wrong(sunita, onion, is_undone=True, closed_at=vendor.day_bounds(vendor.today())[0])
    wrong(sunita, None)
    wrong(CustomerFactory(), None)
    assert [trouble.problems for trouble in troubles(vendor, days=30).by_product] == [1]
    assert [trouble.problems for trouble in troubles(vendor, days=90).by_product] == [2]


def test_troubles_tell_what_is_repeated_first(vendor, regulars, onion):
    noticed = ProductFactory(vendor=vendor)
    for _ in range(2):
        ProblemFactory(vendor=vendor, customer=None, product=noticed, was_said=False)
    wrong(regulars[0], onion)
    assert [(each.product, each.is_repeated) for each in troubles(vendor, days=30).by_product] == [
        (noticed, True),
        (onion, False),
    ]


def test_troubles_counts_a_merged_product_with_what_stands_for_it(vendor, regulars, onion, owner):
    shallot = ProductFactory(vendor=vendor)
    wrong(regulars[0], shallot)
    wrong(regulars[1], onion)
    merge_products(product=shallot, into=onion, by=owner)
    assert [(each.product, each.problems) for each in troubles(vendor, days=30).by_product] == [(onion, 2)]


def test_troubles_asks_as_often_for_one_as_for_three(vendor, regulars, onion, supplier):
    def asked():
        troubles(vendor, days=30)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            troubles(vendor, days=30)
        return len(queries)

    wrong(regulars[0], onion, supplier=supplier)
    one = asked()
    for person in regulars[1:3]:
        wrong(person, ProductFactory(vendor=vendor), supplier=supplier)
    assert asked() == one == 5


def test_least_people_of_a_trend_are_three():
    assert module.LEAST_PEOPLE == 3
