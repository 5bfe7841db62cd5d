"""Another day for a promise, and nothing else of it changed."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

from django.db import transaction

from customers.promises.amending import Amended, amend, locked, terms_of
from customers.promises.due import due_moment
from customers.promises.models import Promise
from vendors.models import Member


@transaction.atomic
def put_off(*, promise: Promise, day: dt.date, at: dt.time | None, seen: int, by: Member | None, uid: UUID) -> Amended:
    """
    Let `promise` be due on the shop's `day`, there `at` a time or at any time. Sent twice it changes nothing.

    `seen` is the version that the page was made of. Raises a `PromisingError`, as `amending.amend` does.
    """
    promise = locked(promise)
    due_at = due_moment(promise.vendor, day, at)
    terms = replace(terms_of(promise), due_at=due_at, due_any_time=at is None)
    return amend(promise=promise, terms=terms, seen=seen, by=by, uid=uid)


def time_of(promise: Promise) -> dt.time | None:
    """The time by the shop's clock at which `promise` is due, if one was said; `promise.vendor` is read."""
    return None if promise.due_any_time else promise.due_at.astimezone(promise.vendor.tz).time()
