"""
A person's standing with the shop: possible, regular, lapsed or closed; read from their visits, or said by hand.

Of a possible one three marks tell what is still missing until they are a regular: authority (they decide what is
bought), means (they can pay) and intention (they mean to come). What the shop has seen of these needs no telling.
"""

import datetime as dt
from typing import NamedTuple

from django.db.models import Exists, Model, OuterRef, QuerySet

from customers.models import Customer, CustomerEdit, Membership
from customers.promises.models import Promise, StandingOrder, Wish
from customers.visits import expecting
from customers.visits.models import Visit, VisitLine
from customers.visits.outcomes import TAKEN
from customers.visits.rhythm import State

POSSIBLE, REGULAR, LAPSED = Customer.Standing.POSSIBLE, Customer.Standing.REGULAR, Customer.Standing.LAPSED
YES, NO = Customer.Mark.YES, Customer.Mark.NO
TOO_FEW = (State.UNKNOWN, State.EARLY)
"""States of a rhythm of which it is too early to say anything."""


class Mark(NamedTuple):
    """Yes, no, or nothing while it is not known; and whether somebody said so, or the shop saw it."""

    value: str
    was_said: bool = False


class Marks(NamedTuple):
    authority: Mark
    means: Mark
    intention: Mark

    @property
    def missing(self) -> list[str]:
        """The names of those that are not a yes."""
        return [name for name, mark in zip(self._fields, self, strict=True) if mark.value != YES]


class Standing(NamedTuple):
    """
    What holds, and what their visits alone say (`read`), by their `rhythm`.

    `said` is the change by which it was said by hand, where it was and the change was kept. `marks` are None but of
    a possible person.
    """

    value: str
    read: str
    rhythm: expecting.Standing
    said: CustomerEdit | None
    marks: Marks | None


def standing_of(customer: Customer, day: dt.date) -> Standing:
    """The standing of `customer` on the shop's present `day`."""
    rhythm = expecting.standing_of(customer, day)
    seen = _seen(customer, day)
    read = read_from(rhythm.state, came_before=not rhythm.visits and seen.came)
    value = customer.standing or read
    marks = marks_from(customer, seen) if value == POSSIBLE else None
    return Standing(value, read, rhythm, _said(customer), marks)


def read_from(state: State, *, came_before: bool = False) -> str:
    """What the silence of somebody says; who came, but so long ago that no rhythm is left, is lapsed."""
    if state == State.LEFT or came_before:
        return LAPSED
    return POSSIBLE if state in TOO_FEW else REGULAR


class Seen(NamedTuple):
    """What the shop has seen of a person before its present day: they came, decide, took something, wait for it."""

    came: bool = False
    decides: bool = False
    took: bool = False
    waits: bool = False


def marks_from(customer: Customer, seen: Seen) -> Marks:
    """The marks as they were said, else as they were `seen`."""
    return Marks(
        _mark(customer.authority, seen=seen.decides),
        _mark(customer.means, seen=seen.took),
        _mark(customer.intention, seen=seen.waits),
    )


def _mark(said: str, *, seen: bool) -> Mark:
    return Mark(said, was_said=True) if said else Mark(YES if seen else "")


def _seen(customer: Customer, day: dt.date) -> Seen:
    start, _end = customer.vendor.day_bounds(day)
    visits = Visit.objects.standing().filter(customer=OuterRef("pk"))
    took = VisitLine.objects.filter(visit__customer=OuterRef("pk"), visit__voided_at__isnull=True, outcome__in=TAKEN)
    waits = (Promise.objects.open(), Wish.objects.open(day), StandingOrder.objects.standing())
    asked = Customer.objects.filter(pk=customer.pk).values_list(
        Exists(visits.filter(at__lt=start)),
        Exists(Membership.objects.standing().filter(customer=OuterRef("pk"), decides=True)),
        Exists(took),
        _any_of(*waits),
    )
    return Seen(*asked.get())


def _any_of(*rows: QuerySet[Model]) -> Exists:
    first, *others = (Exists(each.filter(customer=OuterRef("pk"))) for each in rows)
    for other in others:
        first |= other
    return first


def _said(customer: Customer) -> CustomerEdit | None:
    """The change by which the standing was said that holds by hand."""
    if not customer.standing:
        return None
    edits = CustomerEdit.objects.filter(customer=customer, after__has_key="standing").select_related("by")
    return edits.order_by("-at", "-pk").first()
