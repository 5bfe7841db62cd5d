import datetime as dt
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.preferences import signs_in_shop
from customers.preferences.noticing import Sign, signs
from customers.preferences.remembering import visits_of
from customers.preferences.signs_in_shop import OF_LATE, signs_now
from customers.visits.models import Visit, VisitLine
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

NOW = dt.datetime(2026, 11, 21, 14, 30, tzinfo=dt.UTC)  # a Saturday, 20:00 in the shop
ONE_DAY = dt.timedelta(days=1)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


@pytest.fixture
def banana(vendor):
    return ProductFactory(vendor=vendor, name="Banana")


def came(customer, at, *lines, **values):
    """A visit with lines of (product, manner), or (product, manner, outcome)."""
    visit = VisitFactory(customer=customer, at=at, **values)
    for position, (product, manner, *outcome) in enumerate(lines):
        said = {"outcome": outcome[0]} if outcome else {}
        VisitLineFactory(visit=visit, product=product, manner=manner, position=position, **said)
    return visit


def half_ripe(customer, product, times=6, until=NOW):
    """So many visits, a day apart, the latest on the day before `until`, each wanting the product half ripe."""
    return [came(customer, until - ago * ONE_DAY, (product, "half ripe")) for ago in range(times, 0, -1)]


def again(vendor):
    """The shop as another request reads it, after its past was changed by hand."""
    vendor.past_changed()
    vendor.refresh_from_db()
    return vendor


def test_signs_of_the_shop_are_those_of_each_person(vendor, sunita, banana):
    half_ripe(sunita, banana)
    joshi, onion = CustomerFactory(vendor=vendor), ProductFactory(vendor=vendor)
    for ago in range(1, 11):
        came(joshi, NOW - ago * ONE_DAY, *[(onion, "")] * (ago != 3))
    CustomerFactory(vendor=vendor)
    assert signs_now(vendor, NOW) == {
        sunita.pk: [Sign(banana.pk, "half ripe", 6, 6)],
        joshi.pk: [Sign(onion.pk, "", 9, 10)],
    }


def test_signs_of_nine_visits_say_so(vendor, sunita, banana):
    for ago in range(1, 10):
        came(sunita, NOW - ago * ONE_DAY, (banana, ""))
    assert signs_now(vendor, NOW) == {sunita.pk: [Sign(banana.pk, "", 9, 9)]}


def test_whoever_has_not_come_of_late_is_left_out(vendor, sunita, banana):
    half_ripe(sunita, banana, until=NOW - OF_LATE - ONE_DAY)
    assert signs_now(vendor, NOW) == {}


def test_visits_of_today_count_and_take_back_what_is_no_longer_so(vendor, sunita, banana):
    half_ripe(sunita, banana, times=5)
    assert signs_now(vendor, NOW) == {sunita.pk: [Sign(banana.pk, "half ripe", 5, 5)]}
    came(sunita, NOW - dt.timedelta(hours=2), (banana, ""))
    assert signs_now(vendor, NOW) == {sunita.pk: [Sign(banana.pk, "half ripe", 5, 6)]}
    came(sunita, NOW - dt.timedelta(hours=1), (banana, ""))
    assert signs_now(vendor, NOW) == {}


def test_visit_of_later_than_clocks_differ_does_not_count_yet(vendor, sunita, banana):
    half_ripe(sunita, banana, times=4)
    late = came(sunita, NOW + dt.timedelta(minutes=6), (banana, "half ripe"))
    assert signs_now(vendor, NOW) == {}
    assert signs_now(vendor, late.at) == {sunita.pk: [Sign(banana.pk, "half ripe", 5, 5)]}


def test_voided_visits_and_refused_lines_do_not_count(vendor, sunita, banana):
    half_ripe(sunita, banana, times=4)
    came(sunita, NOW - 5 * ONE_DAY, (banana, "half ripe"), voided_at=NOW)
    came(sunita, NOW - 6 * ONE_DAY, (banana, "half ripe", "refused"))
    assert signs_now(vendor, NOW) == {}


def test_what_another_collected_tells_nothing_of_the_one_who_decides(vendor, sunita, banana):
    half_ripe(sunita, banana, times=4)
    came(sunita, NOW - 5 * ONE_DAY, (banana, "half ripe"), collected_by=CustomerFactory(vendor=vendor))
    assert signs_now(vendor, NOW) == {}


def test_signs_of_the_days_before_are_read_anew_when_these_change(vendor, sunita, banana):
    visits = half_ripe(sunita, banana)
    assert signs_now(vendor, NOW)
    Visit.objects.filter(pk__in=[visit.pk for visit in visits[:2]]).update(voided_at=NOW)
    assert signs_now(again(vendor), NOW) == {}


def test_shops_stay_apart(vendor, sunita, banana):
    half_ripe(sunita, banana)
    assert signs_now(CustomerFactory().vendor, NOW) == {}


def test_one_statement_reads_all_people(vendor, banana):
    half_ripe(CustomerFactory(vendor=vendor), banana)
    with CaptureQueriesContext(connection) as one:
        signs_now(vendor, NOW)
    for _each in range(2):
        half_ripe(CustomerFactory(vendor=vendor), banana)
    with CaptureQueriesContext(connection) as three:
        assert len(signs_now(again(vendor), NOW)) == 3
    assert len(three) == len(one) + 2  # `again` itself
    with CaptureQueriesContext(connection) as kept:
        signs_now(vendor, NOW)
    assert len(kept) == 1  # who was here today


@pytest.mark.parametrize("seed", range(3))
def test_signs_are_those_that_the_card_reads(vendor, seed, monkeypatch):
    """Of many made-up people, some of whom take more than a card reads; the same in the same order."""
    monkeypatch.setattr("customers.preferences.remembering.LINES", 30)
    monkeypatch.setattr(signs_in_shop, "LINES", 30)
    chance = random.Random(seed)
    products = [ProductFactory(vendor=vendor) for _each in range(5)]
    people = [CustomerFactory(vendor=vendor) for _each in range(12)]
    for person in people:
        made_up(chance, person, people[0], products)
    found = signs_now(vendor, NOW)
    for person in people:
        own = [visit.lines for visit in visits_of(person, now=NOW) if not visit.collected_by]
        assert found.get(person.pk, []) == signs(own)
    assert found


def made_up(chance, person, other, products):
    """Visits up to now, in some of which the same is wanted again and again."""
    likes = {product: chance.choice(["", "", "half ripe", "Half Ripe"]) for product in chance.sample(products, 3)}
    steadily = chance.choice([0.8, 0.95, 1.0])
    for number in range(chance.randint(4, 14)):
        at = NOW - number * chance.choice([6, 24, 48]) * dt.timedelta(hours=1)
        collector = other if chance.random() < 0.1 and person != other else None
        visit = VisitFactory(customer=person, at=at, collected_by=collector)
        took = [each for each in products if chance.random() < (steadily if each in likes else 0.2)]
        chance.shuffle(took)
        VisitLine.objects.bulk_create(
            VisitLineFactory.build(
                visit=visit,
                vendor=person.vendor,
                product=product,
                position=position,
                manner=likes.get(product, "") if chance.random() < 0.95 else "",
                outcome=chance.choice(["taken", "taken", "taken", "not-in-stock", "replaced", "refused"]),
            )
            for position, product in enumerate(took)
        )
