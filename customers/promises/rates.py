"""How often promises are kept, of each side, always with its count."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import Count, Q

from customers.models import Customer
from customers.promises.models import Promise
from customers.promises.models.promise import PromiseQuerySet
from vendors.models import Vendor

LEAST = 5
"""Promises under which it is too early to say."""
SHORT, LONG = dt.timedelta(days=30), dt.timedelta(days=365)
ONE_DAY = dt.timedelta(days=1)
MOST_OVERDUE = 100
"""So many are counted: who has more than that knows without a number."""
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
    """How one side kept what was due within `SHORT` and `LONG`; and how much is overdue, up to `MOST_OVERDUE`."""

    short: Rate
    long: Rate
    overdue: int

    @property
    def overdue_said(self) -> str:
        return f"{MOST_OVERDUE}+" if self.overdue >= MOST_OVERDUE else str(self.overdue)


def kept_rates(vendor: Vendor, now: dt.datetime, *, customer: Customer | None = None) -> dict[str, KeptRate]:
    """
    By `Promise.Side`, of one person or of all, by the day on which it was due last: a changed one counts by its last
    form. Today is the last of the days; what has its outcome before its day has come counts already.
    """
    start, _end = vendor.day_bounds(vendor.day_of(now) - LONG + ONE_DAY)
    short, _end = vendor.day_bounds(vendor.day_of(now) - SHORT + ONE_DAY)
    of_whom = {"vendor": vendor} if customer is None else {"vendor": vendor, "customer": customer}
    # Of the closed ones by their own index: however many are open, none of them is looked at.
    due = Promise.objects.exclude(outcome="").filter(_due_from(start), **of_whom, due_at__gte=start)
    lately, judged, kept = _due_from(short), Q(outcome__in=JUDGED), Q(outcome=Promise.Outcome.KEPT)
    rows = (
        due.order_by()
        .values("side")
        .annotate(
            short_kept=Count("pk", lately & kept),
            short_of=Count("pk", lately & judged),
            long_kept=Count("pk", kept),
            long_of=Count("pk", judged),
        )
    )
    overdue = _overdue(Promise.objects.overdue(now).filter(**of_whom))
    judged_by = {row["side"]: row for row in rows}
    return {side: _rate(judged_by.get(side), overdue[side]) for side in Promise.Side.values}


def kept_by_person(vendor: Vendor, now: dt.datetime, side: str) -> dict[int, Rate]:
    """Of everybody (by id) of whom anything was due within `LONG` how `side` kept it, counted as in `kept_rates`."""
    start, _end = vendor.day_bounds(vendor.day_of(now) - LONG + ONE_DAY)
    due = Promise.objects.filter(_due_from(start), vendor=vendor, side=side, due_at__gte=start, outcome__in=JUDGED)
    kept = Count("pk", filter=Q(outcome=Promise.Outcome.KEPT))
    rows = due.order_by().values_list("customer").annotate(kept=kept, of=Count("pk"))
    return {customer: Rate(kept, of) for customer, kept, of in rows}


def _overdue(promises: PromiseQuerySet) -> Counter[str]:
    latest = promises.order_by("due_at", "pk")
    sides = (latest.filter(side=side).values_list("side", flat=True)[:MOST_OVERDUE] for side in Promise.Side.values)
    return Counter(side for found in sides for side in found)


def _rate(row: Mapping[str, int] | None, overdue: int) -> KeptRate:
    if row is None:
        return KeptRate(Rate(0, 0), Rate(0, 0), overdue)
    return KeptRate(Rate(row["short_kept"], row["short_of"]), Rate(row["long_kept"], row["long_of"]), overdue)


def _due_from(start: dt.datetime) -> Q:
    """Due on the day that begins at `start` or later: what is due at any time of a day is so at the end of that day."""
    return Q(due_at__gt=start) | Q(due_at=start, due_any_time=False)
