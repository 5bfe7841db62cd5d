import datetime as dt

import pytest
from django.utils import timezone

from customers.planning.comers import by_hour, comers_of
from customers.visits import tallying
from customers.visits.coming import Comings
from customers.visits.expecting import HOUR_PRIOR, Expected, People
from customers.visits.models import Visit
from tests.factories.customers import CustomerFactory
from tests.factories.visits import VisitFactory

NOW = dt.datetime(2026, 11, 21, 15, 30, tzinfo=dt.UTC)  # a Saturday, 21:00 in the shop
TOMORROW = dt.date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def comes(vendor, name, *, hour, days=range(30), **values):
    """Somebody who came so many days ago, at `hour` of the shop's clock."""
    customer = CustomerFactory(vendor=vendor, name=name, **values)
    at = dt.datetime.combine(TOMORROW - dt.timedelta(days=1), dt.time(hour), vendor.tz)
    Visit.objects.bulk_create(
        VisitFactory.build(customer=customer, vendor=vendor, at=at - dt.timedelta(days=ago)) for ago in days
    )
    tallying.recount_shop(vendor)
    return customer


def found(vendor, **values):
    vendor.refresh_from_db()
    return comers_of(vendor, People(vendor, TOMORROW), **values)


def test_comers_are_the_regulars_in_the_order_in_which_they_come(vendor):
    late, early = comes(vendor, "Late", hour=18), comes(vendor, "Early", hour=9)
    comes(vendor, "New", hour=10, days=[1])
    comes(vendor, "Supplier", hour=10, kind="supplier")
    comes(vendor, "No regular", hour=10, standing="possible", standing_reason="asked once")
    comers = found(vendor)
    assert [(each.customer, each.minute) for each in comers.likeliest] == [(early, 6 * 60), (late, 15 * 60)]
    assert (comers.regulars, comers.likely) == (2, sum(each.chance for each in comers.likeliest))
    assert comers.likely > 1.6


def test_only_the_likeliest_are_named(vendor):
    often, _seldom = comes(vendor, "Often", hour=9), comes(vendor, "Seldom", hour=8, days=range(0, 30, 5))
    assert [each.customer for each in found(vendor, named=1).likeliest] == [often]
    assert len(found(vendor, named=None).likeliest) == 2


def test_hours_add_up_to_all_who_are_likely(vendor):
    comes(vendor, "Late", hour=18)
    comes(vendor, "Early", hour=9)
    comers = found(vendor)
    assert list(comers.by_hour) == [6, 15]
    assert sum(comers.by_hour.values()) == pytest.approx(comers.likely)


def test_hours_of_one_are_mixed_with_those_of_all():
    one = Expected(1, 0.5, None, Comings([1, 2], [60, 60]))
    other = Expected(2, 1.0, None, Comings([1, 2, 3, 4], [0, 0, 60, 0]))
    mixed = 0.5 / (2 + HOUR_PRIOR) * HOUR_PRIOR + 1.0 / (4 + HOUR_PRIOR) * HOUR_PRIOR
    assert by_hour([one, other]) == {
        0: pytest.approx(3 / (4 + HOUR_PRIOR) + mixed * 3 / 6),
        1: pytest.approx(0.5 * 2 / (2 + HOUR_PRIOR) + 1 / (4 + HOUR_PRIOR) + mixed * 3 / 6),
    }


def test_nobody_is_expected_in_a_new_shop(vendor):
    comers = found(vendor)
    assert (comers.likely, comers.regulars, comers.by_hour, comers.likeliest) == (0, 0, {}, [])
