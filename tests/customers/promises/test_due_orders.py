import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import takewhile
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from customers import keeping
from customers.merging import merge, undo
from customers.preferences.merging import merge_products
from customers.promises import due_orders
from customers.promises.due import due_day, due_moment
from customers.promises.due_orders import OrderDay, counts_on, made_for, make_due, next_days, uid_of
from customers.promises.models import Promise, PromiseLine, StandingOrder
from customers.promises.recurring import days_from
from tests.customers.promises.time_zones import ZONES, changes, days_of_year, years
from tests.factories.customers import CustomerFactory
from tests.factories.promises import StandingOrderEditFactory, StandingOrderFactory, StandingOrderLineFactory
from tests.factories.vendors import ClosureFactory, OpeningHoursFactory, ProductFactory, VendorFactory
from tests.test_isolation import rows_of
from vendors.models import Vendor
from vendors.opening.keeping import opening_times
from vendors.opening.times import OpeningTimes

WEDNESDAY = dt.date(2026, 12, 2)
LEFT_OUT = dt.date(2011, 12, 30)
"""Apia crossed the date line: this day never was, and is as good as the one before."""
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
ONE_DAY = dt.timedelta(days=1)
ALWAYS_OPEN = OpeningTimes({}, ())


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


def ordered(customer, rule="FREQ=DAILY", starts_on=WEDNESDAY, **more):
    return StandingOrderFactory(
        customer=customer, **{"rule": rule, "starts_on": starts_on, "made_at": LONG_AGO, **more}
    )


def promised():
    return list(Promise.objects.order_by("for_day", "pk").values_list("for_day", flat=True))


def days_of(found):
    return [day.isoformat()[5:] for day, why in found if not why]


# --- which days


def test_next_days_are_the_next_three(sunita):
    order = ordered(sunita, "FREQ=WEEKLY;BYDAY=TU,FR")
    assert days_of(next_days(order, WEDNESDAY, times=ALWAYS_OPEN)) == ["12-04", "12-08", "12-11"]
    assert days_of(next_days(order, dt.date(2026, 12, 3), 1, times=ALWAYS_OPEN)) == ["12-04"]
    assert days_of(next_days(order, dt.date(2026, 12, 4), 1, times=ALWAYS_OPEN)) == ["12-08"]


def test_next_days_leave_out_what_is_paused_ended_and_over(sunita):
    assert days_of(next_days(ordered(sunita, paused_until=dt.date(2026, 12, 9)), WEDNESDAY, 1, times=ALWAYS_OPEN)) == [
        "12-09"
    ]
    assert next_days(ordered(sunita, ended_at=timezone.now()), WEDNESDAY, times=ALWAYS_OPEN) == []
    assert days_of(next_days(ordered(sunita, ends_on=dt.date(2026, 12, 3)), WEDNESDAY, times=ALWAYS_OPEN)) == ["12-03"]


def test_next_days_name_those_on_which_the_shop_is_closed(vendor, sunita):
    ClosureFactory(vendor=vendor, first_day=dt.date(2026, 12, 4), reason="Wedding")
    order = ordered(sunita, "FREQ=WEEKLY;BYDAY=FR")
    assert next_days(order, WEDNESDAY, 2, times=opening_times(vendor)) == [
        OrderDay(dt.date(2026, 12, 4), "Wedding"),
        OrderDay(dt.date(2026, 12, 11), ""),
        OrderDay(dt.date(2026, 12, 18), ""),
    ]


def test_next_days_of_a_shop_that_never_opens_on_them_come_to_an_end(vendor, sunita):
    OpeningHoursFactory(vendor=vendor, weekday=0)
    found = next_days(ordered(sunita, "FREQ=WEEKLY;BYDAY=SU"), WEDNESDAY, times=opening_times(vendor))
    assert [bool(each.why_closed) for each in found] == [True] * due_orders.CLOSED_NAMED


def test_counts_on_its_days_only(sunita):
    order = ordered(sunita, "FREQ=WEEKLY;BYDAY=TU,FR")
    week = [WEDNESDAY + n * ONE_DAY for n in range(-7, 7)]
    assert [day for day in week if counts_on(order, day)] == [dt.date(2026, 12, 4), dt.date(2026, 12, 8)]


# --- a change of the clock neither loses nor doubles a day


@pytest.mark.parametrize("zone", ZONES)
@settings(deadline=None, max_examples=8)  # each walks through two years
@given(data=st.data())
def test_days_over_two_years_are_those_of_the_rule_each_once(zone, data):
    """The shop looks at least once in each of its days, at any moments: what it makes are exactly the rule's days."""
    rule = data.draw(st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU"]))
    vendor = Vendor(time_zone=zone, day_starts=data.draw(st.sampled_from([dt.time(0), dt.time(3), dt.time(22)])))
    first, last = dt.date(years(zone)[0], 1, 1), dt.date(years(zone)[1], 12, 31)
    order = StandingOrder(rule=rule, starts_on=first)
    step = dt.timedelta(hours=data.draw(st.integers(1, 20)))
    moment, end, looked = vendor.day_bounds(first)[0], vendor.day_bounds(last)[1], {}
    while moment < end:
        looked[vendor.day_of(moment)] = moment
        moment += step
    days = [day for day in looked if counts_on(order, day)]
    wanted = list(takewhile(lambda day: day <= last, days_from(rule, first, first)))
    assert days == [day for day in wanted if vendor.day_bounds(day)[0] < vendor.day_bounds(day)[1]]
    assert [due_day(vendor, due_moment(vendor, day, dt.time(18)), any_time=False) for day in days] == days


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.django_db
def test_promises_around_each_change_are_made_once_for_each_day(zone):
    vendor, days = VendorFactory(time_zone=zone), changes(zone) or days_of_year(2026)[:8]
    days = [day for day in days if day.year == days[0].year]
    ordered(
        CustomerFactory(vendor=vendor), text="milk", starts_on=days[0], made_at=dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    )
    for day in days:
        make_due(vendor, day)
    assert promised() == sorted({*days, *(day + ONE_DAY for day in days)})
    due = [due_day(vendor, each.due_at, any_time=True) for each in Promise.objects.order_by("for_day")]
    assert [day for day in promised() if day not in due] == [LEFT_OUT] * (zone == "Pacific/Apia")


# --- making


def test_make_due_promises_today_and_tomorrow(vendor, sunita, helper):
    milk = ProductFactory(vendor=vendor, name="Milk", unit="l")
    order = ordered(sunita, text="in the steel can", at_time=dt.time(18), by=helper)
    StandingOrderLineFactory(standing_order=order, product=milk, quantity=2, manner="full cream")
    make_due(vendor, WEDNESDAY)
    assert promised() == [WEDNESDAY, WEDNESDAY + ONE_DAY]
    promise = Promise.objects.first()
    assert (promise.customer, promise.side, promise.text, promise.by) == (sunita, "ours", "in the steel can", helper)
    assert (promise.uid, promise.standing_order, promise.has_lines) == (uid_of(order, WEDNESDAY), order, True)
    assert (promise.due_at, promise.due_any_time) == (due_moment(vendor, WEDNESDAY, dt.time(18)), False)
    assert [(line.product, line.quantity, line.unit, line.manner) for line in promise.lines.all()] == [
        (milk, Decimal(2), "l", "full cream")
    ]


def test_make_due_without_a_time_is_for_any_time_of_the_day(vendor, sunita):
    ordered(sunita, text="milk", ends_on=WEDNESDAY)
    make_due(vendor, WEDNESDAY)
    promise = Promise.objects.get()
    assert (promise.due_at, promise.due_any_time) == (vendor.day_bounds(WEDNESDAY)[1], True)
    assert not promise.has_lines


def test_make_due_promises_nothing_that_says_nothing(vendor, sunita):
    ordered(sunita)
    make_due(vendor, WEDNESDAY)
    assert promised() == []


def test_make_due_again_changes_nothing(vendor, sunita):
    order = ordered(sunita)
    StandingOrderLineFactory(standing_order=order)
    make_due(vendor, WEDNESDAY)
    before = rows_of(vendor)
    make_due(vendor, WEDNESDAY)
    assert rows_of(vendor) == before
    make_due(vendor, WEDNESDAY + ONE_DAY)
    assert promised() == [WEDNESDAY, WEDNESDAY + ONE_DAY, WEDNESDAY + 2 * ONE_DAY]


@pytest.mark.parametrize(
    "more",
    [
        {"ended_at": LONG_AGO},
        {"paused_until": WEDNESDAY + 9 * ONE_DAY},
        {"starts_on": WEDNESDAY + 2 * ONE_DAY},
        {"starts_on": WEDNESDAY - 9 * ONE_DAY, "ends_on": WEDNESDAY - ONE_DAY},
        {"rule": "FREQ=WEEKLY;BYDAY=MO"},
    ],
)
def test_make_due_makes_nothing_for_other_days(vendor, sunita, more):
    ordered(sunita, **{"text": "milk", **more})
    make_due(vendor, WEDNESDAY)
    assert promised() == []


def test_make_due_makes_nothing_for_a_person_who_is_closed(vendor, sunita):
    closed = CustomerFactory(vendor=vendor, standing="closed", standing_reason="moved away")
    ordered(closed, text="milk")
    make_due(vendor, WEDNESDAY)
    assert promised() == []
    keeping.change(customer=closed, fields={"standing": ""}, numbers=None, by=None, uid=uuid4())
    made_for(Vendor.objects.get(pk=vendor.pk), WEDNESDAY)
    assert promised() == [WEDNESDAY, WEDNESDAY + ONE_DAY]


def test_make_due_makes_it_for_the_person_who_stands_for_a_merged_one(vendor, sunita):
    other = CustomerFactory(vendor=vendor)
    ordered(other, text="milk", ends_on=WEDNESDAY)
    put_together = merge(customer=other, into=sunita, by=None, uid=uuid4())
    make_due(vendor, WEDNESDAY)
    assert Promise.objects.get().customer == sunita
    undo(merge=put_together, by=None)
    make_due(vendor, WEDNESDAY)
    assert promised() == [WEDNESDAY]


def test_make_due_makes_nothing_for_other_shops(vendor, sunita):
    ordered(CustomerFactory(), text="milk")
    make_due(vendor, WEDNESDAY)
    assert promised() == []


def test_make_due_promises_nothing_on_closed_days(vendor, sunita):
    ClosureFactory(vendor=vendor, first_day=WEDNESDAY, reason="Wedding")
    ordered(sunita, text="milk")
    make_due(vendor, WEDNESDAY)
    assert promised() == [WEDNESDAY + ONE_DAY]


def test_make_due_promises_nothing_that_was_late_when_it_was_ordered(vendor, sunita):
    half_past = due_moment(vendor, WEDNESDAY, dt.time(12, 30))
    ordered(sunita, text="milk", at_time=dt.time(12), made_at=half_past)
    changed = ordered(sunita, text="curd", at_time=dt.time(12))
    StandingOrderEditFactory(standing_order=changed, at=half_past)
    make_due(vendor, WEDNESDAY)
    assert promised() == [WEDNESDAY + ONE_DAY] * 2


def test_make_due_promises_the_product_that_stands_for_a_merged_one(vendor, sunita, owner):
    milk, doodh = ProductFactory(vendor=vendor, unit="l"), ProductFactory(vendor=vendor, unit="l")
    StandingOrderLineFactory(standing_order=ordered(sunita), product=doodh, quantity=1)
    merge_products(product=doodh, into=milk, by=owner)
    make_due(vendor, WEDNESDAY)
    assert {line.product for line in PromiseLine.objects.all()} == {milk}


def test_make_due_asks_the_same_statements_for_one_and_for_three(vendor, sunita):
    counts = []
    for orders in (1, 3):
        for _ in range(orders):
            StandingOrderLineFactory(standing_order=ordered(sunita, starts_on=WEDNESDAY + orders * 9 * ONE_DAY))
        with CaptureQueriesContext(connection) as queries:
            make_due(vendor, WEDNESDAY + orders * 9 * ONE_DAY)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Promise.objects.count() == 2 + 2 * 4


@pytest.mark.django_db
def test_database_keeps_one_promise_a_day_of_an_order(vendor, sunita):
    ordered(sunita, text="milk")
    make_due(vendor, WEDNESDAY)
    found = Promise.objects.first()
    found.pk = None
    found.uid = found.standing_order.uid
    with pytest.raises(IntegrityError):
        found.save()


@pytest.mark.django_db(transaction=True)
def test_make_due_at_the_same_moment_makes_each_once(vendor, sunita):
    for _ in range(3):
        StandingOrderLineFactory(standing_order=ordered(sunita))
    start = threading.Barrier(4)

    def look():
        try:
            start.wait()
            make_due(vendor, WEDNESDAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for running in [pool.submit(look) for _ in range(4)]:
            running.result()
    assert promised() == [WEDNESDAY] * 3 + [WEDNESDAY + ONE_DAY] * 3
    assert PromiseLine.objects.count() == 6


def test_made_for_asks_once_a_day(vendor, sunita, django_assert_num_queries):
    ordered(sunita, text="milk")
    made_for(vendor, WEDNESDAY)
    with django_assert_num_queries(0):
        made_for(Vendor(pk=vendor.pk, past=vendor.past), WEDNESDAY)
    made_for(vendor, WEDNESDAY + ONE_DAY)
    assert promised() == [WEDNESDAY, WEDNESDAY + ONE_DAY, WEDNESDAY + 2 * ONE_DAY]


def test_made_for_looks_again_when_the_shop_opens_on_other_days(vendor, sunita):
    closure = ClosureFactory(vendor=vendor, first_day=WEDNESDAY, reason="Flood")
    ordered(sunita, text="milk")
    made_for(vendor, WEDNESDAY)
    closure.delete()
    vendor.past_changed()
    made_for(Vendor.objects.get(pk=vendor.pk), WEDNESDAY)
    assert promised() == [WEDNESDAY, WEDNESDAY + ONE_DAY]
