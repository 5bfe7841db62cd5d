import datetime as dt
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from customers import households, keeping
from customers.households import Part
from customers.merging import merge
from customers.models import Customer
from customers.visits import collecting, recording, tallying
from customers.visits.forgetting import forget
from customers.visits.models import ProductDay, ShopDay, Visit
from tests.factories.customers import ClashFactory, ContactPointFactory, CustomerFactory, MembershipFactory
from tests.factories.planning import DecisionFactory, DecisionPersonFactory, LeftAloneFactory
from tests.factories.preferences import NoticeAnswerFactory, PreferenceFactory
from tests.factories.promises import (
    AmendmentFactory,
    ProblemEditFactory,
    ProblemFactory,
    PromiseFactory,
    PromiseLineFactory,
    StandingOrderEditFactory,
    StandingOrderFactory,
    StandingOrderLineFactory,
    WishEditFactory,
    WishFactory,
)
from tests.factories.vendors import EntryFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory
from vendors.models import Entry, Vendor

MARK = "quetzalcoatlus"
"""In every text that is known of the person to forget, and nowhere else."""

ROWS_OF_A_PERSON = ("visit", "standing_order", "promise", "wish", "problem")


def remembered(vendor):
    """A customer of whom there is a row in every table that says something of a person."""
    customer = CustomerFactory(vendor=vendor, name=f"Sunita {MARK}", note=f"is called {MARK}")
    ContactPointFactory(customer=customer, kind="email", text=f"{MARK}@example.org", number="")
    product = ProductFactory(vendor=vendor)
    visit = VisitLineFactory(visit__customer=customer, product=product, manner=MARK).visit
    lines = [recording.Line(product, Decimal(2), manner=f"{MARK} again")]
    recording.rewrite(visit=visit, lines=lines, note=f"said {MARK}", by=None, uid=uuid4())
    ClashFactory(customer=customer)
    PreferenceFactory(customer=customer, product=product, text=MARK)
    NoticeAnswerFactory(customer=customer, product=product, manner=MARK)
    keeping.change(customer=customer, fields={"landmark": f"{MARK} lane"}, numbers=[], by=None, uid=uuid4())
    MembershipFactory(household__vendor=vendor, customer=customer, ask_first=MARK)
    expect_of(customer, product, visit)
    also = CustomerFactory(vendor=vendor, name=f"Mrs Rao {MARK}", landmark=f"{MARK} lane")
    merge(customer=also, into=customer, by=None, uid=uuid4())
    return customer


def expect_of(customer, product, visit):
    order = StandingOrderFactory(customer=customer, text=MARK)
    StandingOrderLineFactory(standing_order=order, product=product, manner=MARK)
    StandingOrderEditFactory(standing_order=order, before={"text": MARK})
    promise = PromiseFactory(customer=customer, text=MARK)
    PromiseLineFactory(promise=promise, product=product, manner=MARK)
    AmendmentFactory(promise=promise, asked_by=MARK)
    WishEditFactory(wish=WishFactory(customer=customer, product=product, text=MARK))
    ProblemEditFactory(problem=ProblemFactory(customer=customer, product=product, visit=visit, text=MARK))
    LeftAloneFactory(customer=customer, reason=MARK)
    DecisionPersonFactory(decision__vendor=customer.vendor, customer=customer)


def rows_about_customers(vendor):
    """How many rows each table has that hangs on a customer of `vendor`, directly or by a visit."""
    counts = {Customer: Customer.objects.filter(vendor=vendor).count()}
    for model in apps.get_models():
        for path in ("customer", *(f"{row}__customer" for row in ROWS_OF_A_PERSON)):
            first = path.split("__")[0]
            if any(field.name == first and field.is_relation for field in model._meta.fields):
                counts.setdefault(model, model._base_manager.filter(**{f"{path}__vendor": vendor}).count())
    return {model.__name__: count for model, count in counts.items()}


@pytest.mark.django_db
def test_forgetting_removes_every_row_about_the_person(vendor):
    customer = remembered(vendor)
    assert min(rows_about_customers(vendor).values()) > 0, "a table about people is not in this test yet"
    assert forget([customer]) == 1
    assert set(rows_about_customers(vendor).values()) == {0}


@pytest.mark.django_db
def test_forgetting_blanks_what_was_tapped_about_the_person(vendor):
    customer = remembered(vendor)
    counter, visit = f"/{vendor.slug}/counter", Visit.objects.get(customer=customer)
    about = [
        {"path": f"{counter}/{customer.uid}/likes/"},
        {"path": f"{counter}/visits/{visit.uid}/undo/"},
        {"path": f"{counter}/new/", "body": f"name={MARK}&uid={customer.uid}"},
        {"path": f"{counter}/new/", "body": f"name={MARK}&uid={Customer.objects.get(merged_into=customer).uid}"},
    ]
    for said in about:
        EntryFactory(vendor=vendor, outcome="refused", is_open=True, **{"body": MARK, "said": MARK, **said})
    other = EntryFactory(vendor=vendor, outcome="refused", path=f"{counter}/new/", body=f"name=Leela&uid={uuid4()}")
    forget([customer])
    blank = Entry.objects.exclude(pk=other.pk)
    assert set(blank.values_list("path", "body", "said", "is_open")) == {("", "", "", False)}
    other.refresh_from_db()
    assert other.body.startswith("name=Leela")


@pytest.mark.django_db
def test_forgetting_leaves_everybody_else(vendor):
    gone, stays = remembered(vendor), VisitFactory(customer__vendor=vendor, customer__name="Leela")
    before = rows_about_customers(stays.customer.vendor)
    forget([gone])
    assert list(Customer.objects.all()) == [stays.customer]
    assert list(Visit.objects.all()) == [stays]
    assert before["Customer"] == 3


@pytest.mark.django_db
def test_forgetting_counts_the_days_of_the_person_anew(vendor):
    gone, stays = CustomerFactory.create_batch(2, vendor=vendor)
    onion, leek, mango = ProductFactory.create_batch(3, vendor=vendor)
    long_ago = timezone.now() - dt.timedelta(days=30)
    for at, customer, products in [
        (long_ago, stays, [onion, leek]),
        (long_ago + dt.timedelta(minutes=1), gone, [onion, mango]),
        (long_ago - dt.timedelta(days=1), gone, [leek]),
        (long_ago - dt.timedelta(days=2), gone, []),
        (None, gone, [onion]),
    ]:
        lines = [recording.Line(product, Decimal(1), "not-in-stock") for product in products]
        recording.record(vendor=vendor, customer=customer, lines=lines, by=None, uid=uuid4(), at=at)
    past = Vendor.objects.get(pk=vendor.pk).past

    forget([gone])

    kept = counted(vendor)
    assert kept == [
        (vendor.day_of(long_ago), 1, None),
        *sorted((vendor.day_of(long_ago), 1, p.pk) for p in (onion, leek)),
    ]
    assert Vendor.objects.get(pk=vendor.pk).past != past
    tallying.recount_shop(vendor)
    assert counted(vendor) == kept


@pytest.mark.django_db
def test_forgetting_leaves_others_the_visits_that_they_brought(vendor):
    meera, anu, leela = (CustomerFactory(vendor=vendor, name=name) for name in ("Meera", "Anu", "Leela"))
    product = ProductFactory(vendor=vendor)
    for customer, days in ((meera, 3), (anu, 2), (leela, 1)):
        at = timezone.now() - dt.timedelta(days=days)
        lines = [recording.Line(product, Decimal(1))]
        recording.record(vendor=vendor, customer=customer, lines=lines, by=None, uid=uuid4(), at=at)
    first, others = Part(meera, frozenset({"decides"})), [Part(each, frozenset({"eats"})) for each in (anu, leela)]
    kitchen = collecting.make(vendor=vendor, first=first, others=others, brings_past=True, by=None, uid=uuid4())
    collecting.leave(membership=kitchen.memberships.get(customer=leela), by=None)
    VisitFactory(customer=meera, collected_by=anu)
    assert Visit.objects.filter(customer=meera).count() == 4
    forget([meera])
    kept = Visit.objects.order_by("at").values_list("customer__name", "collected_by")
    assert list(kept) == [("Anu", None), ("Leela", None)]
    as_kept = counted(vendor)
    tallying.recount_shop(vendor)
    assert counted(vendor) == as_kept


@pytest.mark.django_db
def test_forgetting_counts_the_days_anew_of_who_was_merged(vendor):
    """What one collected for the other cannot go to who stands for both, and goes with them all the same."""
    sunita, double = CustomerFactory.create_batch(2, vendor=vendor)
    said = {"lines": [recording.Line(ProductFactory(vendor=vendor), Decimal(1))], "by": None, "uid": uuid4()}
    recording.record(vendor=vendor, customer=double, collected_by=sunita, **said)
    merge(customer=double, into=sunita, by=None, uid=uuid4())
    assert counted(vendor)
    forget([sunita])
    assert counted(vendor) == []


def counted(vendor):
    """What is kept of each day: its visits, and of each product those that wanted it."""
    days = ShopDay.objects.filter(vendor=vendor).order_by("day").values_list("day", "visits")
    products = ProductDay.objects.filter(vendor=vendor).order_by("day", "product")
    return [(*day, None) for day in days] + list(products.values_list("day", "visits", "product"))


@pytest.mark.django_db
def test_forgetting_leaves_a_decision_with_its_numbers_and_its_other_people(vendor):
    decision = DecisionFactory(vendor=vendor, regulars=12, touched=3)
    gone, stays = DecisionPersonFactory.create_batch(2, decision=decision)
    forget([gone.customer])
    decision.refresh_from_db()
    assert (decision.regulars, decision.touched, list(decision.people.all())) == (12, 3, [stays])


@pytest.mark.django_db
def test_forgetting_several_counts_them(vendor):
    people = CustomerFactory.create_batch(3, vendor=vendor)
    assert forget(people) == 3
    assert forget([]) == 0


@pytest.mark.django_db(transaction=True)
def test_forgetting_is_all_or_nobody(vendor, monkeypatch):
    first, second = CustomerFactory.create_batch(2, vendor=vendor)

    def fail():
        raise RuntimeError("the power went")

    monkeypatch.setattr(second, "delete", fail)
    with pytest.raises(RuntimeError):
        forget([first, second])
    assert Customer.objects.count() == 2


def database_files():
    database = Path(connection.settings_dict["NAME"])
    return [path for path in database.parent.glob(f"{database.name}*") if not path.name.endswith("-shm")]


def copies_on_disk():
    return sum(path.read_bytes().lower().count(MARK.encode()) for path in database_files())


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_forgotten_person_is_left_on_the_disk(vendor):
    """Also when the shop grew before and after, so that rows were moved from page to page meanwhile."""
    crowd(vendor, 150)
    gone = [remembered(vendor) for _ in range(3)]
    crowd(vendor, 150)
    assert copies_on_disk() > 3 * 8
    forget(gone)
    assert not Customer.objects.filter(name__contains=MARK).exists()
    assert copies_on_disk() == 0


def crowd(vendor, people):
    for _ in range(people):
        with transaction.atomic():
            visit = VisitFactory(customer__vendor=vendor, customer__note="regular " * 40)
            VisitLineFactory(visit=visit, product=ProductFactory(vendor=vendor))


@pytest.mark.django_db
def test_household_of_a_forgotten_person_goes_on_or_ends(vendor):
    meera, vijay, anu = (CustomerFactory(vendor=vendor, name=name) for name in ("Meera Rao", "Vijay", "Anu"))
    first = Part(meera, frozenset({"decides"}))
    others = [Part(vijay, frozenset({"decides", "eats"})), Part(anu, frozenset({"collects"}))]
    kitchen = households.make(vendor=vendor, first=first, others=others, by=None, uid=uuid4())
    VisitFactory(customer=meera, collected_by=anu)
    forget([meera])
    kitchen.refresh_from_db()
    assert households.first_of(kitchen).customer == vijay
    assert "Meera" not in kitchen.name
    assert Visit.objects.count() == 0
    visit = VisitFactory(customer=vijay, collected_by=anu)
    forget([anu])
    kitchen.refresh_from_db()
    visit.refresh_from_db()
    assert kitchen.ended_at is not None
    assert (visit.customer, visit.collected_by) == (vijay, None)
