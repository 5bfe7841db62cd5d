"""Keeping what went wrong, and each step until it was put right and they were asked: the only writers of problems."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers import clashing, merging
from customers.clashing import Field, Word, last_word, settle
from customers.models import Customer
from customers.promises.models import Problem, ProblemEdit, Promise, Supply
from customers.visits.models import Visit
from vendors.catalogue import stand_in, stand_ins
from vendors.models import Member, Product, Vendor

TOOK_BACK = "took_back"
"""In what an edit says after it: the uid of the step that it took back."""
FIXED = ("customer_id", "visit_id", "product_id", "promise_id", "what", "text", "was_said")
"""What no step changes."""
STEPPED = frozenset(
    {"is_hard", "remedy", "remedied_at", "owner", "due_on", "asked_at", "answer", "closed_at", "is_undone"}
)
"""What steps change."""


@dataclass(frozen=True)
class Told:
    """What is told of something that went wrong; without a `customer` somebody of the shop noticed it."""

    what: str
    customer: Customer | None = None
    visit: Visit | None = None
    product: Product | None = None
    promise: Promise | None = None
    text: str = ""
    is_hard: bool = False
    was_said: bool = True
    remedy: str = ""
    owner: Member | None = None
    due_on: dt.date | None = None


class ProblemError(Exception):
    """Nothing was written; `said` tells the shopkeeper why."""

    said: Any = _("This was not saved. Tap once more.")


class ToldOtherwise(ProblemError):
    """Something else was sent before under this uid."""

    said = _("This form was saved before with other words. To save this as well, tap once more.")


class NotInWords(ProblemError):
    """Of something else that went wrong nothing was written."""

    said = _("Write what it was, then tap other.")


class DueInThePast(ProblemError):
    """It is to be put right by a day that is over."""

    said = _("This day is over. Choose today or a later day.")


class NobodyToAsk(ProblemError):
    """A small thing that somebody noticed, of no customer in particular."""

    said = _("Nobody complained of this, so there is nobody to ask. Tap how it was put right.")


class NothingToTakeBack(ProblemError):
    """Every step was taken back."""

    said = _("There is no step left to undo. Nothing was changed.")


class SteppedMeanwhile(ProblemError):
    """Somebody else took another step since; to take that one back was not asked for."""

    said = _("Somebody else has changed this meanwhile. Nothing was undone; look at it again.")


class AlreadyClosed(ProblemError):
    """Somebody else closed it meanwhile, or the same one on another tablet."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.by = closed_by(problem)

    @property
    def said(self) -> Any:
        if self.by is None:
            return _("This is closed already. Nothing was changed; Undo opens it again.")
        text = _("%(name)s has closed this already. Nothing was changed; Undo opens it again.")
        return text % {"name": self.by.name}


def note(*, vendor: Vendor, told: Told, by: Member | None, uid: UUID) -> Problem:
    """
    The problem kept under `uid`, written once however often it is sent.

    It happened on the day of its visit, else today, and is laid to who brought the product on that day. Without a
    customer there is nobody to ask: it is closed with its remedy. Raises `NotInWords`, `DueInThePast` and
    `ToldOtherwise`, and `IntegrityError` when the customer was forgotten meanwhile.
    """
    if told.what == Problem.What.OTHER and not told.text:
        raise NotInWords
    try:
        with transaction.atomic():
            problem = _noted(vendor, told, by, uid)
            return _noted_before(problem) or _write(problem)
    except IntegrityError:
        # Another connection was quicker with the same uid.
        with transaction.atomic():
            if found := _noted_before(_noted(vendor, told, by, uid)):
                return found
        raise


def _write(problem: Problem) -> Problem:
    _check_due(problem.vendor, problem.due_on)
    problem.supplier = _supplier(problem)
    problem.save(force_insert=True)
    return problem


def _noted(vendor: Vendor, told: Told, by: Member | None, uid: UUID) -> Problem:
    now = moments.now()
    said = {each.name: getattr(told, each.name) for each in fields(told)}
    said["customer"] = merging.of_today(told.customer) if told.customer else None
    said["product"] = stand_in(told.product) if told.product else None
    said["was_said"] = told.was_said and told.customer is not None
    return Problem(
        **said,
        vendor=vendor,
        uid=uid,
        happened_on=vendor.day_of(told.visit.at if told.visit else now),
        remedied_at=now if told.remedy else None,
        opened_at=now,
        by=by,
        closed_at=now if told.remedy and told.customer is None else None,
    )


# Of the three steps that two tablets may take at once: `seen` is how many steps their page knew, and of what somebody
# else said meanwhile the later tap stands (see `clashing`).


def remedy(*, problem: Problem, remedy: str, by: Member | None, uid: UUID, seen: int | None = None) -> Problem:
    """Keep what was done about it; "" for nothing yet. Without a customer that closes it."""

    def change(found: Problem, _wanted: Collection[str]) -> None:
        found.remedy = remedy
        found.remedied_at = moments.now() if remedy else None
        if remedy and found.customer_id is None:
            found.closed_at = found.closed_at or found.remedied_at

    return _step(problem, {"remedy": remedy}, change, by, uid, seen)


def entrust(
    *,
    problem: Problem,
    owner: Member | None,
    due_on: dt.date | None,
    by: Member | None,
    uid: UUID,
    seen: int | None = None,
) -> Problem:
    """Say who looks after it, and by which day of the shop. Raises `DueInThePast` for another day that is over."""

    def change(found: Problem, wanted: Collection[str]) -> None:
        if "due_on" in wanted:
            if due_on != found.due_on:
                _check_due(found.vendor, due_on)
            found.due_on = due_on
        if "owner" in wanted:
            found.owner = owner

    return _step(problem, {"owner": _uid_of(owner), "due_on": _iso(due_on)}, change, by, uid, seen)


def set_hard(*, problem: Problem, is_hard: bool, by: Member | None, uid: UUID, seen: int | None = None) -> Problem:
    """Say whether it is hard to put right."""

    def change(found: Problem, _wanted: Collection[str]) -> None:
        found.is_hard = is_hard

    return _step(problem, {"is_hard": is_hard}, change, by, uid, seen)


def answer(*, problem: Problem, answer: str, by: Member | None, uid: UUID) -> Problem:
    """
    Keep what the customer said when asked: right closes it, and not right opens it anew, its remedy taken back.

    They may be asked before anything was done. Raises `NobodyToAsk` for what no customer complained of.
    """
    if problem.customer_id is None:
        raise NobodyToAsk

    def change(found: Problem, _wanted: Collection[str]) -> None:
        found.answer, found.asked_at = answer, moments.now()
        if answer == Problem.Answer.RIGHT:
            found.closed_at = found.asked_at
        else:
            found.remedy, found.remedied_at = "", None

    return _step(problem, {"answer": answer}, change, by, uid, asks=True)


def undo(*, problem: Problem, by: Member | None, uid: UUID) -> Problem:
    """It was noted by mistake: closed, and counted nowhere. `step_back` brings it back."""

    def change(found: Problem, _wanted: Collection[str]) -> None:
        found.is_undone, found.closed_at = True, moments.now()

    return _step(problem, {"is_undone": True}, change, by, uid)


@transaction.atomic
def step_back(*, problem: Problem, by: Member | None, uid: UUID, of: UUID | None = None) -> Problem:
    """
    Let the last step not have been taken; raises `NothingToTakeBack` if there is none.

    `of` is the uid of the step that is meant: if another one was taken since, that is `SteppedMeanwhile`.
    """
    found = _locked(problem)
    if sent := _sent_before(found.vendor_id, uid):
        if sent.problem_id != found.pk or TOOK_BACK not in sent.after:
            raise ToldOtherwise
        return found
    steps = standing_steps(found)
    if not steps:
        raise NothingToTakeBack
    if of and steps[-1].uid != of:
        raise SteppedMeanwhile
    before = contents(found)
    _restore(found, steps[-1].before)
    found.save()
    _keep(found, before, by, uid, {TOOK_BACK: str(steps[-1].uid)})
    return found


def standing_steps(problem: Problem) -> list[ProblemEdit]:
    """The steps of a problem that were not taken back, the first first."""
    edits = list(problem.edits.select_related("by").order_by("pk"))  # as written: so they are taken back
    gone = {edit.after[TOOK_BACK] for edit in edits if TOOK_BACK in edit.after}
    return [edit for edit in edits if TOOK_BACK not in edit.after and str(edit.uid) not in gone]


def closed_by(problem: Problem) -> Member | None:
    """Who took the step that closed it; of one that was noted with its remedy who noted it."""
    closing = [edit for edit in standing_steps(problem) if edit.after.get("closed_at")]
    return closing[-1].by if closing else problem.by


def contents(problem: Problem) -> dict[str, Any]:
    """What steps change, as JSON: days and moments in ISO form, a person who serves by uid."""
    return {
        "is_hard": problem.is_hard,
        "remedy": problem.remedy,
        "remedied_at": _iso(problem.remedied_at),
        "owner": _uid_of(problem.owner),
        "due_on": _iso(problem.due_on),
        "asked_at": _iso(problem.asked_at),
        "answer": problem.answer,
        "closed_at": _iso(problem.closed_at),
        "is_undone": problem.is_undone,
    }


@transaction.atomic
def _step(
    problem: Problem,
    said: dict[str, Any],
    change: Callable[[Problem, Collection[str]], None],
    by: Member | None,
    uid: UUID,
    seen: int | None = None,
    *,
    asks: bool = False,
) -> Problem:
    """
    The problem after the step that `said` names, taken once; without a difference there is none, unless it asks.

    One of before it was closed, on a tablet that comes later, is taken though it is closed.
    """
    found = _locked(problem)
    if sent := _sent_before(found.vendor_id, uid):
        _check_same(sent, found, said)
        return found
    if found.closed_at and (seen is None or found.closed_at <= moments.now()):
        raise AlreadyClosed(found)
    before, unseen = contents(found), _unseen(found, seen)
    settled = settle(_fields(said, before, unseen), Word.now(by))
    clashing.keep(settled, found, found.customer, uid)
    again = {name for name in settled.wanted if last_word(unseen, [name])}
    if not asks and not again and all(before[name] == said[name] for name in settled.wanted):
        return found
    change(found, settled.wanted)
    found.save()
    stays = {name: before[name] for name in said if name not in settled.wanted}
    _keep(found, before, by, uid, said if asks else said | stays, again)
    return found


def _unseen(found: Problem, seen: int | None) -> list[ProblemEdit]:
    """The steps that a page did not know that knew so many."""
    return [] if seen is None else list(found.edits.select_related("by").order_by("pk")[seen:])


def _fields(said: dict[str, Any], now: dict[str, Any], unseen: list[ProblemEdit]) -> Iterator[Field]:
    showed = dict(now)
    for edit in reversed(unseen):
        showed |= {name: value for name, value in edit.before.items() if name in showed}
    for name, value in said.items():
        yield Field(name, showed[name], now[name], value, last_word(unseen, [name]))


def _locked(problem: Problem) -> Problem:
    rows = Problem.objects.select_related("vendor", "owner", "by", "customer", "product", "supplier", "visit")
    return rows.select_for_update(of=("self",)).get(pk=problem.pk)


def _sent_before(vendor_id: int, uid: UUID) -> ProblemEdit | None:
    return ProblemEdit.objects.filter(vendor=vendor_id, uid=uid).first()


def _check_same(sent: ProblemEdit, found: Problem, said: dict[str, Any]) -> None:
    if sent.problem_id != found.pk or TOOK_BACK in sent.after or not said.items() <= sent.after.items():
        raise ToldOtherwise


def _keep(
    found: Problem,
    before: dict[str, Any],
    by: Member | None,
    uid: UUID,
    said: dict[str, Any],
    again: Collection[str] = (),
) -> None:
    """An edit with all that has changed or was said `again`, and with what was said."""
    after = contents(found)
    changed = [name for name in after if after[name] != before[name] or name in again]
    ProblemEdit.objects.create(
        vendor_id=found.vendor_id,
        problem=found,
        by=by,
        uid=uid,
        before={name: before[name] for name in changed},
        after={**said, **{name: after[name] for name in changed}},
    )


def _restore(found: Problem, before: dict[str, Any]) -> None:
    """Let `found` say again what it said before a step. Who handed it over wrote a name beside the uid."""
    for name, value in before.items():
        if name not in STEPPED:
            continue
        if name in ("remedied_at", "asked_at", "closed_at"):
            setattr(found, name, value and dt.datetime.fromisoformat(value))
        elif name == "due_on":
            found.due_on = value and dt.date.fromisoformat(value)
        elif name == "owner":
            found.owner = value and Member.objects.filter(vendor=found.vendor_id, uid=value).first()
        else:
            setattr(found, name, value)


def _noted_before(problem: Problem) -> Problem | None:
    """The one that was kept under the uid of `problem`; raises `ToldOtherwise` when that says something else."""
    found = Problem.objects.filter(vendor=problem.vendor_id, uid=problem.uid).select_related("owner").first()
    if found is None:
        return None
    into = stand_ins(problem.vendor_id)
    found_is = [getattr(found, name) for name in FIXED]
    sent = [getattr(problem, name) for name in FIXED]
    place = FIXED.index("product_id")
    found_is[place] = into.get(found_is[place], found_is[place])
    if found_is != sent or _first_said(found) != _said_of(contents(problem)):
        raise ToldOtherwise
    return found


def _first_said(found: Problem) -> dict[str, Any]:
    """What was said of `found` when it was noted: what it says now, each step taken back."""
    said = contents(found)
    for edit in found.edits.order_by("-pk"):
        said |= edit.before
    return _said_of(said)


def _said_of(said: dict[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in ("is_hard", "remedy", "owner", "due_on")}


def _supplier(problem: Problem) -> Customer | None:
    """Who brought its product on the day: the latest who began by then."""
    if problem.product is None:
        return None
    merged = [product for product, into in stand_ins(problem.vendor_id).items() if into == problem.product_id]
    began = Supply.objects.filter(product__in=[problem.product_id, *merged], since__lte=problem.happened_on)
    supply = began.select_related("supplier").order_by("-since", "-id").first()
    return supply.supplier if supply else None


def _check_due(vendor: Vendor, due_on: dt.date | None) -> None:
    if due_on and due_on < vendor.today():
        raise DueInThePast


def _iso(when: dt.date | None) -> str | None:
    return when and when.isoformat()


def _uid_of(member: Member | None) -> str | None:
    return member and str(member.uid)
