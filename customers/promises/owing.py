"""Promises of a side, due on some days, in a state: asked for alike when they are counted and when they are shown."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from customers.promises.models import Promise
from customers.promises.models.promise import PromiseQuerySet
from customers.promises.rates import JUDGED, due_from
from vendors.models import Vendor


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


def numbers(vendor: Vendor, asked: Sequence[Which], within: Which, now: dt.datetime) -> dict[Which, int]:
    """How many there are of each that is `asked`, in one statement; all of them are `within` another."""
    # Of `due_at`, which always is there: the index has it, so that no row need be looked at.
    counts = {f"n{place}": Count("due_at", filter=which.condition(vendor, now)) for place, which in enumerate(asked)}
    found = within.rows(vendor, now).order_by().aggregate(**counts)
    return {which: found[f"n{place}"] for place, which in enumerate(asked)}


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
