import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.planning.models import BuyingList, Decision, LeftAlone
from tests.factories.customers import CustomerFactory
from tests.factories.planning import (
    BuyingLineFactory,
    BuyingListFactory,
    DecisionFactory,
    DecisionPersonFactory,
    DecisionProductFactory,
    LeftAloneFactory,
)

pytestmark = pytest.mark.django_db
LEFT_ALONE, LISTS, DECISIONS = (f"/admin/planning/{name}/" for name in ("leftalone", "buyinglist", "decision"))
NOW, ONE_DAY = timezone.now(), dt.timedelta(days=1)


@pytest.fixture
def boss(owner, client):
    client.force_login(owner.user)
    return client


def listed(page):
    return list(page.context["cl"].result_list)


@pytest.mark.parametrize(
    ("address", "factory"), [(LEFT_ALONE, LeftAloneFactory), (LISTS, BuyingListFactory), (DECISIONS, DecisionFactory)]
)
def test_row_is_only_read(boss, vendor, address, factory):
    row = factory(customer__vendor=vendor) if factory is LeftAloneFactory else factory(vendor=vendor)
    assert listed(boss.get(address)) == [row]
    page = boss.get(f"{address}{row.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    for path in ("add/", f"{row.pk}/delete/"):
        assert boss.post(f"{address}{path}", {"post": "yes"}).status_code == 403
    assert LeftAlone.objects.count() + BuyingList.objects.count() + Decision.objects.count() == 1


def test_person_left_alone_is_found_by_name(boss, vendor):
    sunita = LeftAloneFactory(customer__vendor=vendor, customer__name="Sunita Rao", reason="at her sister's")
    LeftAloneFactory(customer=CustomerFactory(vendor=vendor))
    assert listed(boss.get(LEFT_ALONE, {"q": "suni"})) == [sunita]
    page = boss.get(f"{LEFT_ALONE}{sunita.pk}/change/").content.decode()
    assert "Sunita Rao" in page
    assert "at her sister&#x27;s" in page


@pytest.mark.parametrize("who", ["owner", "superuser"])
def test_filter_tells_who_is_still_left_alone(boss, admin_client, vendor, who):
    today, client = vendor.today(), boss if who == "owner" else admin_client
    holds = LeftAloneFactory(customer__vendor=vendor, until=today + ONE_DAY)
    over = [
        LeftAloneFactory(customer__vendor=vendor, until=today, at=NOW - ONE_DAY),
        LeftAloneFactory(customer__vendor=vendor, ended_at=NOW, at=NOW - 2 * ONE_DAY),
    ]
    assert listed(client.get(LEFT_ALONE, {"holds": "yes"})) == [holds]
    assert listed(client.get(LEFT_ALONE, {"holds": "no"})) == over
    assert len(listed(client.get(LEFT_ALONE, {"holds": "perhaps"}))) == 3


def test_buying_list_is_found_by_a_product_and_shows_its_lines(boss, vendor):
    peas = BuyingLineFactory(
        buying_list__vendor=vendor, product__name="Green peas", quantity=7, foreseen=5, low=3, high=9
    )
    BuyingLineFactory(buying_list=peas.buying_list, product__name="Peas, dried")
    BuyingListFactory(vendor=vendor, day=peas.buying_list.day + ONE_DAY)
    assert listed(boss.get(LISTS, {"q": "peas"})) == [peas.buying_list]
    assert [each.day - peas.buying_list.day for each in listed(boss.get(LISTS))] == [ONE_DAY, 0 * ONE_DAY]
    page = boss.get(f"{LISTS}{peas.buying_list.pk}/change/").content.decode()
    assert page.index("Green peas") < page.index("Peas, dried")


def test_decision_is_found_by_its_words_and_shows_whom_it_touches(boss, vendor):
    decision = DecisionFactory(vendor=vendor, about="products", weekday=None, text="No more figs", reason="too dear")
    DecisionProductFactory(decision=decision, product__name="Figs")
    DecisionPersonFactory(decision=decision, customer__name="Sunita Rao")
    DecisionFactory(vendor=vendor)
    for text in ("figs", "dear"):
        assert listed(boss.get(DECISIONS, {"q": text})) == [decision]
    page = boss.get(f"{DECISIONS}{decision.pk}/change/").content.decode()
    assert "Figs" in page
    assert "Sunita Rao" in page


def test_filters_tell_decisions_that_stand_and_that_were_looked_at(boss, vendor):
    today = vendor.today()
    new, looked, undone = (
        DecisionFactory(vendor=vendor, decided_on=today - number * ONE_DAY, **said)
        for number, said in enumerate([{}, {"looked_at": NOW}, {"undone_at": NOW}])
    )
    assert listed(boss.get(DECISIONS, {"stands": "yes"})) == [new, looked]
    assert listed(boss.get(DECISIONS, {"stands": "no"})) == [undone]
    assert listed(boss.get(DECISIONS, {"looked": "yes"})) == [new, undone]
    assert listed(boss.get(DECISIONS, {"looked": "no"})) == [looked]


def test_rows_below_a_list_and_a_decision_ask_as_much_for_one_as_for_three(boss, vendor):
    asked = []
    for many in (1, 3):
        line = BuyingLineFactory(buying_list__vendor=vendor, buying_list__day=dt.date(2026, 1, many))
        about = DecisionProductFactory(decision__vendor=vendor)
        for _each in range(many - 1):
            BuyingLineFactory(buying_list=line.buying_list)
            DecisionProductFactory(decision=about.decision)
        for _each in range(many):
            DecisionPersonFactory(decision=about.decision)
        with CaptureQueriesContext(connection) as captured:
            boss.get(f"{LISTS}{line.buying_list_id}/change/")
            boss.get(f"{DECISIONS}{about.decision_id}/change/")
        asked.append(len(captured))
    assert asked[0] == asked[1]
