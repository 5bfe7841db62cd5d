import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.planning.known_needs import Said, known_needs
from customers.planning.whole_list import whole_list
from customers.preferences import demand
from customers.preferences.merging import merge_products
from customers.promises.models import Promise, Wish
from customers.visits import tallying
from customers.visits.models import Visit, VisitLine
from tests.factories.customers import CustomerFactory
from tests.factories.promises import (
    PromiseFactory,
    PromiseLineFactory,
    StandingOrderFactory,
    StandingOrderLineFactory,
    WishFactory,
)
from tests.factories.vendors import ClosureFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

NOW = dt.datetime(2026, 11, 21, 15, 30, tzinfo=dt.UTC)  # a Saturday, 21:00 in the shop
DAY, TOMORROW = dt.date(2026, 11, 21), dt.date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    """And a shop that is large enough, for its size, for its people to be asked."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    monkeypatch.setattr(demand, "FEW", -1)
    monkeypatch.setattr(demand, "MANY", 0)
    monkeypatch.setattr(demand, "PEOPLE", 1.0)


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion", step=Decimal("0.5"))


def daily(vendor, product, name="Sunita", quantity=1):
    """Somebody who takes it every day."""
    customer = CustomerFactory(vendor=vendor, name=name)
    visits = [
        VisitFactory.build(customer=customer, vendor=vendor, at=NOW - dt.timedelta(days=ago)) for ago in range(30)
    ]
    Visit.objects.bulk_create(visits)
    VisitLine.objects.bulk_create(
        VisitLineFactory.build(visit=visit, vendor=vendor, product=product, quantity=quantity) for visit in visits
    )
    tallying.recount_shop(vendor)
    return customer


def promised(vendor, product, quantity=2, customer=None, *, day=TOMORROW, hours=7, unit="", **values):
    due = dt.datetime.combine(day, dt.time(hours), vendor.tz)
    promise = PromiseFactory(
        customer=customer or CustomerFactory(vendor=vendor), has_lines=True, **{"due_at": due, **values}
    )
    PromiseLineFactory(promise=promise, product=product, quantity=quantity, unit=unit or product.unit)
    return promise


def wished(vendor, product, customer=None, **values):
    until = TOMORROW + dt.timedelta(days=5)
    return WishFactory(
        vendor=vendor, customer=customer, product=product, **{"text": "", "until": until, "asked_at": NOW, **values}
    )


def the_line(vendor, day=TOMORROW):
    vendor.refresh_from_db()
    (line,) = whole_list(vendor, day).lines
    return line


def test_promise_is_added_to_what_others_usually_take(vendor, onion):
    for name in ("Asha", "Sunita"):
        daily(vendor, onion, name)
    before = the_line(vendor)
    person = promised(vendor, onion, Decimal("1.5")).customer
    line = the_line(vendor)
    assert (line.order, line.low, line.high) == (
        before.order + Decimal("1.5"),
        before.low + Decimal("1.5"),
        before.high + Decimal("1.5"),
    )
    assert line.promised == (Said(person, Decimal("1.5"), "kg"),)
    assert (line.usual_people, line.promised_quantity) == (2, Decimal("1.5"))


def test_who_is_promised_a_product_is_not_counted_as_usual_for_it(vendor, onion):
    regular = daily(vendor, onion)
    assert the_line(vendor).order == 1
    promised(vendor, onion, 3, regular)
    line = the_line(vendor)
    assert (line.order, line.low, line.high) == (3, 3, 3)
    assert (line.usual, line.usual_people, line.mostly) == ((), 0, regular)


def test_promise_in_another_unit_is_said_beside_and_takes_nobody_out(vendor, onion):
    regular = daily(vendor, onion)
    promised(vendor, onion, 3, regular, unit="bunch")
    line = the_line(vendor)
    assert (line.order, line.usual_people, line.promised_quantity) == (1, 1, 0)
    assert line.beside == [Said(regular, Decimal(3), "bunch")]


def test_promise_in_grams_is_added_in_kilograms(vendor, onion):
    promised(vendor, onion, 500, unit="g")
    line = the_line(vendor)
    assert (line.order, line.low, line.high, line.beside) == (Decimal("0.5"), Decimal("0.5"), Decimal("0.5"), [])


@pytest.mark.parametrize(
    ("due", "is_due"),
    [
        ({"day": TOMORROW, "hours": 3}, True),
        ({"day": TOMORROW, "hours": 2}, False),
        ({"day": TOMORROW + dt.timedelta(days=1), "hours": 3}, False),
        ({"day": TOMORROW + dt.timedelta(days=1), "hours": 3, "due_any_time": True}, True),
        ({"day": TOMORROW, "hours": 3, "due_any_time": True}, False),
        ({"side": Promise.Side.THEIRS}, False),
        ({"outcome": "released", "closed_at": NOW}, False),
    ],
)
def test_only_what_we_owe_on_the_day_is_bought(vendor, onion, due, is_due):
    promised(vendor, onion, **due)
    assert bool(known_needs(vendor, TOMORROW).promised) == is_due


def test_wish_counts_its_quantity_or_what_a_visit_takes(vendor, onion):
    wished(vendor, onion, quantity=2, unit="kg")
    wished(vendor, onion)
    wished(vendor, onion, quantity=3, unit="bunch")
    line = the_line(vendor)
    assert (line.order, line.low, line.high) == (Decimal("2.5"), 0, Decimal("2.5"))
    assert (len(line.wished), len(line.beside), line.mostly) == (3, 1, None)


def test_wish_of_a_regular_is_not_counted_twice_and_asked_twice_is_once(vendor, onion):
    regular = daily(vendor, onion)
    wished(vendor, onion, regular, quantity=1, unit="kg")
    wished(vendor, onion, regular, quantity=2, unit="kg")
    line = the_line(vendor)
    assert (line.order, line.usual_people, len(line.wished), line.mostly) == (2, 0, 1, regular)


def test_who_was_promised_it_wishes_it_no_more(vendor, onion):
    customer = promised(vendor, onion).customer
    wished(vendor, onion, customer, quantity=4, unit="kg")
    line = the_line(vendor)
    assert (line.order, line.wished) == (2, ())


@pytest.mark.parametrize(
    "values",
    [
        {"until": TOMORROW - dt.timedelta(days=1)},
        {"came_in_at": NOW},
        {"outcome": Wish.Outcome.DROPPED, "closed_at": NOW},
        {"product": None, "text": "something"},
    ],
)
def test_wish_that_waits_no_more_is_not_bought(vendor, onion, values):
    values = dict(values)
    wished(vendor, values.pop("product", onion), **values)
    assert whole_list(vendor, TOMORROW).lines == []


def test_one_who_takes_more_than_half_is_named_by_their_own_quantity(vendor, onion):
    large = daily(vendor, onion, "Hotel", quantity=20)
    for name in ("Asha", "Sunita", "Joshi"):
        daily(vendor, onion, name)
    line = the_line(vendor)
    assert (line.mostly, line.usual_people) == (large, 4)


def test_nobody_is_named_where_nobody_has_half(vendor, onion):
    for name in ("Asha", "Sunita", "Joshi"):
        daily(vendor, onion, name)
    assert the_line(vendor).mostly is None
    one, other = promised(vendor, onion, 1), promised(vendor, onion, 30)
    assert the_line(vendor).mostly == other.customer != one.customer


def test_standing_order_of_tomorrow_is_promised_and_counted_once(vendor, onion):
    order = StandingOrderFactory(
        customer=CustomerFactory(vendor=vendor), rule="FREQ=DAILY", starts_on=DAY, made_at=NOW - dt.timedelta(days=9)
    )
    StandingOrderLineFactory(standing_order=order, product=onion, quantity=2)
    assert the_line(vendor).order == 2
    assert the_line(vendor).order == 2
    assert Promise.objects.filter(for_day=TOMORROW).count() == 1


def test_standing_order_of_a_farther_day_is_read_without_being_made(vendor, onion):
    later = TOMORROW + dt.timedelta(days=2)  # a Tuesday
    for rule in ("FREQ=WEEKLY;BYDAY=TU", "FREQ=WEEKLY;BYDAY=WE"):
        order = StandingOrderFactory(customer=CustomerFactory(vendor=vendor), rule=rule, starts_on=DAY)
        StandingOrderLineFactory(standing_order=order, product=onion, quantity=2)
    assert the_line(vendor, later).order == 2
    assert not Promise.objects.filter(for_day=later).exists()


def test_merged_product_is_bought_as_what_stands_for_it(vendor, onion, owner):
    red = ProductFactory(vendor=vendor, name="Red onion")
    promised(vendor, red, 2)
    merge_products(product=red, into=onion, by=owner)
    line = the_line(vendor)
    assert (line.product, line.order) == (onion, 2)


def test_nothing_is_listed_for_a_closed_day(vendor, onion):
    promised(vendor, onion)
    ClosureFactory(vendor=vendor, first_day=TOMORROW, reason="Wedding")
    found = whole_list(vendor, TOMORROW)
    assert (found.lines, found.why_closed) == ([], "Wedding")


def test_lines_come_by_how_many_stand_behind_them(vendor, onion):
    kale = ProductFactory(vendor=vendor, name="Kale", unit="bunch")
    promised(vendor, kale)
    wished(vendor, kale)
    promised(vendor, onion)
    assert [line.product for line in whole_list(vendor, TOMORROW).lines] == [kale, onion]


def test_number_of_statements_does_not_grow_with_the_list(vendor, onion):
    def asked():
        vendor.refresh_from_db()
        with CaptureQueriesContext(connection) as queries:
            whole_list(vendor, TOMORROW)
        return len(queries)

    daily(vendor, onion)
    promised(vendor, ProductFactory(vendor=vendor))
    wished(vendor, ProductFactory(vendor=vendor))
    asked()
    one = asked()
    for _each in range(3):
        daily(vendor, ProductFactory(vendor=vendor))
        promised(vendor, ProductFactory(vendor=vendor))
        wished(vendor, ProductFactory(vendor=vendor), CustomerFactory(vendor=vendor))
    asked()
    assert asked() == one
