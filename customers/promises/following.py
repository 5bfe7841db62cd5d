"""Letting the promises that a standing order has made follow its change, its pause and its end."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from customers.promises.due import due_moment
from customers.promises.due_orders import counts_on, into_of, lines_of
from customers.promises.models import Amendment, Promise, PromiseLine, StandingOrder
from vendors.models import Member

WHY = "standing_order"
"""In the `after` of an amendment: what became of the standing order that it follows."""


def follow(*, order: StandingOrder, what: str, by: Member | None) -> None:
    """
    Amend what `order` has promised from today on and is not due yet, after it was changed: `what` became of it.

    A promise for a day that does not count any more is released; one that was released so is open again when its day
    counts again; and one that nobody has amended by hand says what the order says now. Part of the caller's
    transaction, in which `order` is locked.
    """
    now = timezone.now()
    ahead = Promise.objects.filter(standing_order=order, for_day__gte=order.vendor.day_of(now), due_at__gt=now)
    for promise in ahead.select_for_update(no_key=True, of=("self",)).prefetch_related("lines__product", "amendments"):
        before = _says(promise, list(promise.lines.all()))
        counts, amendments = counts_on(order, promise.for_day), list(promise.amendments.all())
        if promise.is_open and not counts:
            _release(promise, by)
        elif promise.outcome == Promise.Outcome.RELEASED and counts and _followed(amendments[-1:]):
            _open_again(promise)
        elif not promise.is_open:
            continue
        if promise.is_open and _followed(amendments):
            _say_anew(promise, order, now)
        _keep(promise, before, what, by)


def _followed(amendments: Sequence[Amendment]) -> bool:
    """Whether all of `amendments` only followed the order."""
    return all(WHY in amendment.after for amendment in amendments)


def _release(promise: Promise, by: Member | None) -> None:
    promise.outcome, promise.closed_at, promise.closed_by = Promise.Outcome.RELEASED, timezone.now(), by


def _open_again(promise: Promise) -> None:
    promise.outcome, promise.closed_at, promise.closed_by = "", None, None


def _say_anew(promise: Promise, order: StandingOrder, now: dt.datetime) -> None:
    """Let `promise` say what `order` says, unless it would be late already."""
    due_at = due_moment(order.vendor, promise.for_day, order.at_time)
    if due_at <= now:
        return
    lines = lines_of(promise, order, into_of([order], order.vendor))
    promise.text, promise.has_lines = order.text, bool(lines)
    promise.due_at, promise.due_any_time = due_at, order.at_time is None
    if _said(lines) != _said(promise.lines.all()):
        promise.lines.all().delete()
        PromiseLine.objects.bulk_create(lines)


def _keep(promise: Promise, before: dict[str, Any], what: str, by: Member | None) -> None:
    after = _says(promise, list(PromiseLine.objects.filter(promise=promise).select_related("product")))
    if after == before:
        return
    promise.version += 1
    promise.save()
    Amendment.objects.create(
        vendor_id=promise.vendor_id,
        promise=promise,
        by=by,
        at=timezone.now(),
        before=before,
        after={**after, WHY: what},
    )


def _says(promise: Promise, lines: Sequence[PromiseLine]) -> dict[str, Any]:
    return {
        "text": promise.text,
        "due_at": promise.due_at.isoformat(),
        "due_any_time": promise.due_any_time,
        "outcome": promise.outcome,
        "lines": _said(lines),
    }


def _said(lines: Sequence[PromiseLine]) -> list[dict[str, str]]:
    return [
        {
            "product": str(line.product.uid),
            "name": line.product.name,
            "quantity": f"{line.quantity.normalize():f}",
            "unit": line.unit,
            "manner": line.manner,
        }
        for line in lines
    ]
