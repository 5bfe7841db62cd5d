import datetime as dt
from uuid import uuid4

import pytest

from customers import keeping
from customers.models import Customer
from customers.promises.standing import LAPSED, NO, POSSIBLE, REGULAR, YES, Mark, Marks, Seen, marks_from, read_from
from customers.promises.standing import standing_of as standing_on
from customers.visits.rhythm import State
from tests.factories.customers import CustomerFactory, MembershipFactory
from tests.factories.promises import PromiseFactory, StandingOrderFactory, WishFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

UNKNOWN = Mark("")
SEEN, SAID = Mark(YES), Mark(YES, was_said=True)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


def came(customer, *days_ago):
    start, _end = customer.vendor.day_bounds(customer.vendor.today())
    return [VisitFactory(customer=customer, at=start - dt.timedelta(days=days, hours=-7)) for days in days_ago]


def standing_of(customer):
    return standing_on(Customer.objects.get(pk=customer.pk), customer.vendor.today())


# --- arithmetic


@pytest.mark.parametrize(
    ("state", "read"),
    [
        (State.UNKNOWN, POSSIBLE),
        (State.EARLY, POSSIBLE),
        (State.STEADY, REGULAR),
        (State.OVERDUE, REGULAR),
        (State.WATCH, REGULAR),
        (State.LEFT, LAPSED),
    ],
)
def test_standing_is_read_from_the_rhythm(state, read):
    assert read_from(state) == read


def test_standing_of_who_came_so_long_ago_that_no_rhythm_is_left_is_lapsed():
    assert read_from(State.UNKNOWN, came_before=True) == LAPSED


def test_marks_are_what_was_said_else_what_was_seen():
    said = Customer(authority=NO, means=YES)
    assert marks_from(said, Seen(decides=True, waits=True)) == (Mark(NO, was_said=True), SAID, SEEN)
    assert marks_from(Customer(), Seen()) == (UNKNOWN, UNKNOWN, UNKNOWN)


def test_missing_is_what_is_not_a_yes():
    assert Marks(Mark(NO, was_said=True), SEEN, UNKNOWN).missing == ["authority", "intention"]
    assert Marks(SEEN, SAID, SEEN).missing == []


# --- from the rows


@pytest.mark.parametrize(
    ("days_ago", "read"),
    [
        ([], POSSIBLE),
        ([1, 2, 3, 4], POSSIBLE),
        ([1, 3, 5, 7, 9], REGULAR),
        ([*range(200, 230)], LAPSED),
        ([500], LAPSED),
    ],
    ids=["never", "few", "often", "left", "long ago"],
)
def test_standing_tells_who_came_how(sunita, days_ago, read):
    came(sunita, *days_ago)
    found = standing_of(sunita)
    assert (found.value, found.read, found.said) == (read, read, None)
    assert (found.marks is not None) is (read == POSSIBLE)


def test_standing_counts_no_undone_visit_and_none_of_today(sunita, vendor):
    (visit,) = came(sunita, 500)
    type(visit).objects.update(voided_at=visit.at)
    VisitFactory(customer=sunita)
    assert standing_of(sunita).value == POSSIBLE


def test_standing_said_by_hand_holds_and_says_by_whom(sunita, helper):
    came(sunita, 1, 3, 5, 7, 9)
    said = {"standing": "closed", "standing_reason": "moved to Pune"}
    edit = keeping.change(customer=sunita, fields=said, numbers=None, by=helper, uid=uuid4())
    found = standing_of(sunita)
    assert (found.value, found.read, found.said, found.marks) == ("closed", REGULAR, edit, None)


def test_standing_said_again_otherwise_names_the_last_change(sunita, helper):
    for standing in ("closed", "lapsed"):
        said = {"standing": standing, "standing_reason": "asked us"}
        edit = keeping.change(customer=sunita, fields=said, numbers=None, by=helper, uid=uuid4())
    assert standing_of(sunita).said == edit


def test_standing_of_nobody_seen_lacks_all_three_marks(sunita):
    assert standing_of(sunita).marks == (UNKNOWN, UNKNOWN, UNKNOWN)


def test_authority_is_seen_when_they_decide_in_a_household(sunita, vendor):
    MembershipFactory(household__vendor=vendor, customer=sunita, eats=True)
    assert standing_of(sunita).marks.authority == UNKNOWN
    MembershipFactory(household__vendor=vendor, customer=sunita, decides=True)
    assert standing_of(sunita).marks.authority == SEEN


def test_means_are_seen_when_they_took_something(sunita):
    line = VisitLineFactory(visit__customer=sunita, outcome="not-in-stock")
    assert standing_of(sunita).marks.means == UNKNOWN
    type(line).objects.update(outcome="replaced")
    assert standing_of(sunita).marks.means == SEEN
    type(line.visit).objects.update(voided_at=line.visit.at)
    assert standing_of(sunita).marks.means == UNKNOWN


@pytest.mark.parametrize("waits_for", [PromiseFactory, WishFactory, StandingOrderFactory])
def test_intention_is_seen_when_they_wait_for_something(sunita, waits_for):
    waits_for(customer__vendor=sunita.vendor)
    assert standing_of(sunita).marks.intention == UNKNOWN
    waits_for(customer=sunita)
    assert standing_of(sunita).marks.intention == SEEN


def test_standing_takes_the_same_queries_for_many_rows(sunita, django_assert_num_queries):
    came(sunita, *range(1, 9))
    standing_of(sunita)
    person, day = Customer.objects.select_related("vendor").get(pk=sunita.pk), sunita.vendor.today()
    with django_assert_num_queries(2):  # their days, and all that was seen of them at once
        standing_on(person, day)
