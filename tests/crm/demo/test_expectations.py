import datetime as dt

import pytest
from django.db.models import Count, Q

from crm.demo import expectations, people, regulars, shop
from crm.demo.shop import make_demo
from customers.models import Customer, CustomerEdit, Household, Membership
from customers.planning.models import BuyingEdit, BuyingLine, BuyingList, Decision, LeftAlone
from customers.promises.models import (
    Amendment,
    Problem,
    ProblemEdit,
    Promise,
    StandingOrder,
    StandingOrderEdit,
    Supply,
    Wish,
    WishEdit,
)
from customers.promises.promising import as_made
from customers.promises.shoes import shoes_of
from customers.promises.terms import contents as promise_contents
from customers.visits.models import Visit, VisitLine
from vendors.models import Vendor

EVENING = dt.datetime(2026, 11, 21, 20, 45, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))
"""A Saturday."""
EXPECTED = (Household, Membership, Supply, StandingOrder, StandingOrderEdit, Promise, Amendment)
EXPECTED += (Wish, WishEdit, Problem, ProblemEdit)
EXPECTED += (LeftAlone, BuyingList, BuyingLine, BuyingEdit, Decision)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Fourteen weeks and every sixth person: the same shop, made in no time."""
    monkeypatch.setattr(shop, "DAYS", 100)
    monkeypatch.setattr(regulars, "people", lambda chance: people.people(chance)[::6])


@pytest.fixture
def made(db):
    return make_demo(now=EVENING)


def contents(vendor):
    """All that is expected in a shop, without the numbers that the database gives."""
    return {
        model.__name__: [
            {field.name: getattr(row, field.name) for field in model._meta.fields if not field.is_relation} | {"id": 0}
            for row in model.objects.filter(vendor=vendor).order_by("uid")
        ]
        for model in EXPECTED
    }


def test_expectations_of_the_same_seed_and_day_are_the_same(made):
    first = contents(made)
    Vendor.objects.filter(pk=made.pk).update(slug="another")
    assert contents(make_demo(now=EVENING)) == first
    assert [name for name, rows in first.items() if not rows] == []


@pytest.mark.parametrize("hour", [0, 4, 6, 13, 23])
def test_expectations_know_nothing_of_the_future_at_any_hour(db, hour):
    now = EVENING.replace(hour=hour, minute=10)
    vendor = make_demo(now=now)
    day = vendor.day_of(now)
    assert Promise.objects.filter(Q(made_at__gt=now) | Q(closed_at__gt=now)).count() == 0
    assert Problem.objects.filter(Q(opened_at__gt=now) | Q(closed_at__gt=now) | Q(remedied_at__gt=now)).count() == 0
    assert Wish.objects.filter(Q(asked_at__gt=now) | Q(closed_at__gt=now) | Q(told_at__gt=now)).count() == 0
    assert [model for model in (Amendment, ProblemEdit, WishEdit) if model.objects.filter(at__gt=now)] == []
    start, end = vendor.day_bounds(day)
    due = Promise.objects.open().ours()
    assert due.filter(due_at__gt=start, due_at__lte=end).count() >= 3
    assert due.overdue(now).exists()
    assert due.filter(due_at__gt=end).exists()


def test_expectations_have_promises_in_every_state_of_both_sides(made):
    assert set(Promise.objects.ours().values_list("outcome", flat=True)) == {"", *Promise.Outcome.values}
    assert {"", "kept", "broken", "late"} <= set(Promise.objects.theirs().values_list("outcome", flat=True))
    kinds = {"customer", "supplier", "colleague"}
    assert set(Promise.objects.open().values_list("customer__kind", flat=True)) == kinds
    assert {"phone", "message", "counter"} == set(Promise.objects.values_list("channel", flat=True))
    closed = Customer.objects.annotate(closed=Count("promises", ~Q(promises__outcome=""))).filter(closed__gt=0)
    counts = set(closed.values_list("closed", flat=True))
    assert max(counts) >= 5
    assert min(counts) < 5


def test_expectations_keep_each_change_of_a_promise_and_its_outcome(made):
    for promise in Promise.objects.prefetch_related("amendments"):
        edits, said = list(promise.amendments.all()), as_made(promise)
        assert promise.version == len(edits)
        assert said["outcome"] == ""
        assert all(promise.made_at <= edit.at and edit.after and edit.before != edit.after for edit in edits)
        for edit in edits:
            assert edit.before == {name: said[name] for name in edit.after}
            said |= edit.after
        assert said == promise_contents(promise)
    charged = Amendment.objects.get(charge__isnull=False)
    assert (charged.charge, charged.promise.version, bool(charged.agreed_by)) == (40, 2, True)


def test_expectations_close_promises_in_visits_that_gave_them(made):
    for promise in Promise.objects.filter(closed_in__isnull=False):
        assert promise.closed_at == promise.closed_in.at
        assert promise.customer_id == promise.closed_in.customer_id
        assert promise.made_at < promise.closed_at


def test_expectations_have_a_household_whose_daughter_collects(made):
    mother = Membership.objects.get(is_first=True, household__memberships__customer__name="Anu").customer
    daughter = Customer.objects.get(name="Anu")
    collected = Visit.objects.filter(collected_by=daughter)
    assert collected.count() >= 3
    assert set(collected.values_list("customer", flat=True)) == {mother.pk}
    assert Membership.objects.filter(customer__name="Lakshmi", helps=True).count() == 2
    assert "brand" in Membership.objects.get(customer=daughter).ask_first


def test_expectations_have_standing_orders_of_which_one_is_paused(made):
    assert StandingOrder.objects.filter(paused_until__gt=made.day_of(EVENING)).count() == 1
    daily = StandingOrder.objects.get(paused_until=None)
    days = sorted(daily.promises.values_list("for_day", flat=True))
    assert days == [dt.date(2026, 11, 21), dt.date(2026, 11, 22)]


def test_expectations_have_wishes_in_all_steps(made):
    assert set(Wish.objects.values_list("outcome", flat=True)) == {"", *Wish.Outcome.values}
    waiting = Wish.objects.open(made.day_of(EVENING))
    assert waiting.filter(product__name="Alphonso mango", came_in_at=None).count() >= 5
    assert waiting.filter(came_in_at__isnull=False, told_at=None).count() >= 2
    assert waiting.filter(told_at__isnull=False).exists()
    assert waiting.filter(customer=None).exists()


def test_expectations_make_a_wish_of_each_thing_that_was_missing_lately(made):
    start, end = made.day_bounds(dt.date(2026, 10, 22))[0], made.day_bounds(dt.date(2026, 11, 21))[0]
    missing = VisitLine.objects.filter(outcome="not-in-stock", visit__at__gte=start, visit__at__lt=end)
    asked = set(missing.values_list("visit", "product"))
    assert set(Wish.objects.filter(visit__isnull=False).values_list("visit", "product")) == asked != set()


def test_expectations_have_problems_in_all_states(made):
    assert Problem.objects.open().filter(is_hard=False, owner__isnull=False).exists()
    hard = Problem.objects.open().filter(is_hard=True)
    assert hard.filter(owner__isnull=False, due_on__lt=made.day_of(EVENING)).exists()
    assert hard.filter(owner=None).exists()
    assert Problem.objects.to_ask().count() >= 2
    assert Problem.objects.filter(answer="right").count() >= 5
    assert Problem.objects.unclosed().filter(answer="not-right").count() == 1
    assert Problem.objects.filter(customer=None, was_said=False, closed_at__isnull=False).exists()
    assert Problem.objects.filter(supplier__isnull=False).exists()
    for edit in ProblemEdit.objects.all():
        assert set(edit.before) <= set(edit.after)


def test_expectations_have_a_possible_person_and_a_closed_one(db, monkeypatch):
    monkeypatch.setattr(shop, "DAYS", 250)
    monkeypatch.setattr(regulars, "people", lambda chance: people.people(chance)[::3])
    make_demo(now=EVENING)
    possible = Customer.objects.get(name="Dr Mehta")
    assert (possible.authority, possible.means, possible.intention) == ("yes", "yes", "")
    closed = Customer.objects.get(standing="closed")
    assert closed.standing_reason
    edit = CustomerEdit.objects.get(customer=closed)
    assert edit.after == {"standing": "closed", "standing_reason": closed.standing_reason}


def test_expectations_have_nobody_lapsed_of_whom_to_tell_in_a_small_shop(made):
    assert Customer.objects.filter(standing="closed").count() in (0, 1)


def test_expectations_can_be_seen_in_their_shoes(made):
    mother = Membership.objects.get(is_first=True, household__memberships__customer__name="Anu").customer
    lived = shoes_of(mother, now=EVENING)
    assert lived.collected_by_others
    assert lived.promises_that("ours", "kept")
    assert lived.asked_afterwards


def test_expectations_of_a_shop_to_which_nobody_comes_are_none(db, vendor):
    expectations.write_expectations(vendor, 7, EVENING)
    assert Promise.objects.count() == Customer.objects.count() == 0


def test_make_demo_after_an_interruption_removes_what_was_expected(db, monkeypatch):
    save = Vendor.save

    def interrupted(vendor, *args, **kwargs):
        if vendor.slug == shop.SLUG:
            raise KeyboardInterrupt
        save(vendor, *args, **kwargs)

    monkeypatch.setattr(Vendor, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_demo(now=EVENING)
    assert Promise.objects.exists()
    monkeypatch.setattr(Vendor, "save", save)
    made = make_demo(now=EVENING)
    assert Vendor.objects.get() == made
    assert [model.__name__ for model in EXPECTED if model.objects.exclude(vendor=made).exists()] == []
