"""What was tapped three days ago on a tablet without a connection, and comes only now: it was done then."""

import datetime as dt
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.lib import moments
from customers.models import Customer, CustomerEdit, CustomerMerge
from customers.preferences.models import Preference
from customers.promises import closing, fulfilling, problems, promising, standing_orders, wishing
from customers.promises.models import Amendment, Problem, Promise, Wish, WishEdit
from customers.promises.order_terms import Wanted
from customers.promises.recurring import Rule
from customers.promises.terms import Terms
from customers.promises.wishing import WANTED_FOR, Asked
from customers.visits import last_seen, tallying
from customers.visits.models import ProductDay, ShopDay, Visit, VisitEdit
from tests.conftest import entry_headers
from tests.factories.customers import CustomerFactory
from tests.factories.preferences import PreferenceFactory
from tests.factories.promises import ProblemFactory, PromiseFactory, WishFactory
from tests.factories.vendors import OpeningHoursFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

DAY = dt.timedelta(days=1)
NOW = dt.datetime(2026, 12, 4, 6, 30, tzinfo=dt.UTC)
"""12:00 of Friday 4 December in the shop."""
THEN = NOW - 3 * DAY
TUESDAY, FRIDAY = dt.date(2026, 12, 1), dt.date(2026, 12, 4)


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao", added_at=NOW - 90 * DAY)


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


@pytest.fixture
def send(counter, helper):
    """Send a form of the counter that was tapped three days ago."""

    def send(page, /, *uids, **data):
        address = reverse(f"counter:{page}", args=["green-corner", *uids])
        said = {"uid": uuid4(), **data}
        answer = counter.post(address, said, headers=entry_headers(helper, tapped=THEN, turn=""))
        assert answer["Regulars-Outcome"] == "done", answer.content.decode()
        return answer

    return send


def test_visit_is_of_the_day_of_the_tap(send, vendor, sunita, onion):
    assert last_seen.last_seen(vendor) == {}
    past = vendor.past
    send("card", sunita.uid, **{f"take.{onion.uid}": "2"})
    visit = Visit.objects.get()
    assert visit.at == THEN != visit.recorded_at
    assert ShopDay.objects.values_list("day", "visits").get() == (TUESDAY, 1)
    assert ProductDay.objects.values_list("day", "asked_at").get() == (TUESDAY, THEN)
    vendor.refresh_from_db()
    assert vendor.past != past
    assert last_seen.last_seen(vendor)[sunita.pk].last == TUESDAY
    tallying.recount_shop(vendor)
    assert ShopDay.objects.values_list("day", "visits").get() == (TUESDAY, 1)


def test_visit_of_then_is_changed_undone_and_put_back_as_on_that_day(send, vendor, sunita, onion):
    line = VisitLineFactory(visit__customer=sunita, visit__at=THEN - dt.timedelta(minutes=5), product=onion)
    tallying.recount_shop(vendor)
    vendor.refresh_from_db()
    past = vendor.past
    send("visit", line.visit.uid, **{f"take.{onion.uid}": "5"})
    assert VisitEdit.objects.get().at == THEN
    vendor.refresh_from_db()
    assert vendor.past != past
    send("undo", line.visit.uid)
    visit = Visit.objects.get()
    assert visit.voided_at == THEN
    assert not ShopDay.objects.exists()
    send("put_back", line.visit.uid)
    assert ShopDay.objects.get().day == TUESDAY


def test_visit_of_another_day_than_the_tap_is_not_changed(counter, helper, sunita, onion):
    line = VisitLineFactory(visit__customer=sunita, visit__at=NOW, product=onion)
    address = reverse("counter:visit", args=["green-corner", line.visit.uid])
    answer = counter.post(
        address,
        {"uid": uuid4(), f"take.{onion.uid}": "5"},
        headers=entry_headers(helper, tapped=THEN, turn=""),
    )
    assert answer["Regulars-Outcome"] == "refused"
    assert not VisitEdit.objects.exists()


def test_new_customer_is_known_since_the_tap(send):
    send("new_customer", name="Meera")
    assert Customer.objects.get(name="Meera").added_at == THEN


def test_details_and_standing_are_said_at_the_tap(send, sunita):
    send("details", sunita.uid, name="Sunita Rao", landmark="behind the temple")
    send("standing", sunita.uid, standing="closed", standing_reason="moved away")
    assert list(CustomerEdit.objects.values_list("at", flat=True)) == [THEN, THEN]


def test_preference_is_told_and_taken_back_at_the_tap(send, sunita, onion):
    send("likes", sunita.uid, kind="allergy", text="peanuts", consent="on")
    told = Preference.objects.get()
    assert (told.at, told.consent_at) == (THEN, THEN)
    old = PreferenceFactory(customer=sunita, kind="likes", product=onion, at=NOW - 300 * DAY)
    send("confirm", sunita.uid, old.uid)
    send("take_back", sunita.uid, old.uid)
    old.refresh_from_db()
    assert (old.confirmed_at, old.removed_at) == (THEN, THEN)


def test_wish_is_wanted_for_a_week_from_the_tap(send, sunita, onion):
    send("ask", sunita.uid, product=onion.uid)
    wish = Wish.objects.get()
    assert (wish.asked_at, wish.until) == (THEN, TUESDAY + WANTED_FOR)
    send("wish", sunita.uid, wish.uid, step="told")
    wish.refresh_from_db()
    assert (wish.told_at, wish.came_in_at, WishEdit.objects.get().at) == (THEN, THEN, THEN)


def test_wish_until_tomorrow_as_it_was_then_is_kept_though_that_day_is_over(send, sunita):
    send("ask", sunita.uid, text="ripe papaya", until="day", day="2026-12-02")
    assert Wish.objects.get().until == TUESDAY + DAY


def test_promise_for_tomorrow_as_it_was_then_is_made_and_overdue(send, vendor, sunita):
    send("promises", sunita.uid, side="ours", text="the ripe ones", due="2026-12-02")
    promise = Promise.objects.get()
    assert (promise.made_at, promise.due_at) == (THEN, vendor.day_bounds(TUESDAY + DAY)[1])
    assert list(Promise.objects.overdue(NOW)) == [promise]


def test_promise_is_kept_in_time_if_it_was_at_the_tap(send, sunita):
    promise = PromiseFactory(customer=sunita, due_at=THEN + dt.timedelta(hours=1), made_at=THEN - DAY)
    send("close_promise", sunita.uid, promise.uid, outcome="kept")
    promise.refresh_from_db()
    assert (promise.outcome, promise.closed_at) == ("kept", THEN)
    assert Amendment.objects.get().at == THEN


def test_promise_closed_late_elsewhere_was_kept_in_time_by_an_earlier_tap(send, helper, sunita):
    promise = PromiseFactory(customer=sunita, due_at=THEN + dt.timedelta(hours=1), made_at=THEN - DAY)
    closing.close(promise=promise, outcome="kept", by=helper, uid=uuid4())
    promise.refresh_from_db()
    assert promise.outcome == "late"
    send("close_promise", sunita.uid, promise.uid, outcome="kept")
    promise.refresh_from_db()
    assert (promise.outcome, promise.closed_at) == ("kept", THEN)


def test_promise_closed_by_a_tap_before_it_was_made_is_closed(sunita, helper):
    promise = promising.make(
        customer=sunita, side="ours", terms=Terms(NOW + DAY, text="the ripe ones"), by=helper, uid=uuid4()
    )
    with moments.tapped(THEN):
        closing.close(promise=promise, outcome="broken", by=helper, uid=uuid4())
    promise.refresh_from_db()
    assert (promise.outcome, promise.closed_at) == ("broken", THEN)


def test_visit_of_then_keeps_a_promise_in_time_and_ends_a_wish(send, sunita, onion):
    promise = PromiseFactory(customer=sunita, due_at=THEN + dt.timedelta(hours=1), made_at=THEN - DAY)
    before = WishFactory(customer=sunita, product=onion, asked_at=THEN - DAY)
    after = WishFactory(customer=sunita, product=onion, asked_at=THEN + DAY)
    ticked = {"keep": promise.uid, "wish": [before.uid, after.uid]}
    send("card", sunita.uid, **{f"take.{onion.uid}": "2"}, **ticked)
    promise.refresh_from_db()
    assert (promise.outcome, promise.closed_at) == ("kept", THEN)
    assert list(Wish.objects.order_by("asked_at").values_list("outcome", flat=True)) == ["took", ""]


def test_what_came_in_then_is_no_news_for_who_asked_since(vendor, helper, sunita, onion):
    before = WishFactory(customer=sunita, product=onion, asked_at=THEN - DAY)
    WishFactory(vendor=vendor, customer=CustomerFactory(vendor=vendor), product=onion, asked_at=THEN + DAY)
    with moments.tapped(THEN):
        fulfilling.came_in(vendor=vendor, product=onion, by=helper, uid=uuid4())
    assert list(Wish.objects.filter(came_in_at=THEN)) == [before]


def test_wish_of_then_stands_beside_what_was_asked_since(vendor, helper, sunita, onion):
    since = WishFactory(customer=sunita, product=onion, asked_at=THEN + DAY, text="big ones")
    asked = Asked(product=onion, text="small ones")
    with moments.tapped(THEN):
        kept = wishing.wish(vendor=vendor, customer=sunita, asked=asked, by=helper, uid=uuid4())
    since.refresh_from_db()
    assert (kept.asked_at, kept.text, since.text) == (THEN, "small ones", "big ones")


def test_standing_order_of_then_has_the_promises_of_all_days_since(vendor, helper, sunita, onion):
    for weekday in range(7):
        OpeningHoursFactory(vendor=vendor, weekday=weekday)
    with moments.tapped(THEN):
        made = standing_orders.order(
            customer=sunita, wanted=Wanted([], Rule(), TUESDAY, text="milk"), by=helper, uid=uuid4()
        )
    assert made.made_at == THEN
    assert list(made.promises.order_by("for_day").values_list("for_day", flat=True)) == [
        TUESDAY + ahead * DAY for ahead in range(5)
    ]


def test_standing_order_ended_then_releases_what_it_promised_since(vendor, helper, sunita):
    with moments.tapped(THEN - DAY):
        made = standing_orders.order(
            customer=sunita, wanted=Wanted([], Rule(), TUESDAY - DAY, text="milk"), by=helper, uid=uuid4()
        )
    with moments.tapped(THEN):
        standing_orders.end(order=made, by=helper, uid=uuid4())
    made.refresh_from_db()
    assert made.ended_at == THEN
    closed = made.promises.exclude(outcome="")
    assert set(closed.values_list("outcome", "closed_at")) == {("released", THEN)}
    assert list(made.promises.filter(outcome="").values_list("for_day", flat=True)) == [TUESDAY - DAY]


def test_problem_happened_and_was_put_right_at_the_tap(send, sunita):
    send("new_problem", sunita.uid, what="rude", due_on="2026-12-02")
    problem = Problem.objects.get()
    assert (problem.happened_on, problem.opened_at, problem.due_on) == (TUESDAY, THEN, TUESDAY + DAY)
    send("problem", sunita.uid, problem.uid, step="replaced")
    send("problem", sunita.uid, problem.uid, step="right")
    problem.refresh_from_db()
    assert (problem.remedied_at, problem.asked_at, problem.closed_at) == (THEN, THEN, THEN)
    assert set(problem.edits.values_list("at", flat=True)) == {THEN}


def test_step_of_a_problem_that_is_undone_is_the_one_that_came_last(vendor, helper, send, sunita):
    problem = ProblemFactory(customer=sunita, what="soft")
    send("problem", sunita.uid, problem.uid, step="hard")
    with moments.tapped(THEN - DAY):
        problems.remedy(problem=problem, remedy="replaced", by=helper, uid=uuid4())
        problems.step_back(problem=problem, by=helper, uid=uuid4())
    problem.refresh_from_db()
    assert (problem.is_hard, problem.remedy) == (True, "")


def test_household_is_since_the_tap(send, vendor, sunita):
    anil = CustomerFactory(vendor=vendor, name="Anil Rao")
    said = {"own_roles": ["decides"], "roles": ["eats"], "who": anil.uid, "add": "new"}
    send("household", sunita.uid, **said)
    assert set(sunita.memberships.values_list("joined_at", "household__made_at")) == {(THEN, THEN)}
    send("household_leave", sunita.uid, sunita.memberships.get().uid)
    assert set(anil.memberships.values_list("left_at", "household__ended_at")) == {(THEN, THEN)}


def test_two_are_one_person_since_the_tap(send, vendor, sunita):
    other = VisitFactory(customer=CustomerFactory(vendor=vendor, name="Sunita")).customer
    send("same_person", other.uid, keep=sunita.uid, other=sunita.uid)
    assert CustomerMerge.objects.values_list("customer", "into", "at").get() == (other.pk, sunita.pk, THEN)


def test_today_of_the_review_is_the_present_day(vendor):
    assert vendor.today() == FRIDAY
    with moments.tapped(THEN):
        assert vendor.today() == TUESDAY
