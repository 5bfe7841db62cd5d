"""Forgetting a person: the one thing in Regulars that truly removes."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from customers import households
from customers.merging import stand_ins
from customers.models import Customer, Household
from customers.visits import collecting, tallying
from customers.visits.models import Visit
from vendors import entries


def forget(customers: Iterable[Customer]) -> int:
    """
    Remove `customers` with their visits, likes, phones and search keys; the number of people removed.

    With each go all who were found to be the same person. Their households go on without them, or end; visits that
    others had for themselves before they joined are theirs again.

    Must be called outside of a transaction: only then can SQLite's write-ahead log, which still has the old pages, be
    emptied. `secure_delete` (see settings) overwrites the bytes in the database file itself.
    """
    with transaction.atomic():
        removed = [_forget(customer) for customer in customers]
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(removed)


def _forget(customer: Customer) -> None:
    collecting.give_back(customer)
    wanted, vendor = _wanted(customer), customer.vendor
    shared = list(Household.objects.filter(memberships__customer=customer).distinct().values_list("pk", flat=True))
    called = f"{customer.name} {customer.nickname}"
    entries.forget(vendor, _uids_of(customer))
    customer.delete()
    if shared:
        households.let_go(vendor=vendor, households=shared, called=called)
    tallying.recount_products(vendor, wanted)


def _uids_of(customer: Customer) -> list[UUID]:
    """By which what was tapped about the person names them: their own, and those of their visits."""
    people = Customer.objects.filter(Q(pk=customer.pk) | Q(merged_into=customer))
    return [
        *people.values_list("uid", flat=True),
        *Visit.objects.filter(customer__in=people).values_list("uid", flat=True),
    ]


def _wanted(customer: Customer) -> dict[dt.date, set[int]]:
    """
    The ids of what the person was served, by day: of a person of years the rest of each day is not counted anew.

    Also under the names of all who were merged into them and go along: what they collected for each other stayed there.
    """
    wanted: dict[dt.date, set[int]] = defaultdict(set)
    people = [customer.pk, *(each for each, one in stand_ins(customer.vendor).items() if one == customer.pk)]
    visits = Visit.objects.standing().filter(customer__in=people).order_by()
    for at, product in visits.values_list("at", "lines__product"):
        wanted[customer.vendor.day_of(at)] |= {product} - {None}
    return dict(wanted)
