import datetime as dt

import pytest
from django.utils import translation

from crm.counter.due_words import Due, due_choices, due_said, late_said
from customers.promises.due import due_moment
from tests.factories.vendors import VendorFactory

NOON = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
"""12:00 of Tuesday 1 December in the shop."""
AFTER_MIDNIGHT = dt.datetime(2026, 12, 1, 20, 0, tzinfo=dt.UTC)
"""1:30 by the clock of Wednesday, which is Tuesday's night to the shop."""


@pytest.fixture
def shop():
    return VendorFactory.build(time_zone="Asia/Kolkata")


def day(ahead):
    return dt.date(2026, 12, 1) + dt.timedelta(days=ahead)


@pytest.mark.parametrize(
    ("ahead", "at", "due"),
    [
        (0, dt.time(18), Due("today", "⏰", "today 18:00")),
        (0, None, Due("today", "⏰", "today")),
        (0, dt.time(1), Due("today", "⏰", "today 01:00")),
        (1, None, Due("later", "", "tomorrow")),
        (3, dt.time(9, 15), Due("later", "", "Fri 4 Dec 09:15")),
        (31, None, Due("later", "", "Fri 1 Jan 2027")),
        (0, dt.time(9), Due("overdue", "!", "overdue since today 09:00")),
        (-1, None, Due("overdue", "!", "overdue since yesterday")),
        (-7, dt.time(18), Due("overdue", "!", "overdue since Tue 24 Nov 18:00")),
    ],
)
def test_due_said_is_how_a_shopkeeper_says_it(shop, ahead, at, due):
    assert due_said(shop, due_moment(shop, day(ahead), at), any_time=at is None, now=NOON) == due


def test_due_said_goes_by_the_day_of_the_shop(shop):
    found = [
        due_said(shop, due_moment(shop, day(ahead), None), any_time=True, now=AFTER_MIDNIGHT) for ahead in (-1, 0, 1)
    ]
    assert [due.words for due in found] == ["overdue since yesterday", "today", "tomorrow"]


def test_due_choices_are_hours_that_are_ahead_and_days_by_name(shop):
    found = due_choices(shop, NOON)
    assert [choice.words for choice in found] == [
        *("today 15:00", "today 18:00", "today 20:00"),
        *("today, any time", "tomorrow", "Thu 3 Dec", "Fri 4 Dec", "Sat 5 Dec", "Sun 6 Dec", "Mon 7 Dec", "in a week"),
    ]
    assert [found[0].value, found[3].value, found[-1].value] == ["2026-12-01T15:00", "2026-12-01", "2026-12-08"]


def test_due_choices_after_midnight_are_still_of_the_shops_day(shop):
    assert [choice.value for choice in due_choices(shop, AFTER_MIDNIGHT)][:2] == ["2026-12-01", "2026-12-02"]


@pytest.mark.parametrize(
    ("late", "words"),
    [
        (dt.timedelta(seconds=59), "a little late"),
        (dt.timedelta(hours=2, minutes=5), "late by 2 hours"),
        (dt.timedelta(days=3), "late by 3 days"),
    ],
)
def test_late_said_tells_by_how_long(late, words):
    assert late_said(NOON, NOON + late).replace("\xa0", " ") == words


def test_due_said_speaks_the_language_of_the_page(shop):
    with translation.override("hi"):
        words = due_said(shop, due_moment(shop, day(3), None), any_time=True, now=NOON).words
    assert "Fri" not in words
