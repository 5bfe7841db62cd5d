"""What a shop may hold that nobody expects: no error, and a sensible answer from everything that remembers."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.counter.presence import likely_now
from customers.preferences.buying import buying_list
from customers.preferences.remembering import LINES, SHOWN_VISITS, SUGGESTED, remember
from customers.visits import tallying
from customers.visits.expecting import Gaps, Standing, standing_of
from customers.visits.models import ShopDay, Visit, VisitLine
from customers.visits.rhythm import State
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ClosureFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

NOW = dt.datetime(2026, 11, 21, 4, 30, tzinfo=dt.UTC)  # a Saturday, 10:00 in the shop
DAY = dt.date(2026, 11, 21)
ONE_DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


def took(customer, moments, *products):
    """The visits of one customer, each with the same products; counted."""
    made = [VisitFactory.build(customer=customer, vendor=customer.vendor, at=at) for at in moments]
    Visit.objects.bulk_create(made)
    VisitLine.objects.bulk_create(
        VisitLineFactory.build(visit=visit, vendor=customer.vendor, product=product, position=position)
        for visit in made
        for position, product in enumerate(products)
    )
    tallying.recount_shop(customer.vendor)


def days_ago(*numbers):
    return [NOW - number * ONE_DAY for number in numbers]


def answers(customer):
    """The card, the rhythm, who is likely now, and the list for tomorrow."""
    customer = type(customer).objects.select_related("vendor").get(pk=customer.pk)
    vendor = customer.vendor
    return (
        remember(customer, now=NOW),
        standing_of(customer, DAY),
        [each.customer.name for each in likely_now(vendor, NOW)],
        buying_list(vendor, DAY + ONE_DAY),
    )


def names(memory):
    return [each.product.name for each in memory.usual]


def test_customer_with_ten_thousand_visits(sunita, onion):
    """Twenty-five a day for more than a year, all with onions."""
    took(sunita, (NOW - ONE_DAY - number * ONE_DAY / 25 for number in range(10_000)), onion)
    memory, standing, likely, buying = answers(sunita)
    assert (names(memory), memory.usual[0].times, memory.usual[0].probability) == (
        ["Onion"],
        12,
        pytest.approx(1, abs=0.01),
    )
    assert standing == Standing(State.STEADY, 60, Gaps(1, 1), 1)
    assert likely == ["Sunita"]
    assert [line.product for line in buying.lines] == [onion]
    assert len(buying.lines[0].people) == 1


def test_basket_of_five_hundred_products(vendor, sunita):
    products = [ProductFactory(vendor=vendor) for _ in range(500)]
    took(sunita, days_ago(*range(1, 7)), *products)
    memory, standing, likely, buying = answers(sunita)
    assert len(memory.usual) == SUGGESTED
    assert [(len(visit.lines)) for visit in memory.last_visits] == [LINES]
    assert (standing.visits, standing.gaps, likely) == (6, Gaps(1, 1), ["Sunita"])
    assert {line.product for line in buying.lines} <= set(products)


def test_two_visits_in_one_minute(vendor, sunita, onion):
    kale = ProductFactory(vendor=vendor, name="Kale")
    for number in range(1, 8):
        took(sunita, days_ago(2 * number), onion)
        took(sunita, [NOW - 2 * number * ONE_DAY + dt.timedelta(seconds=20)], kale)
    memory, standing, likely, _buying = answers(sunita)
    assert names(memory) == ["Kale", "Onion"]
    assert len(memory.last_visits) == SHOWN_VISITS
    assert (standing, likely) == (Standing(State.STEADY, 7, Gaps(2, 2), 2), ["Sunita"])


def test_two_visits_at_the_same_instant(vendor, sunita, onion):
    took(sunita, days_ago(1, 1, 1), onion)
    memory, standing, likely, _buying = answers(sunita)
    assert [(each.times, each.of) for each in memory.usual] == [(3, 3)]
    assert (standing, likely) == (Standing(State.UNKNOWN, 1, None, 1), ["Sunita"])


def test_visits_in_the_future(vendor, sunita, onion):
    took(sunita, days_ago(-1, -2, -400), onion)
    memory, standing, likely, buying = answers(sunita)
    assert (memory.usual, memory.last_visits) == ([], [])
    assert (standing, likely) == (Standing(State.UNKNOWN, 0, None, None), [])
    assert buying.lines == []
    past = days_ago(*range(1, 30, 2))
    took(sunita, past, onion)
    memory, standing, likely, _buying = answers(sunita)
    assert [visit.at for visit in memory.last_visits] == past[:SHOWN_VISITS]
    assert (standing, likely) == (Standing(State.STEADY, 15, Gaps(2, 2), 1), ["Sunita"])


def test_product_never_bought(vendor, sunita, onion):
    ProductFactory(vendor=vendor, name="Durian")
    took(sunita, days_ago(*range(1, 30)), onion)
    memory, _standing, _likely, buying = answers(sunita)
    assert names(memory) == ["Onion"]
    assert [line.product for line in buying.lines] == [onion]


def test_customer_who_never_took_anything(vendor, sunita):
    took(sunita, days_ago(*range(1, 30)))
    memory, standing, likely, buying = answers(sunita)
    assert (memory.usual, len(memory.last_visits), standing.state) == ([], SHOWN_VISITS, State.STEADY)
    assert (likely, buying.lines, buying.regulars) == (["Sunita"], [], 1)


def test_shop_with_one_customer_who_came_once(vendor, sunita, onion):
    took(sunita, days_ago(1), onion)
    memory, standing, likely, buying = answers(sunita)
    assert [(each.product, each.times, each.of) for each in memory.usual] == [(onion, 1, 1)]
    assert (standing, likely) == (Standing(State.UNKNOWN, 1, None, 1), ["Sunita"])
    assert ([(line.product, line.need.order) for line in buying.lines], buying.regulars) == ([(onion, 1)], 0)


def test_shop_with_one_customer_who_never_came(sunita):
    memory, standing, likely, buying = answers(sunita)
    assert (memory.usual, memory.last_visits) == ([], [])
    assert (standing, likely) == (Standing(State.UNKNOWN, 0, None, None), [])
    assert (buying.lines, buying.comers, buying.regulars) == ([], 0, 0)


def test_shop_closed_for_a_month(vendor, sunita, onion):
    """Said or plain to see: nobody has stayed away from a closed door."""
    neighbours = [CustomerFactory(vendor=vendor, name=f"P{number}") for number in range(5)]
    for customer in (sunita, *neighbours):
        took(customer, days_ago(*range(31, 91)), onion)
    memory, standing, likely, buying = answers(sunita)
    assert names(memory) == ["Onion"]
    assert standing == Standing(State.STEADY, 60, Gaps(1, 1), 31)
    assert (len(likely), buying.regulars, [line.product for line in buying.lines]) == (6, 6, [onion])


def test_small_shop_that_said_it_was_closed_for_a_month(vendor, sunita, onion):
    ClosureFactory(vendor=vendor, first_day=DAY - 30 * ONE_DAY, last_day=DAY - ONE_DAY)
    took(sunita, days_ago(*range(31, 91)), onion)
    _memory, standing, likely, buying = answers(sunita)
    assert standing == Standing(State.STEADY, 60, Gaps(1, 1), 31)
    assert (likely, [line.product for line in buying.lines]) == (["Sunita"], [onion])


def test_small_shop_that_did_not_say_so_misses_its_customer(vendor, sunita, onion):
    took(sunita, days_ago(*range(31, 91)), onion)
    _memory, standing, likely, _buying = answers(sunita)
    assert (standing.state, likely) == (State.LEFT, [])


def test_counts_of_days_without_visits_do_no_harm(vendor, sunita, onion):
    """What no write of ours leaves behind, such as a row from a restored table."""
    took(sunita, days_ago(*range(1, 10)), onion)
    ShopDay.objects.filter(day=DAY - 2 * ONE_DAY).delete()
    vendor.past_changed()
    memory, standing, likely, _buying = answers(sunita)
    assert (names(memory), standing.visits, likely) == (["Onion"], 9, ["Sunita"])


def test_quantities_at_the_ends_of_what_is_kept(vendor, sunita, onion):
    took(sunita, days_ago(*range(1, 20)), onion)
    for quantity in (Decimal("0.001"), Decimal("99999.999")):
        VisitLine.objects.update(quantity=quantity)
        memory, _standing, _likely, buying = answers(sunita)
        assert memory.usual[0].quantity == quantity
        assert [line.need.quantity for line in buying.lines] == [quantity]
