"""Promises of a side, due on some days, in a state: asked for alike when they are counted and when they are shown."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, Q, TextChoices, When
from django.utils.translation import gettext_lazy as _

from customers.promises.models import Promise
from customers.promises.models.promise import PromiseQuerySet
from customers.promises.rates import JUDGED, due_from
from vendors.models import Vendor

TOO_LATE, IN_TIME, ON_THE_LAST = range(3)


class State(TextChoices):
    """How far a promise is, besides its outcomes."""

    OPEN = "open", _("open")
    OVERDUE = "overdue", _("open and overdue")
    JUDGED = "judged", _("kept or not")


@dataclass(frozen=True)
class Which:
    """Of `side`, due on the shop's days from `first` to `last`, in `state` (or with that outcome). Empty: any."""

    first: dt.date | None = None
    last: dt.date | None = None
    side: str = ""
    state: str = ""

    @property
    def query(self) -> str:
        """As an address asks for them."""
        said: dict[str, Any] = {"first": self.first, "last": self.last, "side": self.side}
        return urlencode({**{name: value for name, value in said.items() if value}, "state": self.state})

    def condition(self, vendor: Vendor, now: dt.datetime) -> Q:
        asked = _in_state(self.state, now)
        if self.side:
            asked &= Q(side=self.side)
        if self.first:
            asked &= due_from(vendor.day_bounds(self.first)[0])
        if self.last:
            asked &= _due_until(vendor.day_bounds(self.last)[1])
        return asked

    def has(self, promise: Promise, day: dt.date) -> bool:
        """Whether `promise`, which is due on the shop's `day`, is among them, of whatever state."""
        in_time = (self.first or day) <= day <= (self.last or day)
        return in_time and self.side in ("", promise.side)

    def rows(self, vendor: Vendor, now: dt.datetime) -> PromiseQuerySet:
        return Promise.objects.filter(self.condition(vendor, now), vendor=vendor)


def by_outcome(vendor: Vendor, within: Which, now: dt.datetime) -> Counter[tuple[str, str]]:
    """How many there are by side and outcome, in one statement that looks at no row: all is in the index."""
    rows = within.rows(vendor, now).order_by().values_list("side", "outcome").annotate(Count("pk"))
    return Counter({(side, outcome): number for side, outcome, number in rows})


def by_day(vendor: Vendor, within: Which, now: dt.datetime) -> Counter[tuple[str, int]]:
    """How many there are by side and by when: on the last day, or before it and in time or not; also one statement."""
    start, _end = vendor.day_bounds(within.last)
    when = Case(When(due_from(start), then=ON_THE_LAST), When(due_at__lt=now, then=TOO_LATE), default=IN_TIME)
    found = within.rows(vendor, now).order_by().annotate(when=when)
    rows = found.values_list("side", "when").annotate(Count("pk"))
    return Counter({(side, when): number for side, when, number in rows})


def _in_state(state: str, now: dt.datetime) -> Q:
    match state:
        case "":
            return Q()
        case State.OPEN:
            return Q(outcome="")
        case State.OVERDUE:
            return Q(outcome="", due_at__lt=now)
        case State.JUDGED:
            return Q(outcome__in=JUDGED)
        case _:
            return Q(outcome=state)


def _due_until(end: dt.datetime) -> Q:
    """Due on the day that ends at `end` or before: what is due at any time of it is so at that end."""
    return Q(due_at__lte=end) & (Q(due_at__lt=end) | Q(due_any_time=True))
