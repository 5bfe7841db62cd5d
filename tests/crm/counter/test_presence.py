import datetime as dt

import pytest
from django.utils import timezone

from crm.counter import presence
from customers.visits import recording, tallying
from tests.factories.customers import CustomerFactory
from tests.factories.visits import VisitFactory, VisitLineFactory
from vendors.models import Vendor

NOW = dt.datetime(2026, 11, 21, 4, 30, tzinfo=dt.UTC)  # a Saturday, 10:00 in the shop
WEEK = dt.timedelta(weeks=1)


def came(customer, *weeks_ago, shift=dt.timedelta()):
    for weeks in weeks_ago:
        VisitFactory(customer=customer, at=NOW - weeks * WEEK + shift)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


def likely(vendor):
    tallying.recount_shop(vendor)
    return presence.likely_now(Vendor.objects.get(pk=vendor.pk), NOW)


def names(vendor):
    return [each.customer.name for each in likely(vendor)]


def test_likely_now_are_those_who_come_at_this_hour_of_this_weekday(vendor, sunita):
    came(CustomerFactory(vendor=vendor, name="Evening"), *range(1, 9), shift=dt.timedelta(hours=8))
    came(CustomerFactory(vendor=vendor, name="Monday"), *range(1, 9), shift=dt.timedelta(days=2))
    came(sunita, 1, 2, 4, 5, 6)
    found = likely(vendor)
    assert [each.customer.name for each in found] == ["Sunita", "Monday", "Evening"]
    assert [each.reason for each in found] == [
        "Saturday, about 10:00: 5 of 8 weeks",
        "every week, about 10:00",
        "Saturday, about 18:00: 8 of 8 weeks",
    ]


def test_likely_now_says_who_stays_away(vendor, sunita):
    for days in range(9, 60, 3):
        VisitFactory(customer=sunita, at=NOW - dt.timedelta(days=days))
    (found,) = likely(vendor)
    assert found.overdue == "away for 9 days, usually every 3 days"


def test_likely_now_says_nothing_of_somebody_seen_once(vendor, sunita):
    came(sunita, 1)
    (found,) = likely(vendor)
    assert (found.reason, found.overdue) == ("last seen 14 Nov", "")


def test_likely_now_leaves_out_who_was_served_today(vendor, sunita):
    came(sunita, 1, 2)
    VisitFactory(customer=sunita, at=NOW - dt.timedelta(hours=1))
    assert names(vendor) == []


def test_likely_now_counts_no_undone_visits(vendor, sunita):
    came(sunita, 1, 2)
    assert names(vendor) == ["Sunita"]
    for visit in sunita.visits.all():
        recording.void(visit=visit, by=None)
    assert names(vendor) == []


def test_likely_now_shows_each_person_once_and_eight_at_most(vendor):
    for number in range(12):
        came(CustomerFactory(vendor=vendor, name=f"P{number}"), 1, 2, 3)
    found = names(vendor)
    assert len(found) == len(set(found)) == presence.SHOWN


def test_likely_now_keeps_to_the_shop(vendor):
    came(CustomerFactory(), 1, 2, 3)
    assert names(vendor) == []


@pytest.mark.parametrize("people", [1, 3])
def test_likely_now_asks_two_queries_once_the_day_has_begun(vendor, people, django_assert_num_queries):
    for _each in range(people):
        came(CustomerFactory(vendor=vendor), 1, 2, 3)
    likely(vendor)
    shop = Vendor.objects.get(pk=vendor.pk)
    with django_assert_num_queries(2):
        presence.likely_now(shop, NOW)


def test_just_served_is_the_visit_recorded_last(vendor, helper, sunita):
    VisitFactory(customer=sunita, by=helper)
    late_entry = VisitFactory(customer=sunita, by=helper, at=timezone.now() - dt.timedelta(days=3))
    VisitLineFactory(visit=late_entry)
    found = presence.just_served(vendor, timezone.now())
    assert (found, found.things) == (late_entry, 1)


def test_just_served_is_nothing_of_yesterday(vendor, helper, sunita):
    VisitFactory(customer=sunita, by=helper, recorded_at=timezone.now() - dt.timedelta(days=1))
    assert presence.just_served(vendor, timezone.now()) is None


def test_just_served_is_nothing_that_was_imported(vendor, sunita):
    VisitFactory(customer=sunita, by=None)
    assert presence.just_served(vendor, timezone.now()) is None
