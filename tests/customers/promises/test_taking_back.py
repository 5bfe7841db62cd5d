import datetime as dt
from uuid import uuid4

import pytest
from django.utils import timezone

from customers.promises.amending import ClosedAlready, amend
from customers.promises.closing import close
from customers.promises.handing_over import hand_over
from customers.promises.models import Amendment
from customers.promises.promising import PromisedOtherwise
from customers.promises.putting_off import put_off
from customers.promises.taking_back import ChangedSince, kind_of, take_back
from customers.promises.terms import Terms
from tests.factories.customers import CustomerFactory
from tests.factories.promises import AmendmentFactory, PromiseFactory
from tests.factories.vendors import MemberFactory

ONE_DAY = dt.timedelta(days=1)


@pytest.fixture
def promise(vendor, helper):
    """Overdue since yesterday."""
    return PromiseFactory(
        customer=CustomerFactory(vendor=vendor), due_at=timezone.now() - ONE_DAY, owner=helper, text="ripe ones"
    )


def closed(promise, outcome="broken"):
    return close(promise=promise, outcome=outcome, by=None, uid=uuid4())


def put(promise, at=None):
    day = promise.vendor.today() + ONE_DAY
    return put_off(promise=promise, day=day, at=at, seen=0, by=None, uid=uuid4()).amendment


def given(promise, to):
    return hand_over(thing=promise, to=to, by=None, uid=uuid4())


def back(amendment, uid=None, by=None):
    return take_back(amendment=amendment, by=by, uid=uid or uuid4())


def test_take_back_opens_what_was_closed(promise, owner):
    undone = back(closed(promise), by=owner)
    promise.refresh_from_db()
    assert (promise.outcome, promise.closed_at, undone.by) == ("", None, owner)


@pytest.mark.parametrize("at", [None, dt.time(18)])
def test_take_back_lets_be_due_as_before_though_that_is_over(promise, at):
    due_at = promise.due_at
    back(put(promise, at))
    promise.refresh_from_db()
    assert (promise.due_at, promise.due_any_time, promise.version) == (due_at, False, 2)


def test_take_back_of_what_said_only_any_time_before(vendor, promise):
    promise.due_at, promise.due_any_time = vendor.day_bounds(vendor.today())[1], True
    promise.save()
    amendment = AmendmentFactory(promise=promise, before={"due_any_time": False}, after={"due_any_time": True})
    back(amendment)
    promise.refresh_from_db()
    assert (promise.due_at, promise.due_any_time) == (vendor.day_bounds(vendor.today())[1], False)


def test_take_back_gives_back(promise, helper, vendor):
    back(given(promise, MemberFactory(vendor=vendor)))
    promise.refresh_from_db()
    assert promise.owner == helper


def test_take_back_gives_to_nobody_what_was_nobodys_or_of_one_who_serves_no_more(promise, helper, owner):
    amendment = given(promise, owner)
    helper.is_active = False
    helper.save()
    back(amendment)
    promise.refresh_from_db()
    assert promise.owner is None
    back(given(promise, owner))
    promise.refresh_from_db()
    assert promise.owner is None


def test_take_back_twice_under_one_uid_is_done_once(promise, owner):
    for do in (put, closed):
        uid, amendment = uuid4(), do(promise)
        count = Amendment.objects.count()
        assert back(amendment, uid) == back(amendment, uid)
        assert Amendment.objects.count() == count + 1
    uid, amendment = uuid4(), given(promise, owner)
    assert back(amendment, uid) == back(amendment, uid)


def test_take_back_of_something_else_under_a_known_uid_is_refused(promise):
    uid = uuid4()
    back(put(promise), uid)
    later = closed(promise)
    with pytest.raises(PromisedOtherwise):
        back(later, uid)
    assert promise.amendments.count() == 3
    undone = uuid4()
    back(later, undone)
    with pytest.raises(PromisedOtherwise):
        back(closed(promise), undone)


def test_take_back_of_what_was_changed_since_is_refused(promise, helper):
    first = put(promise)
    amend(promise=promise, terms=Terms(first.promise.due_at, text="others"), seen=1, by=helper, uid=uuid4())
    with pytest.raises(ChangedSince):
        back(first)


def test_take_back_of_any_other_change_is_refused(promise):
    changed = AmendmentFactory(promise=promise)
    assert kind_of(changed) == ""
    with pytest.raises(ChangedSince):
        back(changed)


def test_take_back_of_what_is_closed_without_a_trace_is_refused(promise):
    amendment = put(promise)
    promise.refresh_from_db()
    promise.outcome, promise.closed_at = "broken", timezone.now()
    promise.save()
    with pytest.raises(ClosedAlready):
        back(amendment)
