"""Undo: what was just done with a promise is taken back, if nothing was done with it since."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.promises.amending import ClosedAlready, keep, locked, sent_before
from customers.promises.closing import reopen
from customers.promises.handing_over import hand_over
from customers.promises.models import Amendment, Promise
from customers.promises.promising import PromisedOtherwise, PromisingError
from customers.promises.terms import DUE, contents
from vendors.models import Member

OUTCOME, PUT_OFF, GIVEN = "outcome", "put_off", "given"


class ChangedSince(PromisingError):
    """It is not the last that was done with this promise."""

    said = _("Somebody has changed this promise since, so nothing was taken back. Look at it again.")


def kind_of(amendment: Amendment) -> str:
    """What was done by `amendment`: OUTCOME, PUT_OFF or GIVEN; empty for all that is not taken back."""
    after = amendment.after.keys()
    if "outcome" in after:
        return OUTCOME
    if "owner" in after:
        return GIVEN
    return PUT_OFF if after and after <= set(DUE) else ""


@transaction.atomic
def take_back(*, amendment: Amendment, by: Member | None, uid: UUID) -> Amendment | None:
    """
    Open again what `amendment` closed, let be due as before what it put off, or give back what it gave to somebody.

    A time that is over is no reason against it: nobody promises anew. Sent twice it changes nothing. Raises
    `ChangedSince`, `ClosedAlready` and `PromisedOtherwise`.
    """
    promise, kind = locked(amendment.promise), kind_of(amendment)
    if found := sent_before(promise, uid):
        if kind_of(found) != kind or found.pk <= amendment.pk:
            raise PromisedOtherwise
        return found
    if not kind or promise.amendments.latest("pk") != amendment:
        raise ChangedSince
    if kind == OUTCOME:
        return reopen(promise=promise, by=by, uid=uid)
    if promise.outcome:
        raise ClosedAlready(promise)
    if kind == GIVEN:
        return hand_over(thing=promise, to=_former(amendment), by=by, uid=uid)
    return _as_before(promise, amendment, by, uid)


def _former(amendment: Amendment) -> Member | None:
    """Who looked after it before, if they still serve."""
    serving = Member.objects.serving().filter(vendor=amendment.vendor_id)
    return serving.filter(uid=amendment.before["owner"]).first() if amendment.before["owner"] else None


def _as_before(promise: Promise, amendment: Amendment, by: Member | None, uid: UUID) -> Amendment:
    before, due = contents(promise), amendment.before
    if "due_at" in due:
        promise.due_at = dt.datetime.fromisoformat(due["due_at"])
    promise.due_any_time = due.get("due_any_time", promise.due_any_time)
    return keep(promise, before, contents(promise), by=by, uid=uid)
