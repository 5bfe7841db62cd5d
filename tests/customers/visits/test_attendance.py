import datetime as dt

import pytest

from customers.visits.attendance import (
    Attendance,
    Range,
    Served,
    attendance,
    by_hour,
    range_of,
    served_on,
    standing_on,
    weekdays_before,
)
from customers.visits.coming import Comings
from tests.factories.customers import CustomerFactory
from tests.factories.visits import VisitFactory

DAY = dt.date(2026, 11, 18)


def at(vendor, day, time):
    return dt.datetime.combine(day, dt.time.fromisoformat(time), vendor.tz)


def row(customer, minute=600, *, day=DAY, is_new=False):
    return Served(customer, day, minute, None, is_new)


def test_served_are_the_visits_of_the_shops_days_in_order(vendor, helper):
    first, second = CustomerFactory.create_batch(2, vendor=vendor)
    VisitFactory(customer=second, at=at(vendor, DAY, "18:30"), by=helper)
    VisitFactory(customer=first, at=at(vendor, DAY, "09:05"))
    VisitFactory(customer=first, at=at(vendor, DAY + dt.timedelta(days=1), "02:59"))
    VisitFactory(customer=first, at=at(vendor, DAY + dt.timedelta(days=1), "03:00"))
    assert served_on(vendor, [DAY]) == [
        Served(first.pk, DAY, 545, None, True),
        Served(second.pk, DAY, 1110, helper.pk, True),
        Served(first.pk, DAY, 179, None, False),
    ]


def test_served_on_no_days_are_none(vendor):
    VisitFactory(customer=CustomerFactory(vendor=vendor), at=at(vendor, DAY, "09:05"))
    assert served_on(vendor, []) == []


def test_a_voided_visit_is_not_served_and_makes_nobody_known(vendor, helper):
    person = CustomerFactory(vendor=vendor)
    VisitFactory(customer=person, at=at(vendor, DAY, "08:00"), voided_at=at(vendor, DAY, "08:01"), voided_by=helper)
    VisitFactory(customer=person, at=at(vendor, DAY, "09:00"))
    assert [each.is_new for each in served_on(vendor, [DAY])] == [True]
    assert standing_on(vendor, [DAY]).count() == 1


def test_visits_of_another_shop_are_not_served(vendor):
    VisitFactory(at=at(vendor, DAY, "09:05"))
    assert served_on(vendor, [DAY]) == []


@pytest.mark.parametrize(("days", "regulars"), [(4, 0), (5, 1)])
def test_attendance_calls_regular_who_came_on_five_days_before(days, regulars):
    before = [DAY.toordinal() - ago for ago in range(days, 0, -1)]
    comings = {1: Comings([*before, DAY.toordinal()], [600] * (days + 1))}
    assert attendance([row(1), row(1), row(2, is_new=True)], comings) == Attendance(3, 2, regulars, 1)


def test_the_weekdays_before_are_those_of_eight_weeks():
    days = weekdays_before(DAY)
    assert (len(days), {day.weekday() for day in days}, min(days)) == (8, {2}, dt.date(2026, 9, 23))


def test_range_needs_three_days():
    assert (range_of([4, 2]), range_of([4, 2, 9])) == (None, Range(2, 9))


def test_hours_are_those_of_the_clock():
    assert by_hour([row(1, 59), row(2, 60), row(3, 119)]) == {0: 1, 1: 2}
