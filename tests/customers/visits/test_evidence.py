import datetime as dt

import pytest

from crm.counter import presence
from customers.visits import tallying
from customers.visits.coming import comings_of
from customers.visits.evidence import WEEKS, Hour, Weekday, rhythm_of
from customers.visits.expecting import Gaps, standing_of, usual_minute
from customers.visits.rhythm import Limits, State, rhythm
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ClosureFactory
from tests.factories.visits import VisitFactory
from vendors.models import Vendor

NOW = dt.datetime(2026, 11, 21, 4, 30, tzinfo=dt.UTC)  # a Saturday, 10:00 in the shop
DAY = dt.date(2026, 11, 21)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


def came(customer, *days_ago, minutes=0):
    for days in days_ago:
        VisitFactory(customer=customer, at=NOW - dt.timedelta(days=days, minutes=minutes))


def ask(customer):
    tallying.recount_shop(customer.vendor)
    customer.vendor = Vendor.objects.get(pk=customer.vendor_id)
    return rhythm_of(customer, DAY)


def ago(days):
    return DAY - dt.timedelta(days=days)


def test_rhythm_has_the_very_gaps_that_are_said(sunita):
    came(sunita, 60, 40, 30, 26, 23, 20, 16, 13, 10, 3)
    found = ask(sunita)
    assert found.standing == standing_of(sunita, DAY)
    assert found.standing.gaps == Gaps(3, 7)
    assert [(row.day, row.gap, row.usual) for row in found.comings[:4]] == [
        (ago(3), 7, True),
        (ago(10), 3, True),
        (ago(13), 3, True),
        (ago(16), 4, True),
    ]
    assert [(row.gap, row.usual) for row in found.comings[-3:]] == [(10, False), (20, False), (None, False)]
    assert (found.missed, found.since) == (2, [])


def test_rhythm_has_twelve_gaps_at_most(sunita):
    came(sunita, *range(1, 60, 2))
    assert [row.gap for row in ask(sunita).comings] == [2] * 12 + [None]


def test_rhythm_names_the_days_on_which_the_shop_was_closed(vendor, sunita):
    came(sunita, 30, 25, 20, 15, 10, 5)
    ClosureFactory(vendor=vendor, first_day=ago(8), reason="Wedding")
    ClosureFactory(vendor=vendor, first_day=ago(2), reason="Diwali")
    found = ask(sunita)
    assert [row.closed for row in found.comings[:2]] == [(ago(8),), ()]
    assert found.since == [ago(2)]
    assert found.missed == 3
    assert found.reasons == {ago(8): "Wedding", ago(2): "Diwali"}


def test_limits_are_where_the_state_changes():
    days = [DAY.toordinal() - each for each in (60, 50, 43, 40, 31, 27, 20)]
    last = days[-1]
    limits = rhythm(days, DAY.toordinal(), DAY.toordinal() + 1).limits
    states = [rhythm(days, last + silence, last + silence + 1).state for silence in range(limits.left + 1)]
    assert limits == Limits(*(states.index(state) for state in (State.OVERDUE, State.WATCH, State.LEFT)))


def test_weekdays_are_as_many_as_find_says(vendor, sunita):
    came(sunita, 7, 14, 28, 35, 42)
    ClosureFactory(vendor=vendor, first_day=ago(21))
    found = ask(sunita)
    assert found.weekdays[:3] == [
        Weekday(ago(7), 420, False),
        Weekday(ago(14), 420, False),
        Weekday(ago(21), None, True),
    ]
    (likely,) = presence.likely_now(sunita.vendor, NOW)
    here = sum(row.minute is not None for row in found.weekdays)
    assert likely.reason == f"Saturday, about 10:00: {here} of {len(found.weekdays)} weeks"
    assert (here, len(found.weekdays)) == (5, WEEKS)
    assert 0 < found.chance < 1


def test_hours_have_the_middle_one(sunita):
    for days, minutes in ((1, 0), (2, 60), (3, 20), (4, 90)):
        came(sunita, days, minutes=minutes)
    found = ask(sunita)
    assert found.hours == [
        Hour(ago(1), 420, False),
        Hour(ago(2), 360, True),
        Hour(ago(3), 400, False),
        Hour(ago(4), 330, False),
    ]
    assert usual_minute(comings_of(sunita, DAY), DAY.weekday()) == 360


def test_hours_are_those_of_the_weekday_where_there_are_enough(sunita):
    came(sunita, 7, 14, 21, 22, 23)
    assert [row.day for row in ask(sunita).hours] == [ago(7), ago(14), ago(21)]


def test_nothing_is_known_of_who_was_never_here(sunita):
    found = ask(sunita)
    assert (found.standing.visits, found.missed, found.limits, found.chance) == (0, 0, None, None)
    assert (found.comings, found.since, found.hours, found.today) == ([], [], [], None)
    assert {row.minute for row in found.weekdays} == {None}


def test_who_is_here_today_is_counted_from_tomorrow_on(sunita):
    came(sunita, 1, 2, 0)
    found = ask(sunita)
    assert (found.today, found.standing.visits) == (NOW, 2)


def test_undone_visits_are_in_no_row(sunita):
    came(sunita, 1, 2, 3)
    sunita.visits.filter(at=NOW - dt.timedelta(days=2)).update(voided_at=NOW)
    assert [row.day for row in ask(sunita).comings] == [ago(1), ago(3)]


def test_closed_today_says_why(vendor, sunita):
    ClosureFactory(vendor=vendor, first_day=DAY, reason="Flood")
    assert ask(sunita).why_closed_today == "Flood"


@pytest.mark.parametrize("visits", [1, 3])
def test_rhythm_takes_seven_queries_at_most(sunita, visits, django_assert_num_queries):
    came(sunita, *range(1, visits + 1))
    ask(sunita)  # the first of the day also reads everybody's days
    with django_assert_num_queries(7):
        rhythm_of(sunita, DAY)
