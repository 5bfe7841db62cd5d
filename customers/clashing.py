"""
Two tablets that changed the same: the tap that was later stands, and what it set aside is kept for the owner.

Each form that changes something says how much its page knew. What the page knew is changed as anybody changes anything.
Only of what somebody else changed meanwhile it is asked whose tap was later, whichever came first to this computer.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db import models, transaction
from django.utils import timezone

from crm.lib import moments
from customers.models import Clash, Customer, Edit
from vendors.models import Member, Vendor
from vendors.tenancy import VendorRow


class Word(NamedTuple):
    """When something was said, by its tap, and by whom."""

    at: dt.datetime
    by: Member | None

    @classmethod
    def now(cls, by: Member | None) -> "Word":
        return cls(moments.now(), by)


@dataclass(frozen=True)
class Field:
    """
    What a page `showed` of something, what it says `now`, and what the page wants it to say.

    `unseen` is the last word on it that the page did not know, if there is one. Values are JSON.
    """

    name: str
    showed: Any
    now: Any
    wanted: Any
    unseen: Word | None = None


@dataclass
class Settled:
    """Which fields (by name) are to say what is `wanted`, and who set whose word aside."""

    wanted: set[str] = field(default_factory=set)
    set_aside: list[tuple[Field, Word, Any, Word, Any]] = field(default_factory=list)
    """Each with whose word stands and what it is, and whose does not and what that was."""


def settle(fields: Iterable[Field], mine: Word) -> Settled:
    """What becomes of `fields` that are said by the word `mine`."""
    settled = Settled()
    for each in fields:
        if each.wanted == each.showed:
            continue
        if each.unseen is None or each.unseen.at <= mine.at:
            settled.wanted.add(each.name)
            if each.unseen and each.now not in (each.showed, each.wanted):
                settled.set_aside.append((each, mine, each.wanted, each.unseen, each.now))
        elif each.now != each.wanted:
            settled.set_aside.append((each, each.unseen, each.now, mine, each.wanted))
    return settled


def keep(settled: Settled, row: VendorRow, customer: Customer | None, uid: UUID) -> None:
    """Keep for the owner what was `set_aside` of `row` by what was sent under `uid`; sent twice it is kept once."""
    for each, stands, stands_so, aside, was in settled.set_aside:
        Clash.objects.get_or_create(
            vendor_id=row.vendor_id,
            uid=uuid5(uid, f"clash {each.name}"),
            defaults={
                "customer": customer,
                "of": row._meta.label,
                "row": row.uid,
                "field": each.name,
                "stands": stands_so,
                "stands_at": stands.at,
                "stands_by": stands.by,
                "aside": was,
                "aside_at": aside.at,
                "aside_by": aside.by,
            },
        )


def was_set_aside(vendor_id: int, uid: UUID, name: str) -> bool:
    """Whether what was sent under `uid` said of `name` what does not stand."""
    return Clash.objects.filter(vendor=vendor_id, uid=uuid5(uid, f"clash {name}")).exists()


def last_word(edits: Sequence[Edit], names: Iterable[str]) -> Word | None:
    """Who changed any of `names` last in `edits`, the last written last."""
    names = set(names)
    for edit in reversed(edits):
        if names & edit.before.keys():
            return Word(edit.at, edit.by)
    return None


def undecided(vendor: Vendor) -> models.QuerySet[Clash]:
    """What nobody has decided yet, the first found first."""
    found = Clash.objects.filter(vendor=vendor, decided_at__isnull=True)
    return found.select_related("customer", "stands_by", "aside_by")


@transaction.atomic
def decide(*, clash: Clash, by: Member | None) -> bool:
    """Note that it was looked at; whether this changed anything."""
    return bool(
        Clash.objects.filter(pk=clash.pk, decided_at__isnull=True).update(decided_at=timezone.now(), decided_by=by)
    )
