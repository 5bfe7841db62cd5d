import datetime as dt

import pytest

from customers.visits import tallying
from customers.visits.wanting import Wanting, can_be_compared, wanting
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor)


def wanted(customer, ago, *lines):
    """A visit so many days ago with lines of product and outcome."""
    vendor = customer.vendor
    start, _end = vendor.day_bounds(vendor.today() - dt.timedelta(days=ago))
    visit = VisitFactory(customer=customer, at=start + dt.timedelta(minutes=1))
    for position, (product, outcome) in enumerate(lines):
        VisitLineFactory(visit=visit, product=product, outcome=outcome, position=position)
    tallying.recount_shop(vendor)


def ago(vendor, days):
    return vendor.today() - dt.timedelta(days=days)


def found(vendor):
    return wanting(type(vendor).objects.get(pk=vendor.pk))


def test_visits_and_people_are_counted_by_their_days(vendor, onion):
    sunita, ahmed, anu = CustomerFactory.create_batch(3, vendor=vendor)
    for days in (0, 29, 30, 89):
        wanted(sunita, days, (onion, "taken"))
    wanted(ahmed, 1, (onion, "not-in-stock"))
    wanted(anu, 90, (onion, "replaced"))
    wanted(anu, 179, (onion, "taken"))
    wanted(ahmed, 180, (onion, "taken"))
    assert found(vendor) == {
        onion.pk: Wanting(
            short=3,
            long=5,
            before=2,
            last=vendor.today(),
            people={sunita.pk: 4, ahmed.pk: 1},
            takers={sunita.pk},
            people_before={anu.pk},
        )
    }


def test_product_twice_in_a_visit_is_wanted_once_and_refused_is_not(vendor, onion):
    sunita = CustomerFactory(vendor=vendor)
    wanted(sunita, 1, (onion, "taken"), (onion, "not-in-stock"))
    wanted(sunita, 2, (onion, "refused"))
    each = found(vendor)[onion.pk]
    assert (each.long, each.people, each.takers) == (1, {sunita.pk: 1}, {sunita.pk})


def test_merged_product_is_counted_with_its_stand_in(vendor, onion):
    red = ProductFactory(vendor=vendor, is_sold=False, merged_into=onion)
    sunita = CustomerFactory(vendor=vendor)
    wanted(sunita, 3, (red, "taken"))
    wanted(sunita, 5, (onion, "taken"))
    [(product, each)] = found(vendor).items()
    assert (product, each.long, each.last, each.people) == (onion.pk, 2, ago(vendor, 3), {sunita.pk: 2})


def test_products_of_another_shop_are_not_told(vendor):
    other = ProductFactory()
    wanted(CustomerFactory(vendor=other.vendor), 1, (other, "taken"))
    assert found(vendor) == {}


@pytest.mark.parametrize(
    ("people", "mostly"), [({1: 2, 2: 1}, (1, 2)), ({1: 2, 2: 2}, None), ({1: 1}, None), ({1: 2}, (1, 2)), ({}, None)]
)
def test_who_is_behind_more_than_half_of_several_visits(people, mostly):
    each = Wanting()
    each.people.update(people)
    assert each.mostly == mostly


def test_days_can_be_compared_when_the_book_goes_back_so_far(vendor, onion):
    assert not can_be_compared(vendor)
    wanted(CustomerFactory(vendor=vendor), 178, (onion, "taken"))
    assert not can_be_compared(vendor)
    wanted(CustomerFactory(vendor=vendor), 179, (onion, "taken"))
    assert can_be_compared(vendor)
