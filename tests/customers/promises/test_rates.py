import datetime as dt
from uuid import uuid4

import pytest
from django.utils import timezone

from customers.promises.amending import amend
from customers.promises.closing import close
from customers.promises.due import due_moment
from customers.promises.models import Promise
from customers.promises.rates import MOST_OVERDUE, KeptRate, Rate, kept_by_person, kept_rates
from customers.promises.terms import Terms
from tests.factories.customers import CustomerFactory
from tests.factories.promises import PromiseFactory

NOON = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
TODAY = dt.date(2026, 12, 1)
NONE = KeptRate(Rate(0, 0), Rate(0, 0), 0)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


def promised(customer, outcome, *, ago=1, at=dt.time(12), side="ours"):
    due_at = due_moment(customer.vendor, TODAY - dt.timedelta(days=ago), at)
    closed_at = due_at + dt.timedelta(hours=1) if outcome == "late" else due_at
    return PromiseFactory(
        customer=customer,
        side=side,
        outcome=outcome,
        due_at=due_at,
        due_any_time=at is None,
        closed_at=closed_at if outcome else None,
    )


def rates(vendor, **of):
    return kept_rates(vendor, NOON, **of)


def test_kept_rates_of_nobody_are_none(vendor):
    assert rates(vendor) == {"ours": NONE, "theirs": NONE}


def test_kept_rates_count_what_was_kept_in_full_and_in_time(vendor, sunita):
    for outcome in ("kept", "kept", "part", "late", "broken", "released"):
        promised(sunita, outcome)
    promised(sunita, "kept", side="theirs")
    found = rates(vendor)
    assert found["ours"] == KeptRate(Rate(2, 5), Rate(2, 5), 0)
    assert found["theirs"].short == Rate(1, 1)


def test_kept_rates_count_what_was_kept_before_its_day(vendor, sunita):
    promised(sunita, "kept", ago=-3)
    promised(sunita, "", ago=-3)
    assert rates(vendor)["ours"] == KeptRate(Rate(1, 1), Rate(1, 1), 0)


def test_kept_rates_tell_what_is_overdue_beside(vendor, sunita):
    promised(sunita, "")
    promised(sunita, "", ago=-1)
    assert rates(vendor)["ours"] == KeptRate(Rate(0, 0), Rate(0, 0), 1)


def test_kept_rates_of_one_person_and_of_the_shop(vendor, sunita):
    promised(sunita, "kept")
    promised(CustomerFactory(vendor=vendor), "broken")
    promised(CustomerFactory(), "broken")
    assert rates(vendor)["ours"].long == Rate(1, 2)
    assert rates(vendor, customer=sunita)["ours"].long == Rate(1, 1)


@pytest.mark.parametrize("at", [None, dt.time(3), dt.time(12), dt.time(2, 59)])
@pytest.mark.parametrize(("ago", "short", "long"), [(0, 1, 1), (29, 1, 1), (30, 0, 1), (364, 0, 1), (365, 0, 0)])
def test_kept_rates_go_by_the_shops_day_on_which_it_was_due(vendor, sunita, at, ago, short, long):
    """Any time of a day is the day's own, though its end is the moment at which the next begins."""
    promised(sunita, "kept", ago=ago, at=at)
    found = rates(vendor)["ours"]
    assert (found.short.of, found.long.of) == (short, long)


def test_kept_rates_count_a_changed_promise_by_its_last_form(vendor, sunita):
    """Put off while it was overdue and kept by the new time, it was kept."""
    promise = promised(sunita, "", ago=1)
    amend(promise=promise, terms=Terms(NOON + dt.timedelta(hours=1), text=promise.text), seen=0, by=None, uid=uuid4())
    assert rates(vendor)["ours"].overdue == 0
    close(promise=promise, outcome="kept", by=None, uid=uuid4())
    assert rates(vendor)["ours"].short == Rate(1, 1)


@pytest.mark.parametrize(("of", "is_early"), [(4, True), (5, False)])
def test_rate_of_under_five_is_too_early(of, is_early):
    assert Rate(of, of).is_early is is_early


@pytest.mark.parametrize("many", [1, 3])
def test_kept_rates_ask_three_times_for_any_number(vendor, sunita, many, django_assert_num_queries):
    for _ in range(many):
        promised(sunita, "kept")
        promised(sunita, "", side="theirs")
    with django_assert_num_queries(3):
        rates(vendor, customer=sunita)


def test_kept_rates_count_overdue_promises_up_to_a_hundred(vendor, sunita):
    due = NOON - dt.timedelta(days=1)
    Promise.objects.bulk_create(
        PromiseFactory.build(vendor=vendor, customer=sunita, due_at=due) for _ in range(MOST_OVERDUE + 1)
    )
    found = rates(vendor, customer=sunita)
    assert (found["ours"].overdue, found["ours"].overdue_said) == (100, "100+")
    assert (found["theirs"].overdue, found["theirs"].overdue_said) == (0, "0")


def test_kept_by_person_is_that_of_each_alone(vendor, sunita):
    ahmed = CustomerFactory(vendor=vendor)
    for outcome in ("kept", "late", "released", ""):
        promised(sunita, outcome, side="theirs")
    promised(sunita, "broken")
    promised(ahmed, "kept", side="theirs", ago=365)
    promised(ahmed, "kept", side="theirs", ago=364)
    promised(CustomerFactory(), "kept", side="theirs")
    assert kept_by_person(vendor, NOON, "theirs") == {sunita.pk: Rate(1, 2), ahmed.pk: Rate(1, 1)}
    for customer in (sunita, ahmed):
        assert kept_by_person(vendor, NOON, "theirs")[customer.pk] == rates(vendor, customer=customer)["theirs"].long
