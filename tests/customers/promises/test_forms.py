import datetime as dt
from decimal import Decimal
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.utils import timezone

from customers.promises.amending import Agreement
from customers.promises.choosing import Choice
from customers.promises.forms import AmendForm, OutcomeForm, PromiseForm, initial_of
from customers.promises.terms import Terms
from customers.visits.recording import Line
from tests.factories.promises import PromiseFactory
from tests.factories.vendors import ProductFactory

NOON = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
SIX = dt.datetime(2026, 12, 1, 12, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)


def form(vendor, kind=PromiseForm, offered=(), **said):
    data = QueryDict(mutable=True)
    data.update({"uid": str(uuid4()), "side": "ours", "seen": "0", "due": "2026-12-01T18:00", "text": "crate", **said})
    return kind(data, vendor=vendor, offered=offered)


@pytest.mark.parametrize(
    ("said", "due_at", "any_time"),
    [
        ({"due": "2026-12-01T18:00"}, SIX, False),
        ({"due": "2026-12-01"}, dt.datetime(2026, 12, 1, 21, 30, tzinfo=dt.UTC), True),
        ({"due": "2026-12-02", "day": "2026-12-09", "at": "18:00"}, SIX + dt.timedelta(days=1, hours=9), True),
        ({"due": "", "day": "2026-12-02", "at": "18:00"}, SIX + dt.timedelta(days=1), False),
        ({"due": "", "at": "18:00"}, SIX, False),
        ({"due": "2026-12-01T18:00", "day": "never", "at": "whenever"}, SIX, False),
        ({"due": "+0T18:00"}, SIX, False),
        ({"due": "+0"}, dt.datetime(2026, 12, 1, 21, 30, tzinfo=dt.UTC), True),
        ({"due": "+1", "day": "2026-12-09"}, SIX + dt.timedelta(days=1, hours=9), True),
    ],
)
def test_due_is_the_button_or_else_the_fields(vendor, said, due_at, any_time):
    found = form(vendor, **said)
    assert found.is_valid(), found.errors
    assert (found.terms.due_at, found.terms.due_any_time) == (due_at, any_time)


def test_tapped_time_stands_in_the_fields_of_a_form_that_goes_back(vendor):
    found = form(vendor, money="abc")
    assert not found.is_valid()
    assert (found["day"].value(), found["at"].value(), found["due"].value()) == ("2026-12-01", "18:00", "")


@pytest.mark.parametrize(
    "due", ["2026-12-01T25:00", "2026-12-01T18", "٢٠٢٦-12-01", "2026-12-01T18:00:00", "+", "+10", "-1", "+٣"]
)
def test_due_that_no_button_says_is_told(vendor, due):
    assert not form(vendor, due=due).is_valid()


def test_terms_are_all_that_was_said(vendor):
    mango = ProductFactory(vendor=vendor)
    said = {f"want.{mango.uid}": "on", f"take.{mango.uid}": "2", f"manner.{mango.uid}": "ripe"}
    found = form(vendor, offered=[Choice(mango)], money="१२०,५", **said)
    assert found.is_valid()
    lines = [Line(mango, Decimal(2), manner="ripe")]
    assert found.terms == Terms(SIX, text="crate", amount=Decimal("120.5"), lines=lines)
    assert found.cleaned_data["channel"] == "counter"


@pytest.mark.parametrize(
    ("field", "typed", "error"),
    [
        ("take", "", "Write how much."),
        ("take", "0", "Write how much, more than 0, or leave it empty."),
        ("take", "1e30", "That is too much for one visit. The most is 9999."),
        ("take", "abc", "“abc” cannot be read. Write a number like 1.5"),
        ("manner", "x" * 61, "Say it shorter: at most 60 letters."),
        ("manner", "\0", "Say it shorter: at most 60 letters."),
    ],
)
def test_product_that_cannot_be_kept_is_told_beside_it(vendor, field, typed, error):
    mango = ProductFactory(vendor=vendor)
    said = {
        f"want.{mango.uid}": "on",
        f"take.{mango.uid}": "2",
        f"manner.{mango.uid}": "",
        f"{field}.{mango.uid}": typed,
    }
    found = form(vendor, **said)
    assert not found.is_valid()
    choice = found.choices[mango.uid]
    assert (getattr(choice, field), choice.error) == (typed, error)


@pytest.mark.parametrize("money", ["abc", "nan", "-1", "0", "1e30", "100000000", "0.001", "1,500", "9" * 21, "1\0"])
def test_money_that_is_none_is_told(vendor, money):
    found = form(vendor, money=money)
    assert not found.is_valid()
    assert list(found.errors) == ["money"]


def test_agreement_is_who_asked_who_agreed_and_the_charge(vendor):
    said = {"asked_by": "Sunita", "agreed_by": "Ravi", "charge": "20", "charge_for": "delivery"}
    found = form(vendor, AmendForm, **said)
    assert found.is_valid()
    assert found.agreement == Agreement("Sunita", "Ravi", Decimal(20), "delivery")
    assert form(vendor, AmendForm, asked_by="Sunita").is_valid()


@pytest.mark.parametrize("missing", ["agreed_by", "charge_for"])
def test_charge_needs_what_for_and_who_agreed(vendor, missing):
    said = {"agreed_by": "Ravi", "charge": "20", "charge_for": "delivery", missing: ""}
    found = form(vendor, AmendForm, **said)
    assert not found.is_valid()
    assert list(found.errors) == ["charge"]


@pytest.mark.parametrize("seen", ["", "-1", "many", "9" * 9])
def test_page_that_does_not_say_what_it_saw_is_not_whole(vendor, seen):
    found = form(vendor, AmendForm, seen=seen)
    assert not found.is_valid()
    assert "this page was not whole" in str(found.errors["seen"])


@pytest.mark.parametrize("any_time", [True, False])
def test_initial_of_a_promise_is_a_form_that_says_the_same(vendor, any_time):
    due_at = dt.datetime(2026, 12, 1, 21, 30, tzinfo=dt.UTC) if any_time else SIX
    promise = PromiseFactory(
        customer__vendor=vendor, vendor=vendor, due_at=due_at, due_any_time=any_time, amount=Decimal("12.50"), version=3
    )
    said = {name: value for name, value in initial_of(promise).items() if value is not None}
    found = form(vendor, AmendForm, **{"due": "", **{name: str(value) for name, value in said.items()}})
    assert found.is_valid(), found.errors
    assert found.terms == Terms(due_at, any_time, text="the ripe ones", amount=Decimal("12.50"), lines=[])
    assert found.cleaned_data["seen"] == 3


def test_outcome_is_one_of_them(vendor):
    said = {"uid": uuid4(), "outcome": "late", "in_time": "1", "note": "half"}
    found = OutcomeForm(said)
    assert found.is_valid()
    assert found.cleaned_data == {**said, "in_time": True}
    assert list(OutcomeForm({"uid": uuid4(), "outcome": "lost"}).errors) == ["outcome"]
