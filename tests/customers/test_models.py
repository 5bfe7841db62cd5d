"""The database keeps the rules of people and households, whoever writes."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers.models import Customer
from tests.factories.customers import CustomerFactory, HouseholdFactory, MembershipFactory
from tests.factories.vendors import MemberFactory

pytestmark = pytest.mark.django_db


def refuses(write, name):
    with pytest.raises(IntegrityError) as refused:
        committed(write)
    assert name in str(refused.value) or "UNIQUE" in str(refused.value)  # of these SQLite names the columns


def committed(write):
    with transaction.atomic():
        write()
        connection.check_constraints()


# --- people


@pytest.mark.parametrize("standing", Customer.Standing.values)
def test_standing_said_by_hand_has_a_reason(standing):
    refuses(lambda: CustomerFactory(standing=standing), "standing_has_a_reason")
    assert CustomerFactory(standing=standing, standing_reason="said so").standing == standing


def test_standing_keeps_its_reason_when_it_is_updated():
    customer = CustomerFactory(standing="closed", standing_reason="moved")
    refuses(lambda: Customer.objects.filter(pk=customer.pk).update(standing_reason=""), "standing_has_a_reason")


def test_customer_has_a_name():
    refuses(lambda: CustomerFactory(name=""), "customer_has_a_name")


@pytest.mark.parametrize(
    ("said", "is_customer", "is_closed", "is_awaited"),
    [
        ({}, True, False, True),
        ({"standing": "possible"}, True, False, True),
        ({"standing": "regular"}, True, False, True),
        ({"standing": "lapsed"}, True, False, False),
        ({"standing": "closed"}, True, True, False),
        ({"kind": "supplier"}, False, False, False),
        ({"kind": "colleague"}, False, False, False),
    ],
)
def test_customer_tells_whether_they_are_waited_for(said, is_customer, is_closed, is_awaited):
    customer = Customer(**said)
    assert (customer.is_customer, customer.is_closed, customer.is_awaited) == (is_customer, is_closed, is_awaited)


# --- households


def test_household_has_a_name():
    refuses(lambda: HouseholdFactory(name=""), "household_has_a_name")


def test_household_is_of_the_shop_of_who_made_it():
    refuses(lambda: HouseholdFactory(by=MemberFactory()), "")


def test_person_is_once_in_a_household_and_may_come_back():
    gone = MembershipFactory(left_at=timezone.now())
    back = MembershipFactory(household=gone.household, customer=gone.customer)
    refuses(lambda: MembershipFactory(household=back.household, customer=back.customer), "once_a_household")
    assert MembershipFactory(household__vendor=back.vendor, customer=back.customer).pk


def test_household_has_one_first():
    gone = MembershipFactory(is_first=True, decides=True, left_at=timezone.now())
    MembershipFactory(household=gone.household, is_first=True, decides=True)
    refuses(lambda: MembershipFactory(household=gone.household, is_first=True, decides=True), "one_first")


def test_first_of_a_household_decides():
    refuses(lambda: MembershipFactory(is_first=True), "first_decides")


def test_member_of_a_household_has_a_role():
    refuses(lambda: MembershipFactory(eats=False), "has_a_role")


@pytest.mark.parametrize("role", ["decides", "pays", "collects", "eats", "helps"])
def test_one_role_is_enough(role):
    assert MembershipFactory(**{"eats": False, role: True}).pk


def test_member_who_left_by_somebody_left_at_a_time(helper, vendor):
    refuses(lambda: MembershipFactory(household__vendor=vendor, left_by=helper), "left_by_has_time")


@pytest.mark.parametrize(
    ("field", "stranger"),
    [
        ("household", HouseholdFactory),
        ("customer", CustomerFactory),
        ("by", MemberFactory),
        ("left_by", MemberFactory),
    ],
)
def test_membership_keeps_to_the_shop(field, stranger):
    row = MembershipFactory(left_at=timezone.now())
    refuses(lambda: type(row).objects.filter(pk=row.pk).update(**{field: stranger()}), "")
