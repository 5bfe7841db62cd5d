"""Forgetting a person: the one thing in Regulars that truly removes."""

from collections.abc import Iterable

from django.db import connection, transaction

from customers.models import Customer


def forget(customers: Iterable[Customer]) -> int:
    """
    Remove `customers` with their visits, likes, phones and search keys; the number of people removed.

    Must be called outside of a transaction: only then can SQLite's write-ahead log, which still has the old pages, be
    emptied. `secure_delete` (see settings) overwrites the bytes in the database file itself.
    """
    with transaction.atomic():
        removed = [customer.delete() for customer in customers]
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(removed)
