"""How a promise changed, in the shop's words: what it said before and after, and what was agreed."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from crm.counter.due_words import time_said
from crm.counter.expectations import money_said
from crm.counter.wording import amount, named
from customers.promises.following import WHY
from customers.promises.models import Amendment, Promise
from customers.promises.terms import DUE, contents
from vendors.models import Product, Vendor


@dataclass(frozen=True)
class Change:
    """One thing that a promise said otherwise: `before`, which may be nothing, and `after`."""

    before: str
    after: str


@dataclass(frozen=True)
class Step:
    """An amendment with what it changed, latest first; `agreed` says who asked, who agreed and what is paid for it."""

    amendment: Amendment
    by: str
    changes: Sequence[Change]
    agreed: Sequence[str]


def steps(promise: Promise, amendments: Sequence[Amendment], *, now: dt.datetime) -> Iterator[Step]:
    """The `amendments`, all of the latest without a gap and the latest first, each in words."""
    after = contents(promise)
    names = _names(promise, [after, *(amendment.before for amendment in amendments)])
    for amendment in amendments:
        before = after | {name: value for name, value in amendment.before.items() if name in after}
        shown = (_called(said, names) for said in (before, after))
        changes = [*_changes(promise.vendor, *shown, now), *_besides(amendment)]
        yield Step(amendment, _by(amendment), changes, _agreed(promise.vendor, amendment))
        after = before


def _names(promise: Promise, several: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """By uid what the products in `several` contents are called in the language of the page."""
    uids = {line["product"] for said in several for line in said.get("lines", ())}
    found = Product.objects.filter(vendor=promise.vendor_id, uid__in=uids) if uids else ()
    return {str(product.uid): named(product) for product in found}


def _called(said: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Contents in which each product is called by its name in `names`; by the one of then if it is not there."""
    return {**said, "lines": [line | {"name": names.get(line["product"], line["name"])} for line in said["lines"]]}


def changed_said(step: Step) -> str:
    """An amendment in one line: "Ravi changed this meanwhile: today 18:00 → today 19:00"."""
    changes = "; ".join(f"{each.before} → {each.after}" if each.before else each.after for each in step.changes)
    return _("%(name)s changed this meanwhile: %(changes)s.") % {"name": step.by, "changes": changes}


def _by(amendment: Amendment) -> str:
    return amendment.by.name if amendment.by else _("The program")


def _changes(vendor: Vendor, before: Mapping[str, Any], after: Mapping[str, Any], now: dt.datetime) -> list[Change]:
    parts = (
        Change(*(say(vendor, each, now) for each in (before, after)))
        for names, say in PARTS
        if any(before[name] != after[name] for name in names)
    )
    return [Change(part.before, part.after or _("nothing")) for part in parts]


def _besides(amendment: Amendment) -> Iterator[Change]:
    """What the amendment keeps that the promise itself does not say: who looks after it, and a word on its end."""
    if "owner_name" in amendment.after:
        who = (said["owner_name"] or _("nobody yet") for said in (amendment.before, amendment.after))
        yield Change(*(_("looked after by %(name)s") % {"name": name} for name in who))
    if amendment.before and amendment.before == amendment.after:
        yield Change("", _("the same once more"))
    if note := amendment.after.get("note"):
        yield Change("", note)


def _lines(_vendor: Vendor, said: Mapping[str, Any], _now: dt.datetime) -> str:
    return ", ".join(
        " ".join(filter(None, (line["name"], amount(Decimal(line["quantity"]), line["unit"]), line["manner"])))
        for line in said["lines"]
    )


def _money(vendor: Vendor, said: Mapping[str, Any], _now: dt.datetime) -> str:
    return money_said(said["amount"] and Decimal(said["amount"]), vendor.currency)


def _text(_vendor: Vendor, said: Mapping[str, Any], _now: dt.datetime) -> str:
    return said["text"]


def _due(vendor: Vendor, said: Mapping[str, Any], now: dt.datetime) -> str:
    return time_said(vendor, dt.datetime.fromisoformat(said["due_at"]), any_time=said["due_any_time"], now=now)


def _outcome(_vendor: Vendor, said: Mapping[str, Any], _now: dt.datetime) -> str:
    return str(Promise.Outcome(said["outcome"]).label) if said["outcome"] else _("open")


PARTS = [(("lines",), _lines), (("amount",), _money), (("text",), _text), (DUE, _due), (("outcome",), _outcome)]


def _agreed(vendor: Vendor, amendment: Amendment) -> list[str]:
    said = [_("as the standing order says")] if WHY in amendment.after else []
    if amendment.asked_by:
        said.append(_("asked by %(name)s") % {"name": amendment.asked_by})
    if amendment.agreed_by:
        said.append(_("agreed by %(name)s") % {"name": amendment.agreed_by})
    if amendment.charge is not None:
        money = money_said(amendment.charge, vendor.currency)
        said.append(_("extra %(money)s for %(what)s") % {"money": money, "what": amendment.charge_for})
    return said
