"""Letting the promises that a standing order has made follow its change, its pause and its end."""

import datetime as dt
from collections.abc import Sequence
from uuid import uuid4

from django.db.models import Prefetch

from crm.lib import moments
from customers.promises.amending import keep
from customers.promises.due import due_moment
from customers.promises.due_orders import counts_on, into_of, lines_of
from customers.promises.models import Amendment, Promise, PromiseLine, StandingOrder
from customers.promises.terms import contents
from vendors.models import Member

WHY = "standing_order"
"""In the `after` of an amendment: what became of the standing order that it follows."""

OWNER = {"owner", "owner_name"}
"""In the `after` of an amendment by which it was handed over, and which changes nothing of what is promised."""


def follow(*, order: StandingOrder, what: str, by: Member | None) -> None:
    """
    Amend what `order` has promised from today on and is not due yet, after it was changed: `what` became of it.

    A promise for a day that does not count any more is released; one that was released so is open again when its day
    counts again; and one that nobody has amended by hand says what the order says now. Part of the caller's
    transaction, in which `order` is locked.
    """
    now, written = moments.now(), Prefetch("amendments", Amendment.objects.order_by("pk"))
    ahead = Promise.objects.filter(standing_order=order, for_day__gte=order.vendor.day_of(now), due_at__gt=now)
    for promise in ahead.select_for_update(no_key=True, of=("self",)).prefetch_related(written).order_by("pk"):
        before, amendments = contents(promise), list(promise.amendments.all())
        counts = counts_on(order, promise.for_day)
        if promise.is_open and not counts:
            promise.outcome, promise.closed_at, promise.closed_by = Promise.Outcome.RELEASED, now, by
        elif promise.outcome == Promise.Outcome.RELEASED and counts and _followed(amendments[-1:]):
            promise.outcome, promise.closed_at, promise.closed_by = "", None, None
        if promise.is_open and _followed(amendments):
            _say_anew(promise, order, now)
        after = contents(promise)
        if after != before:
            keep(promise, before, {**after, WHY: what}, by=by, uid=uuid4())


def _followed(amendments: Sequence[Amendment]) -> bool:
    """Whether all of `amendments` only followed the order, or said who looks after it."""
    return all(WHY in amendment.after or amendment.after.keys() == OWNER for amendment in amendments)


def _say_anew(promise: Promise, order: StandingOrder, now: dt.datetime) -> None:
    """Let `promise` say what `order` says, unless it would be late already."""
    due_at = due_moment(order.vendor, promise.for_day, order.at_time)
    if due_at <= now:
        return
    lines = lines_of(promise, order, into_of([order], order.vendor))
    promise.text, promise.has_lines = order.text, bool(lines)
    promise.due_at, promise.due_any_time = due_at, order.at_time is None
    promise.lines.all().delete()
    PromiseLine.objects.bulk_create(lines)
