import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendors.opening.times import OpeningTimes, in_order, minutes, overlap, reaches_over_the_day

MONDAY = dt.date(2026, 11, 23)
MORNING, EVENING = (dt.time(7, 30), dt.time(13, 30)), (dt.time(16, 30), dt.time(21))
SIX_DAYS = dict.fromkeys(range(6), (MORNING, EVENING))
THREE = dt.time(3)

a_time = st.integers(0, 24 * 60 - 1).map(lambda minute: dt.time(*divmod(minute, 60)))
a_span = st.tuples(a_time, a_time)
a_day = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
weeks = st.dictionaries(st.integers(0, 6), st.lists(a_span, max_size=3).map(tuple), max_size=7)
some_closures = st.lists(
    st.tuples(a_day, st.integers(0, 400), st.sampled_from(["Holi", "wedding"])).map(
        lambda drawn: (drawn[0], drawn[0] + dt.timedelta(days=drawn[1]), drawn[2])
    ),
    max_size=4,
).map(tuple)
some_times = st.builds(OpeningTimes, weeks, some_closures)


def after(days):
    return MONDAY + dt.timedelta(days=days)


def a_week(times):
    return [times.is_open(after(day)) for day in range(7)]


# --- which days


def test_shop_that_said_nothing_is_open_every_day():
    times = OpeningTimes({}, ())
    assert a_week(times) == [True] * 7
    assert (times.hours_on(MONDAY), times.why_closed(MONDAY)) == ((), "")
    assert times.next_open(MONDAY) == after(1)


def test_weekday_without_spans_says_nothing_when_no_other_has_any():
    assert a_week(OpeningTimes({0: (), 1: ()}, ())) == [True] * 7


def test_weekday_without_hours_is_closed_every_week():
    times = OpeningTimes(SIX_DAYS, ())
    assert a_week(times) == [True] * 6 + [False]
    assert [times.hours_on(after(day)) for day in (5, 6, 7)] == [(MORNING, EVENING), (), (MORNING, EVENING)]
    assert times.why_closed(after(6)) == "Closed every week on this day"
    assert [times.next_open(after(day)) for day in (4, 5, 6)] == [after(5), after(7), after(7)]


def test_closure_closes_from_its_first_to_its_last_day():
    times = OpeningTimes(SIX_DAYS, ((after(1), after(3), "wedding"),))
    assert a_week(times) == [True, False, False, False, True, True, False]
    assert [times.hours_on(after(day)) for day in (1, 3)] == [(), ()]
    assert [times.why_closed(after(day)) for day in (0, 1, 3, 4)] == ["", "wedding", "wedding", ""]
    assert times.next_open(MONDAY) == after(4)


def test_closure_says_more_than_the_weekly_rest():
    times = OpeningTimes(SIX_DAYS, ((after(6), after(6), "Diwali"),))
    assert times.why_closed(after(6)) == "Diwali"
    assert [times.is_closure(after(day)) for day in (6, 13)] == [True, False]


def test_first_of_two_closures_says_why():
    assert OpeningTimes({}, ((MONDAY, after(9), "flood"), (after(1), after(1), "Holi"))).why_closed(after(1)) == "flood"


@pytest.mark.parametrize(("days", "opens"), [(365, after(366)), (366, None)])
def test_shop_that_stays_closed_for_more_than_a_year_opens_on_no_day(days, opens):
    assert OpeningTimes({}, ((MONDAY, after(days), "abroad"),)).next_open(MONDAY) == opens


def test_next_open_ends_with_the_calendar():
    assert OpeningTimes({}, ()).next_open(dt.date.max) is None


@given(some_times, a_day)
def test_day_is_open_or_says_why_not(times, day):
    assert times.is_open(day) == (not times.why_closed(day))
    assert times.is_open(day) or not times.hours_on(day)
    assert not times.is_closure(day) or not times.is_open(day)
    if any(times.hours.values()):
        assert times.is_open(day) == bool(times.hours_on(day))


@given(some_times, a_day)
def test_no_day_before_the_next_open_one_is_open(times, day):
    found = times.next_open(day)
    days = (found or day + dt.timedelta(days=367)) - day
    between = [day + dt.timedelta(days=number) for number in range(1, days.days)]
    assert not any(map(times.is_open, between))
    assert found is None or times.is_open(found)


# --- spans of one day


@pytest.mark.parametrize(
    ("opens", "closes", "begin_and_end", "reaches_over"),
    [
        ("07:30", "13:30", (270, 630), False),
        ("18:00", "02:00", (900, 1380), False),
        ("18:00", "03:00", (900, 1440), False),
        ("03:00", "02:59", (0, 1439), False),
        ("03:00", "03:00", (0, 1440), False),
        ("00:30", "02:00", (1290, 1380), False),
        ("18:00", "03:01", (900, 1), True),
        ("02:30", "10:00", (1410, 420), True),
        ("08:00", "08:00", (300, 300), True),
    ],
)
def test_span_lies_within_the_day_that_starts_at_three(opens, closes, begin_and_end, reaches_over):
    span = dt.time.fromisoformat(opens), dt.time.fromisoformat(closes)
    assert (minutes(span, THREE), reaches_over_the_day(span, THREE)) == (begin_and_end, reaches_over)


@pytest.mark.parametrize(
    ("spans", "overlaps"),
    [
        ([], False),
        ([MORNING], False),
        ([EVENING, MORNING], False),
        ([MORNING, (dt.time(13, 30), dt.time(15))], False),
        ([MORNING, (dt.time(13, 29), dt.time(15))], True),
        ([MORNING, MORNING], True),
        ([(dt.time(18), dt.time(2)), (dt.time(1), dt.time(2))], True),
        ([(dt.time(18), dt.time(1)), (dt.time(1), dt.time(2)), MORNING], False),
    ],
)
def test_spans_overlap_when_they_share_a_minute(spans, overlaps):
    assert overlap(spans, THREE) is overlaps


@given(st.lists(a_span, max_size=4), a_time)
def test_spans_share_a_minute_when_they_overlap(spans, day_starts):
    spans = [span for span in spans if not reaches_over_the_day(span, day_starts)]
    each = [minute for span in spans for minute in range(*minutes(span, day_starts))]
    assert overlap(spans, day_starts) == (len(set(each)) < len(each))


def test_what_opens_after_midnight_is_last_in_its_day():
    night = (dt.time(0, 30), dt.time(2))
    assert in_order([night, EVENING, MORNING], THREE) == [MORNING, EVENING, night]
