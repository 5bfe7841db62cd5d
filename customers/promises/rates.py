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
    overdue = _overdue(Promise.objects.overdue(now).filter(**_of_whom(vendor, customer)))
    rates = lately_kept(vendor, now, customer=customer)
    return {side: KeptRate(*rates[side], overdue[side]) for side in Promise.Side.values}


def lately_kept(vendor: Vendor, now: dt.datetime, *, customer: Customer | None = None) -> dict[str, tuple[Rate, Rate]]:
    """Of each side the rate of what was due from `first_day` of `SHORT` on, and of `LONG`: as `kept_rates` has them."""
    start, short = (vendor.day_bounds(first_day(vendor, now, days))[0] for days in (LONG, SHORT))
    # Of the closed ones by their own index: however many are open, none of them is looked at.
    due = Promise.objects.exclude(outcome="").filter(due_from(start), **_of_whom(vendor, customer))
    lately, judged, kept = due_from(short), Q(outcome__in=JUDGED), Q(outcome=Promise.Outcome.KEPT)
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
    judged_by = {row["side"]: row for row in rows}
    return {side: _rates(judged_by.get(side)) for side in Promise.Side.values}


def first_day(vendor: Vendor, now: dt.datetime, days: dt.timedelta) -> dt.date:
    """The first of so many of the shop's days of which today is the last."""
    return vendor.day_of(now) - days + ONE_DAY


def due_from(start: dt.datetime) -> Q:
    """Due on the day that begins at `start` or later: what is due at any time of a day is so at the end of that day."""
    return Q(due_at__gte=start) & (Q(due_at__gt=start) | Q(due_any_time=False))


def _of_whom(vendor: Vendor, customer: Customer | None) -> dict[str, Vendor | Customer]:
    return {"vendor": vendor} if customer is None else {"vendor": vendor, "customer": customer}


def kept_by_person(vendor: Vendor, now: dt.datetime, side: str) -> dict[int, Rate]:
    """Of everybody (by id) of whom anything was due within `LONG` how `side` kept it, counted as in `kept_rates`."""
    start, _end = vendor.day_bounds(vendor.day_of(now) - LONG + ONE_DAY)
    due = Promise.objects.filter(due_from(start), vendor=vendor, side=side, due_at__gte=start, outcome__in=JUDGED)
    kept = Count("pk", filter=Q(outcome=Promise.Outcome.KEPT))
    rows = due.order_by().values_list("customer").annotate(kept=kept, of=Count("pk"))
    return {customer: Rate(kept, of) for customer, kept, of in rows}


def _overdue(promises: PromiseQuerySet) -> Counter[str]:
    latest = promises.order_by("due_at", "pk")
    sides = (latest.filter(side=side).values_list("side", flat=True)[:MOST_OVERDUE] for side in Promise.Side.values)
    return Counter(side for found in sides for side in found)


def _rates(row: Mapping[str, int] | None) -> tuple[Rate, Rate]:
    if row is None:
        return Rate(0, 0), Rate(0, 0)
    return Rate(row["short_kept"], row["short_of"]), Rate(row["long_kept"], row["long_of"])
