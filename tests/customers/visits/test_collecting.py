import datetime as dt
from uuid import uuid4

import pytest
from django.utils import timezone

from customers import households
from customers.households import Part
from customers.models import Membership
from customers.visits import collecting
from customers.visits.models import Visit
from tests.factories.customers import CustomerFactory, MembershipFactory
from tests.factories.visits import VisitFactory
from vendors.models import Vendor

NOW = timezone.now()
DECIDES, CHILD = frozenset({"decides", "eats"}), frozenset({"collects"})


@pytest.fixture
def meera(vendor):
    return CustomerFactory(vendor=vendor, name="Meera")


@pytest.fixture
def anu(vendor):
    return CustomerFactory(vendor=vendor, name="Anu")


@pytest.fixture
def kitchen(meera, vendor):
    """Meera and Vijay, who both decide."""
    vijay = Part(CustomerFactory(vendor=vendor, name="Vijay"), DECIDES)
    return households.make(vendor=vendor, first=Part(meera, DECIDES), others=[vijay], by=None, uid=uuid4())


def visit(customer, days=1, collected_by=None, **said):
    return VisitFactory(customer=customer, collected_by=collected_by, at=NOW - dt.timedelta(days=days), **said)


def join(kitchen, customer, uid=None, *, brings_past=True):
    part = Part(customer, CHILD)
    return collecting.join(household=kitchen, part=part, brings_past=brings_past, by=None, uid=uid or uuid4())


def one(household, name):
    """The membership as a page reads it, with all that it names."""
    found = household.memberships.standing().select_related("household", "customer", "vendor")
    return found.get(customer__name=name)


def make_first(household, name, uid=None):
    return collecting.make_first(membership=one(household, name), brings_past=True, by=None, uid=uid or uuid4())


def visits():
    """Of each visit whose it is and who collected it, in the order in which they were made."""
    return list(Visit.objects.order_by("pk").values_list("customer__name", "collected_by__name"))


def past(vendor):
    return Vendor.objects.get(pk=vendor.pk).past


def test_past_comes_along_under_the_firsts_name(kitchen, anu, vendor):
    visit(anu)
    before = past(vendor)
    join(kitchen, anu)
    assert visits() == [("Meera", "Anu")]
    assert past(vendor) != before


def test_past_stays_where_it_is_unless_it_is_asked_for(kitchen, anu):
    visit(anu)
    join(kitchen, anu, brings_past=False)
    assert visits() == [("Anu", None)]


def test_past_without_visits_changes_nothing_of_the_shops(kitchen, anu, vendor):
    before = past(vendor)
    join(kitchen, anu)
    assert past(vendor) == before


def test_only_what_they_had_for_themselves_comes_along(kitchen, anu, meera, vendor):
    other = CustomerFactory(vendor=vendor, name="Leela")
    for said in ({"customer": anu, "voided_at": NOW}, {"customer": anu, "collected_by": other}, {"customer": other}):
        visit(**said)
    visit(anu, days=-1)
    join(kitchen, anu)
    assert visits() == [("Anu", None), ("Anu", "Leela"), ("Leela", None), ("Anu", None)]


def test_join_sent_twice_brings_no_more(kitchen, anu):
    visit(anu)
    uid = uuid4()
    join(kitchen, anu, uid)
    VisitFactory(customer=anu)
    join(kitchen, anu, uid)
    assert visits() == [("Meera", "Anu"), ("Anu", None)]


def test_join_sent_again_after_they_left_brings_nothing(kitchen, anu):
    visit(anu)
    uid = uuid4()
    joined = join(kitchen, anu, uid)
    collecting.leave(membership=joined, takes_past=True, by=None)
    join(kitchen, anu, uid)
    assert visits() == [("Anu", None)]


def test_join_sent_again_brings_nothing_that_they_took_with_them_and_left(kitchen, anu):
    visit(anu)
    uid = uuid4()
    joined = join(kitchen, anu, uid)
    collecting.leave(membership=joined, takes_past=True, by=None)
    collecting.put_back(membership=joined)
    join(kitchen, anu, uid)
    assert visits() == [("Anu", None)]


def test_make_sent_again_brings_nothing_of_who_joined_since(meera, anu, vendor):
    said = {"vendor": vendor, "first": Part(meera, DECIDES), "others": [Part(anu, CHILD)], "by": None, "uid": uuid4()}
    made = collecting.make(**said, brings_past=True)
    leela = CustomerFactory(vendor=vendor, name="Leela")
    visit(leela)
    join(made, leela, brings_past=False)
    collecting.make(**said, brings_past=True)
    assert visits() == [("Leela", None)]


def test_visits_of_another_kitchen_do_not_go_to_the_new_first(kitchen, meera, vendor):
    visit(meera)
    others = [Part(CustomerFactory(vendor=vendor), CHILD)]
    households.make(vendor=vendor, first=Part(meera, DECIDES), others=others, by=None, uid=uuid4())
    with pytest.raises(collecting.HasOwnKitchen):
        make_first(kitchen, "Vijay")
    assert visits() == [("Meera", None)]
    assert households.first_of(kitchen).customer == meera


def test_past_of_another_kitchen_is_not_brought_and_nobody_joins(kitchen, anu, vendor):
    visit(anu)
    others = [Part(CustomerFactory(vendor=vendor), CHILD)]
    households.make(vendor=vendor, first=Part(anu, DECIDES), others=others, by=None, uid=uuid4())
    with pytest.raises(collecting.HasOwnKitchen):
        join(kitchen, anu)
    assert visits() == [("Anu", None)]
    assert kitchen.memberships.count() == 2


def test_make_brings_the_past_of_all_others(meera, anu, vendor):
    visit(meera)
    visit(anu)
    said = {"vendor": vendor, "first": Part(meera, DECIDES), "others": [Part(anu, CHILD)], "by": None, "uid": uuid4()}
    for _twice in range(2):
        collecting.make(**said, brings_past=True)
    assert visits() == [("Meera", None), ("Meera", "Anu")]


def test_make_brings_nothing_unless_it_is_asked_for(meera, anu, vendor):
    visit(anu)
    others = [Part(anu, CHILD)]
    collecting.make(vendor=vendor, first=Part(meera, DECIDES), others=others, by=None, uid=uuid4())
    assert visits() == [("Anu", None)]


def test_leaving_they_take_what_they_brought_and_put_back_they_bring_it(kitchen, anu, meera, vendor):
    visit(anu)
    joined = join(kitchen, anu)
    VisitFactory(customer=meera, collected_by=anu)
    assert collecting.has_past(joined)
    before = past(vendor)
    collecting.leave(membership=joined, takes_past=True, by=None)
    assert past(vendor) != before
    assert visits() == [("Anu", None), ("Meera", "Anu")]
    assert not collecting.has_past(joined)
    before = past(vendor)
    collecting.put_back(membership=joined, brings_past=True)
    assert visits() == [("Meera", "Anu"), ("Meera", "Anu")]
    assert past(vendor) != before


def test_leaving_they_do_not_take_what_they_collected_when_they_were_in_it_before(kitchen, anu, meera):
    before = MembershipFactory(household=kitchen, customer=anu, joined_at=NOW - dt.timedelta(days=9), left_at=NOW)
    for days in (10, 5):
        visit(meera, days=days, collected_by=anu)
    joined = join(kitchen, anu)
    collecting.leave(membership=joined, takes_past=True, by=None)
    assert visits() == [("Anu", None), ("Meera", "Anu")]
    assert not collecting.has_past(joined)
    assert not collecting.has_past(before)


def test_leaving_twice_takes_once(kitchen, anu):
    visit(anu)
    joined = join(kitchen, anu)
    collecting.leave(membership=joined, by=None)
    collecting.leave(membership=joined, takes_past=True, by=None)
    assert visits() == [("Meera", "Anu")]
    collecting.put_back(membership=joined)
    collecting.put_back(membership=joined, brings_past=True)
    assert visits() == [("Meera", "Anu")]


def test_leaving_with_nothing_brought_changes_nothing_of_the_shops(kitchen, anu, vendor):
    joined, before = join(kitchen, anu), past(vendor)
    assert collecting.leave(membership=joined, takes_past=True, by=None)
    assert past(vendor) == before


def test_visits_so_far_come_along_to_the_new_first_and_back(kitchen, meera, anu, vendor):
    vijay = one(kitchen, "Vijay").customer
    join(kitchen, anu)
    for collector in (None, anu, vijay):
        visit(meera, collected_by=collector)
    before, uid = past(vendor), uuid4()
    kept = one(kitchen, "Vijay")
    for _twice in range(2):
        collecting.make_first(membership=kept, brings_past=True, by=None, uid=uid)
    assert visits() == [("Vijay", "Meera"), ("Vijay", "Anu"), ("Vijay", None)]
    assert past(vendor) != before
    make_first(kitchen, "Meera")
    assert visits() == [("Meera", None), ("Meera", "Anu"), ("Meera", "Vijay")]


def test_new_first_of_a_kitchen_without_visits_changes_nothing_of_the_shops(kitchen, vendor):
    before = past(vendor)
    make_first(kitchen, "Vijay")
    assert past(vendor) == before


def test_visits_so_far_stay_under_the_old_name_unless_asked_for(kitchen, meera):
    visit(meera)
    collecting.make_first(membership=one(kitchen, "Vijay"), by=None, uid=uuid4())
    assert visits() == [("Meera", None)]
    assert Membership.objects.standing().get(is_first=True).customer.name == "Vijay"
