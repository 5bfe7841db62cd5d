import datetime as dt
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from decimal import Decimal
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crm.lib.spreadsheet import open_sheet
from customers.importing import uid_of
from customers.models import Customer
from customers.preferences.popularity import Trends
from customers.preferences.remembering import remember
from customers.preferences.tasting import Today, today_of, trends_before
from customers.visits import importing, recording, tallying
from customers.visits.importing import COLUMNS, import_visits
from customers.visits.models import ProductDay, ShopDay, Visit
from customers.visits.recording import Line, NotToday
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory, UserFactory, VendorFactory
from tests.factories.visits import VisitFactory, VisitLineFactory
from vendors.models import Vendor

NOW = dt.datetime(2026, 11, 21, 4, 30, tzinfo=dt.UTC)
WANTED = ("taken", "replaced", "not-in-stock")


def kept(vendor):
    """What is kept of the shop's days: visits by day; and by day and product visits, time and what it told last."""
    days = ShopDay.objects.filter(vendor=vendor).values_list("day", "visits")
    products = ProductDay.objects.filter(vendor=vendor)
    rows = products.values_list("day", "product", "visits", "asked_at", "is_missing")
    return dict(days), {(day, product): tuple(known) for day, product, *known in rows}


def by_definition(vendor):
    """The same from the visits, one after the other in the order of time."""
    days, products = Counter(), {}
    for visit in Visit.objects.filter(vendor=vendor, voided_at=None).order_by("at", "pk").prefetch_related("lines"):
        day = vendor.day_of(visit.at)
        days[day] += 1
        lines = sorted(visit.lines.all(), key=lambda line: line.position)
        for product, outcome in {line.product_id: line.outcome for line in lines if line.outcome in WANTED}.items():
            before = products.get((day, product), (0,))[0]
            products[day, product] = (before + 1, visit.at, outcome == "not-in-stock")
    return dict(days), products


def again(row):
    """As the next request reads it."""
    return type(row).objects.get(pk=row.pk)


@contextmanager
def clock_at(now):
    with patch.object(timezone, "now", lambda: now):
        yield


def record(customer, *lines, at=None, uid=None):
    vendor = customer.vendor
    return recording.record(vendor=vendor, customer=customer, lines=lines, by=None, uid=uid or uuid4(), at=at)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


# --- whatever happens


SHOPS = [
    ("Asia/Kolkata", 3, "2026-11-21T10:00"),
    ("Asia/Kolkata", 3, "2026-11-21T02:30"),  # still the day before
    ("Europe/Berlin", 0, "2026-10-25T12:00"),  # 25 hours
    ("Europe/Berlin", 3, "2026-10-25T02:30"),  # an hour that the clock shows twice, before the day begins
    ("America/New_York", 2, "2026-03-08T12:00"),  # the day begins at a time that the clock skips
    ("Pacific/Kiritimati", 23, "2026-11-21T23:30"),
]
minutes = st.sampled_from([0, 1, 59, 90, 600, 23 * 60, 24 * 60, 25 * 60, 50 * 60, 9 * 24 * 60])
lines = st.lists(st.tuples(st.integers(0, 2), st.sampled_from([*WANTED, "refused"]), st.integers(1, 2)), max_size=4)
places = st.integers(0, 9)
a_visit = st.tuples(st.integers(0, 1), minutes, lines.filter(bool))
operations = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.integers(0, 1), st.none() | minutes, lines),
        st.tuples(st.just("record with a clock ahead"), st.integers(0, 1), minutes, lines),
        st.tuples(st.just("undo"), places),
        st.tuples(st.just("undo in the admin"), places, places),
        st.tuples(st.just("put back"), places),
        st.tuples(st.just("change"), places, lines),
        st.tuples(st.just("import"), st.dictionaries(st.integers(1, 4), a_visit, min_size=1)),
        st.tuples(st.just("import again")),
    ),
    min_size=2,
    max_size=8,
)
ONION, BOTH = [(0, "taken", 1)], [(0, "not-in-stock", 1), (1, "taken", 1)]
EVERYTHING = [
    ("record", 0, None, ONION),
    ("change", 0, BOTH),
    ("change", 0, [(1, "refused", 1)]),
    ("record", 0, 24 * 60, BOTH),
    ("record with a clock ahead", 1, 50 * 60, BOTH),
    ("undo", 1),
    ("put back", 1),
    ("undo in the admin", 0, 1),
    ("put back", 0),
    ("import", {1: (0, 0, ONION), 2: (1, 24 * 60, BOTH)}),
    ("import again",),
    ("import", {1: (1, 0, BOTH), 2: (1, 9 * 24 * 60, BOTH), 3: (0, 24 * 60, ONION)}),
    ("import", {1: (1, 59, BOTH), 2: (1, 9 * 24 * 60, ONION)}),
]


class Shop:
    """A shop of two customers and three products to which all of `operations` can happen."""

    def __init__(self, folder, time_zone, day_starts, local):
        self.vendor = VendorFactory(time_zone=time_zone, day_starts=dt.time(day_starts))
        self.now = dt.datetime.fromisoformat(local).replace(tzinfo=self.vendor.tz).astimezone(dt.UTC)
        self.products = [ProductFactory(vendor=self.vendor) for _ in range(3)]
        self.customers = [CustomerFactory(vendor=self.vendor, uid=uid_of("customer", str(number))) for number in (0, 1)]
        self.file = folder / "visits.csv"

    def lines(self, said):
        return [Line(self.products[number], Decimal(quantity), outcome) for number, outcome, quantity in said]

    def visits(self, *places):
        every = list(Visit.objects.filter(vendor=self.vendor).select_related("vendor").order_by("pk"))
        return {every[place % len(every)] for place in places} if every else set()

    def do(self, what, *said):
        getattr(self, "_" + what.replace(" ", "_"))(*said)

    def _record(self, customer, ago, said, ahead=1):
        at = None if ago is None else self.now - ahead * dt.timedelta(minutes=ago)
        record(again(self.customers[customer]), *self.lines(said), at=at)

    def _record_with_a_clock_ahead(self, customer, ahead, said):
        self._record(customer, ahead, said, ahead=-1)

    def _undo(self, place):
        for visit in self.visits(place):
            recording.void(visit=visit, by=None)

    def _undo_in_the_admin(self, *places):
        client = Client()
        client.force_login(UserFactory(is_superuser=True, is_staff=True))
        client.post(
            "/admin/visits/visit/", {"action": "undo", "_selected_action": [v.pk for v in self.visits(*places)]}
        )

    def _put_back(self, place):
        for visit in self.visits(place):
            recording.restore(visit=visit)

    def _change(self, place, said):
        for visit in self.visits(place):
            try:
                recording.change(visit=visit, lines=self.lines(said), note="", by=None, uid=uuid4())
            except NotToday:
                assert self.vendor.day_of(visit.at) != self.vendor.today()

    def _import(self, visits):
        rows = [
            f"{key},{customer},{(self.now - dt.timedelta(minutes=ago)).isoformat()},"
            f"{self.products[number].name},{quantity},,{outcome}"
            for key, (customer, ago, said) in visits.items()
            for number, outcome, quantity in said
        ]
        self.file.write_text("\n".join(["visit,customer,time,product,quantity,unit,outcome", *rows, ""]))
        self._import_again()

    def _import_again(self):
        if self.file.exists():
            import_visits(vendor=again(self.vendor), sheet=open_sheet(self.file, COLUMNS))

    def said(self):
        """Of each visit what it says, and its day."""
        rows = Visit.objects.filter(vendor=self.vendor).prefetch_related("lines")
        return {
            visit.pk: (
                self.vendor.day_of(visit.at),
                (visit.at, visit.customer_id, visit.is_voided),
                [(line.position, line.product_id, line.outcome, line.quantity) for line in visit.lines.all()],
            )
            for visit in rows
        }


def touched(before, after):
    """The days of the visits that were added or changed."""
    pks = [pk for pk in after if before.get(pk) != after[pk]]
    return {said[pk][0] for pk in pks for said in (before, after) if pk in said}


def trends_by_definition(vendor, today):
    days, products = by_definition(vendor)
    trends, on = Trends(), min([day for day in days if day < today], default=today)
    while on < today:
        trends.end_day(days.get(on, 0), {product: known[0] for (day, product), known in products.items() if day == on})
        on += dt.timedelta(days=1)
    return trends


def today_by_definition(vendor, today):
    days, products = by_definition(vendor)
    asked = {product: known for (day, product), known in products.items() if day == today}
    missing = frozenset(product for product, known in asked.items() if known[2])
    return Today(days.get(today, 0), {product: known[0] for product, known in asked.items()}, missing)


def shown(customer, now):
    """What the card shows."""
    memory = remember(customer, now=now)
    return memory.usual, memory.last_visits, memory.noticed, vars(memory.together)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shop=st.sampled_from(SHOPS), operations=operations)
@example(shop=SHOPS[0], operations=EVERYTHING)
@example(shop=SHOPS[2], operations=EVERYTHING)
def test_kept_is_counted_after_whatever_happens(db, tmp_path_factory, shop, operations):
    shop = Shop(tmp_path_factory.mktemp("import"), *shop)
    vendor = shop.vendor
    with clock_at(shop.now):
        today = vendor.today()
        for operation in operations:
            past, before = again(vendor).past, shop.said()
            trends_before(again(vendor), today)  # as somebody opened a card before
            shop.do(*operation)
            assert kept(vendor) == by_definition(vendor)
            is_another = again(vendor).past != past
            assert is_another == any(day < today for day in touched(before, shop.said()))
            assert today_of(vendor, today) == today_by_definition(vendor, today)
            trends = trends_before(again(vendor), today)
            assert trends.taste() == trends_by_definition(vendor, today).taste()
        at_once = [shown(again(each), shop.now) for each in shop.customers]
        counted = kept(vendor)
        assert tallying.recount_shop(vendor) == len(counted[0])
        assert kept(vendor) == counted
        assert [shown(again(each), shop.now) for each in shop.customers] == at_once


# --- one thing at a time


def test_product_on_several_lines_of_a_visit_is_wanted_once_and_the_last_tells(sunita, onion):
    taken, missing, refused = (Line(onion, Decimal(1), each) for each in ("taken", "not-in-stock", "refused"))
    for said, is_missing in (((taken, missing), True), ((missing, taken), False), ((missing, refused), True)):
        visit = record(sunita, *said)
        day = sunita.vendor.day_of(visit.at)
        assert kept(sunita.vendor) == ({day: 1}, {(day, onion.pk): (1, visit.at, is_missing)})
        recording.void(visit=visit, by=None)
    assert kept(sunita.vendor) == ({}, {})


def test_product_that_was_only_refused_is_not_wanted(sunita, onion):
    visit = record(sunita, Line(onion, Decimal(1), "refused"))
    assert kept(sunita.vendor) == ({sunita.vendor.day_of(visit.at): 1}, {})


def test_of_two_visits_of_the_same_time_the_one_recorded_later_tells(sunita, onion):
    record(sunita, Line(onion, Decimal(1)), at=NOW)
    record(sunita, Line(onion, Decimal(1), "not-in-stock"), at=NOW)
    assert list(kept(sunita.vendor)[1].values()) == [(2, NOW, True)]
    record(sunita, Line(onion, Decimal(1)), at=NOW - dt.timedelta(seconds=1))
    assert list(kept(sunita.vendor)[1].values()) == [(3, NOW, True)]


def test_visit_that_was_moved_since_it_was_read_is_undone_on_its_day(sunita, onion):
    visit = record(sunita, Line(onion, Decimal(1)), at=NOW)
    Visit.objects.update(at=NOW - dt.timedelta(days=3))
    tallying.recount(sunita.vendor, [NOW, NOW - dt.timedelta(days=3)])
    recording.void(visit=visit, by=None)
    assert kept(sunita.vendor) == ({}, {})
    recording.restore(visit=visit)
    assert kept(sunita.vendor) == by_definition(sunita.vendor)


def test_visits_are_counted_in_the_own_shop_only(sunita, onion):
    other = CustomerFactory()
    visit = record(other, at=NOW)
    record(sunita, Line(onion, Decimal(1)), at=NOW)
    recording.void(visit=visit, by=None)
    assert (kept(other.vendor), again(other.vendor).past == other.vendor.past) == (({}, {}), False)
    assert kept(sunita.vendor) == by_definition(sunita.vendor) != ({}, {})
    theirs = again(other.vendor).past
    tallying.recount_shop(sunita.vendor)
    assert again(other.vendor).past == theirs


def test_recount_shop_counts_what_was_never_counted_and_forgets_what_is_not_so(sunita, onion):
    VisitLineFactory(visit=VisitFactory(customer=sunita, at=NOW), product=onion, outcome="not-in-stock")
    VisitFactory(customer=sunita, at=NOW - dt.timedelta(days=9))
    gone = dt.date(2020, 2, 29)
    ShopDay.objects.create(vendor=sunita.vendor, day=gone, visits=7)
    vendor, of = sunita.vendor, {"product": onion, "asked_at": NOW, "is_missing": False}
    ProductDay.objects.create(vendor=vendor, day=gone + dt.timedelta(days=1), visits=3, **of)
    assert tallying.recount_shop(vendor) == 2
    assert kept(vendor) == (
        {dt.date(2026, 11, 12): 1, dt.date(2026, 11, 21): 1},
        {(dt.date(2026, 11, 21), onion.pk): (1, NOW, True)},
    )
    assert again(vendor).past != vendor.past


def test_recount_products_counts_these_and_the_visits_and_leaves_the_rest(sunita, onion):
    kale, vendor = ProductFactory(vendor=sunita.vendor), sunita.vendor
    record(sunita, Line(onion, Decimal(1)), Line(kale, Decimal(1)), at=NOW)
    record(sunita, at=NOW)
    day, past = vendor.day_of(NOW), again(vendor).past
    ProductDay.objects.update(visits=9)
    ShopDay.objects.update(visits=9)
    tallying.recount_products(vendor, {day: [onion.pk]})
    assert kept(vendor) == ({day: 2}, {(day, onion.pk): (1, NOW, False), (day, kale.pk): (9, NOW, False)})
    assert again(vendor).past != past
    tallying.recount_products(vendor, {day: [kale.pk]})
    assert kept(vendor) == by_definition(vendor)


def test_recount_shop_counts_anew_by_a_day_that_begins_elsewhere(sunita, onion):
    record(sunita, Line(onion, Decimal(1)), at=NOW)
    Vendor.objects.update(time_zone="Pacific/Honolulu")
    vendor = again(sunita.vendor)
    assert tallying.recount_shop(vendor) == 1
    assert kept(vendor) == by_definition(vendor)
    assert list(kept(vendor)[0]) == [dt.date(2026, 11, 20)]


def test_day_on_which_the_clock_is_put_back_has_twenty_five_hours(db):
    vendor = VendorFactory(time_zone="Europe/Berlin", day_starts=dt.time(0))
    customer, product = CustomerFactory(vendor=vendor), ProductFactory(vendor=vendor)
    start = dt.datetime(2026, 10, 24, 22, tzinfo=dt.UTC)
    moments = [start - dt.timedelta(seconds=1), *(start + dt.timedelta(hours=hours) for hours in range(26))]
    for at in moments:
        record(customer, Line(product, Decimal(1)), at=at)
    days = [dt.date(2026, 10, 24), dt.date(2026, 10, 25), dt.date(2026, 10, 26)]
    counted = kept(vendor)
    assert counted[0] == dict(zip(days, [1, 25, 1], strict=True))
    tallying.recount(vendor, moments)
    assert kept(vendor) == counted


def test_more_products_than_one_statement_takes_are_counted(sunita):
    products = [ProductFactory(vendor=sunita.vendor) for _ in range(tallying.BATCH + 1)]
    for _ in range(2):
        record(sunita, *(Line(product, Decimal(1)) for product in products), at=NOW)
    assert kept(sunita.vendor) == by_definition(sunita.vendor)
    assert {times for times, *_rest in kept(sunita.vendor)[1].values()} == {2}


def test_record_counts_with_as_many_statements_for_one_product_as_for_three(
    sunita, django_assert_max_num_queries, django_assert_num_queries
):
    lines = [Line(ProductFactory(vendor=sunita.vendor), Decimal(1)) for _ in range(3)]
    for said in (lines[:1], lines):
        with django_assert_num_queries(2):
            tallying.add(
                sunita.vendor, [tallying.Counted.of(timezone.now(), ((each.product.pk, "taken") for each in said))]
            )


# --- at once


def at_once(*jobs):
    """Run all of `jobs` at the same moment, each in a thread; raises what one of them met."""
    start = threading.Barrier(len(jobs))

    def run(job):
        try:
            start.wait()
            job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for running in [pool.submit(run, job) for job in jobs]:
            running.result()


@pytest.mark.django_db(transaction=True)
def test_two_tablets_that_record_at_once_are_both_counted(vendor, sunita, onion):
    """The first visits of a day, with the same products in another order; then undone, and entered days late."""
    lines = [
        Line(product, Decimal(1)) for product in (onion, ProductFactory(vendor=vendor), ProductFactory(vendor=vendor))
    ]

    def tablet(said):
        def serve():
            for number in range(8):
                visit = record(sunita, *said)
                if number % 3 == 0:
                    recording.void(visit=visit, by=None)
                record(sunita, *said, at=NOW - dt.timedelta(days=number % 4))

        return serve

    at_once(tablet(lines), tablet(lines[::-1]))
    assert kept(vendor) == by_definition(vendor)
    assert sum(kept(vendor)[0].values()) == 2 * (8 + 8 - 3)


@pytest.mark.django_db(transaction=True)
def test_recount_shop_while_the_counter_records_misses_nothing(vendor, sunita, onion):
    for days in range(20):
        record(sunita, Line(onion, Decimal(1)), at=NOW - dt.timedelta(days=days))

    def serve():
        for number in range(12):
            visit = record(sunita, Line(onion, Decimal(1)), at=NOW - dt.timedelta(days=2 * number))
            if number % 2:
                recording.void(visit=visit, by=None)

    at_once(serve, lambda: tallying.recount_shop(vendor), serve)
    assert kept(vendor) == by_definition(vendor)
    assert sum(kept(vendor)[0].values()) == 20 + 12


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_counted_already", [True, False])
def test_visit_recorded_while_its_day_is_counted_is_counted_once(
    vendor, sunita, onion, monkeypatch, is_counted_already
):
    """The counter comes in between at the worst moment, and waits until the day is counted."""
    record(sunita, Line(onion, Decimal(1)), at=NOW)
    if not is_counted_already:
        ShopDay.objects.all().delete()
    look, counter = tallying._visits, []

    def serve():
        try:
            record(sunita, Line(onion, Decimal(1)), at=NOW)
        finally:
            connection.close()

    def look_after_the_counter(*said):
        if not counter:
            counter.append(threading.Thread(target=serve))
            counter[0].start()
            counter[0].join(0.5)
        return look(*said)

    monkeypatch.setattr(tallying, "_visits", look_after_the_counter)
    tallying.recount_shop(vendor)
    counter[0].join()
    assert kept(vendor) == by_definition(vendor)
    assert list(kept(vendor)[0].values()) == [2]


@pytest.fixture
def import_of(vendor, sunita, onion, tmp_path):
    """Imports so many visits with onions, from the first given one on, one a day backwards from `NOW`."""
    Customer.objects.filter(pk=sunita.pk).update(uid=uid_of("customer", "17"))
    days = [(NOW - dt.timedelta(days=number)).isoformat() for number in range(30)]

    def load(first, number, quantity):
        path = tmp_path / f"{first}.csv"
        rows = [f"b{n},17,{days[n % 30]},Onion,{quantity},kg," for n in range(first, first + number)]
        path.write_text("\n".join(["visit,customer,time,product,quantity,unit,outcome", *rows, ""]))
        import_visits(vendor=again(vendor), sheet=open_sheet(path, COLUMNS))

    return load


@pytest.mark.django_db(transaction=True)
def test_import_of_changes_while_the_counter_undoes_misses_nothing(vendor, import_of, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 40)
    import_of(0, 60, quantity=1)

    def undo(step):
        for visit in list(Visit.objects.filter(vendor=vendor).order_by("pk").select_related("vendor"))[::step]:
            recording.void(visit=visit, by=None)
            recording.restore(visit=visit)

    at_once(lambda: import_of(30, 60, quantity=2), lambda: undo(2), lambda: undo(-3))
    assert kept(vendor) == by_definition(vendor)
    assert sum(kept(vendor)[0].values()) == 90


@pytest.mark.django_db(transaction=True)
def test_import_does_not_wait_for_a_counter_that_waits_for_it(vendor, import_of, monkeypatch):
    """It has added a visit, and is about to change one that is being undone: each could hold what the other needs."""
    import_of(0, 1, quantity=1)
    changed, change, counter = Visit.objects.get(), importing._change, []

    def undo():
        try:
            recording.void(visit=changed, by=None)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:

        def change_after_the_counter(*said):
            counter.append(pool.submit(undo))
            wait(counter, timeout=0.5)
            return change(*said)

        monkeypatch.setattr(importing, "_change", change_after_the_counter)
        import_of(0, 2, quantity=2)
    counter[0].result()  # raises what it met, such as "deadlock detected"
    assert kept(vendor) == by_definition(vendor)
    assert list(kept(vendor)[0].values()) == [1]


# --- all or nothing


@pytest.mark.django_db(transaction=True)
def test_visit_that_cannot_be_counted_is_not_recorded(sunita, onion, monkeypatch):
    def fail(*said):
        raise RuntimeError("no")

    monkeypatch.setattr(Vendor, "past_changed", fail)
    with pytest.raises(RuntimeError):
        record(sunita, Line(onion, Decimal(1)), at=NOW)
    assert (Visit.objects.count(), kept(sunita.vendor)) == (0, ({}, {}))
