import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from customers.models import Customer
from customers.preferences.evidence import Row, Week, evidence_of
from customers.preferences.remembering import remember
from customers.preferences.substitutes import Substitute
from customers.preferences.suggesting import Why
from customers.preferences.usual import LATELY, PastLine
from customers.visits import recording, tallying
from tests.factories.customers import CustomerFactory
from tests.factories.preferences import PreferenceFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

NOW = timezone.now().replace(microsecond=123456)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


@pytest.fixture
def shallot(vendor):
    return ProductFactory(vendor=vendor, name="Shallot")


def visit(customer, *products, days=0, **line):
    made = VisitFactory(customer=customer, at=NOW - dt.timedelta(days=days))
    for position, product in enumerate(products):
        VisitLineFactory(visit=made, product=product, position=position, **line)
    return made


def ask(customer, product):
    """The evidence, and what the card says of the product; all visits are counted before, as recording does."""
    tallying.recount_shop(customer.vendor)
    person = Customer.objects.select_related("vendor").get(pk=customer.pk)
    tile = next((each for each in remember(person, now=NOW).usual if each.product == product), None)
    return evidence_of(person, product, now=NOW), tile


def counting(rows):
    return sum(row.counts for row in rows), len(rows)


def test_usual_has_the_very_visits_of_the_tile(sunita, onion):
    for days in range(20):
        visit(sunita, *([onion] if days % 3 else []), days=days)
    found, tile = ask(sunita, onion)
    assert (tile.why, tile.times, tile.of) == (Why.OWN, 8, LATELY)
    assert counting(found.counted) == (tile.times, tile.of)
    assert [row.at for row in found.counted] == [NOW - dt.timedelta(days=days) for days in range(LATELY)]
    assert found.counted[:2] == [
        Row(NOW, False, ()),
        Row(NOW - dt.timedelta(days=1), True, (PastLine(onion.pk, Decimal(1), "kg", "taken"),)),
    ]


def test_usual_of_what_none_of_the_last_visits_wanted_has_all_that_are_read(sunita, onion):
    for days in range(LATELY + 8):
        visit(sunita, *([onion] if days == LATELY + 3 else []), days=days)
    found, tile = ask(sunita, onion)
    assert counting(found.counted) == (tile.times, tile.of) == (1, LATELY + 8)


def test_usual_counts_what_was_asked_for_in_vain_and_not_what_was_refused(sunita, onion):
    visit(sunita, onion, days=2, outcome="refused")
    visit(sunita, onion, days=1, outcome="not-in-stock")
    visit(sunita, onion, outcome="replaced")
    found, tile = ask(sunita, onion)
    assert [(row.counts, row.lines[0].outcome) for row in found.counted] == [
        (True, "replaced"),
        (True, "not-in-stock"),
        (False, "refused"),
    ]
    assert counting(found.counted) == (tile.times, tile.of)


def test_undone_visits_are_in_no_row(sunita, onion):
    visits = [visit(sunita, onion, days=days) for days in range(3)]
    recording.void(visit=visits[1], by=None)
    found, tile = ask(sunita, onion)
    assert [row.at for row in found.counted] == [visits[0].at, visits[2].at]
    assert (found.visits, tile.of) == (2, 2)


def test_amounts_show_the_middle_one_that_the_tile_adds(sunita, onion):
    for days, quantity in enumerate(["1", "3", "2", "2", "9", "7"]):
        visit(sunita, onion, days=days, quantity=Decimal(quantity))
    visit(sunita, onion, days=7, quantity=Decimal(500), unit="g")
    found, tile = ask(sunita, onion)
    assert [(row.lines[0].quantity, row.counts) for row in found.amounts] == [
        (Decimal(1), False),
        (Decimal(3), False),
        (Decimal(2), True),
        (Decimal(2), False),
        (Decimal(9), False),
    ]
    assert tile.quantity == Decimal(2)


def test_manners_show_how_often_it_was_wanted_so(sunita, onion):
    for days, manner in enumerate(["Small", "small", "", "small", "big", "big"]):
        visit(sunita, onion, days=days, manner=manner)
    found, tile = ask(sunita, onion)
    assert [(row.lines[0].manner, row.counts) for row in found.manners] == [
        ("Small", True),
        ("small", True),
        ("", False),
        ("small", True),
        ("big", False),
    ]
    assert tile.manner == "Small"


def test_manners_are_none_where_none_is_usual(sunita, onion):
    visit(sunita, onion, manner="small")
    visit(sunita, onion, days=1)
    assert ask(sunita, onion)[0].manners == []


def test_signs_have_the_lines_that_were_noticed(sunita, onion):
    for days in range(12):
        visit(sunita, onion, days=days, manner="" if days == 2 else "small")
    found, _tile = ask(sunita, onion)
    assert [(sign.manner, sign.seen, sign.of) for sign, _rows in found.signs] == [("small", 5, 6), ("", 10, 10)]
    for sign, rows in found.signs:
        assert counting(rows) == (sign.seen, sign.of)


def test_signs_are_those_that_the_card_offers(sunita, onion):
    for days in range(6):
        visit(sunita, onion, days=days, manner="small" if days else "")
    person = Customer.objects.get(pk=sunita.pk)
    offered = remember(person, now=NOW).noticed
    ((sign, rows),) = ask(sunita, onion)[0].signs
    assert (offered.product, offered.manner, offered.seen, offered.of) == (onion, sign.manner, *counting(rows))


def test_weeks_add_up_to_what_the_shop_counted(vendor, sunita, onion):
    neighbour = CustomerFactory(vendor=vendor)
    for days in (0, 1, 8, 20):
        visit(neighbour, onion, days=days)
        visit(sunita, days=days)
    VisitLineFactory()
    found, tile = ask(sunita, onion)
    day = vendor.day_of(NOW)
    assert tile.why == found.why == Why.POPULAR
    assert found.weeks == [
        Week(day - dt.timedelta(days=6), day, 4, 2),
        Week(day - dt.timedelta(days=13), day - dt.timedelta(days=7), 2, 1),
        Week(day - dt.timedelta(days=20), day - dt.timedelta(days=14), 2, 1),
    ]


def test_weeks_are_twelve_at_most(sunita, onion):
    for days in (1, 80, 100):
        visit(sunita, onion, days=days)
    found, _tile = ask(sunita, onion)
    assert len(found.weeks) == 12
    assert sum(week.visits for week in found.weeks) == 2


def test_weeks_of_a_shop_without_visits_are_none(sunita, onion):
    found, tile = ask(sunita, onion)
    assert (found.weeks, found.counted, found.visits, found.is_early, tile) == ([], [], 0, True, None)
    assert found.why == Why.NEW


def test_season_is_the_reason_on_the_tile(vendor, sunita, onion):
    mango, neighbour = ProductFactory(vendor=vendor, name="Mango"), CustomerFactory(vendor=vendor)
    for days in range(1, 100):
        visit(neighbour, onion, *([mango] * (days < 20)), days=days)
        visit(sunita, onion, days=days)
    found, tile = ask(sunita, mango)
    assert tile.why == found.why == Why.SEASON
    assert [bool(week.wanted) for week in found.weeks] == [True] * 3 + [False] * 9


def test_liked_is_told(sunita, onion):
    one = PreferenceFactory(customer=sunita, product=onion, kind="likes")
    PreferenceFactory(customer=sunita, product=None, kind="wish", text="call first")
    found, tile = ask(sunita, onion)
    assert tile.why == found.why == Why.LIKED
    assert [each.preference for each in found.known] == [one]


def test_instead_has_the_visits_without_it(sunita, onion, shallot):
    visit(sunita, onion, days=1, outcome="not-in-stock")
    for days in (3, 5):
        VisitLineFactory(visit=visit(sunita, onion, days=days, outcome="not-in-stock"), product=shallot, position=1)
    visit(sunita, onion, days=7)
    found, _tile = ask(sunita, onion)
    assert found.instead == Substitute(shallot.pk, 2, 3)
    assert counting(found.without) == (2, 3)
    assert [len(row.lines) for row in found.without] == [0, 1, 1]
    assert found.others == {shallot.pk: shallot}


def test_instead_counts_only_what_was_said_to_replace_it_once_that_was_said(sunita, onion, shallot):
    for days, outcome in ((1, "taken"), (2, "replaced")):
        past = visit(sunita, onion, days=days, outcome="not-in-stock")
        VisitLineFactory(visit=past, product=shallot, position=1, outcome=outcome)
        VisitLineFactory(visit=past, product=shallot, position=2, outcome=outcome)
    found, _tile = ask(sunita, onion)
    assert found.instead == Substitute(shallot.pk, 1, 2)
    assert [row.counts for row in found.without] == [False, True]


def test_asked_in_vain_is_the_last_time_today(vendor, sunita, onion):
    assert ask(sunita, onion)[0].asked_in_vain is None
    visit(CustomerFactory(vendor=vendor), onion, outcome="not-in-stock")
    visit(sunita, onion, days=1)
    found, tile = ask(sunita, onion)
    assert (found.asked_in_vain, tile.is_missing) == (NOW, True)


@pytest.mark.parametrize("visits", [1, 3])
def test_evidence_takes_seven_queries_at_most(vendor, sunita, onion, shallot, visits, django_assert_num_queries):
    for days in range(visits):
        past = visit(sunita, onion, days=days, outcome="not-in-stock")
        VisitLineFactory(visit=past, product=shallot, position=1, outcome="replaced")
    PreferenceFactory(customer=sunita, product=onion, kind="manner", text="small")
    ask(sunita, onion)  # the first of the day also reads what the shop wanted before
    person = Customer.objects.select_related("vendor").get(pk=sunita.pk)
    with django_assert_num_queries(7):
        evidence_of(person, onion, now=NOW)


def test_noticed_rows_are_those_of_the_customers_own_visits(sunita, onion, shallot):
    anu = CustomerFactory(vendor=sunita.vendor, name="Anu")
    for days in range(12):
        visit(sunita, onion, days=2 * days)
        collected = visit(sunita, shallot, days=2 * days + 1)
        collected.collected_by = anu
        collected.save()
    found, _tile = ask(sunita, onion)
    ((sign, rows),) = found.signs
    assert (sign.seen, sign.of) == counting(rows) == (10, 10)
    assert found.visits == 24
    assert ask(sunita, shallot)[0].signs == []
