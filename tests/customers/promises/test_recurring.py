import datetime as dt
from itertools import islice, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.promises.recurring import NoRule, Rule, days_from

MONDAY, TUESDAY, FRIDAY = 0, 1, 4
THURSDAY_26 = dt.date(2026, 11, 26)

rules = st.one_of(
    st.builds(
        Rule,
        st.lists(st.integers(0, 6), min_size=1, unique=True).map(lambda days: tuple(sorted(days))),
        st.integers(1, 4),
    ),
    st.builds(Rule, month_day=st.integers(1, 31)),
    st.just(Rule()),
)
a_day = st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31))


def first(count, rule, starts_on=THURSDAY_26, since=None):
    return [day.isoformat() for day in islice(days_from(rule.text, starts_on, since or starts_on), count)]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Rule(), "FREQ=DAILY"),
        (Rule((TUESDAY, FRIDAY)), "FREQ=WEEKLY;BYDAY=TU,FR"),
        (Rule((FRIDAY, TUESDAY), 2), "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR"),
        (Rule(month_day=15), "FREQ=MONTHLY;BYMONTHDAY=15"),
        (Rule(month_day=30), "FREQ=MONTHLY;BYMONTHDAY=30,-1;BYSETPOS=1"),
        (Rule(month_day=31), "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ],
)
def test_rule_is_written_as_the_standard_says(rule, text):
    assert rule.text == text


@given(rule=rules)
def test_rule_is_read_as_it_was_written(rule):
    assert Rule.read(rule.text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "every day",
        "FREQ=HOURLY",
        "FREQ=DAILY;COUNT=3",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;INTERVAL=0;BYDAY=MO",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;BYMONTHDAY=x",
        "BYDAY=MO",
    ],
)
def test_text_that_is_no_rule_of_the_shop_is_refused(text):
    with pytest.raises(NoRule):
        Rule.read(text)


def test_every_day_comes_every_day():
    assert first(3, Rule()) == ["2026-11-26", "2026-11-27", "2026-11-28"]


def test_weekdays_come_each_week():
    assert first(4, Rule((TUESDAY, FRIDAY))) == ["2026-11-27", "2026-12-01", "2026-12-04", "2026-12-08"]


def test_weeks_are_counted_from_the_first_day_that_comes():
    assert first(3, Rule((TUESDAY,), 2)) == ["2026-12-01", "2026-12-15", "2026-12-29"]
    assert first(3, Rule((TUESDAY, FRIDAY), 2)) == ["2026-11-27", "2026-12-08", "2026-12-11"]


@pytest.mark.parametrize(
    ("month_day", "days"),
    [
        (28, ["2027-01-28", "2027-02-28", "2027-03-28", "2027-04-28"]),
        (29, ["2027-01-29", "2027-02-28", "2027-03-29", "2027-04-29"]),
        (30, ["2027-01-30", "2027-02-28", "2027-03-30", "2027-04-30"]),
        (31, ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
    ],
)
def test_month_without_the_day_has_it_on_its_last_day(month_day, days):
    assert first(4, Rule(month_day=month_day), starts_on=dt.date(2027, 1, 10)) == days


@given(rule=rules, starts_on=a_day, later=st.integers(-40, 1500))
def test_days_from_later_on_are_those_that_follow_from_the_start(rule, starts_on, later):
    since = starts_on + dt.timedelta(days=later)
    last = max(since, starts_on) + dt.timedelta(days=70)
    all_days = takewhile(lambda day: day <= last, days_from(rule.text, starts_on, starts_on))
    assert list(takewhile(lambda day: day <= last, days_from(rule.text, starts_on, since))) == [
        day for day in all_days if day >= since
    ]


@given(starts_on=a_day, weekdays=st.sets(st.integers(0, 6), min_size=1))
def test_weekly_days_are_all_days_of_these_weekdays(starts_on, weekdays):
    days = [starts_on + dt.timedelta(days=n) for n in range(100)]
    found = takewhile(lambda day: day <= days[-1], days_from(Rule(tuple(weekdays)).text, starts_on, starts_on))
    assert list(found) == [day for day in days if day.weekday() in weekdays]


def test_days_end_with_the_calendar():
    assert list(days_from("FREQ=DAILY", dt.date(9999, 12, 30), dt.date(9999, 12, 30))) == [
        dt.date(9999, 12, 30),
        dt.date(9999, 12, 31),
    ]
