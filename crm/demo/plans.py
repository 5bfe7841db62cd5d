"""What the demo shop's owner decided in the evenings: what to buy, whom to leave alone, and what to change."""

from django.db.models import Max, Q

from crm.demo.book import EVENING, Book, some
from crm.demo.decisions import write_decisions
from crm.demo.lists import write_lists
from crm.demo.wanted import wanted_lately
from customers.models import Customer
from customers.planning.models import LeftAlone

AWAY = 28
"""Days since the last visit of those who are left alone."""


def write_plans(book: Book) -> None:
    """After all that is expected: what was promised and asked for stands on the lists."""
    wanted = wanted_lately(book)
    write_lists(book, wanted)
    write_decisions(book, wanted)
    _write_left_alone(book)


def _write_left_alone(book: Book) -> None:
    """One of whom it was taken back, two who stay away and said why, and one whose time is over."""
    often, away = some(book.people, 14), _away(book)
    _leave(book, often, -9, until=12, reason="ill, says the neighbour", ended=-8)
    scenes = (
        (-3, 10, "with the son in Pune until the wedding"),
        (-8, 24, "new knee, the daughter will ring"),
        (-30, -4, "on a journey to Kashi"),
    )
    for customer, (days, until, reason) in zip(away, scenes, strict=False):
        _leave(book, customer, days, until=until, reason=reason)


def _leave(book: Book, customer: Customer, days: int, *, until: int, reason: str, ended: int | None = None) -> None:
    row = LeftAlone(uid=book.uid("left alone", days), customer=customer, until=book.day(until), reason=reason)
    row.at, row.by = book.at(days, EVENING), book.member(0)
    if ended is not None:
        row.ended_at, row.ended_by = book.at(ended, 8.5), book.member(1)
    book.add(row)


def _away(book: Book) -> list[Customer]:
    """Who has not come for weeks, the latest first."""
    came = Max("visits__at", filter=Q(visits__voided_at__isnull=True, visits__at__lt=book.at(0)))
    people = Customer.objects.filter(vendor=book.vendor, kind=Customer.Kind.CUSTOMER, standing="").annotate(came=came)
    return list(people.filter(came__lt=book.at(-AWAY)).order_by("-came", "pk")[:3])
