import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.visits import tallying
from customers.visits.coming import Comings
from customers.visits.crowd import learn
from customers.visits.expecting import (
    LATEST,
    Expected,
    Gaps,
    People,
    Standing,
    expected_today,
    people_of,
    standing_of,
    standings_of,
    times_around,
    usual_gaps,
    usual_minute,
)
from customers.visits.models import Visit
from customers.visits.recording import void
from customers.visits.rhythm import State, rhythm
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ClosureFactory
from tests.factories.visits import VisitFactory

NOW = dt.datetime(2026, 11, 21, 4, 30, tzinfo=dt.UTC)  # a Saturday, 10:00 in the shop
DAY = dt.date(2026, 11, 21)
TODAY = DAY.toordinal()


def person(vendor, *days_ago):
    customer = CustomerFactory(vendor=vendor)
    Visit.objects.bulk_create(
        VisitFactory.build(customer=customer, vendor=vendor, at=NOW - dt.timedelta(days=days)) for days in days_ago
    )
    tallying.recount_shop(vendor)
    return customer


def again(row):
    return type(row).objects.get(pk=row.pk)


def standing(customer):
    return standing_of(again(customer), DAY)


# --- everybody


def test_people_are_expected_as_their_days_tell(vendor):
    often, seldom = person(vendor, *range(1, 60, 2)), person(vendor, 90, 60, 30)
    days = {often.pk: [*range(TODAY - 59, TODAY, 2)], seldom.pk: [TODAY - 90, TODAY - 60, TODAY - 30]}
    crowd = learn(days, TODAY - 1)
    expected = {
        who: (crowd.chance(rhythm(own, TODAY - 1, TODAY), TODAY), rhythm(own, TODAY - 1, TODAY))
        for who, own in days.items()
    }
    found = expected_today(again(vendor), DAY)
    assert {each.customer: (each.chance, each.rhythm) for each in found} == expected
    assert {each.customer: each.comings.days for each in found} == days


def test_people_of_an_empty_shop_are_nobody(vendor):
    assert (expected_today(vendor, DAY), People(vendor, DAY).staying_away()) == ([], {})


def test_people_are_expected_on_a_day_gone_by_as_known_then(vendor):
    """Who came later is not known, and who came on that very day is not known either."""
    person(vendor, *range(1, 60, 2)), person(vendor, 3), person(vendor, 2)
    found = People(again(vendor), DAY - dt.timedelta(days=3)).expected()
    assert [(each.rhythm.visits, each.rhythm.silence) for each in found] == [(28, 1)]


def test_people_not_seen_for_long_are_expected_on_no_day(vendor):
    person(vendor, 121), person(vendor, 120)
    assert [each.rhythm.silence for each in expected_today(again(vendor), DAY)] == [119]


def test_closure_is_nobodys_silence(vendor):
    """A month away: the shop was closed, and everybody is expected as before it."""
    ClosureFactory(vendor=vendor, first_day=DAY - dt.timedelta(days=28), last_day=DAY - dt.timedelta(days=1))
    customer = person(vendor, *range(29, 80, 3))
    (found,) = expected_today(again(vendor), DAY)
    assert (found.rhythm.silence, found.rhythm.state) == (0, State.STEADY)
    assert standing(customer).state == State.STEADY


def test_what_is_known_of_people_changes_with_the_past(vendor):
    customer = person(vendor, *range(1, 30, 2))
    before = people_of(again(vendor), DAY)
    assert people_of(again(vendor), DAY) is before
    void(visit=Visit.objects.latest("at"), by=None)
    assert people_of(again(vendor), DAY).comings[customer.pk].days == [*range(TODAY - 29, TODAY - 2, 2)]


def test_staying_away_names_those_beyond_their_own_spread_the_longest_first(vendor):
    weekly, daily, steady, new = (
        person(vendor, *days) for days in (range(40, 180, 7), range(30, 60), range(2, 60, 2), (100, 99, 98))
    )
    found = People(again(vendor), DAY).staying_away()
    assert list(found) == [daily.pk, weekly.pk]
    assert found == {each.pk: standing(each) for each in (daily, weekly)}
    assert {standing(steady).state, standing(new).state} == {State.STEADY, State.EARLY}


@pytest.mark.parametrize("people", [1, 3])
def test_people_take_as_many_queries_for_three_as_for_one(vendor, people, django_assert_num_queries):
    for _ in range(people):
        person(vendor, 1, 3, 5)
    shop = again(vendor)
    with django_assert_num_queries(4):  # comings, counted days, opening hours and closures
        expected_today(shop, DAY)
    with django_assert_num_queries(0):
        expected_today(shop, DAY)


# --- one person


def test_standing_tells_state_gaps_and_how_long_ago(vendor):
    assert standing(person(vendor, *range(4, 60, 4))) == Standing(State.STEADY, 14, Gaps(4, 4), 4)
    assert standing(person(vendor, *range(40, 180, 7))) == Standing(State.LEFT, 20, Gaps(7, 7), 40)
    assert standing(person(vendor, 9, 5, 2, 1)) == Standing(State.EARLY, 4, None, 1)
    assert standing(person(vendor, 9)) == Standing(State.UNKNOWN, 1, None, 9)


def test_standing_of_who_never_came_or_only_today_or_later_is_unknown(vendor):
    unknown = Standing(State.UNKNOWN, 0, None, None)
    assert [standing(person(vendor, *days)) for days in ((), (0,), (-30, -3), (500,))] == [unknown] * 4


def test_standing_is_that_of_everybody_together(vendor):
    ClosureFactory(vendor=vendor, first_day=DAY - dt.timedelta(days=9), last_day=DAY - dt.timedelta(days=3))
    people = [person(vendor, *days) for days in (range(10, 80, 3), (30, 20), (2, 2, 3, 11, 15, 20))]
    expected = {each.customer: each.rhythm.state for each in expected_today(again(vendor), DAY)}
    assert {each.pk: standing(each).state for each in people} == expected


# --- words for the card


@pytest.mark.parametrize(
    ("gaps", "usual"),
    [
        ([], None),
        ([3, 3, 3], None),
        ([3, 3, 3, 3], Gaps(3, 3)),
        ([1, 2, 3, 4], Gaps(2, 3)),
        ([5, 4, 3, 2, 1], Gaps(2, 4)),
        ([100] * 5 + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], Gaps(4, 9)),
    ],
)
def test_usual_gaps_are_the_middle_half_of_the_last_twelve(gaps, usual):
    days = [TODAY]
    for gap in gaps:
        days.append(days[-1] + gap)
    assert usual_gaps(days) == usual
    assert usual_gaps([]) is None


@given(st.sets(st.integers(1, 9_999), min_size=5, max_size=40).map(sorted))
def test_usual_gaps_are_gaps_that_were(days):
    found = usual_gaps(days)
    gaps = {later - earlier for earlier, later in pairwise(days)}
    assert found.short <= found.long
    assert set(found) <= gaps


def test_usual_minute_is_that_of_the_weekday_if_it_is_known_often_enough():
    saturdays = {TODAY - 7 * week: 600 + week for week in range(1, 4)}
    others = {TODAY - 7 * week - 2: 900 for week in range(1, 9)}
    came = dict(sorted((saturdays | others).items()))
    assert usual_minute(Comings([*came], [*came.values()]), DAY.weekday()) == 602
    assert usual_minute(Comings([*came], [*came.values()]), 0) == 900
    del came[TODAY - 7]
    assert usual_minute(Comings([*came], [*came.values()]), DAY.weekday()) == 900
    assert usual_minute(Comings([TODAY], [77]), 0) == 77


def test_usual_minute_is_a_minute_of_late():
    """They came at seven for years, and at nine since."""
    days = [*range(TODAY - 400, TODAY)]
    assert usual_minute(Comings(days, [420] * 370 + [540] * 30), 0) == 540


@pytest.mark.parametrize(("minute", "times"), [(600, 2), (525, 2), (524, 0), (675, 3), (676, 1), (0, 0), (751, 1)])
def test_times_around_are_within_an_hour_and_a_quarter(minute, times):
    assert times_around([600, 600, 750], minute) == times


def test_chance_around_an_hour_is_that_of_the_day_shared_out():
    comings = Comings([*range(TODAY - 30, TODAY)], [900] * 10 + [600] * 15 + [780] * 5)
    expected = Expected(1, 0.5, None, comings)
    assert LATEST == 20
    assert expected.chance_around(600, shop=0.5) == pytest.approx(0.5 * (15 + 2 * 0.5) / 22)
    assert expected.chance_around(900, shop=0.0) == 0
    assert Expected(1, 0.5, None, Comings([], [])).chance_around(600, 0.3) == pytest.approx(0.15)


def test_standings_of_all_are_those_of_each(vendor):
    steady = person(vendor, *range(1, 40, 3))
    gone = person(vendor, *range(90, 150, 3))
    assert standings_of(again(vendor), DAY) == {each.pk: standing(each) for each in (steady, gone)}
