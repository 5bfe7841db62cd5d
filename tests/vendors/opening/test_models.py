import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tests.factories.vendors import ClosureFactory, OpeningHoursFactory
from vendors.opening.models import Closure, OpeningHours

DAY = dt.date(2026, 11, 8)


# --- constraints, by name


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("opening_hours_on_a_weekday", lambda: OpeningHoursFactory(weekday=7)),
        ("opening_hours_last_a_while", lambda: OpeningHoursFactory(opens=dt.time(8), closes=dt.time(8))),
        ("opening_closure_ends_after_it_begins", lambda: ClosureFactory(first_day=DAY, last_day=dt.date(2026, 11, 7))),
        ("opening_closure_has_a_reason", lambda: ClosureFactory(reason="")),
    ],
)
def test_row_that_breaks_a_rule_is_refused(db, name, write):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        write()


def test_shop_opens_once_at_a_time(vendor):
    OpeningHoursFactory(vendor=vendor, weekday=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        OpeningHoursFactory(vendor=vendor, weekday=1, closes=dt.time(12))
    assert OpeningHoursFactory(weekday=1).vendor != vendor


def test_shop_closes_once_for_a_reason(vendor):
    ClosureFactory(vendor=vendor, first_day=DAY, reason="Diwali")
    with pytest.raises(IntegrityError), transaction.atomic():
        ClosureFactory(vendor=vendor, first_day=DAY, reason="Diwali", last_day=dt.date(2026, 11, 12))
    ClosureFactory(vendor=vendor, first_day=DAY, reason="wedding")
    assert ClosureFactory(first_day=DAY, reason="Diwali").vendor != vendor


# --- hours


def hours(vendor, opens, closes, weekday=1):
    times = {"opens": dt.time.fromisoformat(opens), "closes": dt.time.fromisoformat(closes)}
    return OpeningHours(vendor=vendor, weekday=weekday, **times)


def complaints(row):
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    return refused.value.messages


@pytest.mark.parametrize(("opens", "closes"), [("16:30", "21:00"), ("13:00", "03:00"), ("23:00", "00:00")])
def test_evening_may_end_after_midnight(vendor, opens, closes):
    OpeningHoursFactory(vendor=vendor, weekday=1)
    row = hours(vendor, opens, closes)
    row.full_clean()
    row.save()
    assert f"{OpeningHours.objects.get(pk=row.pk).closes:%H:%M}" == closes


@pytest.mark.parametrize(("opens", "closes"), [("18:00", "03:01"), ("02:00", "09:00"), ("09:00", "08:00")])
def test_hours_do_not_reach_over_the_shops_day(vendor, opens, closes):
    assert complaints(hours(vendor, opens, closes)) == [
        "The shop's day starts at 03:00: it cannot be open across that. Choose other times."
    ]


@pytest.mark.parametrize(("opens", "closes"), [("08:00", "09:00"), ("12:59", "14:00"), ("07:00", "02:00")])
def test_hours_of_a_day_do_not_overlap(vendor, opens, closes):
    kept = OpeningHoursFactory(vendor=vendor, weekday=1)
    row = hours(vendor, opens, closes)
    with pytest.raises(ValidationError, match="These hours overlap with others of the same day"):
        row.clean()
    kept.delete()
    row.clean()


def test_hours_overlap_neither_with_themselves_nor_with_another_day_or_shop(vendor):
    kept = OpeningHoursFactory(vendor=vendor, weekday=1)
    OpeningHoursFactory(weekday=2)
    kept.closes = dt.time(12, 30)
    also = hours(vendor, "08:00", "13:00", weekday=2)
    for row in (kept, also):
        row.full_clean()
        row.save()
    assert list(OpeningHours.objects.filter(vendor=vendor).order_by("pk")) == [kept, also]


@pytest.mark.parametrize("minute", ["08:00", "03:00"])
def test_hours_of_no_time_are_refused_once(vendor, minute):
    assert complaints(hours(vendor, minute, minute)) == ["It cannot close at the minute when it opens."]


def test_hours_without_a_time_say_so_themselves(vendor):
    row = OpeningHours(vendor=vendor, weekday=1, opens=dt.time(8))
    assert complaints(row) == ["This field cannot be null."]


# --- words


def test_hours_are_called_by_their_day(vendor):
    assert str(hours(vendor, "07:30", "13:30")) == "Tuesday, 07:30–13:30"


def test_closure_is_called_by_its_reason_and_days():
    one = Closure(reason="Diwali", first_day=DAY, last_day=DAY)
    more = Closure(reason="wedding", first_day=DAY, last_day=dt.date(2026, 11, 10))
    assert [str(one), str(more)] == ["Diwali, Nov. 8, 2026", "wedding, Nov. 8, 2026 – Nov. 10, 2026"]
