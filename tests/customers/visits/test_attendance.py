import datetime as dt

from customers.visits.attendance import sums_before
from customers.visits.models import ShopDay

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
