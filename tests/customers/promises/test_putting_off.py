import datetime as dt
from uuid import uuid4

import pytest

from customers.promises.amending import ClosedAlready, amend
from customers.promises.closing import close
from customers.promises.due import due_moment
from customers.promises.models import Amendment
from customers.promises.promising import DueInThePast, PromisedOtherwise
from customers.promises.putting_off import put_off, time_of
from customers.promises.terms import Terms
from tests.factories.customers import CustomerFactory
from tests.factories.promises import PromiseFactory, PromiseLineFactory

ONE_DAY = dt.timedelta(days=1)
SIX = dt.time(18)


@pytest.fixture
def promise(vendor):
    """Overdue since three days."""
    due_at = due_moment(vendor, vendor.today() - 3 * ONE_DAY, SIX)
    found = PromiseFactory(customer=CustomerFactory(vendor=vendor), due_at=due_at, has_lines=True, amount=120)
    PromiseLineFactory(promise=found, manner="ripe")
    return found


def put(promise, *, day=None, at=SIX, seen=0, by=None, uid=None):
    day = day or promise.vendor.today() + ONE_DAY
    return put_off(promise=promise, day=day, at=at, seen=seen, by=by, uid=uid or uuid4())


def test_put_off_changes_the_day_and_nothing_else(vendor, promise, helper):
    amended = put(promise, by=helper)
    promise.refresh_from_db()
    assert promise.due_at == due_moment(vendor, vendor.today() + ONE_DAY, SIX)
    assert amended.amendment.after.keys() == {"due_at"}
    assert amended.amendment.by == helper
    assert [line.manner for line in promise.lines.all()] == ["ripe"]


def test_put_off_to_any_time_of_a_day(vendor, promise):
    put(promise, at=None)
    promise.refresh_from_db()
    assert (promise.due_at, promise.due_any_time) == (vendor.day_bounds(vendor.today() + ONE_DAY)[1], True)
    assert time_of(promise) is None


def test_time_of_is_by_the_shops_clock(promise):
    assert time_of(promise) == SIX


def test_put_off_twice_under_one_uid_is_done_once(promise):
    uid = uuid4()
    assert put(promise, uid=uid).amendment == put(promise, uid=uid).amendment
    assert Amendment.objects.count() == 1


def test_put_off_otherwise_under_a_known_uid_is_refused(promise):
    uid = uuid4()
    put(promise, uid=uid)
    with pytest.raises(PromisedOtherwise):
        put(promise, uid=uid, at=None)


def test_put_off_into_the_past_is_refused(vendor, promise):
    with pytest.raises(DueInThePast):
        put(promise, day=vendor.today() - ONE_DAY)


def test_closed_promise_is_not_put_off(promise):
    close(promise=promise, outcome="broken", by=None, uid=uuid4())
    with pytest.raises(ClosedAlready):
        put(promise)


def test_put_off_keeps_what_somebody_else_changed_meanwhile_and_tells_it(vendor, promise, helper):
    later = due_moment(vendor, vendor.today() + 2 * ONE_DAY, SIX)
    amend(promise=promise, terms=Terms(later, text="at the gate"), seen=0, by=helper, uid=uuid4())
    amended = put(promise)
    promise.refresh_from_db()
    assert promise.text == "at the gate"
    assert promise.due_at == due_moment(vendor, vendor.today() + ONE_DAY, SIX)
    assert [each.by for each in amended.overlooked] == [helper]
