"""Who among the staff looks after what is open with somebody: read as one list, and handed from one to another."""

import datetime as dt
from dataclasses import dataclass
from types import EllipsisType
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers import clashing
from customers.clashing import Field, Word, last_word, settle
from customers.promises.due import due_day
from customers.promises.models import Amendment, Problem, ProblemEdit, Promise, PromiseLine, Wish, WishEdit
from vendors.models import Member, Vendor

Thing = Promise | Problem | Wish
Given = Amendment | ProblemEdit | WishEdit

SHOWN = 100
"""Of a list, those that need it first: what is further down comes up when these are done."""
EDITS: dict[type[Thing], tuple[type[Given], str]] = {
    Promise: (Amendment, "promise"),
    Problem: (ProblemEdit, "problem"),
    Wish: (WishEdit, "wish"),
}
NOBODYS = Q(owner__isnull=True) | Q(owner__is_active=False) | Q(owner__user__is_active=False)
"""Without an owner, or of one who serves no more: so that nothing disappears with anybody."""


class HandingOverError(Exception):
    """Nothing was written; `said` tells the shopkeeper why."""

    said = _("This was not saved. Tap once more.")


class ServesNoMore(HandingOverError):
    """Whom it should be given to is switched off."""

    said = _("They do not serve here any more, so nothing was given to them. Choose somebody else.")


class NoLongerOpen(HandingOverError):
    """It was closed meanwhile."""

    said = _("This is closed already: there is nothing left to look after.")


class GivenOtherwise(HandingOverError):
    """With this uid something else was given, or to somebody else."""

    said = _("This was given to somebody else before. To give it on, tap once more.")


@dataclass(frozen=True)
class FollowUp:
    """
    Something open that somebody should look after.

    `day` is by when; of a problem without a date the day it was noted, and of a wish the day it came in: these are not
    `is_overdue`, however long they wait.
    """

    thing: Thing
    day: dt.date
    has_date: bool
    is_overdue: bool

    @property
    def kind(self) -> str:
        return self.thing._meta.model_name


class Counts(NamedTuple):
    """How many follow-ups there are: one member's, nobody's and all."""

    mine: int
    nobodys: int
    everybodys: int


# Handing over


def hand_over(
    *, thing: Thing, to: Member | None, by: Member | None, uid: UUID, had: Member | EllipsisType | None = ...
) -> Given | None:
    """
    Let `to` look after `thing`, or nobody in particular; the change that keeps who did before, if it is one.

    `had` is who looked after it as the page showed it: if it was given to somebody else on another tablet meanwhile,
    the later tap stands (see `clashing`). Sent twice it changes nothing, nor when it is theirs already. Raises
    `ServesNoMore`, `NoLongerOpen` and `GivenOtherwise`.
    """
    try:
        with transaction.atomic():
            return _given_before(thing, to, uid) or _give(thing, to, by, uid, had)
    except IntegrityError:
        # Another connection was quicker with the same uid.
        if found := _given_before(thing, to, uid):
            return found
        raise


def given(vendor: Vendor, kind: type[Thing], uid: UUID) -> Given | None:
    """The handing over kept under `uid`, with the thing and whose it is."""
    model, name = EDITS[kind]
    edits = model.objects.filter(vendor=vendor, uid=uid, after__has_key="owner_name")
    return edits.select_related(name, f"{name}__owner", f"{name}__customer").first()


def _given_before(thing: Thing, to: Member | None, uid: UUID) -> Given | None:
    model, name = EDITS[type(thing)]
    found = model.objects.filter(vendor=thing.vendor_id, uid=uid).first()
    if found and (getattr(found, f"{name}_id") != thing.pk or not _says(found, to)):
        raise GivenOtherwise
    return found


def _says(edit: Given, to: Member | None) -> bool:
    after = _owner(to)
    return {name: edit.after.get(name, "") for name in after} == after  # "": said by none


def _give(
    thing: Thing, to: Member | None, by: Member | None, uid: UUID, had: Member | EllipsisType | None
) -> Given | None:
    model, name = EDITS[type(thing)]
    held = type(thing).objects.select_for_update(of=("self",)).select_related("owner").get(pk=thing.pk)
    if not is_open(held):
        raise NoLongerOpen
    if to is not None and not Member.objects.serving().filter(pk=to.pk, vendor=held.vendor_id).exists():
        raise ServesNoMore
    if held.owner == to or not _may_give(held, to, by, uid, held.owner if had is ... else had):
        return None
    before, held.owner = _owner(held.owner), to
    changed = ["owner"]
    if isinstance(held, Promise):
        held.version += 1
        changed.append("version")
    held.save(update_fields=changed)
    about = {name: held, "vendor_id": held.vendor_id, "at": moments.now(), "by": by, "uid": uid}
    return model.objects.create(**about, before=before, after=_owner(to))


def _may_give(held: Thing, to: Member | None, by: Member | None, uid: UUID, had: Member | None) -> bool:
    model, name = EDITS[type(held)]
    showed, now, wanted = (_owner(each)["owner"] for each in (had, held.owner, to))
    edits = model.objects.filter(**{name: held}).select_related("by").order_by("pk")
    word = last_word(list(edits), ["owner"]) if now != showed else None
    settled = settle([Field("owner", showed, now, wanted, word)], Word.now(by))
    clashing.keep(settled, held, held.customer, uid)
    return bool(settled.wanted)


def _owner(member: Member | None) -> dict[str, str | None]:
    """As an edit keeps it: by uid, because names change, and by name, for whoever reads it."""
    return {"owner": str(member.uid) if member else None, "owner_name": member.name if member else None}


def is_open(thing: Thing) -> bool:
    return not thing.closed_at


# The lists


def follow_ups(vendor: Vendor, *, now: dt.datetime, of: Member | None = None, nobodys: bool = False) -> list[FollowUp]:
    """
    What is to be followed up: `of` one member, `nobodys`, or everybody's, the overdue first and each by its day.

    Open promises of ours, unclosed problems, and wishes that came in and were not told. At most `SHOWN`.
    """
    whose = NOBODYS if nobodys else Q(owner=of) if of else Q()
    found = [
        *(_of_promise(vendor, each, now) for each in _promises(vendor).filter(whose)[:SHOWN]),
        *(_of_problem(vendor, each, now) for each in _problems(vendor).filter(whose)[:SHOWN]),
        *(_of_wish(vendor, each) for each in _wishes(vendor, now).filter(whose)[:SHOWN]),
    ]
    return sorted(found, key=lambda each: (not each.is_overdue, each.day, each.thing.pk))[:SHOWN]


def counts(vendor: Vendor, member: Member, *, now: dt.datetime) -> Counts:
    """How many there are, of those that `follow_ups` shows some of."""
    asked = {"mine": Count("pk", Q(owner=member)), "nobodys": Count("pk", NOBODYS), "everybodys": Count("pk")}
    kinds = (_promises(vendor), _problems(vendor), _wishes(vendor, now))
    rows = [kind.order_by().aggregate(**asked) for kind in kinds]
    return Counts(**{name: sum(row[name] for row in rows) for name in asked})


def left_by(member: Member, *, now: dt.datetime) -> int:
    """How many follow-ups `member` looks after: nobody's, once they are switched off."""
    return counts(member.vendor, member, now=now).mine


def _promises(vendor: Vendor) -> QuerySet[Promise]:
    lines = Prefetch("lines", PromiseLine.objects.select_related("product"))
    found = Promise.objects.open().ours().filter(vendor=vendor).prefetch_related(lines)
    return found.select_related("customer", "owner", "owner__user").order_by("due_at", "pk")


def _problems(vendor: Vendor) -> QuerySet[Problem]:
    found = Problem.objects.unclosed().filter(vendor=vendor).select_related("customer", "product", "owner__user")
    return found.order_by(F("due_on").asc(nulls_last=True), "opened_at", "pk")


def _wishes(vendor: Vendor, now: dt.datetime) -> QuerySet[Wish]:
    found = Wish.objects.open(vendor.day_of(now)).filter(vendor=vendor, came_in_at__isnull=False, told_at__isnull=True)
    return found.select_related("customer", "product", "owner__user").order_by("came_in_at", "pk")


def _of_promise(vendor: Vendor, promise: Promise, now: dt.datetime) -> FollowUp:
    day = due_day(vendor, promise.due_at, any_time=promise.due_any_time)
    return FollowUp(promise, day, has_date=True, is_overdue=promise.due_at < now)


def _of_problem(vendor: Vendor, problem: Problem, now: dt.datetime) -> FollowUp:
    if problem.due_on is None:
        return FollowUp(problem, vendor.day_of(problem.opened_at), has_date=False, is_overdue=False)
    return FollowUp(problem, problem.due_on, has_date=True, is_overdue=problem.due_on < vendor.day_of(now))


def _of_wish(vendor: Vendor, wish: Wish) -> FollowUp:
    return FollowUp(wish, vendor.day_of(wish.came_in_at), has_date=False, is_overdue=False)
