import datetime as dt

import pytest

from customers.promises.due import due_moment
from customers.promises.models import Promise
from customers.promises.owing import IN_TIME, ON_THE_LAST, TOO_LATE, State, Which, by_day, by_outcome
from tests.factories.customers import CustomerFactory
from tests.factories.promises import PromiseFactory

DAY = dt.date(2026, 11, 18)
ONE_DAY = dt.timedelta(days=1)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor)


@pytest.fixture
def noon(vendor):
    return due_moment(vendor, DAY, dt.time(12))


def promised(customer, *, ago=0, at=dt.time(10), outcome="", **more):
    due_at = due_moment(customer.vendor, DAY - ago * ONE_DAY, at)
    more |= {"due_at": due_at, "due_any_time": at is None, "outcome": outcome}
    closed = {"closed_at": due_at + ONE_DAY if outcome == "late" else due_at} if outcome else {}
    return PromiseFactory(customer=customer, **more, **closed)


@pytest.mark.parametrize("at", [None, dt.time(3), dt.time(12), dt.time(2, 59)])
@pytest.mark.parametrize(("ago", "found"), [(2, 0), (1, 1), (0, 1), (-1, 0)])
def test_which_goes_by_the_shops_days_of_which_both_are_meant(vendor, sunita, noon, at, ago, found):
    promised(sunita, ago=ago, at=at)
    assert Which(DAY - ONE_DAY, DAY).rows(vendor, noon).count() == found


@pytest.mark.parametrize(
    ("state", "texts"),
    [
        ("", {"late one", "open one", "kept", "part", "late", "broken", "released"}),
        (State.OPEN, {"late one", "open one"}),
        (State.OVERDUE, {"late one"}),
        (State.JUDGED, {"kept", "part", "late", "broken"}),
        *((outcome, {outcome}) for outcome in Promise.Outcome),
    ],
)
def test_which_is_of_a_state_or_of_an_outcome(vendor, sunita, noon, state, texts):
    promised(sunita, text="late one")
    promised(sunita, text="open one", at=dt.time(18))
    for outcome in Promise.Outcome:
        promised(sunita, outcome=outcome, text=outcome)
    assert {each.text for each in Which(state=state).rows(vendor, noon)} == texts


def test_which_is_of_a_side_and_of_the_shop(vendor, sunita, noon):
    promised(CustomerFactory())
    theirs = promised(sunita, side="theirs")
    promised(sunita)
    assert list(Which(side="theirs").rows(vendor, noon)) == [theirs]
    assert [Which(side="theirs").has(theirs, DAY), Which(side="ours").has(theirs, DAY)] == [True, False]


def test_which_says_itself_as_an_address_asks():
    assert Which(None, DAY, "ours", State.OPEN).query == "last=2026-11-18&side=ours&state=open"
    assert Which().query == "state="


def test_by_day_tells_sides_and_times_apart(vendor, sunita, noon):
    promised(sunita)
    promised(sunita, ago=3, at=None)
    promised(sunita, at=dt.time(18))
    promised(sunita, at=None, side="theirs")
    promised(sunita, ago=-1)
    promised(sunita, ago=-2)
    found = by_day(vendor, Which(None, DAY + ONE_DAY, state=State.OPEN), noon)
    assert found == {("ours", TOO_LATE): 2, ("ours", IN_TIME): 1, ("theirs", IN_TIME): 1, ("ours", ON_THE_LAST): 1}


def test_by_outcome_tells_sides_and_outcomes_apart(vendor, sunita, noon):
    for outcome in ("kept", "kept", "late", ""):
        promised(sunita, outcome=outcome)
    promised(sunita, outcome="broken", side="theirs")
    promised(sunita, outcome="kept", ago=1)
    found = by_outcome(vendor, Which(DAY, DAY), noon)
    assert found == {("ours", "kept"): 2, ("ours", "late"): 1, ("ours", ""): 1, ("theirs", "broken"): 1}
