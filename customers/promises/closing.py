"""What became of a promise: kept, in part, late, broken, or released by the other side; and opening it again."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers import clashing
from customers.clashing import Field, Word, settle
from customers.promises.amending import GIVEN, judged, keep, locked, sent_before
from customers.promises.models import Amendment, Promise
from customers.promises.promising import PromisedOtherwise, PromisingError
from customers.promises.terms import contents
from customers.visits.models import Visit
from vendors.models import Member

Outcome = Promise.Outcome


class ClosedOtherwise(PromisingError):
    """Somebody else said another outcome before: `promise`."""

    said = _("Somebody else has closed this promise meanwhile, in another way. Nothing was changed.")

    def __init__(self, promise: Promise) -> None:
        super().__init__(f"promise {promise.uid} has another outcome")
        self.promise = promise


@transaction.atomic
def close(
    *,
    promise: Promise,
    outcome: str,
    by: Member | None,
    uid: UUID,
    note: str = "",
    in_time: bool = False,
    visit: Visit | None = None,
) -> Amendment | None:
    """
    Give `promise` its `outcome`, perhaps with a `note` and the `visit` in which it was kept.

    Kept or late is told apart by the time, unless it is said that it was `in_time` and only noted later: that also
    corrects what was closed as late, and so does a tap of before that comes later. Sent twice, or closed so already, it
    changes nothing: the amendment that closed it is given. If two tablets closed it in two ways without a connection,
    the later tap stands (see `clashing`), and None is given for one that does not. Raises `ClosedOtherwise` where
    somebody waits for the answer, and `PromisedOtherwise` when something else was sent under this `uid`.
    """
    promise, now = locked(promise), moments.now()
    if found := sent_before(promise, uid):
        return _unless_other(found, outcome, note, in_time=in_time)
    at = visit.at if visit else now
    was_in_time = promise.outcome == Outcome.LATE and in_time and outcome in GIVEN
    was_earlier = promise.outcome == Outcome.LATE and outcome in GIVEN and at < promise.closed_at
    if promise.outcome and not (was_in_time or was_earlier):
        if _is_same(promise.outcome, outcome):
            return _closing(promise)
        if not _outweighs(promise, outcome, by, uid):
            return None
    before = contents(promise)
    promise.outcome, promise.closed_at = judged(promise, outcome, at, in_time=in_time)
    promise.closed_by, promise.closed_in = by, visit or promise.closed_in
    after = contents(promise) | ({"note": note} if note else {})
    return keep(promise, before, after, by=by, uid=uid)


def _unless_other(found: Amendment, outcome: str, note: str, *, in_time: bool) -> Amendment:
    became, was_late = found.after.get("outcome"), found.after.get("outcome") == Outcome.LATE
    if not _is_same(became, outcome) or found.after.get("note", "") != note or (in_time and was_late):
        raise PromisedOtherwise
    return found


def _is_same(one: str | None, other: str) -> bool:
    """Whether both say the same, the time apart."""
    return one == other or {one, other} <= set(GIVEN)


def _closing(promise: Promise) -> Amendment | None:
    """The amendment that closed it."""
    closing = [each for each in promise.amendments.select_related("by").order_by("-pk") if each.after.get("outcome")]
    return closing[0] if closing else None


def _outweighs(promise: Promise, outcome: str, by: Member | None, uid: UUID) -> bool:
    """Whether this outcome was tapped after the other one that `promise` has."""
    closing, mine = _closing(promise), Word.now(by)
    word = Word(closing.at, closing.by) if closing else Word(promise.closed_at, promise.closed_by)
    if word.at <= mine.at and not moments.is_late():
        raise ClosedOtherwise(promise)
    settled = settle([Field("outcome", "", str(promise.outcome), str(outcome), word)], mine)
    clashing.keep(settled, promise, promise.customer, uid)
    return bool(settled.wanted)


@transaction.atomic
def reopen(*, promise: Promise, by: Member | None, uid: UUID) -> Amendment | None:
    """Take the outcome of `promise` back; None when it has none. Sent twice it changes nothing."""
    promise = locked(promise)
    if found := sent_before(promise, uid):
        if found.after.get("outcome") != "":
            raise PromisedOtherwise
        return found
    if promise.is_open:
        return None
    before = contents(promise)
    promise.outcome, promise.closed_at, promise.closed_by, promise.closed_in = "", None, None, None
    return keep(promise, before, contents(promise), by=by, uid=uid)
