import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from tests.factories.customers import CustomerFactory
from tests.factories.promises import ProblemFactory, PromiseFactory, PromiseLineFactory, WishFactory
from tests.factories.vendors import MemberFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

NOW = timezone.now()
DAY = dt.timedelta(days=1)


@pytest.fixture
def customer(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Mango")


@pytest.fixture
def shown(counter, customer):
    def show():
        address = reverse("counter:shoes", args=["green-corner", customer.uid])
        return " ".join(counter.get(address).content.decode().split())

    return show


def figure(label, count):
    return f"<span>{label}</span> <b>{count}</b>"


def fact(vendor, at, words):
    day = date_format(vendor.day_of(at), "D j M")
    return f'<span class="day">{day}</span><span>{words}</span>'


def test_shoes_of_nothing_says_what_will_fill_it(shown):
    page = shown()
    assert "In their shoes: Sunita Rao" in page
    assert "It may be shown to them." in page
    assert "Nothing yet: this fills from the first visits." in page


def test_shoes_tells_who_came_and_who_served(shown, vendor, customer, helper):
    VisitFactory(customer=customer, at=NOW - DAY, by=helper)
    anu = CustomerFactory(vendor=vendor, name="Anu")
    VisitFactory(customer=customer, at=NOW, collected_by=anu)
    VisitFactory(customer=anu, at=NOW, collected_by=customer)
    page = shown()
    assert figure("They came", "2 times") in page
    assert fact(vendor, NOW - DAY, "served by Ravi") in page
    assert fact(vendor, NOW, "collected by Anu, not noted who served") in page
    assert figure("Others came for them", "Anu: 1") in page
    assert figure("They came for others", "1 time") in page
    assert fact(vendor, NOW, "for Anu") in page


def test_shoes_tells_what_became_of_what_they_asked_for(shown, vendor, customer, mango):
    VisitLineFactory(visit__customer=customer, visit__at=NOW, product=mango, outcome="not-in-stock")
    states = (
        ({"outcome": "took", "closed_at": NOW, "came_in_at": NOW}, "took it on"),
        ({"outcome": "dropped", "closed_at": NOW}, "not wanted any more"),
        ({"came_in_at": NOW, "told_at": NOW}, "told on"),
        ({"came_in_at": NOW}, "it is here, not told yet"),
        ({}, "waits for it"),
    )
    for number, (state, _says) in enumerate(states):
        WishFactory(customer=customer, product=None, text=f"thing {number}", asked_at=NOW - DAY, **state)
    page = shown()
    assert figure("Asked and had none", "6 times") in page
    assert fact(vendor, NOW, "Mango") in page
    for number, (_state, says) in enumerate(states):
        assert f"thing {number}: {says}" in page


def test_shoes_tells_promises_of_both_sides(shown, vendor, customer):
    due = NOW - 3 * DAY
    states = (
        ("kept", due, "Kept", "the kept"),
        ("late", due + 2 * DAY, "Kept late", "the late: late by 2 days"),
        ("part", due, "Kept in part", "the part: kept in part"),
        ("broken", due, "Broken", "the broken"),
        ("released", due, "They let us off", "the released"),
        ("", None, "Overdue now", "the "),
    )
    for outcome, closed_at, _label, _says in states:
        said = {"outcome": outcome, "closed_at": closed_at, "text": f"the {outcome}"}
        PromiseFactory(customer=customer, due_at=due, **said)
    page = shown()
    for _outcome, _closed_at, label, says in states:
        assert figure(label, 1) in page
        assert fact(vendor, due, says) in page
    assert "What they promised" not in page
    PromiseFactory(customer=customer, side="theirs", due_at=due, outcome="late", closed_at=NOW, text="the crate")
    assert figure("Kept", "1 of 1") in shown()
    PromiseFactory(customer=customer, side="theirs", due_at=due, text="the bottle")
    page = shown()
    assert figure("Kept", "1 of 2") in page
    assert figure("Not yet, or not", 1) in page


def test_shoes_tells_problems_and_what_they_answered(shown, vendor, customer, mango):
    today = vendor.day_of(NOW)
    asked = {"remedy": "replaced", "remedied_at": NOW, "asked_at": NOW, "answer": "right", "closed_at": NOW}
    ProblemFactory(customer=customer, product=mango, happened_on=today, **asked)
    ProblemFactory(customer=customer, product=None, what="late", happened_on=today)
    page = shown()
    assert figure("Soft", 1) in page
    assert "Mango: soft: replaced" in page
    assert "late: nothing done yet" in page
    assert figure("Asked afterwards whether it is right again", "1 of 2") in page
    assert "Mango: soft: it is right again" in page


def test_shoes_tells_whether_all_was_there_and_all_served_alike(shown, vendor, customer, helper, mango):
    for ago in range(5):
        VisitLineFactory(visit__customer=customer, visit__at=NOW - ago * DAY, visit__by=helper, product=mango)
    meena = MemberFactory(vendor=vendor, name="Meena")
    visit = VisitFactory(customer=customer, at=NOW - 6 * DAY, by=meena)
    VisitLineFactory(visit=visit, product=mango, outcome="not-in-stock")
    ProblemFactory(customer=customer, visit=visit, product=mango)
    VisitFactory(customer=customer, at=NOW - 7 * DAY)
    page = shown()
    assert figure("Had everything they asked for", "5 of 6 visits") in page
    assert figure("Their usual was complete", "5 of 6 visits") in page
    assert fact(vendor, visit.at, "without Mango") in page
    assert figure("Ravi", "5 visits, complete in 5 of 5, 0 problems") in page
    assert figure("Meena", "1 visit: too early to compare") in page
    assert figure("Not noted who served", "1 visit: too early to compare") in page


@pytest.mark.parametrize("rows", [1, 3])
def test_shoes_costs_the_same_for_any_number(shown, vendor, customer, mango, rows):
    for _ in range(rows):
        visit = VisitFactory(customer=customer, at=NOW, by=MemberFactory(vendor=vendor))
        VisitLineFactory(visit=visit, outcome="not-in-stock", product__vendor=vendor)
        WishFactory(customer=customer)
        PromiseLineFactory(promise__customer=customer, promise__due_at=NOW - DAY, promise__amount=5)
        ProblemFactory(customer=customer, visit=visit)
    shown()
    with CaptureQueriesContext(connection) as queries:
        shown()
    assert len(queries) == 12
