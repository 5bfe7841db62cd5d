"""What was wanted of late in the demo shop's visits, which its plans look back on."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from crm.demo.book import Book
from customers.visits.models import VisitLine
from customers.visits.outcomes import WANTED

LOOKED_BACK = 89
"""Days before today: eight weeks before a decision of 33 days ago."""


class Wanted(NamedTuple):
    """One line of a visit: who wanted how much of what, and when."""

    at: dt.datetime
    day: dt.date
    visit: int
    customer: int
    product: int
    quantity: Decimal
    outcome: str


def wanted_lately(book: Book) -> list[Wanted]:
    """Of the days before today that lists and decisions look back on."""
    since = book.at(-LOOKED_BACK)
    lines = VisitLine.objects.filter(vendor=book.vendor, visit__at__gte=since, visit__at__lt=book.at(0))
    lines = lines.filter(outcome__in=WANTED, visit__voided_at__isnull=True).order_by("visit__at", "visit", "position")
    found = lines.values_list("visit__at", "visit", "visit__customer", "product", "quantity", "outcome")
    return [Wanted(at, book.vendor.day_of(at), *others) for at, *others in found]
