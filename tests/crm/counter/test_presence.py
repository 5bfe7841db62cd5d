import datetime as dt

import pytest
from django.utils import timezone

from crm.counter import presence
from customers.visits import recording
from tests.factories.customers import CustomerFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

NOW = dt.datetime(2026, 11, 21, 4, 30, tzinfo=dt.UTC)  # a Saturday, 10:00 in the shop
WEEK = dt.timedelta(weeks=1)


def came(customer, *weeks_ago, shift=dt.timedelta()):
    for weeks in weeks_ago:
        VisitFactory(customer=customer, at=NOW - weeks * WEEK + shift)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


def names(vendor):
    return [(each.customer.name, each.times) for each in presence.likely_now(vendor, NOW)]


def test_likely_now_are_those_who_come_at_this_hour_of_this_weekday(vendor, sunita):
    daily = CustomerFactory(vendor=vendor, name="Evening")
    came(sunita, 1, 2, 4)
    came(daily, 1, 2, 3, shift=dt.timedelta(hours=8))
    assert names(vendor) == [("Sunita", 3), ("Evening", 0)]


def test_likely_now_leaves_out_who_was_served_today(vendor, sunita):
    came(sunita, 1, 2)
    VisitFactory(customer=sunita, at=NOW - dt.timedelta(hours=1))
    assert names(vendor) == []


def test_likely_now_counts_no_undone_visits(vendor, sunita):
    came(sunita, 1, 2)
    for visit in sunita.visits.all():
        recording.void(visit=visit, by=None)
    assert names(vendor) == []


def test_likely_now_once_is_chance(vendor, sunita):
    came(sunita, 1)
    assert names(vendor) == [("Sunita", 0)]


def test_likely_now_shows_each_person_once_and_eight_at_most(vendor):
    for number in range(12):
        came(CustomerFactory(vendor=vendor, name=f"P{number}"), 1, 2, 3)
    found = names(vendor)
    assert len(found) == len(set(found)) == presence.SHOWN


def test_likely_now_keeps_to_the_shop(vendor):
    came(CustomerFactory(), 1, 2, 3)
    assert names(vendor) == []


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
