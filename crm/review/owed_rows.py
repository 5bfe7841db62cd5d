"""The promises that the panel shows some of, in words: what, by when or what became of it, and how it can wait."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Prefetch, Q

from crm.counter.due_words import LATER, OVERDUE, Due, due_said, late_said, time_said
from crm.counter.expectations import words_of
from crm.counter.follow_ups import owner_said
from crm.counter.promising import outcome_said
from crm.review.days import ONE_DAY
from customers.promises.due import due_day, due_moment
from customers.promises.models import Promise, PromiseLine
from customers.promises.models.promise import PromiseQuerySet
from customers.promises.owing import Which
from customers.promises.putting_off import time_of
from vendors.models import Member, Vendor

SHOWN = 5
"""Rows of a list: more of them are on their own page."""


class Later(NamedTuple):
    """To when a promise can be put off with one tap: its value is a day, or a day with a time by the shop's clock."""

    value: str
    words: str


@dataclass(frozen=True)
class Row:
    """A promise as the panel tells it; `late` says by how long it is overdue, and a closed one has an `outcome`."""

    promise: Promise
    words: str
    due: Due
    late: str
    outcome: str
    owner: str
    now: dt.datetime

    @property
    def later(self) -> Later:
        """The same time on the next day: tomorrow, or the day after the one on which it is due if that is ahead."""
        promise, vendor = self.promise, self.promise.vendor
        day, at = max(_day_of(vendor, promise), vendor.day_of(self.now)) + ONE_DAY, time_of(promise)
        words = time_said(vendor, due_moment(vendor, day, at), any_time=at is None, now=self.now)
        return Later(f"{day:%Y-%m-%d}" if at is None else f"{day:%Y-%m-%d}T{at:%H:%M}", words)


def listed(
    vendor: Vendor, asked: Sequence[Which], serving: Sequence[Member], now: dt.datetime
) -> dict[Which, list[Row]]:
    """Of each that is `asked` the first `SHOWN`, what is open before what is closed; in two statements."""
    picked = Q()
    for which in asked:
        picked |= Q(pk__in=_ordered(which.rows(vendor, now), which).values("pk")[:SHOWN])
    lines = Prefetch("lines", PromiseLine.objects.select_related("product"))
    found = Promise.objects.filter(picked).select_related("customer", "owner").prefetch_related(lines)
    rows = [
        (_row(vendor, each, serving, now), _day_of(vendor, each)) for each in found.order_by("outcome", "due_at", "pk")
    ]
    return {which: [row for row, day in rows if which.has(row.promise, day)] for which in asked}


def _ordered(found: PromiseQuerySet, which: Which) -> PromiseQuerySet:
    # What is all open is read in the order of its index, however much of it there is.
    return found.order_by("due_at", "pk") if which.state else found.order_by("outcome", "due_at", "pk")


def _day_of(vendor: Vendor, promise: Promise) -> dt.date:
    return due_day(vendor, promise.due_at, any_time=promise.due_any_time)


def _row(vendor: Vendor, promise: Promise, serving: Sequence[Member], now: dt.datetime) -> Row:
    promise.vendor = vendor  # is the same, and was read already
    due = _due(vendor, promise, now)
    return Row(
        promise=promise,
        words=words_of(promise),
        due=due,
        late=late_said(promise.due_at, now) if due.state == OVERDUE else "",
        outcome=outcome_said(promise),
        owner=owner_said(promise.owner, serving),
        now=now,
    )


def _due(vendor: Vendor, promise: Promise, now: dt.datetime) -> Due:
    """By when it is due or, of a closed one, was: then nothing is overdue any more."""
    asked = {"any_time": promise.due_any_time, "now": now}
    if promise.is_open:
        return due_said(vendor, promise.due_at, **asked)
    return Due(LATER, "", time_said(vendor, promise.due_at, **asked))
