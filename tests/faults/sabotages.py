"""How the server's guards are taken out: patches that live here alone; the product has no switch for any of it."""

import dataclasses
import datetime as dt
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from types import SimpleNamespace
from uuid import uuid4

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from crm.lib import moments
from customers import clashing
from customers.preferences import telling
from vendors import entries, turns
from vendors.models import Entry, Member

Answer = Callable[[], HttpResponse]


def take_out(name: str) -> None:
    """Raises KeyError for a guard that is none."""
    TAKEN_OUT[name]()


def _without_a_key() -> None:
    """
    Neither the row of the entry nor, where a form has a uid, that: it is another at each arrival.

    Most writers would otherwise know the uid of their form again by themselves, and hide that the entry has none.
    """

    def applied(request: HttpRequest, answer: Answer) -> HttpResponse:
        _change_post(request, {"uid": str(uuid4())})
        with transaction.atomic(), moments.tapped(request.tap.at):
            response = answer()
        return entries._echo(entries._for_tablet(request, response), request.tap.uid, Entry.Outcome.DONE)

    entries.once = applied


def _key_in_its_own_commit() -> None:
    """The row of the entry is there before its effect is."""
    applied = entries._applied

    def applied_later(request: HttpRequest, answer: Answer) -> HttpResponse:
        with transaction.atomic():
            return applied(request, answer)

    entries._applied = applied_later
    entries.transaction = SimpleNamespace(atomic=nullcontext, set_rollback=transaction.set_rollback)


def _change_post(request: HttpRequest, fields: dict[str, str]) -> None:
    changed = request.POST.copy()
    for name, value in fields.items():
        if name in changed:
            changed[name] = value
    request._post = changed


def _who_is_there_is_credited() -> None:
    """Whoever serves on the tablet when the entry arrives."""
    tap_of = entries.tap_of

    def of_who_is_there(request: HttpRequest, *, on_turn: Member | None) -> entries.Tap:
        tap = tap_of(request, on_turn=on_turn)
        return dataclasses.replace(tap, by=turns.member_of(request, request.device) or tap.by)

    entries.tap_of = of_who_is_there


def _clock_is_believed() -> None:
    """The tablet's, however wrong it is."""
    entries._skew = lambda _said, _now: dt.timedelta()


def _last_arrival_stands() -> None:
    """Nobody asks whose tap was later, and nothing is set aside for the owner."""
    settle = clashing.settle

    def taken(fields: Iterable[clashing.Field], mine: clashing.Word) -> clashing.Settled:
        return clashing.Settled({each.name for each in fields if each.wanted != each.showed})

    for module in list(sys.modules.values()):
        if getattr(module, "settle", None) is settle:
            module.settle = taken


def _anybody_removes_an_allergy() -> None:
    take_back = telling.take_back
    telling.take_back = lambda **said: take_back(**said, is_owner=True)


TAKEN_OUT: dict[str, Callable[[], None]] = {
    "no key": _without_a_key,
    "key in its own commit": _key_in_its_own_commit,
    "who is there is credited": _who_is_there_is_credited,
    "the tablet's clock is believed": _clock_is_believed,
    "the last arrival stands": _last_arrival_stands,
    "anybody removes an allergy": _anybody_removes_an_allergy,
}
