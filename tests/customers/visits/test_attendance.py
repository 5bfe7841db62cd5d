import datetime as dt
from collections import Counter
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.visits import recording
from customers.visits.attendance import (
    Attendance,
    Range,
    Served,
    Usual,
    attendance,
    by_hour,
    range_of,
    served_on,
    standing_on,
    sums_before,
    usual_before,
    weekdays_before,
)
from customers.visits.coming import Comings
from customers.visits.models import ShopDay
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory
from vendors.models import Vendor

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 10, 25)
"""A Sunday, on whose night the clock is put back in Berlin."""
WEDNESDAY = dt.date(2026, 11, 18)
WEEK, ONE_DAY = dt.timedelta(weeks=1), dt.timedelta(days=1)


def came(vendor, day, time, **values):
    at = dt.datetime.combine(day, dt.time.fromisoformat(time), vendor.tz)
    return VisitFactory(customer=CustomerFactory(vendor=vendor), at=at, **values)


def test_served_on_says_the_shops_day_and_clock_of_each_visit(vendor):
    vendor.time_zone = "Europe/Berlin"
    vendor.save()
    for day, time in ((DAY, "02:59"), (DAY, "03:00"), (DAY, "23:59"), (DAY + ONE_DAY, "02:59")):
        came(vendor, day, time)
    came(vendor, DAY + ONE_DAY, "03:00")
    found = served_on(vendor, [DAY, DAY - ONE_DAY])
    assert [(each.day, each.minute) for each in found] == [
        (DAY - ONE_DAY, 179),
        (DAY, 180),
        (DAY, 1439),
        (DAY, 179),
    ]


def test_served_on_no_day_is_nobody(vendor):
    came(vendor, DAY, "10:00")
    assert served_on(vendor, []) == []


def test_usual_is_of_the_same_weekdays_before_on_which_anybody_came(vendor):
    for weeks, time in ((0, "10:00"), (1, "10:00"), (1, "17:30"), (3, "09:15"), (9, "10:00")):
        came(vendor, DAY - weeks * WEEK, time)
    came(vendor, DAY - ONE_DAY, "10:00")
    came(vendor, DAY - WEEK, "11:00", voided_at=dt.datetime.now(dt.UTC))
    assert usual_before(vendor, DAY) == [
        Usual(Attendance(2, 2, 0, 2), Counter({10: 1, 17: 1})),
        Usual(Attendance(1, 1, 0, 1), Counter({9: 1})),
    ]


def test_usual_is_read_once_and_anew_when_the_past_has_changed(vendor):
    today = vendor.today()

    def visits():
        return [each.attendance.visits for each in usual_before(Vendor.objects.get(pk=vendor.pk), today)]

    said = {"customer": CustomerFactory(vendor=vendor), "by": None}
    at = vendor.day_bounds(today - WEEK)[0] + dt.timedelta(hours=7)
    lines = [recording.Line(ProductFactory(vendor=vendor), Decimal(1))]
    visit = recording.record(vendor=vendor, lines=lines, uid=uuid4(), at=at, **said)
    assert visits() == [1]
    with CaptureQueriesContext(connection) as asked:
        assert visits() == [1]
    assert len(asked) == 1  # the shop itself
    recording.void(visit=visit, by=None)
    assert visits() == []


def at(vendor, day, time):
    return dt.datetime.combine(day, dt.time.fromisoformat(time), vendor.tz)


def row(customer, minute=600, *, day=WEDNESDAY, is_new=False):
    return Served(customer, day, minute, None, is_new)


def test_served_are_the_visits_of_the_shops_days_in_order(vendor, helper):
    first, second = CustomerFactory.create_batch(2, vendor=vendor)
    VisitFactory(customer=second, at=at(vendor, WEDNESDAY, "18:30"), by=helper)
    VisitFactory(customer=first, at=at(vendor, WEDNESDAY, "09:05"))
    VisitFactory(customer=first, at=at(vendor, WEDNESDAY + dt.timedelta(days=1), "02:59"))
    VisitFactory(customer=first, at=at(vendor, WEDNESDAY + dt.timedelta(days=1), "03:00"))
    assert served_on(vendor, [WEDNESDAY]) == [
        Served(first.pk, WEDNESDAY, 545, None, True),
        Served(second.pk, WEDNESDAY, 1110, helper.pk, True),
        Served(first.pk, WEDNESDAY, 179, None, False),
    ]


def test_a_voided_visit_is_not_served_and_makes_nobody_known(vendor, helper):
    person = CustomerFactory(vendor=vendor)
    VisitFactory(
        customer=person, at=at(vendor, WEDNESDAY, "08:00"), voided_at=at(vendor, WEDNESDAY, "08:01"), voided_by=helper
    )
    VisitFactory(customer=person, at=at(vendor, WEDNESDAY, "09:00"))
    assert [each.is_new for each in served_on(vendor, [WEDNESDAY])] == [True]
    assert standing_on(vendor, [WEDNESDAY]).count() == 1


def test_visits_of_another_shop_are_not_served(vendor):
    VisitFactory(at=at(vendor, WEDNESDAY, "09:05"))
    assert served_on(vendor, [WEDNESDAY]) == []


@pytest.mark.parametrize(("days", "regulars"), [(4, 0), (5, 2)])
def test_attendance_calls_regular_who_came_on_five_days_before(days, regulars):
    before = [WEDNESDAY.toordinal() - ago for ago in range(days, 0, -1)]
    comings = {1: Comings([*before, WEDNESDAY.toordinal()], [600] * (days + 1))}
    assert attendance([row(1), row(1), row(2, is_new=True)], comings) == Attendance(3, 2, regulars, 1)


def test_the_weekdays_before_are_those_of_eight_weeks():
    days = weekdays_before(WEDNESDAY)
    assert (len(days), {day.weekday() for day in days}, min(days)) == (8, {2}, dt.date(2026, 9, 23))


def test_range_needs_three_days():
    assert (range_of([4, 2]), range_of([4, 2, 9])) == (None, Range(2, 9))


def test_hours_are_those_of_the_clock():
    assert by_hour([row(1, 59), row(2, 60), row(3, 119)]) == {0: 1, 1: 2}


MONDAY = dt.date(2026, 11, 16)
WEEK = dt.timedelta(weeks=1)


def weeks(number, days=7):
    """So many weeks, the latest first, and of each its first days."""
    firsts = [MONDAY - ago * WEEK for ago in range(number)]
    return [(first, first + dt.timedelta(days=days - 1)) for first in firsts]


def counted(vendor, **visits):
    """Visits by days before the first Monday: `d3=5` are five, three days before it."""
    for ago, number in visits.items():
        ShopDay.objects.create(vendor=vendor, day=MONDAY - dt.timedelta(days=int(ago[1:])), visits=number)


def test_sums_are_of_each_period_but_the_earliest(vendor, django_assert_num_queries):
    counted(vendor, d0=4, d1=1, d7=2, d8=3, d15=9, d30=7)
    with django_assert_num_queries(1):
        assert sums_before(vendor, weeks(4)) == [4, 3, 3]


def test_sums_of_periods_without_a_visit_are_left_out(vendor):
    counted(vendor, d0=4, d8=3, d15=9)
    assert sums_before(vendor, weeks(5)) == [4, 3]


def test_period_in_which_the_shop_began_is_left_out(vendor):
    counted(vendor, d0=4, d3=3, d6=3)
    assert sums_before(vendor, weeks(4)) == [4]


def test_sums_are_of_the_days_that_are_asked_for_alone(vendor):
    counted(vendor, d0=4, d5=3, d6=2, d14=1)
    assert sums_before(vendor, weeks(3, days=2)) == [4, 2]


def test_a_shop_without_visits_has_no_sums(vendor):
    assert sums_before(vendor, weeks(3)) == []
