import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.promises.due import due_day, due_moment
from tests.customers.promises.time_zones import ZONES, changes, days_of_year, years
from vendors.models import Vendor

STARTS = [dt.time(0), dt.time(0, 30), dt.time(2, 15), dt.time(3), dt.time(4), dt.time(22)]
LEFT_OUT = dt.date(2011, 12, 30)
"""Apia crossed the date line: this day never was."""
SIX = dt.time(18)

times = st.builds(dt.time, st.integers(0, 23), st.integers(0, 59))


def shop(zone, day_starts=STARTS[3]):
    return Vendor(time_zone=zone, day_starts=day_starts)


def really_is(zone, day):
    return not (zone == "Pacific/Apia" and day == LEFT_OUT)


def days_in(zone):
    """All days of some years, those on which the clock is changed as often as all others."""
    every = st.sampled_from([day for year in years(zone) for day in days_of_year(year)])
    changed = changes(zone)
    found = st.one_of(every, st.sampled_from(changed)) if changed else every
    return found.filter(lambda day: really_is(zone, day))


@pytest.mark.parametrize("zone", ZONES)
@given(data=st.data())
def test_due_day_is_the_day_for_which_it_was_promised(zone, data):
    vendor, day = shop(zone, data.draw(st.sampled_from(STARTS))), data.draw(days_in(zone))
    at = data.draw(st.none() | times)
    assert due_day(vendor, due_moment(vendor, day, at), any_time=at is None) == day


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day_starts", STARTS)
def test_due_day_is_the_same_day_around_each_change_of_the_clock(zone, day_starts):
    """At any time of the day, at the hours of the night, at noon and before midnight."""
    vendor, at_times = shop(zone, day_starts), [None, *(dt.time(hour, 30) for hour in (0, 1, 2, 3, 12, 23))]
    wrong = [
        (day, at)
        for day in changes(zone) or days_of_year(years(zone)[0])
        for at in at_times
        if really_is(zone, day) and due_day(vendor, due_moment(vendor, day, at), any_time=at is None) != day
    ]
    assert wrong == []


@pytest.mark.parametrize("zone", ZONES)
@given(data=st.data())
def test_due_moments_rise_with_the_days(zone, data):
    vendor, at = shop(zone, data.draw(st.sampled_from(STARTS))), data.draw(st.none() | times)
    day, later = data.draw(days_in(zone)), data.draw(st.integers(1, 40))
    after = day + dt.timedelta(days=later)
    if really_is(zone, after):
        assert due_moment(vendor, day, at) < due_moment(vendor, after, at)


@pytest.mark.parametrize("zone", ZONES)
@given(data=st.data())
def test_by_six_is_six_on_the_wall_of_that_day(zone, data):
    vendor, day = shop(zone, data.draw(st.sampled_from(STARTS[:-1]))), data.draw(days_in(zone))
    on_the_wall = due_moment(vendor, day, SIX).astimezone(ZoneInfo(zone))
    assert on_the_wall.replace(tzinfo=None) == dt.datetime.combine(day, SIX)


def test_due_at_a_time_of_the_night_is_in_the_night_that_ends_the_day():
    vendor = shop("Asia/Kolkata")
    moment = due_moment(vendor, dt.date(2026, 11, 27), dt.time(1, 30))
    assert moment.astimezone(vendor.tz).replace(tzinfo=None) == dt.datetime(2026, 11, 28, 1, 30)


def test_due_at_a_time_that_the_clock_leaves_out_stays_in_its_day():
    """In New York 02:30 of 8 March 2026 never was, and 03:00 is the next day of the shop."""
    vendor, day = shop("America/New_York"), dt.date(2026, 3, 7)
    moment = due_moment(vendor, day, dt.time(2, 30))
    assert moment == dt.datetime(2026, 3, 8, 6, 59, tzinfo=dt.UTC)
    assert vendor.day_of(moment) == day


def test_due_at_a_time_that_the_clock_says_twice_is_the_first_of_them():
    vendor = shop("Europe/Berlin", dt.time(0))
    moment = due_moment(vendor, dt.date(2026, 10, 25), dt.time(2, 30))
    assert moment == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)


def test_due_any_time_is_the_end_of_the_day():
    vendor = shop("Asia/Kolkata")
    moment = due_moment(vendor, dt.date(2026, 11, 27), None)
    assert moment == vendor.day_bounds(dt.date(2026, 11, 27))[1]
    assert vendor.day_of(moment) == dt.date(2026, 11, 28)
