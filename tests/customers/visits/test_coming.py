import datetime as dt
import random

import pytest
from django.utils import timezone

from customers.visits import recording, tallying
from customers.visits.coming import BUSY, WINDOW, Comings, closed_before, comings_before, comings_of
from customers.visits.models import Visit
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ClosureFactory, OpeningHoursFactory, VendorFactory
from tests.factories.visits import VisitFactory
from vendors.models import Vendor

DAY = dt.date(2026, 11, 21)
ONE_DAY, INSTANT = dt.timedelta(days=1), dt.timedelta(microseconds=1)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


def start_of(vendor, day):
    return vendor.day_bounds(day)[0]


def came(customer, *moments):
    for at in moments:
        VisitFactory(customer=customer, at=at)


def days_ago(*numbers):
    return [DAY.toordinal() - number for number in numbers]


def by_definition(customer, day):
    """The first visit of each day within the window, one by one."""
    firsts = {}
    for visit in Visit.objects.filter(customer=customer, voided_at=None).order_by("at"):
        on = customer.vendor.day_of(visit.at)
        if day - WINDOW <= on < day:
            firsts.setdefault(on, visit.at - start_of(customer.vendor, on))
    return Comings([on.toordinal() for on in firsts], [since.seconds // 60 for since in firsts.values()])


@pytest.mark.parametrize(
    ("zone", "day_starts"),
    [("Asia/Kolkata", 3), ("Europe/Berlin", 0), ("Europe/Berlin", 3), ("America/New_York", 2), ("Pacific/Apia", 23)],
)
def test_comings_are_the_first_visits_of_each_day(db, zone, day_starts):
    """Some of everywhere, and some round the beginning of each day of a fortnight in which the clock is changed."""
    vendor = VendorFactory(time_zone=zone, day_starts=dt.time(day_starts))
    people, drawn = [CustomerFactory(vendor=vendor) for _ in range(3)], random.Random(7)
    start = start_of(vendor, DAY)
    for _ in range(80):
        came(drawn.choice(people), start - drawn.random() * dt.timedelta(days=415))
    for number in range(20, 40):
        edge = start_of(vendor, DAY - number * ONE_DAY)
        came(people[number % 3], edge, edge - INSTANT, edge - dt.timedelta(minutes=1))
    expected = {person.pk: by_definition(person, DAY) for person in people}
    assert comings_before(vendor, DAY) == expected
    assert {person.pk: comings_of(person, DAY) for person in people} == expected


def test_comings_count_two_visits_of_a_day_once_at_the_first_of_them(vendor, sunita):
    start = start_of(vendor, DAY - ONE_DAY)
    came(
        sunita,
        start + dt.timedelta(hours=9),
        start + dt.timedelta(hours=7, minutes=5),
        start + dt.timedelta(hours=7, minutes=5),
    )
    assert comings_of(sunita, DAY) == Comings(days_ago(1), [7 * 60 + 5])


def test_comings_leave_out_what_was_undone(vendor, sunita):
    start = start_of(vendor, DAY - ONE_DAY)
    came(sunita, start, start + dt.timedelta(hours=2))
    recording.void(visit=Visit.objects.earliest("at"), by=None)
    assert comings_of(sunita, DAY) == comings_before(vendor, DAY)[sunita.pk] == Comings(days_ago(1), [120])
    recording.void(visit=Visit.objects.latest("at"), by=None)
    assert (comings_of(sunita, DAY), comings_before(vendor, DAY)) == (Comings([], []), {})


def test_comings_are_those_of_the_window_and_no_later(vendor, sunita):
    first, end = start_of(vendor, DAY - WINDOW), start_of(vendor, DAY)
    came(sunita, first - INSTANT, first, end - INSTANT, end, end + 30 * ONE_DAY)
    assert comings_of(sunita, DAY) == Comings(days_ago(WINDOW.days, 1), [0, 1439])


def test_comings_of_the_day_with_twenty_five_hours(db):
    """Its last hour is of that day still; the minute is that of its first hour."""
    vendor = VendorFactory(time_zone="Europe/Berlin", day_starts=dt.time(0))
    customer, day = CustomerFactory(vendor=vendor), dt.date(2026, 10, 25)
    came(customer, start_of(vendor, day) + dt.timedelta(hours=24, minutes=20))
    assert comings_of(customer, DAY) == Comings([day.toordinal()], [20])


def test_comings_keep_to_the_shop_and_the_person(vendor, sunita):
    came(CustomerFactory(), start_of(vendor, DAY - ONE_DAY))
    came(CustomerFactory(vendor=vendor), start_of(vendor, DAY - ONE_DAY))
    assert comings_of(sunita, DAY) == Comings([], [])
    assert len(comings_before(vendor, DAY)) == 1


@pytest.mark.parametrize("people", [1, 3])
def test_comings_before_takes_one_query_for_any_number(vendor, people, django_assert_num_queries):
    for _ in range(people):
        came(CustomerFactory(vendor=vendor), *(start_of(vendor, DAY - number * ONE_DAY) for number in range(1, 4)))
    with django_assert_num_queries(1):
        comings_before(vendor, DAY)


# --- closed days


def visits(customer, *numbers, times=1):
    """Visits at noon, so many days ago, and the shop's days counted."""
    for number in numbers:
        came(customer, *[start_of(customer.vendor, DAY - number * ONE_DAY) + dt.timedelta(hours=9)] * times)
    tallying.recount_shop(customer.vendor)


def closed(vendor, day=DAY):
    return sorted(closed_before(Vendor.objects.get(pk=vendor.pk), day), reverse=True)


def test_no_day_was_closed_in_a_shop_that_never_opened_or_never_said(vendor, sunita):
    assert closed(vendor) == []
    visits(sunita, 2, 9)
    assert closed(vendor) == []


def test_planned_closure_and_weekly_rest_were_closed_since_the_first_visit(vendor, sunita):
    for weekday in range(6):
        OpeningHoursFactory(vendor=vendor, weekday=weekday)  # never on Sundays: 6, 13 and 20 days before a Saturday
    ClosureFactory(vendor=vendor, first_day=DAY - 30 * ONE_DAY, last_day=DAY - 29 * ONE_DAY)
    ClosureFactory(vendor=vendor, first_day=DAY - 10 * ONE_DAY, last_day=DAY - 9 * ONE_DAY)
    ClosureFactory(vendor=vendor, first_day=DAY, last_day=DAY + 9 * ONE_DAY)
    visits(sunita, 15)
    assert closed(vendor) == days_ago(6, 9, 10, 13)


def test_day_with_a_visit_was_open_whatever_was_planned(vendor, sunita):
    ClosureFactory(vendor=vendor, first_day=DAY - 4 * ONE_DAY, last_day=DAY - 2 * ONE_DAY)
    visits(sunita, 9, 3)
    assert closed(vendor) == days_ago(2, 4)
    recording.void(visit=Visit.objects.latest("at"), by=None)
    assert closed(vendor) == days_ago(2, 3, 4)


@pytest.mark.parametrize(("times", "quiet"), [(BUSY, [2, 4, 5]), (BUSY - 1, [])])
def test_day_without_anybody_was_closed_in_a_busy_shop_only(vendor, sunita, times, quiet):
    visits(sunita, 6, 3, 1, times=times)
    assert closed(vendor) == days_ago(*quiet)


def test_crowd_of_the_day_itself_does_not_make_a_busy_shop_of_the_days_before(vendor, sunita):
    visits(sunita, 3, 1)
    visits(sunita, 0, times=20)
    assert closed(vendor) == []


def test_day_that_is_not_over_is_nobodys_silence(vendor, sunita, monkeypatch):
    """As known today for a day of next week: what lies between has not been, but for who came today."""
    monkeypatch.setattr(timezone, "now", lambda: start_of(vendor, DAY) + dt.timedelta(hours=5))
    visits(sunita, 2, 1)
    assert closed(vendor, DAY + 4 * ONE_DAY) == days_ago(-3, -2, -1, 0)
    visits(sunita, 0)
    assert closed(vendor, DAY + 4 * ONE_DAY) == days_ago(-3, -2, -1)


def test_closed_before_looks_no_further_than_the_window(vendor, sunita):
    ClosureFactory(vendor=vendor, first_day=DAY - 500 * ONE_DAY, last_day=DAY - 3 * ONE_DAY)
    visits(sunita, 600, 400, 1)
    assert closed(vendor) == days_ago(*range(3, 400))


@pytest.mark.parametrize(
    "whom",
    [
        {"kind": "supplier"},
        {"kind": "colleague"},
        {"standing": "closed", "standing_reason": "moved away"},
        {"standing": "lapsed", "standing_reason": "buys at the market"},
    ],
    ids=lambda whom: next(iter(whom.values())),
)
def test_comings_of_whom_nobody_waits_for_are_theirs_alone(vendor, whom):
    customer = CustomerFactory(vendor=vendor, **whom)
    came(customer, start_of(vendor, DAY - ONE_DAY))
    assert not customer.is_awaited
    assert comings_before(vendor, DAY) == {}
    assert comings_of(customer, DAY).days == days_ago(1)


@pytest.mark.parametrize("standing", ["possible", "regular"])
def test_comings_of_who_is_said_to_be_possible_or_regular_are_counted(vendor, standing):
    customer = CustomerFactory(vendor=vendor, standing=standing, standing_reason="said so")
    came(customer, start_of(vendor, DAY - ONE_DAY))
    assert customer.is_awaited
    assert list(comings_before(vendor, DAY)) == [customer.pk]
