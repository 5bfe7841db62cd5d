"""A change of mind: a promise says something else from now on, and what it said is kept."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers import clashing
from customers.clashing import Field, Word, last_word, settle
from customers.promises.models import Amendment, Promise, PromiseLine
from customers.promises.promising import DueInThePast, PromisedOtherwise, PromisingError, as_made, check, contents_of
from customers.promises.terms import DUE, Terms, contents, is_same, put
from customers.visits.recording import Line
from vendors.models import Member

PARTS = {"text": ("text",), "amount": ("amount",), "lines": ("lines",), "due": DUE}
"""What is changed as one: two people who change different parts of a promise both have their way."""


GIVEN = (Promise.Outcome.KEPT, Promise.Outcome.LATE)
"""Which of these it is the due time says."""


class ClosedAlready(PromisingError):
    """It has an outcome: `promise`, with who closed it."""

    said = _("This promise is closed already. Open it again first, then change it.")

    def __init__(self, promise: Promise) -> None:
        super().__init__(f"promise {promise.uid} has an outcome")
        self.promise = promise


class ChargeWithoutWords(PromisingError):
    """An extra charge needs what it is for and who agreed."""

    said = _("An extra charge needs what it is for, and who agreed.")


class ChargeNotAnAmount(PromisingError):
    """An extra charge is more than nothing."""

    said = _("An extra charge is more than nothing.")


@dataclass(frozen=True)
class Agreement:
    """Who asked for the change, who agreed, and what is paid extra for it."""

    asked_by: str = ""
    agreed_by: str = ""
    charge: Decimal | None = None
    charge_for: str = ""


@dataclass(frozen=True)
class Amended:
    """The amendment (none if there was nothing to change), and those that its page had not seen."""

    amendment: Amendment | None
    overlooked: Sequence[Amendment] = ()


@transaction.atomic
def amend(
    *, promise: Promise, terms: Terms, seen: int, by: Member | None, uid: UUID, agreement: Agreement | None = None
) -> Amended:
    """
    Let `promise` say `terms`, keeping what it said in an amendment under `uid`. Sent twice it changes nothing.

    `seen` is the version that the page was made of. Of what others changed since, only those `PARTS` are changed that
    differ from what the page saw, so that nobody's change is lost unawares; what was changed by both says what was
    tapped later (see `clashing`). What was tapped before it had an outcome is changed under that. Raises a
    `PromisingError`.
    """
    agreement, seen = agreement or Agreement(), max(seen, 0)
    promise = locked(promise)
    base, said = as_made(promise, version=seen), contents_of(promise, terms)
    changed = [part for part, names in PARTS.items() if not _agree(promise, base, said, names)]
    if found := sent_before(promise, uid):
        return Amended(_unless_other(promise, found, said, changed, agreement))
    _check(promise, terms, changed, agreement)
    overlooked = list(promise.amendments.select_related("by").order_by("pk")[seen:])
    before = contents(promise)
    settled = settle((_field(promise, part, base, before, said, overlooked) for part in PARTS), Word.now(by))
    clashing.keep(settled, promise, promise.customer, uid)
    _say(promise, terms, settled.wanted)
    _judge_again(promise)
    after = contents(promise)
    again = {name for part in settled.wanted for name in PARTS[part] if last_word(overlooked, PARTS[part])}
    if after == before and not again and agreement.charge is None:
        return Amended(None, overlooked)
    return Amended(keep(promise, before, after, by=by, uid=uid, agreement=agreement, again=again), overlooked)


def _field(
    promise: Promise,
    part: str,
    showed: dict[str, Any],
    now: dict[str, Any],
    said: dict[str, Any],
    overlooked: Sequence[Amendment],
) -> Field:
    """A part as it is settled, in which what says the same is equal."""
    names = PARTS[part]
    if _agree(promise, now, showed, names):
        now = showed
    said = next((each for each in (showed, now) if _agree(promise, said, each, names)), said)
    values = ({name: each[name] for name in names} for each in (showed, now, said))
    return Field(part, *values, last_word(overlooked, names))


def judged(promise: Promise, outcome: str, at: dt.datetime, *, in_time: bool = False) -> tuple[str, dt.datetime]:
    """The outcome, and the time that it is of: nothing is late before it was due, and nothing kept in time after."""
    if outcome not in GIVEN:
        return outcome, at
    if at <= promise.due_at:
        return Promise.Outcome.KEPT, at
    return (Promise.Outcome.KEPT, promise.due_at) if in_time else (Promise.Outcome.LATE, at)


def _judge_again(promise: Promise) -> None:
    """Another due time, told of a promise that was closed since, may say of it that it was in time, or late."""
    if promise.outcome:
        promise.outcome, promise.closed_at = judged(promise, promise.outcome, promise.closed_at)


def locked(promise: Promise) -> Promise:
    """`promise` as it is kept, which nobody else changes until the transaction is over."""
    held = Promise.objects.select_for_update(of=("self",), no_key=True)
    return held.select_related("vendor", "closed_by", "closed_in").get(pk=promise.pk)


def sent_before(promise: Promise, uid: UUID) -> Amendment | None:
    """The amendment that was kept under `uid`. Raises `PromisedOtherwise` when it is of another promise."""
    found = Amendment.objects.filter(vendor=promise.vendor_id, uid=uid).first()
    if found and found.promise_id != promise.pk:
        raise PromisedOtherwise
    return found


def keep(
    promise: Promise,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    by: Member | None,
    uid: UUID,
    agreement: Agreement | None = None,
    again: Collection[str] = (),
) -> Amendment:
    """Save the changed and locked `promise` with its amendment: of both `contents`, what differs or is said `again`."""
    changed = [name for name in after if before.get(name) != after[name] or name in again]
    promise.version += 1
    promise.save()
    return Amendment.objects.create(
        vendor_id=promise.vendor_id,
        promise=promise,
        at=moments.now(),
        by=by,
        uid=uid,
        before={name: before.get(name) for name in changed},
        after={name: after[name] for name in changed},
        **(vars(agreement) if agreement else {}),
    )


def _unless_other(
    promise: Promise, found: Amendment, said: dict[str, Any], changed: Sequence[str], agreement: Agreement
) -> Amendment:
    """`found`, if after it the promise said all that is `changed` and was not set aside, and nothing else."""
    aside = {part for part in changed if clashing.was_set_aside(promise.vendor_id, found.uid, part)}
    names = {name for part in changed if part not in aside for name in PARTS[part]}
    then = as_made(promise, version=promise.amendments.filter(pk__lte=found.pk).count())
    same_terms = set(found.after) <= names and _agree(promise, then, said, names)
    kept = Agreement(found.asked_by, found.agreed_by, found.charge, found.charge_for)
    if not same_terms or kept != agreement:
        raise PromisedOtherwise
    return found


def _agree(promise: Promise, one: dict[str, Any], other: dict[str, Any], names: Iterable[str]) -> bool:
    return all(is_same(promise.vendor_id, one[name], other[name]) for name in names)


def _check(promise: Promise, terms: Terms, changed: Sequence[str], agreement: Agreement) -> None:
    if promise.outcome and _closed_at(promise) <= moments.now():
        raise ClosedAlready(promise)
    check(terms)
    if "due" in changed and terms.due_at <= moments.now():
        raise DueInThePast
    if agreement.charge is not None and agreement.charge <= 0:
        raise ChargeNotAnAmount
    if agreement.charge is not None and not (agreement.charge_for and agreement.agreed_by):
        raise ChargeWithoutWords


def _closed_at(promise: Promise) -> dt.datetime:
    """When it was said that it has its outcome, which may be later than it had it."""
    said = last_word(list(promise.amendments.select_related("by").order_by("pk")), ["outcome"])
    return said.at if said else promise.closed_at


def _say(promise: Promise, terms: Terms, changed: Collection[str]) -> None:
    """Change the parts of `promise` that are `changed`, and no other."""
    now = terms_of(promise)
    if "text" in changed:
        now = replace(now, text=terms.text)
    if "amount" in changed:
        now = replace(now, amount=terms.amount)
    if "due" in changed:
        now = replace(now, due_at=terms.due_at, due_any_time=terms.due_any_time)
    if "lines" in changed:
        rows = put(promise, replace(now, lines=terms.lines), list(promise.lines.select_related("product")))
        promise.lines.all().delete()
        PromiseLine.objects.bulk_create(rows)
    else:
        has_lines = promise.has_lines
        put(promise, replace(now, lines=()))
        promise.has_lines = has_lines
    check(terms_of(promise))


def terms_of(promise: Promise) -> Terms:
    """What `promise` says now."""
    lines = [Line(line.product, line.quantity, manner=line.manner) for line in promise.lines.select_related("product")]
    return Terms(promise.due_at, promise.due_any_time, promise.text, promise.amount, lines)
