import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from customers.merging import merge
from customers.preferences.merging import merge_products
from customers.promises import promising
from customers.promises.amending import amend
from customers.promises.models import Amendment, Promise, PromiseLine
from customers.promises.promising import (
    MOST_LINES,
    DueInThePast,
    NothingPromised,
    PromisedOtherwise,
    TooMuchPromised,
    as_made,
    make,
)
from customers.promises.terms import Terms, contents
from customers.visits.recording import Line
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory

NOON = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
SIX = dt.datetime(2026, 12, 1, 12, 30, tzinfo=dt.UTC)
"""By the shop's clock."""

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Mango", unit="dozen")


def promise(customer, *, side="ours", uid=None, by=None, due_at=SIX, owner=None, channel="counter", **said):
    terms = Terms(due_at, **said)
    return make(customer=customer, side=side, terms=terms, by=by, uid=uid or uuid4(), owner=owner, channel=channel)


def test_make_keeps_an_order_with_its_lines(sunita, mango, helper):
    made = promise(sunita, by=helper, text="ripe ones", lines=[Line(mango, Decimal(2), manner="ripe")], channel="phone")
    made.refresh_from_db()
    assert (made.side, made.text, made.amount, made.has_lines) == ("ours", "ripe ones", None, True)
    assert (made.due_at, made.due_any_time, made.channel) == (SIX, False, "phone")
    assert (made.by, made.owner, made.version, made.outcome) == (helper, helper, 0, "")
    lines = made.lines.values_list("product__name", "quantity", "unit", "manner")
    assert list(lines) == [("Mango", 2, "dozen", "ripe")]
    assert not Amendment.objects.exists()


def test_make_keeps_money_that_they_promise(sunita, helper, owner):
    made = promise(sunita, side="theirs", amount=Decimal(120), by=helper, owner=owner)
    assert (made.side, made.amount, made.has_lines, made.owner) == ("theirs", Decimal(120), False, owner)


def test_make_sent_twice_makes_one(sunita, mango):
    said = {"uid": uuid4(), "lines": [Line(mango, Decimal(2))]}
    assert promise(sunita, **said) == promise(sunita, **said)
    assert (Promise.objects.count(), PromiseLine.objects.count()) == (1, 1)


def test_make_sent_again_after_its_time_answers_as_first(sunita, monkeypatch):
    uid = uuid4()
    made = promise(sunita, uid=uid, text="mango")
    monkeypatch.setattr(timezone, "now", lambda: SIX + dt.timedelta(hours=1))
    assert promise(sunita, uid=uid, text="mango") == made


def test_make_sent_again_after_a_change_answers_as_first(sunita, mango):
    said = {"uid": uuid4(), "lines": [Line(mango, Decimal(2))]}
    made = promise(sunita, **said)
    amend(promise=made, terms=Terms(SIX, text="no mango"), seen=0, by=None, uid=uuid4())
    assert promise(sunita, **said) == made
    made.refresh_from_db()
    assert (made.text, made.has_lines) == ("no mango", False)


def test_make_sent_again_after_its_product_has_another_name_answers_as_first(sunita, mango):
    said = {"uid": uuid4(), "lines": [Line(mango, Decimal(2))]}
    made = promise(sunita, **said)
    amend(promise=made, terms=Terms(SIX, lines=[Line(mango, Decimal(3))]), seen=0, by=None, uid=uuid4())
    mango.name = "Alphonso"
    mango.save()
    assert promise(sunita, **said) == made


@pytest.mark.parametrize(
    "other",
    [
        {"text": "onion"},
        {"amount": Decimal(5)},
        {"due_at": SIX + dt.timedelta(hours=1)},
        {"due_any_time": True},
        {"side": "theirs"},
    ],
)
def test_make_under_a_known_uid_says_otherwise_is_refused(sunita, other):
    said = {"uid": uuid4(), "text": "mango"}
    promise(sunita, **said)
    with pytest.raises(PromisedOtherwise):
        promise(sunita, **{**said, **other})
    assert Promise.objects.get().text == "mango"


def test_make_under_a_known_uid_for_somebody_else_is_refused(sunita):
    uid = uuid4()
    promise(sunita, uid=uid, text="mango")
    with pytest.raises(PromisedOtherwise):
        promise(CustomerFactory(vendor=sunita.vendor), uid=uid, text="mango")


@pytest.mark.parametrize("due_at", [NOON, NOON - dt.timedelta(days=1)])
def test_make_of_what_is_over_is_refused(sunita, due_at):
    with pytest.raises(DueInThePast):
        promise(sunita, text="mango", due_at=due_at)
    assert not Promise.objects.exists()


def test_make_of_nothing_is_refused(sunita):
    with pytest.raises(NothingPromised):
        promise(sunita)


def test_make_of_too_many_products_is_refused(sunita, mango):
    with pytest.raises(TooMuchPromised):
        promise(sunita, lines=[Line(mango, Decimal(1))] * (MOST_LINES + 1))


def test_make_puts_what_a_merged_product_went_into(sunita, mango, owner):
    alphonso, onion = ProductFactory(vendor=mango.vendor, unit="dozen"), ProductFactory(vendor=mango.vendor)
    merge_products(product=alphonso, into=mango, by=owner)
    alphonso.refresh_from_db()
    made = promise(sunita, lines=[Line(alphonso, Decimal(2)), Line(onion, Decimal(1))])
    assert [line.product for line in made.lines.order_by("position")] == [mango, onion]


def test_make_gives_the_person_whole_who_stands_for_a_merged_one(sunita):
    """As the page goes on with them."""
    double = CustomerFactory(vendor=sunita.vendor)
    merge(customer=double, into=sunita, by=None, uid=uuid4())
    made = promise(double, text="ripe ones")
    assert (made.customer.uid, made.customer.vendor, made.customer.name) == (sunita.uid, sunita.vendor, "Sunita")


def test_make_is_of_who_a_merged_person_is_today(sunita, owner):
    double, uid = CustomerFactory(vendor=sunita.vendor), uuid4()
    merge(customer=double, into=sunita, by=owner, uid=uuid4())
    double.refresh_from_db()
    made = promise(double, text="mango", uid=uid)
    assert made.customer == sunita
    assert promise(double, text="mango", uid=uid) == made


@pytest.mark.django_db(transaction=True)
def test_make_sent_at_the_same_moment_makes_one(sunita, mango):
    uid, start = uuid4(), threading.Barrier(4)

    def send():
        try:
            start.wait()
            return promise(sunita, uid=uid, lines=[Line(mango, Decimal(2))]).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = {running.result() for running in [pool.submit(send) for _ in range(4)]}
    assert (len(made), Promise.objects.count(), PromiseLine.objects.count()) == (1, 1, 1)


def test_make_answers_with_the_row_of_a_quicker_connection(sunita, monkeypatch):
    theirs = promise(sunita, text="mango")
    monkeypatch.setattr(promising, "_made_before", Mock(side_effect=[None, theirs]))
    assert promise(sunita, text="mango", uid=theirs.uid) == theirs


def test_make_for_somebody_who_was_forgotten_is_told(sunita, monkeypatch):
    monkeypatch.setattr(promising, "_make", Mock(side_effect=IntegrityError))
    with pytest.raises(IntegrityError):
        promise(sunita, text="mango")


def test_as_made_says_what_each_version_said(sunita):
    made = promise(sunita, text="one")
    for seen, text in enumerate(["two", "three"]):
        amend(promise=made, terms=Terms(SIX, text=text), seen=seen, by=None, uid=uuid4())
    made.refresh_from_db()
    assert [as_made(made, version=version)["text"] for version in range(4)] == ["one", "two", "three", "three"]
    assert as_made(made, version=2) == contents(made)
