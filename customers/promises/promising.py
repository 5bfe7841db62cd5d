"""Making a promise: to somebody, or by them."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers import merging
from customers.models import Customer
from customers.promises.models import Promise, PromiseLine
from customers.promises.terms import TERMS, Terms, contents, is_same, put, rows_of
from vendors.models import Member

MOST_LINES = 100


class PromisingError(Exception):
    """Nothing was written; `said` tells the shopkeeper why."""

    said = _("This was not saved. Tap once more.")


class NothingPromised(PromisingError):
    """Neither a product nor money nor a word."""

    said = _("Choose a product, or write what is promised.")


class TooMuchPromised(PromisingError):
    """More products than anybody orders."""

    said = _("These are too many products for one promise. Make two of them.")


class DueInThePast(PromisingError):
    """It would be late as soon as it is made."""

    said = _("That time is over. Choose a later one.")


class PromisedOtherwise(PromisingError):
    """What was sent under this uid before says something else."""

    said = _("This form was saved before with other words. To save this as well, tap once more.")


def make(
    *,
    customer: Customer,
    side: str,
    terms: Terms,
    by: Member | None,
    uid: UUID,
    owner: Member | None = None,
    channel: str = Promise.Channel.COUNTER,
) -> Promise:
    """
    The promise kept under `uid`, written once however often it is sent; `owner` (else `by`) looks after it.

    Raises a `PromisingError`, and `IntegrityError` when the customer was forgotten meanwhile.
    """
    promise = Promise(vendor_id=customer.vendor_id, customer=customer, side=side, channel=channel, by=by, uid=uid)
    promise.owner = owner or by
    try:
        with transaction.atomic():
            return _made_before(promise, terms) or _make(promise, terms)
    except IntegrityError:
        # Another connection was quicker with the same uid.
        if found := _made_before(promise, terms):
            return found
        raise


def _make(promise: Promise, terms: Terms) -> Promise:
    check(terms)
    if terms.due_at <= moments.now():
        raise DueInThePast
    promise.customer = merging.of_today(promise.customer)
    lines = put(promise, terms)
    promise.save(force_insert=True)
    PromiseLine.objects.bulk_create(lines)
    return promise


def check(terms: Terms) -> None:
    """Raises the `PromisingError` that speaks against `terms` at any time."""
    if not terms.text and terms.amount is None and not terms.lines:
        raise NothingPromised
    if len(terms.lines) > MOST_LINES:
        raise TooMuchPromised


def _made_before(promise: Promise, terms: Terms) -> Promise | None:
    found = Promise.objects.filter(vendor=promise.vendor_id, uid=promise.uid).first()
    if found is None:
        return None
    first = as_made(found)
    said = contents_of(found, terms)
    kept_so = all(is_same(found.vendor_id, first[name], said[name]) for name in TERMS)
    is_theirs = found.customer_id == merging.stand_in(promise.customer).pk and found.side == promise.side
    if not is_theirs or not kept_so:
        raise PromisedOtherwise
    return found


def as_made(promise: Promise, *, version: int = 0) -> dict[str, Any]:
    """What `promise` said when it had `version` amendments, as `contents` gives it."""
    said = contents(promise)
    for amendment in promise.amendments.order_by("-pk")[: max(promise.version - version, 0)]:
        said |= {name: value for name, value in amendment.before.items() if name in said}
    return said


def contents_of(promise: Promise, terms: Terms) -> dict[str, Any]:
    """What `promise` would say with these `terms`, as `contents` gives it; nothing is changed."""
    imagined = Promise(
        vendor_id=promise.vendor_id,
        text=terms.text,
        amount=terms.amount,
        due_at=terms.due_at,
        due_any_time=terms.due_any_time,
    )
    return contents(imagined, rows_of(imagined, terms.lines))
