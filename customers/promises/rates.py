"""How often promises are kept, of each side, always with its count."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Count, Q

from customers.models import Customer
from customers.promises.models import Promise
from vendors.models import Vendor

LEAST = 5
"""Promises under which it is too early to say."""
SHORT, LONG = dt.timedelta(days=30), dt.timedelta(days=365)
ONE_DAY = dt.timedelta(days=1)
JUDGED = (Promise.Outcome.KEPT, Promise.Outcome.PART, Promise.Outcome.LATE, Promise.Outcome.BROKEN)
"""What was released by the other side was neither kept nor broken."""


class Rate(NamedTuple):
    """`kept` in time and in full, of `of` that were to be kept."""

    kept: int
    of: int

    @property
    def is_early(self) -> bool:
        return self.of < LEAST


class KeptRate(NamedTuple):
    """How one side kept what was due within `SHORT` and within `LONG`; and how much of that is overdue, still open."""

    short: Rate
    long: Rate
    overdue: int


def kept_rates(vendor: Vendor, now: dt.datetime, *, customer: Customer | None = None) -> dict[str, KeptRate]:
    """
    By `Promise.Side`, of one person or of all, by the day on which it was due last: a changed one counts by its last
    form. Today is the last of the days; what has its outcome before its day has come counts already.
    """
    start, _end = vendor.day_bounds(vendor.day_of(now) - LONG + ONE_DAY)
    short, _end = vendor.day_bounds(vendor.day_of(now) - SHORT + ONE_DAY)
    due = Promise.objects.filter(_due_from(start), vendor=vendor, due_at__gte=start)
    if customer is not None:
        due = due.filter(customer=customer)
    lately, judged, kept = _due_from(short), Q(outcome__in=JUDGED), Q(outcome=Promise.Outcome.KEPT)
    rows = (
        due.order_by()
        .values("side")
        .annotate(
            short_kept=Count("pk", lately & kept),
            short_of=Count("pk", lately & judged),
            long_kept=Count("pk", kept),
            long_of=Count("pk", judged),
            overdue=Count("pk", Q(outcome="", due_at__lt=now)),
        )
    )
    none = KeptRate(Rate(0, 0), Rate(0, 0), 0)
    found = {
        row["side"]: KeptRate(
            Rate(row["short_kept"], row["short_of"]), Rate(row["long_kept"], row["long_of"]), row["overdue"]
        )
        for row in rows
    }
    return {side: found.get(side, none) for side in Promise.Side.values}


def _due_from(start: dt.datetime) -> Q:
    """Due on the day that begins at `start` or later: what is due at any time of a day is so at the end of that day."""
    return Q(due_at__gt=start) | Q(due_at=start, due_any_time=False)
