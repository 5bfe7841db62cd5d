"""What the demo shop's people expect of it, and it of them: households, promises, wishes, problems; and its plans."""

import datetime as dt

from django.db import transaction

from crm.demo.book import Book
from crm.demo.complaints import write_problems
from crm.demo.kitchens import write_beside, write_households, write_standings, write_supplies
from crm.demo.plans import write_plans
from crm.demo.promises import write_promises
from crm.demo.wishes import write_wishes
from customers.models import Customer
from customers.visits.models import Visit
from vendors.models import Vendor


def write_expectations(vendor: Vendor, seed: int, now: dt.datetime) -> None:
    """
    All of it, for the people who come most often; nothing for a shop to which nobody comes.

    Of the same `seed` and day it is the same, up to a promise for a time that is soon after `now`.
    """
    book = Book(vendor, seed, now)
    if len(book.people) < 2:
        return
    beside = write_beside(book)
    write_supplies(book, beside.suppliers)
    collected = write_households(book)
    closed = write_standings(book)
    write_promises(book, beside)
    write_wishes(book)
    write_problems(book, beside)
    write_plans(book)
    with transaction.atomic():
        book.write()
        Visit.objects.bulk_update(collected, ["collected_by"])
        if closed:
            Customer.objects.filter(pk=closed.pk).update(
                standing=closed.standing, standing_reason=closed.standing_reason
            )
