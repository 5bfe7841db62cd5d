import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers.merging import merge
from customers.preferences.merging import merge_products
from customers.promises import order_terms, standing_orders
from customers.promises.due import due_moment
from customers.promises.due_orders import make_due
from customers.promises.handing_over import hand_over
from customers.promises.models import Amendment, Promise, PromiseLine, StandingOrder, StandingOrderEdit
from customers.promises.order_terms import Wanted
from customers.promises.recurring import Rule
from customers.visits.recording import Line
from tests.factories.customers import CustomerFactory
from tests.factories.promises import AmendmentFactory, StandingOrderFactory, StandingOrderLineFactory
from tests.factories.vendors import ProductFactory

NOON = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
TUESDAY = dt.date(2026, 12, 1)
"""The shop's day at `NOON`, which is noon on the wall too."""
WEDNESDAY, THURSDAY, FRIDAY = (TUESDAY + dt.timedelta(days=n) for n in (1, 2, 3))
EVERY_DAY, TUESDAYS_AND_FRIDAYS = Rule(), Rule((1, 4))


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def milk(vendor):
    return ProductFactory(vendor=vendor, name="Milk", unit="l")


def wanted(*lines, rule=EVERY_DAY, starts_on=TUESDAY, **more):
    return Wanted(lines=lines, rule=rule, starts_on=starts_on, **more)


def two_litres(milk):
    return Line(milk, Decimal(2), manner="full cream")


def order(customer, *lines, uid=None, by=None, **more):
    return standing_orders.order(customer=customer, wanted=wanted(*lines, **more), by=by, uid=uid or uuid4())


def change(order, *lines, uid=None, by=None, seen=0, **more):
    return standing_orders.change(order=order, wanted=wanted(*lines, **more), seen=seen, by=by, uid=uid or uuid4())


def pause(order, until, uid=None, by=None):
    return standing_orders.pause(order=order, until=until, by=by, uid=uid or uuid4())


def resume(order, uid=None):
    return standing_orders.resume(order=order, by=None, uid=uid or uuid4())


def end(order, uid=None):
    return standing_orders.end(order=order, by=None, uid=uid or uuid4())


def put_back(order, uid=None):
    return standing_orders.put_back(order=order, by=None, uid=uid or uuid4())


def lines_of(order):
    return list(order.lines.values_list("product__name", "quantity", "unit", "manner"))


def promised(order):
    """Day and outcome of each promise, with how often it was amended."""
    return list(order.promises.order_by("for_day").values_list("for_day", "outcome", "version"))


# --- order


def test_order_is_kept_with_its_lines_and_promises_at_once(sunita, milk, helper):
    made = order(sunita, two_litres(milk), rule=TUESDAYS_AND_FRIDAYS, at_time=dt.time(18), text="ring twice", by=helper)
    made.refresh_from_db()
    assert (made.rule, made.starts_on, made.ends_on) == ("FREQ=WEEKLY;BYDAY=TU,FR", TUESDAY, None)
    assert (made.at_time, made.text, made.by, made.paused_until) == (dt.time(18), "ring twice", helper, None)
    assert lines_of(made) == [("Milk", Decimal(2), "l", "full cream")]
    assert promised(made) == [(TUESDAY, "", 0)]
    assert list(PromiseLine.objects.values_list("product__name", "quantity")) == [("Milk", Decimal(2))]


def test_order_in_words_alone_is_kept(sunita):
    assert promised(order(sunita, text="the newspaper")) == [(TUESDAY, "", 0), (WEDNESDAY, "", 0)]


def test_order_sent_twice_is_kept_once(sunita, milk):
    uid = uuid4()
    first, second = (order(sunita, two_litres(milk), uid=uid) for _ in range(2))
    assert first == second
    assert (StandingOrder.objects.count(), Promise.objects.count()) == (1, 2)


def test_order_sent_again_after_a_change_is_the_same(sunita, milk):
    made = order(sunita, two_litres(milk), text="A", uid=(uid := uuid4()))
    change(made, text="B")
    assert order(sunita, two_litres(milk), text="A", uid=uid) == made


@pytest.mark.parametrize(
    "more", [{"text": "B"}, {"rule": Rule((2,))}, {"starts_on": WEDNESDAY}, {"at_time": dt.time(9)}]
)
def test_order_sent_with_other_words_is_refused(sunita, more):
    uid = uuid4()
    order(sunita, text="A", uid=uid)
    with pytest.raises(standing_orders.SaidOtherwise):
        order(sunita, uid=uid, **{"text": "A", **more})
    assert StandingOrder.objects.count() == 1


def test_order_of_another_person_under_the_same_uid_is_refused(sunita):
    uid = uuid4()
    order(sunita, text="A", uid=uid)
    with pytest.raises(standing_orders.SaidOtherwise):
        order(CustomerFactory(vendor=sunita.vendor), text="A", uid=uid)


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({}, order_terms.NothingOrdered),
        ({"text": "A", "starts_on": TUESDAY - dt.timedelta(days=1)}, order_terms.StartsInThePast),
        ({"text": "A", "starts_on": TUESDAY + dt.timedelta(days=367)}, order_terms.StartsInThePast),
        ({"text": "A", "starts_on": dt.date.max}, order_terms.StartsInThePast),
        ({"text": "A", "starts_on": THURSDAY, "ends_on": WEDNESDAY}, order_terms.EndsBeforeItStarts),
        ({"text": "A", "rule": Rule((0,)), "ends_on": FRIDAY}, order_terms.NeverComes),
        ({"text": "A", "rule": Rule(month_day=31), "ends_on": FRIDAY}, order_terms.NeverComes),
    ],
)
def test_order_that_cannot_be_is_refused(sunita, more, error):
    with pytest.raises(error):
        order(sunita, **more)
    assert StandingOrder.objects.count() == 0


def test_order_until_a_day_is_kept(sunita):
    assert promised(order(sunita, text="milk", ends_on=TUESDAY)) == [(TUESDAY, "", 0)]


def test_order_of_200_lines_is_kept(sunita, vendor):
    made = order(sunita, *(Line(ProductFactory(vendor=vendor), Decimal(1)) for _ in range(200)))
    assert made.lines.count() == 200
    assert PromiseLine.objects.count() == 400


@pytest.mark.parametrize("quantity", [0, -1])
def test_database_refuses_a_quantity_of_nothing(sunita, milk, quantity):
    with pytest.raises(IntegrityError, match="quantity_above_zero"):
        order(sunita, Line(milk, Decimal(quantity)))
    assert StandingOrder.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_database_refuses_a_product_of_another_shop(sunita):
    with pytest.raises(IntegrityError), transaction.atomic():
        order(sunita, Line(ProductFactory(), Decimal(1)))
    assert StandingOrder.objects.count() == 0


def test_order_of_a_merged_person_is_of_the_one_who_stands_for_them(sunita, vendor):
    double, uid = CustomerFactory(vendor=vendor), uuid4()
    before = order(double, text="milk", uid=uid)
    merge(customer=double, into=sunita, by=None, uid=uuid4())
    double.refresh_from_db()
    assert order(double, text="milk", uid=uid) == before
    assert order(double, text="curd").customer == sunita
    assert set(Promise.objects.values_list("customer", flat=True)) == {sunita.pk}


def test_change_of_the_time_leaves_the_unit_in_which_it_was_ordered(sunita, milk):
    made = order(sunita, two_litres(milk))
    type(milk).objects.update(unit="piece")
    milk.refresh_from_db()
    uid = uuid4()
    kept = change(made, two_litres(milk), at_time=dt.time(18), uid=uid)
    assert set(PromiseLine.objects.values_list("quantity", "unit")) == {(2, "l")}
    assert kept.before["lines"] == kept.after["lines"]
    assert change(made, two_litres(milk), at_time=dt.time(18), uid=uid) == kept
    change(made, Line(milk, Decimal(3)), at_time=dt.time(18), seen=1)
    assert lines_of(made) == [("Milk", 3, "piece", "")]


def test_order_of_a_product_that_was_merged_is_of_the_one_that_stands_for_it(sunita, milk, vendor, owner):
    doodh = ProductFactory(vendor=vendor, name="Doodh", unit="l")
    merge_products(product=doodh, into=milk, by=owner)
    made = order(sunita, two_litres(doodh), two_litres(milk), uid=(uid := uuid4()))
    assert [name for name, *_ in lines_of(made)] == ["Milk", "Milk"]
    assert order(sunita, two_litres(doodh), two_litres(milk), uid=uid) == made


def test_order_for_a_time_that_is_over_today_begins_tomorrow(sunita):
    assert promised(order(sunita, text="milk", at_time=dt.time(9))) == [(WEDNESDAY, "", 0)]


@pytest.mark.django_db(transaction=True)
def test_order_sent_at_the_same_moment_is_kept_once(sunita, milk):
    uid, start = uuid4(), threading.Barrier(4)

    def send():
        try:
            start.wait()
            return order(sunita, two_litres(milk), uid=uid).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = {running.result() for running in [pool.submit(send) for _ in range(4)]}
    assert len(made) == 1
    assert (StandingOrder.objects.count(), Promise.objects.count(), PromiseLine.objects.count()) == (1, 2, 2)


def test_order_answers_with_the_row_of_a_quicker_connection(sunita, monkeypatch):
    theirs = order(sunita, text="milk")
    monkeypatch.setattr(standing_orders, "_made_before", Mock(side_effect=[None, theirs]))
    assert order(sunita, text="milk", uid=theirs.uid) == theirs


def test_order_of_somebody_who_was_forgotten_is_told(sunita, monkeypatch):
    monkeypatch.setattr(standing_orders, "_make", Mock(side_effect=IntegrityError))
    with pytest.raises(IntegrityError):
        order(sunita, text="milk")


# --- change


def test_change_keeps_what_it_said_and_amends_what_is_promised(sunita, milk, helper):
    made = order(sunita, two_litres(milk))
    edit = change(made, Line(milk, Decimal(3)), at_time=dt.time(18), text="early", by=helper)
    made.refresh_from_db()
    assert lines_of(made) == [("Milk", Decimal(3), "l", "")]
    assert (edit.by, edit.before["text"], edit.after["text"]) == (helper, "", "early")
    assert [each["lines"][0]["quantity"] for each in (edit.before, edit.after)] == ["2", "3"]
    assert promised(made) == [(TUESDAY, "", 1), (WEDNESDAY, "", 1)]
    promise = made.promises.get(for_day=TUESDAY)
    assert (promise.text, promise.due_at) == ("early", due_moment(sunita.vendor, TUESDAY, dt.time(18)))
    assert not promise.due_any_time
    assert list(promise.lines.values_list("quantity", "manner")) == [(Decimal(3), "")]
    amendment = promise.amendments.get()
    assert (amendment.by, amendment.after["standing_order"]) == (helper, "changed")
    assert [each["lines"][0]["quantity"] for each in (amendment.before, amendment.after)] == ["2", "3"]


def test_change_of_the_days_releases_what_does_not_come_any_more_and_makes_the_new(sunita, milk):
    made = order(sunita, two_litres(milk), rule=Rule((1,)))
    change(made, two_litres(milk), rule=Rule((2,)))
    assert promised(made) == [(TUESDAY, "released", 1), (WEDNESDAY, "", 0)]
    change(made, two_litres(milk), rule=Rule((1,)), seen=1)
    assert promised(made) == [(TUESDAY, "", 2), (WEDNESDAY, "released", 1)]


def test_change_to_the_same_is_none(sunita, milk):
    made = order(sunita, two_litres(milk))
    assert change(made, two_litres(milk)) is None
    assert promised(made) == [(TUESDAY, "", 0), (WEDNESDAY, "", 0)]
    assert StandingOrderEdit.objects.count() == 0


def test_change_to_words_alone_takes_the_lines_out(sunita, milk):
    made = order(sunita, two_litres(milk))
    change(made, text="the newspaper")
    assert PromiseLine.objects.count() == 0
    assert set(made.promises.values_list("has_lines", "text")) == {(False, "the newspaper")}


def test_change_sent_twice_changes_once(sunita, milk):
    made, uid = order(sunita, two_litres(milk)), uuid4()
    first, second = (change(made, Line(milk, Decimal(3)), uid=uid) for _ in range(2))
    assert first == second
    assert (StandingOrderEdit.objects.count(), Amendment.objects.count()) == (1, 2)


def test_change_sent_with_other_words_is_refused(sunita):
    made, uid = order(sunita, text="A"), uuid4()
    change(made, text="B", uid=uid)
    with pytest.raises(standing_orders.SaidOtherwise):
        change(made, text="C", uid=uid)
    with pytest.raises(standing_orders.SaidOtherwise):
        pause(made, FRIDAY, uid=uid)
    with pytest.raises(standing_orders.SaidOtherwise):
        change(order(sunita, text="A"), text="B", uid=uid)


def test_change_of_two_at_once_tells_the_second(sunita):
    made = order(sunita, text="A")
    change(made, text="B", seen=0)
    with pytest.raises(standing_orders.ChangedMeanwhile):
        change(made, text="C", seen=0)
    change(made, text="C", seen=1)
    assert [edit.after["text"] for edit in made.edits.all()] == ["B", "C"]


def test_change_leaves_a_promise_that_was_amended_by_hand(sunita):
    made = order(sunita, text="A")
    AmendmentFactory(promise=made.promises.get(for_day=TUESDAY))
    made.promises.filter(for_day=TUESDAY).update(version=1, text="but two today")
    change(made, text="B")
    assert list(made.promises.values_list("text", "version")) == [("but two today", 1), ("B", 1)]


def test_change_goes_to_a_promise_that_was_only_handed_over(sunita, helper):
    made = order(sunita, text="A")
    hand_over(thing=made.promises.get(for_day=TUESDAY), to=helper, by=None, uid=uuid4())
    change(made, text="B")
    assert list(made.promises.values_list("text", "version", "owner")) == [("B", 2, helper.pk), ("B", 1, None)]


def test_change_leaves_what_is_over(sunita):
    made = order(sunita, text="A", at_time=dt.time(18))
    make_due(sunita.vendor, TUESDAY)
    promises = made.promises.order_by("for_day")
    Promise.objects.filter(pk=promises[0].pk).update(outcome="kept", closed_at=NOON)
    change(made, text="B", at_time=dt.time(9))
    assert list(promises.values_list("text", "outcome")) == [("A", "kept"), ("B", "")]


def test_change_to_a_time_that_is_over_leaves_what_was_agreed_for_today(sunita):
    made = order(sunita, text="A", at_time=dt.time(18))
    change(made, text="B", at_time=dt.time(9))
    assert list(made.promises.order_by("for_day").values_list("text", "version")) == [("A", 0), ("B", 1)]


def test_change_leaves_what_is_overdue(sunita, vendor):
    made = StandingOrderFactory(customer=sunita, rule="FREQ=DAILY", starts_on=TUESDAY, text="A", at_time=dt.time(9))
    StandingOrder.objects.update(made_at=NOON - dt.timedelta(days=9))
    make_due(vendor, TUESDAY)
    end(made)
    assert promised(made) == [(TUESDAY, "", 0), (WEDNESDAY, "released", 1)]


def test_change_may_keep_a_start_of_long_ago(sunita):
    made = StandingOrderFactory(customer=sunita, rule="FREQ=DAILY", starts_on=dt.date(2025, 1, 1), text="A")
    change(made, text="B", starts_on=dt.date(2025, 1, 1))
    with pytest.raises(order_terms.StartsInThePast):
        change(made, text="B", starts_on=dt.date(2025, 1, 2), seen=1)


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({}, order_terms.NothingOrdered),
        ({"text": "A", "ends_on": TUESDAY - dt.timedelta(days=1)}, order_terms.EndsBeforeItStarts),
        ({"text": "A", "rule": Rule((0,)), "ends_on": FRIDAY}, order_terms.NeverComes),
    ],
)
def test_change_that_cannot_be_is_refused(sunita, more, error):
    made = order(sunita, text="A")
    with pytest.raises(error):
        change(made, **more)
    assert StandingOrderEdit.objects.count() == 0


# --- pause and resume


def test_pause_releases_what_is_promised_before_that_day(sunita, helper):
    made = order(sunita, text="milk")
    edit = pause(made, WEDNESDAY, by=helper)
    made.refresh_from_db()
    assert made.paused_until == WEDNESDAY
    assert (edit.before["paused_until"], edit.after["paused_until"]) == (None, "2026-12-02")
    assert promised(made) == [(TUESDAY, "released", 1), (WEDNESDAY, "", 0)]
    released = made.promises.get(outcome="released")
    assert (released.closed_by, released.closed_at) == (helper, NOON)
    assert released.amendments.get().after["standing_order"] == "paused"


def test_pause_makes_nothing_until_that_day(sunita, vendor):
    made = order(sunita, text="milk")
    pause(made, FRIDAY)
    for day in (TUESDAY, WEDNESDAY, THURSDAY):
        make_due(vendor, day)
    assert [day for day, outcome, _version in promised(made) if not outcome] == [FRIDAY]


@pytest.mark.parametrize("until", [TUESDAY, TUESDAY - dt.timedelta(days=1), TUESDAY + dt.timedelta(days=367)])
def test_pause_until_a_day_that_is_over_or_far_away_is_refused(sunita, until):
    made = order(sunita, text="milk")
    with pytest.raises(standing_orders.NoDayAhead):
        pause(made, until)
    assert promised(made) == [(TUESDAY, "", 0), (WEDNESDAY, "", 0)]


def test_pause_sent_twice_pauses_once(sunita):
    made, uid = order(sunita, text="milk"), uuid4()
    assert pause(made, FRIDAY, uid=uid) == pause(made, FRIDAY, uid=uid)
    with pytest.raises(standing_orders.SaidOtherwise):
        pause(made, THURSDAY, uid=uid)
    assert (StandingOrderEdit.objects.count(), Amendment.objects.count()) == (1, 2)


def test_pause_until_an_earlier_day_opens_what_lies_after_it(sunita):
    made = order(sunita, text="milk")
    pause(made, FRIDAY)
    pause(made, WEDNESDAY)
    assert promised(made) == [(TUESDAY, "released", 1), (WEDNESDAY, "", 2)]


def test_resume_opens_again_what_the_pause_released(sunita):
    made = order(sunita, text="milk")
    pause(made, FRIDAY)
    resume(made)
    made.refresh_from_db()
    assert made.paused_until is None
    assert promised(made) == [(TUESDAY, "", 2), (WEDNESDAY, "", 2)]
    assert set(made.promises.values_list("closed_at", "closed_by")) == {(None, None)}


def test_resume_leaves_what_they_released_themselves(sunita):
    made = order(sunita, text="milk")
    promise = made.promises.get(for_day=TUESDAY)
    AmendmentFactory(promise=promise)
    Promise.objects.filter(pk=promise.pk).update(version=1, outcome="released", closed_at=NOON)
    pause(made, FRIDAY)
    resume(made)
    assert promised(made) == [(TUESDAY, "released", 1), (WEDNESDAY, "", 2)]


def test_resume_leaves_what_is_over_meanwhile(sunita, monkeypatch):
    made = order(sunita, text="milk", at_time=dt.time(18))
    pause(made, FRIDAY)
    monkeypatch.setattr(timezone, "now", lambda: NOON + dt.timedelta(hours=7))
    resume(made)
    assert promised(made) == [(TUESDAY, "released", 1), (WEDNESDAY, "", 2)]


def test_resume_makes_what_the_pause_left_out(sunita, vendor):
    made = order(sunita, text="milk", rule=Rule((2,)), starts_on=TUESDAY)
    StandingOrder.objects.update(paused_until=FRIDAY)
    Promise.objects.all().delete()
    resume(made)
    assert promised(made) == [(WEDNESDAY, "", 0)]


def test_resume_sent_twice_and_of_what_is_not_paused_changes_nothing(sunita):
    made, uid = order(sunita, text="milk"), uuid4()
    assert resume(made) is None
    pause(made, FRIDAY)
    assert resume(made, uid=uid) == resume(made, uid=uid)
    assert StandingOrderEdit.objects.count() == 2


def test_promise_that_is_opened_again_says_what_the_order_says_by_then(sunita):
    made = order(sunita, text="A")
    pause(made, FRIDAY)
    change(made, text="B", seen=1)
    resume(made)
    assert set(made.promises.values_list("text", "outcome")) == {("B", "")}


# --- end and put back


def test_end_releases_what_is_ahead_and_makes_no_more(sunita, vendor):
    made = order(sunita, text="milk")
    edit = end(made)
    made.refresh_from_db()
    assert made.ended_at == NOON
    assert (edit.before["has_ended"], edit.after["has_ended"]) == (False, True)
    make_due(vendor, WEDNESDAY)
    assert promised(made) == [(TUESDAY, "released", 1), (WEDNESDAY, "released", 1)]


def test_put_back_lets_it_come_again(sunita):
    made = order(sunita, text="milk")
    end(made)
    put_back(made)
    made.refresh_from_db()
    assert made.ended_at is None
    assert promised(made) == [(TUESDAY, "", 2), (WEDNESDAY, "", 2)]


def test_end_and_put_back_sent_twice_change_nothing(sunita):
    made, uids = order(sunita, text="milk"), [uuid4(), uuid4()]
    assert put_back(made) is None
    assert end(made, uid=uids[0]) == end(made, uid=uids[0])
    assert end(made) is None
    assert put_back(made, uid=uids[1]) == put_back(made, uid=uids[1])
    assert StandingOrderEdit.objects.count() == 2


def test_order_that_has_ended_is_put_back_before_it_is_changed(sunita):
    made = order(sunita, text="milk")
    end(made)
    for write in (lambda: pause(made, FRIDAY), lambda: resume(made), lambda: change(made, text="B", seen=1)):
        with pytest.raises(standing_orders.HasEnded):
            write()


# --- two at once


@pytest.mark.django_db(transaction=True)
def test_pause_while_the_day_is_made_leaves_nothing_promised(sunita, vendor):
    """Whichever comes first: what was made is released, and what was paused is not made."""
    made = StandingOrderFactory(customer=sunita, rule="FREQ=DAILY", starts_on=TUESDAY, text="milk", made_at=NOON)
    StandingOrderLineFactory(standing_order=made)
    start = threading.Barrier(2)

    def run(job):
        try:
            start.wait()
            job()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        jobs = [lambda: pause(made, FRIDAY), lambda: make_due(vendor, TUESDAY)]
        for running in [pool.submit(run, job) for job in jobs]:
            running.result()
    assert [outcome for _day, outcome, _version in promised(made) if not outcome] == []
