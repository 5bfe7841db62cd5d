import datetime as dt
from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.counter import presence
from crm.demo import people, regulars, shop, writing
from crm.demo.opinions import Opinion
from crm.demo.shop import make_demo
from customers.models import Customer
from customers.preferences.models import Preference
from customers.visits.models import Visit, VisitLine
from tests.factories.vendors import UserFactory
from vendors.models import Member, Product, Vendor
from vendors.opening.keeping import opening_times
from vendors.opening.models import Closure, OpeningHours

EVENING = dt.datetime(2026, 11, 21, 20, 45, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))
"""A Saturday."""


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Ten weeks and every sixth person: the same shop, made in no time."""
    monkeypatch.setattr(shop, "DAYS", 75)
    monkeypatch.setattr(regulars, "people", lambda chance: people.people(chance)[::6])


def contents(vendor):
    """All that a demo shop says, without the numbers that the database gives."""
    visits = Visit.objects.filter(vendor=vendor).order_by("pk")
    lines = VisitLine.objects.filter(vendor=vendor).order_by("visit", "position")
    return {
        "members": list(Member.objects.filter(vendor=vendor).values_list("uid", "name", "role")),
        "products": list(Product.objects.filter(vendor=vendor).values_list("uid", "name")),
        "hours": list(OpeningHours.objects.filter(vendor=vendor).values_list("uid", "weekday", "opens", "closes")),
        "closures": list(Closure.objects.filter(vendor=vendor).values_list("uid", "first_day", "last_day", "reason")),
        "customers": list(Customer.objects.filter(vendor=vendor).order_by("pk").values_list("uid", "name", "landmark")),
        "preferences": list(Preference.objects.filter(vendor=vendor).values_list("uid", "kind", "text", "at")),
        "visits": list(visits.values_list("uid", "at", "by__uid", "customer__uid", "note", "digest")),
        "lines": list(lines.values_list("visit__uid", "product__name", "quantity", "outcome", "manner")),
    }


def make_another(vendor, **options):
    """The demo shop once more, beside `vendor`, which gives up its address."""
    Vendor.objects.filter(pk=vendor.pk).update(slug=f"shop-{vendor.pk}")
    return make_demo(**options)


def test_make_demo_of_the_same_seed_and_day_is_the_same_shop(db):
    first = make_demo(now=EVENING)
    again = make_another(first, now=EVENING)
    assert contents(again) == contents(first)


def test_make_demo_of_another_seed_is_another_shop(db):
    first = make_demo(now=EVENING)
    other = make_another(first, now=EVENING, seed=8)
    visits, other_visits = (set(contents(vendor)["visits"]) for vendor in (first, other))
    assert visits & other_visits == set()


def test_make_demo_earlier_in_the_day_knows_the_same_up_to_then(db):
    evening = contents(make_demo(now=EVENING))
    six = EVENING.replace(hour=6, minute=0)
    morning = contents(make_another(Vendor.objects.get(), now=six))
    assert morning["preferences"] == evening["preferences"]
    assert morning["visits"] == [visit for visit in evening["visits"] if visit[1] <= six]
    assert morning["visits"][-1][1].date() == EVENING.date() - dt.timedelta(days=1)


def test_make_demo_ends_now_and_knows_nothing_of_the_future(db):
    vendor = make_demo(now=EVENING)
    last = Visit.objects.order_by("pk").last()
    assert vendor.day_of(last.at) == EVENING.date()
    assert last == Visit.objects.order_by("at").last()
    assert Visit.objects.filter(recorded_at__gt=EVENING).count() == 0
    assert Preference.objects.filter(at__gt=EVENING).count() == 0
    assert presence.just_served(vendor, EVENING) == last


def test_make_demo_keeps_its_hours_and_holidays(db, monkeypatch):
    monkeypatch.setattr(shop, "DAYS", 365)
    monkeypatch.setattr(writing.Writer, "write", lambda *_: None)
    times = opening_times(make_demo(now=EVENING))
    day = ((dt.time(7, 30), dt.time(13, 30)), (dt.time(16, 30), dt.time(21)))
    assert times.hours == dict.fromkeys(range(7), day)
    assert [(f"{first}", f"{last}", reason) for first, last, reason in times.closures] == [
        ("2026-01-26", "2026-01-26", "Republic Day"),
        ("2026-05-01", "2026-05-01", "Maharashtra Day"),
        ("2026-08-15", "2026-08-15", "Independence Day"),
        ("2026-10-02", "2026-10-02", "Mahatma Gandhi's Birthday"),
        ("2027-01-26", "2027-01-26", "Republic Day"),
        ("2027-05-01", "2027-05-01", "Maharashtra Day"),
        ("2027-08-15", "2027-08-15", "Independence Day"),
        ("2027-10-02", "2027-10-02", "Mahatma Gandhi's Birthday"),
    ]


def test_make_demo_was_open_on_each_day_of_a_visit(db):
    vendor = make_demo(now=EVENING.replace(month=10))
    times = opening_times(vendor)
    days = {vendor.day_of(at) for at in Visit.objects.values_list("at", flat=True)}
    assert [day for day in sorted(days) if not times.is_open(day)] == []
    assert not times.is_open(dt.date(2026, 8, 15))


def test_make_demo_is_open_today_even_on_a_holiday(db, monkeypatch):
    monkeypatch.setattr(writing.Writer, "write", lambda *_: None)
    times = opening_times(make_demo(now=EVENING.replace(month=10, day=2)))
    assert times.is_open(dt.date(2026, 10, 2))
    assert not times.is_open(dt.date(2026, 8, 15))


def test_make_demo_has_people_who_are_likely_at_every_hour(db, monkeypatch):
    monkeypatch.setattr(regulars, "people", people.people)
    vendor = make_demo(now=EVENING.replace(hour=6))
    hours = (8, 9, 10, 11, 17, 18, 19, 20)
    likely = [presence.likely_now(vendor, EVENING.replace(hour=hour)) for hour in hours]
    assert min(sum("of 8 weeks" in person.reason for person in some) for some in likely) >= 4


def test_make_demo_keeps_an_allergy_with_its_consent(db, monkeypatch):
    peanuts = Opinion(Preference.Kind.ALLERGY, Product(name="Peanuts"), days_ago=12)
    monkeypatch.setattr(writing.Writer, "_write_visits", lambda *_: None)
    monkeypatch.setattr(regulars, "draw_aversions", lambda products, _chance: [replace(peanuts, product=products[-3])])
    make_demo(now=EVENING)
    kept = Preference.objects.filter(kind="allergy").first()
    assert EVENING - dt.timedelta(days=13) < kept.at == kept.consent_at < EVENING - dt.timedelta(days=12)


def test_make_demo_writes_the_keys_that_find_its_people(db):
    make_demo(now=EVENING)
    found = {
        customer.name: {bytes(row.key) for row in customer.search_keys.all()} for customer in Customer.objects.all()
    }
    assert len(found) > 15
    assert {b"=sunita", b"=rao"} <= found["Sunita Rao"]
    assert [name for name, keys in found.items() if not keys] == []


def test_make_demo_lets_nobody_in_without_a_password(db):
    make_demo(now=EVENING)
    assert list(User.objects.order_by("pk").values_list("username", "is_staff", "is_superuser")) == [
        ("asha", False, False),
        ("ravi", False, False),
        ("meena", False, False),
        ("imran", False, False),
    ]
    assert [user.has_usable_password() for user in User.objects.all()] == [False] * 4


def test_make_demo_leaves_an_account_of_the_same_name_alone(db):
    UserFactory(username="asha")
    UserFactory(username="asha2")
    make_demo(now=EVENING)
    assert Member.objects.get(role="owner").user.username == "asha3"


def test_make_demo_after_an_interruption_makes_it_anew(db, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 100)
    write, written = writing.Writer._write_batch, []

    def interrupted(writer, batch):
        if written:
            raise KeyboardInterrupt
        write(writer, batch)
        written.append(batch)

    monkeypatch.setattr(writing.Writer, "_write_batch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_demo(now=EVENING)
    assert Vendor.objects.get().slug == shop.UNFINISHED
    assert Visit.objects.count() == len(written[0])

    monkeypatch.setattr(writing.Writer, "_write_batch", write)
    made = make_demo(now=EVENING)
    assert Vendor.objects.get() == made
    assert made.slug == shop.SLUG
    assert User.objects.count() == 4


def test_make_demo_holds_nobody_up_for_more_than_a_batch(db, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 100)
    told = []
    with CaptureQueriesContext(
        connection,
    ) as queries:
        make_demo(now=EVENING, progress=lambda done, of: told.append((done, of)))
    saved = [query["sql"] for query in queries if query["sql"].startswith("SAVEPOINT")]
    total = Visit.objects.count()
    assert told == [*((done, total) for done in range(100, total, 100)), (total, total)]
    assert len(saved) >= len(told)
