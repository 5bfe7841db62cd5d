import datetime as dt
from uuid import uuid4

import pytest
from django.utils import timezone

from crm.lib import moments
from customers.models import Clash
from customers.promises.amending import amend
from customers.promises.closing import ClosedOtherwise, close, reopen
from customers.promises.models import Amendment
from customers.promises.promising import PromisedOtherwise
from customers.promises.terms import Terms
from tests.factories.customers import CustomerFactory
from tests.factories.promises import PromiseFactory
from tests.factories.visits import VisitFactory

NOON = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
LATER, EARLIER = NOON + dt.timedelta(hours=2), NOON - dt.timedelta(hours=2)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@pytest.fixture
def promised(vendor):
    return PromiseFactory(customer=CustomerFactory(vendor=vendor), due_at=LATER)


@pytest.fixture
def overdue(vendor):
    return PromiseFactory(customer=CustomerFactory(vendor=vendor), due_at=EARLIER)


def closed(promise, outcome="kept", *, by=None, uid=None, **said):
    return close(promise=promise, outcome=outcome, by=by, uid=uid or uuid4(), **said)


def became(promise):
    promise.refresh_from_db()
    return promise.outcome, promise.closed_at, promise.version


def test_close_before_it_is_due_keeps_it(promised, helper):
    kept = closed(promised, by=helper)
    assert became(promised) == ("kept", NOON, 1)
    assert promised.closed_by == kept.by == helper
    assert (kept.before["outcome"], kept.after["outcome"]) == ("", "kept")


def test_close_after_it_was_due_is_late(overdue):
    closed(overdue)
    assert became(overdue) == ("late", NOON, 1)
    assert overdue.late_by == dt.timedelta(hours=2)


def test_close_at_the_moment_when_it_is_due_is_in_time(vendor):
    promise = PromiseFactory(customer=CustomerFactory(vendor=vendor), due_at=NOON)
    closed(promise)
    assert became(promise) == ("kept", NOON, 1)


def test_close_of_what_was_in_time_and_is_only_noted_later(overdue):
    closed(overdue, in_time=True)
    assert became(overdue) == ("kept", EARLIER, 1)


def test_close_in_time_corrects_what_was_closed_as_late(overdue, helper):
    visit, uid = VisitFactory(customer=overdue.customer, at=NOON), uuid4()
    closed(overdue, visit=visit)
    corrected = closed(overdue, "late", in_time=True, by=helper, uid=uid, note="she had it at eight")
    assert became(overdue) == ("kept", EARLIER, 2)
    assert (overdue.closed_by, overdue.closed_in) == (helper, visit)
    assert (corrected.before["outcome"], corrected.after["outcome"]) == ("late", "kept")
    assert closed(overdue, "late", in_time=True, by=helper, uid=uid, note="she had it at eight") == corrected
    assert closed(overdue, in_time=True) == corrected
    assert became(overdue)[-1] == 2


def test_close_in_time_under_the_uid_that_closed_it_late_is_refused(overdue):
    uid = uuid4()
    closed(overdue, uid=uid)
    with pytest.raises(PromisedOtherwise):
        closed(overdue, uid=uid, in_time=True)
    assert became(overdue) == ("late", NOON, 1)


@pytest.mark.parametrize("outcome", ["part", "broken"])
def test_close_in_time_corrects_no_other_outcome(overdue, outcome):
    closed(overdue, outcome)
    with pytest.raises(ClosedOtherwise):
        closed(overdue, in_time=True)
    assert became(overdue) == (outcome, NOON, 1)


def test_close_of_what_is_not_due_yet_is_never_late(promised):
    closed(promised, "late")
    assert became(promised)[0] == "kept"


@pytest.mark.parametrize("outcome", ["part", "broken", "released"])
def test_close_keeps_the_other_outcomes_as_they_are_said(promised, overdue, outcome):
    kept = closed(promised, outcome, note="one dozen")
    closed(overdue, outcome)
    assert (became(promised), became(overdue)) == ((outcome, NOON, 1), (outcome, NOON, 1))
    assert kept.after["note"] == "one dozen"


def test_close_in_a_visit_is_of_its_time(overdue):
    visit = VisitFactory(customer=overdue.customer, at=EARLIER - dt.timedelta(hours=1))
    kept = closed(overdue, visit=visit)
    assert became(overdue) == ("kept", visit.at, 1)
    assert (overdue.closed_in, kept.after["closed_in"]) == (visit, str(visit.uid))


def test_close_sent_twice_closes_once(promised):
    uid = uuid4()
    assert closed(promised, uid=uid) == closed(promised, uid=uid)
    assert became(promised) == ("kept", NOON, 1)


def test_close_sent_again_after_it_was_opened_leaves_it_open(promised):
    uid = uuid4()
    kept = closed(promised, uid=uid)
    reopen(promise=promised, by=None, uid=uuid4())
    assert closed(promised, uid=uid) == kept
    assert became(promised) == ("", None, 2)


def test_close_so_a_second_time_answers_as_first(promised, overdue):
    for promise in (promised, overdue):
        assert closed(promise) == closed(promise)
        assert became(promise)[-1] == 1


def test_close_otherwise_is_refused_and_says_by_whom(promised, helper):
    closed(promised, "broken", by=helper)
    with pytest.raises(ClosedOtherwise) as told:
        closed(promised, "kept")
    assert (told.value.promise.outcome, told.value.promise.closed_by) == ("broken", helper)
    assert became(promised) == ("broken", NOON, 1)


@pytest.mark.parametrize("other", [{"outcome": "broken"}, {"note": "one dozen"}])
def test_close_under_a_known_uid_says_otherwise_is_refused(promised, other):
    uid = uuid4()
    closed(promised, "part", uid=uid)
    with pytest.raises(PromisedOtherwise):
        closed(promised, **{"outcome": "part", "uid": uid, **other})
    assert became(promised) == ("part", NOON, 1)


def test_close_under_the_uid_of_a_change_is_refused(promised):
    uid = uuid4()
    amend(promise=promised, terms=Terms(LATER, text="riper"), seen=0, by=None, uid=uid)
    with pytest.raises(PromisedOtherwise):
        closed(promised, uid=uid)
    assert became(promised)[0] == ""


def test_close_under_the_uid_of_another_promise_is_refused(promised, overdue):
    uid = uuid4()
    closed(overdue, uid=uid)
    with pytest.raises(PromisedOtherwise):
        closed(promised, uid=uid)


def test_close_of_one_that_an_import_closed_has_no_amendment_to_answer_with(promised):
    type(promised).objects.update(outcome="kept", closed_at=NOON)
    assert closed(promised) is None


def test_reopen_takes_the_outcome_back(promised, helper):
    visit = VisitFactory(customer=promised.customer, at=NOON)
    closed(promised, by=helper, visit=visit)
    kept = reopen(promise=promised, by=helper, uid=uuid4())
    assert became(promised) == ("", None, 2)
    assert (promised.closed_by, promised.closed_in) == (None, None)
    assert (kept.before["outcome"], kept.after["outcome"]) == ("kept", "")


def test_reopen_sent_twice_opens_once(promised):
    uid = uuid4()
    closed(promised)
    kept = reopen(promise=promised, by=None, uid=uid)
    closed(promised)
    assert reopen(promise=promised, by=None, uid=uid) == kept
    assert became(promised)[0] == "kept"


def test_reopen_of_an_open_one_changes_nothing(promised):
    assert reopen(promise=promised, by=None, uid=uuid4()) is None
    assert not Amendment.objects.exists()


def test_reopen_under_the_uid_of_an_outcome_is_refused(promised):
    uid = uuid4()
    closed(promised, uid=uid)
    with pytest.raises(PromisedOtherwise):
        reopen(promise=promised, by=None, uid=uid)


@pytest.mark.parametrize(("hours", "stands", "aside"), [(-1, "part", "broken"), (-3, "broken", "part")])
def test_close_in_two_ways_without_a_connection_keeps_the_later(promised, helper, hours, stands, aside):
    with moments.tapped(EARLIER):
        closed(promised, "broken")
    with moments.tapped(NOON + dt.timedelta(hours=hours)):
        closed(promised, "part", by=helper)
    assert became(promised)[0] == stands
    assert Clash.objects.values_list("of", "field", "stands", "aside").get() == (
        "promises.Promise",
        "outcome",
        stands,
        aside,
    )


def test_close_otherwise_of_what_was_noted_without_an_amendment_is_refused(vendor):
    promise = PromiseFactory(customer=CustomerFactory(vendor=vendor), outcome="broken", closed_at=EARLIER)
    with pytest.raises(ClosedOtherwise):
        closed(promise, "kept")
