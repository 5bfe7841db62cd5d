import datetime as dt

import pytest

from tests.factories.vendors import ClosureFactory, OpeningHoursFactory, VendorFactory
from vendors.models import Vendor
from vendors.opening.keeping import keep_week, opening_times
from vendors.opening.models import OpeningHours
from vendors.opening.times import OpeningTimes

pytestmark = pytest.mark.django_db
MORNING, EVENING = (dt.time(7, 30), dt.time(13, 30)), (dt.time(16, 30), dt.time(21))
NIGHT = (dt.time(0, 30), dt.time(2))
DAY = dt.date(2026, 11, 8)


def kept(vendor):
    rows = OpeningHours.objects.filter(vendor=vendor)
    return {(row.weekday, *row.span): row.pk for row in rows}


def past(vendor):
    return Vendor.objects.get(pk=vendor.pk).past


def test_opening_times_of_a_shop_that_said_nothing(vendor):
    assert opening_times(vendor) == OpeningTimes({}, ())


def test_opening_times_are_those_of_the_shop_in_two_queries(vendor, django_assert_num_queries):
    for opens, closes in (NIGHT, EVENING, MORNING):
        OpeningHoursFactory(vendor=vendor, weekday=2, opens=opens, closes=closes)
    ClosureFactory(vendor=vendor, first_day=DAY, last_day=DAY + dt.timedelta(days=2), reason="Diwali")
    ClosureFactory(vendor=vendor, first_day=dt.date(2026, 3, 4), reason="Holi")
    OpeningHoursFactory(weekday=3)
    ClosureFactory()
    with django_assert_num_queries(2):
        found = opening_times(vendor)
    holi = dt.date(2026, 3, 4)
    closures = ((holi, holi, "Holi"), (DAY, dt.date(2026, 11, 10), "Diwali"))
    assert found == OpeningTimes({2: (MORNING, EVENING, NIGHT)}, closures)


def test_week_is_kept_as_it_was_given(vendor):
    assert keep_week(vendor=vendor, week={0: [MORNING, EVENING], 5: [EVENING], 6: []})
    assert kept(vendor).keys() == {(0, *MORNING), (0, *EVENING), (5, *EVENING)}
    assert past(vendor) != vendor.past


def test_week_that_is_sent_twice_changes_nothing(vendor):
    keep_week(vendor=vendor, week={0: [MORNING]})
    before = kept(vendor), past(vendor)
    assert not keep_week(vendor=vendor, week={0: [MORNING]})
    assert (kept(vendor), past(vendor)) == before


def test_new_week_leaves_the_rows_that_stay_and_other_shops_alone(vendor):
    stays = OpeningHoursFactory(vendor=vendor, weekday=0, opens=MORNING[0], closes=MORNING[1])
    OpeningHoursFactory(vendor=vendor, weekday=1, opens=EVENING[0], closes=dt.time(20))
    other = VendorFactory()
    OpeningHoursFactory(vendor=other, weekday=1)
    strange = kept(other)
    assert keep_week(vendor=vendor, week={0: [MORNING], 1: [EVENING]})
    assert kept(vendor).keys() == {(0, *MORNING), (1, *EVENING)}
    assert kept(vendor)[0, *MORNING] == stays.pk
    assert (kept(other), past(other)) == (strange, other.past)


def test_empty_week_says_nothing_any_more(vendor):
    OpeningHoursFactory(vendor=vendor)
    assert keep_week(vendor=vendor, week={})
    assert opening_times(vendor) == OpeningTimes({}, ())
