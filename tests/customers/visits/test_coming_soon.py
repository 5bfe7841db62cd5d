import datetime as dt

import pytest

from customers.visits import tallying
from customers.visits.coming_soon import Soon, chance_to_come, coming_soon
from customers.visits.expecting import Expected, expected_today
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ClosureFactory
from tests.factories.visits import VisitFactory

ONE_DAY = dt.timedelta(days=1)


@pytest.fixture
def today(vendor):
    return vendor.today()


def at_hours(vendor, *hours, days=range(1, 30)):
    """Somebody who came on each of those days, that many hours after the shop's day began."""
    person = CustomerFactory(vendor=vendor)
    for days_ago in days:
        start, _end = vendor.day_bounds(vendor.today() - days_ago * ONE_DAY)
        for hour in hours:
            VisitFactory(customer=person, at=start + dt.timedelta(hours=hour))
    return person.pk


def soon(vendor, days=4):
    tallying.recount_shop(vendor)
    vendor.past_changed()
    vendor.refresh_from_db()
    return coming_soon(vendor, vendor.today(), days)


def test_days_begin_with_today_and_follow_each_other(vendor, today):
    assert [each.day for each in soon(vendor)] == [today + number * ONE_DAY for number in range(4)]


def test_today_is_expected_what_the_counter_expects(vendor, today):
    at_hours(vendor, 5)
    assert soon(vendor)[0].expected == expected_today(vendor, today)


def test_whoever_came_today_is_known_to_have_come_on_the_days_after_it(vendor):
    at_hours(vendor, 0, days=range(0, 30, 3))
    today, tomorrow, *_later = soon(vendor)
    assert today.expected[0].rhythm.silence > tomorrow.expected[0].rhythm.silence


def test_nobody_is_expected_on_a_closed_day_nor_who_has_left(vendor, today):
    at_hours(vendor, 5)
    left = at_hours(vendor, 5, days=range(60, 119))
    ClosureFactory(vendor=vendor, first_day=today, last_day=today, reason="Diwali")
    closed, tomorrow, *_later = soon(vendor)
    assert (closed.why_closed, list(closed.expected)) == ("Diwali", [])
    assert tomorrow.expected
    assert left not in [each.customer for each in tomorrow.expected]


def test_hours_name_first_who_uses_to_come_then(vendor):
    early, late = at_hours(vendor, 4.5), at_hours(vendor, 9.5)
    hours = soon(vendor)[1].by_hour(2)
    assert {hour: [each.customer for each in people] for hour, people in hours.items() if hour in (4, 9)} == {
        4: [early, late], 9: [late, early],
    }  # fmt: skip
    assert set(hours) == set(range(4, 10))
    assert [len(people) for people in soon(vendor)[1].by_hour(1).values()] == [1] * 6


def test_hours_of_a_day_on_which_nobody_is_expected_are_none(today):
    assert Soon(today, "", ()).by_hour(5) == {}


def test_chance_of_several_days_is_that_of_one_of_them(today):
    days = [Soon(today, "", (Expected(1, chance, None, None),)) for chance in (0.5, 0.5)]
    assert chance_to_come(days) == {1: 0.75}
