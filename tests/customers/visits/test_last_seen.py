import datetime as dt

import pytest
from django.utils import timezone

from customers.visits import tallying
from customers.visits.last_seen import Seen, last_seen
from tests.factories.customers import CustomerFactory
from tests.factories.visits import VisitFactory

NOW = dt.datetime(2026, 11, 21, 4, 30, tzinfo=dt.UTC)  # a Saturday, 10:00 in the shop
DAY = dt.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor)


def came(customer, day, time="10:00"):
    at = dt.datetime.combine(day, dt.time.fromisoformat(time), customer.vendor.tz)
    visit = VisitFactory(customer=customer, at=at)
    tallying.recount_shop(customer.vendor)
    return visit


def ago(days):
    return DAY - dt.timedelta(days=days)


def seen(vendor):
    return last_seen(type(vendor).objects.get(pk=vendor.pk))


def test_nobody_came_yet(vendor, sunita):
    assert seen(vendor) == {}


def test_visits_are_counted_within_90_days_with_today(vendor, sunita):
    for days in (0, 0, 1, 89, 90, 500):
        came(sunita, ago(days))
    assert seen(vendor) == {sunita.pk: Seen(DAY, 4)}


def test_last_day_is_the_shops_own(vendor, sunita):
    came(sunita, ago(4))
    came(sunita, ago(2), "02:59")
    assert seen(vendor) == {sunita.pk: Seen(ago(3), 2)}
    came(sunita, ago(2), "03:00")
    assert seen(vendor) == {sunita.pk: Seen(ago(2), 3)}


def test_visit_of_later_than_today_is_none_yet(vendor, sunita):
    came(sunita, ago(-1))
    assert seen(vendor) == {}


def test_voided_visit_was_none(vendor, sunita, helper):
    came(sunita, ago(9))
    visit = came(sunita, ago(1))
    visit.voided_at, visit.voided_by = NOW, helper
    visit.save()
    tallying.recount_shop(vendor)
    assert seen(vendor) == {sunita.pk: Seen(ago(9), 1)}


def test_people_of_another_shop_are_not_told(vendor):
    came(CustomerFactory(), ago(1))
    assert seen(vendor) == {}


def test_days_of_a_change_of_the_clock_are_told_apart(vendor, sunita):
    vendor.time_zone, vendor.day_starts = "Europe/Berlin", dt.time(0)
    vendor.save()
    other = CustomerFactory(vendor=vendor)
    end = vendor.day_bounds(dt.date(2026, 10, 25))[1]
    VisitFactory(customer=sunita, at=end - dt.timedelta(minutes=1))
    VisitFactory(customer=other, at=end)
    tallying.recount_shop(vendor)
    found = seen(vendor)
    assert (found[sunita.pk].last, found[other.pk].last) == (dt.date(2026, 10, 25), dt.date(2026, 10, 26))
