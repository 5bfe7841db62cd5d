import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.utils import timezone

from crm.lib import moments
from customers.merging import merge
from customers.models import Clash, Customer
from customers.visits import recording
from customers.visits.models import Visit, VisitEdit, VisitLine
from customers.visits.recording import Line
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import MemberFactory, ProductFactory, VendorFactory
from tests.factories.visits import VisitFactory

MORNING = dt.datetime(2026, 11, 21, 4, 30, tzinfo=dt.UTC)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


@pytest.fixture
def banana(vendor):
    return ProductFactory(vendor=vendor, name="Banana", unit="piece")


def record(customer, *lines, uid=None, by=None, **said):
    return recording.record(vendor=customer.vendor, customer=customer, lines=lines, by=by, uid=uid or uuid4(), **said)


def lines_of(visit):
    fields = ("product__name", "quantity", "unit", "outcome", "manner")
    return list(visit.lines.order_by("position").values_list(*fields))


# --- once


def test_record_writes_the_visit_with_its_lines_in_order(sunita, onion, banana, helper):
    uid = uuid4()
    taken = Line(onion, Decimal("1.5"))
    missing = Line(banana, Decimal(6), VisitLine.Outcome.NOT_IN_STOCK, "half ripe")
    visit = record(sunita, missing, taken, uid=uid, by=helper, at=MORNING, channel="phone", note="for Anu")
    kept = Visit.objects.get()
    assert (kept, kept.uid, kept.vendor, kept.customer, kept.by) == (visit, uid, sunita.vendor, sunita, helper)
    assert (kept.at, kept.channel, kept.note, kept.is_voided) == (MORNING, "phone", "for Anu", False)
    assert lines_of(kept) == [
        ("Banana", Decimal(6), "piece", "not-in-stock", "half ripe"),
        ("Onion", Decimal("1.5"), "kg", "taken", ""),
    ]


def test_record_without_a_time_is_now_and_without_lines_is_a_visit(sunita):
    before = timezone.now()
    visit = record(sunita)
    assert before <= visit.at <= timezone.now()
    assert (Visit.objects.count(), VisitLine.objects.count()) == (1, 0)


def test_sent_twice_it_is_recorded_once(sunita, onion):
    uid, line = uuid4(), Line(onion, Decimal(2))
    first, again = record(sunita, line, uid=uid), record(sunita, line, uid=uid)
    assert first == again == Visit.objects.get()
    assert VisitLine.objects.count() == 1


def test_same_quantity_written_differently_is_the_same(sunita, onion):
    uid = uuid4()
    record(sunita, Line(onion, Decimal("2")), uid=uid)
    record(sunita, Line(onion, Decimal("2.000")), uid=uid)
    assert Visit.objects.count() == 1


def test_same_moment_in_another_zone_is_the_same(sunita):
    uid = uuid4()
    record(sunita, uid=uid, at=MORNING)
    record(sunita, uid=uid, at=MORNING.astimezone(ZoneInfo("Asia/Kolkata")))
    assert Visit.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"note": "for Anu"},
        {"channel": "phone"},
        {"at": MORNING + dt.timedelta(hours=1)},
        {"quantity": Decimal(3)},
        {"manner": "small"},
        {"outcome": "not-in-stock"},
        {"lines": []},
    ],
    ids=lambda other: next(iter(other)),
)
def test_sent_again_with_other_contents_it_is_refused_and_told_which(sunita, onion, other):
    uid = uuid4()
    first = record(sunita, Line(onion, Decimal(2)), uid=uid, at=MORNING)
    of_line = {"quantity": Decimal(2), **{key: other[key] for key in ("quantity", "manner", "outcome") if key in other}}
    of_visit = {"at": MORNING, **{key: other[key] for key in ("note", "channel", "at") if key in other}}
    with pytest.raises(recording.RecordedOtherwise) as refused:
        record(sunita, *other.get("lines", [Line(onion, **of_line)]), uid=uid, **of_visit)
    assert refused.value.visit == first
    assert lines_of(Visit.objects.get()) == [("Onion", Decimal(2), "kg", "taken", "")]


def test_uid_sent_for_another_person_is_refused(sunita):
    uid = uuid4()
    record(sunita, uid=uid)
    with pytest.raises(recording.RecordedOtherwise):
        record(CustomerFactory(vendor=sunita.vendor), uid=uid)


def test_same_uid_in_another_shop_is_another_visit(sunita):
    uid, there = uuid4(), CustomerFactory()
    assert record(sunita, uid=uid) != record(there, uid=uid)
    assert set(Visit.objects.values_list("vendor__name", flat=True)) == {"Green Corner", there.vendor.name}


def test_sent_again_after_it_was_undone_it_stays_undone(sunita):
    uid = uuid4()
    recording.void(visit=record(sunita, uid=uid), by=None)
    assert record(sunita, uid=uid).is_voided
    assert Visit.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_sent_from_two_threads_at_once_it_is_recorded_once():
    product = ProductFactory()
    customer = CustomerFactory(vendor=product.vendor)
    rounds, answers = 10, []
    for _ in range(rounds):
        uid, start = uuid4(), threading.Barrier(2)

        def send(uid=uid, start=start):
            try:
                start.wait()
                answers.append(record(customer, Line(product, Decimal(2)), uid=uid).pk)
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(answers) == 2 * rounds, "one of them got no answer"
    assert len(set(answers)) == Visit.objects.count() == VisitLine.objects.count() == rounds


@pytest.mark.django_db(transaction=True)
def test_loser_of_a_race_gets_the_visit_of_the_winner(monkeypatch):
    """The look finds nothing, and the visit is there at the write: without the threads' luck."""
    customer, uid = CustomerFactory(), uuid4()
    winner = record(customer, uid=uid)
    look, looked = recording._recorded_before, []

    def look_too_early_once(*said):
        looked.append(said)
        return look(*said) if len(looked) > 1 else None

    monkeypatch.setattr(recording, "_recorded_before", look_too_early_once)
    assert record(customer, uid=uid) == winner
    assert Visit.objects.get() == winner


KILLED = """
import os, signal, sys
from decimal import Decimal
import django
django.setup()
from django.db import connection
from customers.models import Customer
from customers.visits import recording
from vendors.models import Product

database, customer, product, uid, moment = sys.argv[1:]
connection.settings_dict["NAME"] = database
customer, product = Customer.objects.get(uid=customer), Product.objects.get(uid=product)
line = recording.Line(product, Decimal(2))
if moment == "before":
    recording._rows = lambda *said: os.kill(os.getpid(), signal.SIGKILL)
recording.record(vendor=customer.vendor, customer=customer, lines=[line], by=None, uid=uid)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("moment", "kept"), [("after", 1), ("before", 0)])
def test_sent_again_after_the_server_was_killed_it_is_recorded_once(moment, kept):
    """Killed between the commit and the answer, and between the visit and its lines."""
    product = ProductFactory()
    customer, uid = CustomerFactory(vendor=product.vendor), uuid4()
    told = [connection.settings_dict["NAME"], customer.uid, product.uid, uid, moment]
    server = subprocess.run(
        [sys.executable, "-c", KILLED, *map(str, told)],
        cwd=Path(recording.__file__).parents[2],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        timeout=60,
        check=False,
    )
    assert server.returncode == -signal.SIGKILL
    assert (Visit.objects.count(), VisitLine.objects.count()) == (kept, kept)
    visit = record(customer, Line(product, Decimal(2)), uid=uid)
    assert Visit.objects.get() == visit
    assert lines_of(visit) == [(product.name, Decimal(2), "kg", "taken", "")]


# --- all or nothing


@pytest.mark.django_db(transaction=True)
def test_when_the_lines_fail_nothing_is_written(vendor, sunita, onion):
    stranger = ProductFactory()
    for wrong in (Line(stranger, Decimal(1)), Line(onion, Decimal(-1))):
        with pytest.raises(IntegrityError):
            record(sunita, Line(onion, Decimal(2)), wrong)
    assert (Visit.objects.count(), VisitLine.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_visit_of_a_customer_forgotten_meanwhile_is_refused(vendor, sunita):
    forgotten = Customer.objects.get()
    sunita.delete()
    with pytest.raises(IntegrityError):
        record(forgotten)
    assert Visit.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_visit_by_a_member_of_another_shop_is_refused(vendor, sunita):
    with pytest.raises(IntegrityError):
        record(sunita, by=MemberFactory())
    assert Visit.objects.count() == 0


# --- undo


def test_void_keeps_the_visit_and_who_undid_it(sunita, onion, helper):
    visit = record(sunita, Line(onion, Decimal(2)))
    assert recording.void(visit=visit, by=helper) is True
    visit.refresh_from_db()
    assert (visit.is_voided, visit.voided_by) == (True, helper)
    assert lines_of(visit) == [("Onion", Decimal(2), "kg", "taken", "")]
    assert not Visit.objects.standing().exists()


def test_voided_twice_it_keeps_the_first_time(sunita, helper, owner):
    visit = record(sunita)
    recording.void(visit=visit, by=helper)
    first = Visit.objects.get()
    assert recording.void(visit=visit, by=owner) is False
    assert (Visit.objects.get().voided_at, Visit.objects.get().voided_by) == (first.voided_at, helper)


def test_restore_puts_it_back_and_twice_changes_nothing(sunita, helper):
    visit = record(sunita)
    assert recording.restore(visit=visit) is False
    recording.void(visit=visit, by=helper)
    assert recording.restore(visit=visit) is True
    assert recording.restore(visit=visit) is False
    visit.refresh_from_db()
    assert (visit.voided_at, visit.voided_by) == (None, None)


# --- change


def change(visit, *lines, note="", by=None, uid=None):
    return recording.change(visit=visit, lines=lines, note=note, by=by, uid=uid or uuid4())


def test_change_keeps_what_it_said_before_and_who_changed_it(sunita, onion, banana, helper):
    visit, uid = record(sunita, Line(onion, Decimal(2)), note="in a hurry"), uuid4()
    edit = change(visit, Line(banana, Decimal(6), manner="half ripe"), by=helper, uid=uid)
    assert (edit.uid, edit.vendor, edit.visit, edit.by) == (uid, sunita.vendor, visit, helper)
    onions = {"product": "Onion", "quantity": "2", "unit": "kg", "outcome": "taken", "manner": ""}
    bananas = {"product": "Banana", "quantity": "6", "unit": "piece", "outcome": "taken", "manner": "half ripe"}
    assert edit.before == {"note": "in a hurry", "lines": [onions]}
    assert edit.after == recording.contents(Visit.objects.get()) == {"note": "", "lines": [bananas]}
    assert lines_of(Visit.objects.get()) == [("Banana", Decimal(6), "piece", "taken", "half ripe")]


def test_change_to_what_it_says_leaves_no_trace(sunita, onion):
    visit = record(sunita, Line(onion, Decimal(2)), note="in a hurry")
    assert change(visit, Line(onion, Decimal("2.0")), note="in a hurry") is None
    assert VisitEdit.objects.count() == 0


def test_change_sent_twice_changes_once(sunita, onion):
    visit, uid = record(sunita), uuid4()
    first, again = (change(visit, Line(onion, Decimal(2)), uid=uid) for _ in range(2))
    assert first == again == VisitEdit.objects.get()


def test_change_sent_again_after_a_later_one_does_not_take_that_back(sunita, onion, banana):
    visit, uid = record(sunita), uuid4()
    change(visit, Line(onion, Decimal(2)), uid=uid)
    change(visit, Line(banana, Decimal(6)))
    change(visit, Line(onion, Decimal(2)), uid=uid)
    assert lines_of(visit) == [("Banana", Decimal(6), "piece", "taken", "")]


def test_change_sent_again_with_more_typed_meanwhile_is_not_lost(sunita, onion, banana):
    visit, uid = record(sunita), uuid4()
    change(visit, Line(onion, Decimal(2)), uid=uid)
    for _ in range(2):
        change(visit, Line(onion, Decimal(2)), Line(banana, Decimal(6)), uid=uid)
    assert [name for name, *_ in lines_of(visit)] == ["Onion", "Banana"]
    assert VisitEdit.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_change_that_fails_leaves_the_visit_as_it_was(vendor, sunita, onion):
    visit = record(sunita, Line(onion, Decimal(2)))
    with pytest.raises(DatabaseError):
        change(visit, Line(ProductFactory(), Decimal(1)), note="else")
    visit.refresh_from_db()
    assert (visit.note, lines_of(visit)) == ("", [("Onion", Decimal(2), "kg", "taken", "")])
    assert VisitEdit.objects.count() == 0


def test_visit_of_another_day_is_not_changed(sunita, onion):
    visit = record(sunita, Line(onion, Decimal(2)), at=timezone.now() - dt.timedelta(days=2))
    with pytest.raises(recording.NotToday):
        change(visit)
    assert lines_of(visit) == [("Onion", Decimal(2), "kg", "taken", "")]


@pytest.mark.parametrize(
    ("zone", "day_starts", "served", "now", "changes"),
    [
        # The day of a shop that closes at two in the morning ends at three.
        ("Asia/Kolkata", 3, "2026-11-21 23:50", "2026-11-22 02:59", True),
        ("Asia/Kolkata", 3, "2026-11-21 23:50", "2026-11-22 03:00", False),
        ("Asia/Kolkata", 3, "2026-11-22 02:50", "2026-11-22 03:10", False),
        # The nights when the clock is put forward and back.
        ("Europe/Berlin", 3, "2026-03-28 22:00", "2026-03-29 01:59", True),
        ("Europe/Berlin", 3, "2026-03-28 22:00", "2026-03-29 03:00", False),
        ("Europe/Berlin", 3, "2026-10-24 22:00", "2026-10-25 02:59", True),
        ("Europe/Berlin", 3, "2026-10-24 22:00", "2026-10-25 03:00", False),
        ("Europe/Berlin", 0, "2026-10-25 00:10", "2026-10-25 23:50", True),
    ],
)
def test_visit_is_changed_until_the_shops_day_ends(db, monkeypatch, zone, day_starts, served, now, changes):
    shop = VendorFactory(time_zone=zone, day_starts=dt.time(day_starts))
    served, now = (dt.datetime.fromisoformat(moment).replace(tzinfo=shop.tz) for moment in (served, now))
    visit = VisitFactory(customer__vendor=shop, at=served)
    monkeypatch.setattr(timezone, "now", lambda: now)
    if changes:
        assert change(visit, note="else").after["note"] == "else"
    else:
        with pytest.raises(recording.NotToday):
            change(visit, note="else")


def test_rewrite_changes_a_visit_of_any_day(sunita, onion):
    visit = record(sunita, at=MORNING)
    edit = recording.rewrite(visit=visit, lines=[Line(onion, Decimal(2))], note="", by=None, uid=uuid4())
    assert edit.before == {"note": "", "lines": []}
    assert lines_of(visit) == [("Onion", Decimal(2), "kg", "taken", "")]


# --- what goes with it


@pytest.mark.django_db
def test_record_writes_what_goes_with_it_once_in_the_same_transaction(sunita, onion):
    uid, written = uuid4(), []
    also = recording.Also(["kept"], lambda visit: written.append((visit.uid, connection.in_atomic_block)))
    for _ in range(2):
        record(sunita, Line(onion, Decimal(1)), uid=uid, also=also)
    assert written == [(uid, True)]


@pytest.mark.django_db
def test_record_refuses_the_same_uid_with_something_else_that_goes_with_it(sunita, onion):
    uid = uuid4()
    record(sunita, Line(onion, Decimal(1)), uid=uid)
    with pytest.raises(recording.RecordedOtherwise):
        record(sunita, Line(onion, Decimal(1)), uid=uid, also=recording.Also(["kept"], print))


@pytest.mark.django_db
def test_record_writes_nothing_when_what_goes_with_it_fails(sunita):
    def fail(visit):
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        record(sunita, also=recording.Also([], fail))
    assert not Visit.objects.exists()


# --- collected by another


@pytest.fixture
def anu(vendor):
    return CustomerFactory(vendor=vendor, name="Anu")


def test_record_keeps_who_collected(sunita, anu, onion):
    assert record(sunita, Line(onion, Decimal(2)), collected_by=anu).collected_by == anu
    assert record(sunita).collected_by is None


def test_sent_again_as_collected_by_another_it_is_refused(sunita, anu, onion):
    uid, line = uuid4(), Line(onion, Decimal(2))
    assert record(sunita, line, uid=uid, collected_by=anu) == record(sunita, line, uid=uid, collected_by=anu)
    for said in ({}, {"collected_by": CustomerFactory(vendor=sunita.vendor)}):
        with pytest.raises(recording.RecordedOtherwise):
            record(sunita, line, uid=uid, **said)


def test_visit_that_somebody_collected_for_themselves_is_their_own(sunita):
    visit, uid = record(sunita), uuid4()
    assert visit.collected_by is None
    own = record(sunita, collected_by=sunita, uid=uid)
    own.refresh_from_db()
    assert (own.customer, own.collected_by) == (sunita, None)
    assert record(sunita, collected_by=sunita, uid=uid) == own


def test_visit_of_somebody_who_collected_it_themselves_is_refused_by_the_database(sunita):
    visit = record(sunita)
    with pytest.raises(IntegrityError):
        Visit.objects.filter(pk=visit.pk).update(collected_by=sunita)


def change_collected(visit, *, uid=None, **said):
    return recording.change(visit=visit, lines=[], note="", by=None, uid=uid or uuid4(), **said)


def test_change_of_who_collected_keeps_who_it_was(sunita, anu):
    visit, uid = record(sunita, collected_by=anu), uuid4()
    edit = change_collected(visit, collected_by=None, uid=uid)
    assert change_collected(visit, collected_by=None, uid=uid) == edit
    visit.refresh_from_db()
    assert visit.collected_by is None
    assert edit.before == {"note": "", "lines": [], "collected_by": str(anu.uid)}
    assert edit.after == {"note": "", "lines": []}
    change_collected(visit, collected_by=anu)
    visit.refresh_from_db()
    assert recording.contents(visit) == {"note": "", "lines": [], "collected_by": str(anu.uid)}


def test_change_that_says_nothing_of_who_collected_leaves_it(sunita, anu, onion):
    visit = record(sunita, collected_by=anu)
    recording.change(visit=visit, lines=[Line(onion, Decimal(1))], note="", by=None, uid=uuid4())
    visit.refresh_from_db()
    assert visit.collected_by == anu
    recording.rewrite(visit=visit, lines=[], note="", by=None, uid=uuid4())
    visit.refresh_from_db()
    assert visit.collected_by == anu


# --- of people who are one


def test_visit_of_a_merged_person_is_one_of_the_last(sunita, onion):
    people = [sunita, *(CustomerFactory(vendor=sunita.vendor) for _ in range(2))]
    merge(customer=people[0], into=people[1], by=None, uid=uuid4())
    merge(customer=people[1], into=people[2], by=None, uid=uuid4())
    uid = uuid4()
    assert record(sunita, Line(onion, Decimal(2)), uid=uid).customer == people[2]
    assert record(sunita, Line(onion, Decimal(2)), uid=uid) == Visit.objects.get()


def test_visit_sent_again_after_the_merge_is_recorded_once(sunita, onion):
    uid = uuid4()
    first = record(sunita, Line(onion, Decimal(2)), uid=uid)
    merge(customer=sunita, into=CustomerFactory(vendor=sunita.vendor), by=None, uid=uuid4())
    assert record(Customer.objects.get(pk=sunita.pk), Line(onion, Decimal(2)), uid=uid) == first


def test_visit_collected_by_who_is_the_customer_by_now_is_simply_theirs(sunita):
    collector, third = CustomerFactory(vendor=sunita.vendor), CustomerFactory(vendor=sunita.vendor)
    assert record(sunita, collected_by=collector).collected_by == collector
    merge(customer=collector, into=sunita, by=None, uid=uuid4())
    assert record(sunita, collected_by=collector).collected_by is None
    assert record(third, collected_by=collector).collected_by == sunita


# --- two tablets


def tapped(visit, minute, *lines, seen=0, note=""):
    with moments.tapped(MORNING + dt.timedelta(minutes=minute)):
        return recording.change(visit=visit, lines=lines, note=note, by=None, uid=uuid4(), seen=seen)


@pytest.mark.parametrize(("minute", "stands", "aside"), [(3, 4, 3), (1, 3, 4)], ids=["later", "earlier"])
def test_of_two_changes_on_two_tablets_the_later_stands(sunita, onion, minute, stands, aside):
    visit = record(sunita, Line(onion, Decimal(2)), at=MORNING)
    tapped(visit, 2, Line(onion, Decimal(3)))
    tapped(visit, minute, Line(onion, Decimal(4)), note="for Anu")
    visit.refresh_from_db()
    assert (lines_of(visit)[0][1], visit.note) == (stands, "for Anu")
    clash = Clash.objects.get()
    assert (clash.field, clash.stands[0]["quantity"], clash.aside[0]["quantity"]) == ("lines", str(stands), str(aside))


def test_successive_changes_of_a_visit_are_no_clash(sunita, onion):
    visit = record(sunita, Line(onion, Decimal(2)), at=MORNING)
    tapped(visit, 2, Line(onion, Decimal(3)))
    tapped(visit, 3, Line(onion, Decimal(4)), seen=1)
    assert not Clash.objects.exists()
