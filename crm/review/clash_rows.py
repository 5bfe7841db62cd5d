"""What was changed on two tablets and nobody has looked at yet, in the shop's words."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.counter.due_words import time_said
from crm.counter.expectations import money_said
from crm.counter.wording import amount, named
from crm.review.days import Span
from customers import clashing
from customers.models import Clash, Customer, Membership
from customers.preferences.models import Preference
from customers.promises.models import Problem, Promise, Wish
from customers.visits.models import Visit, VisitLine
from vendors.models import Member, Product, Vendor

OWNER = gettext_lazy("looked after by")
LABELS: dict[type[models.Model], dict[str, Any]] = {
    Customer: {},
    Preference: {"preference": gettext_lazy("likes and never")},
    Membership: {"roles": gettext_lazy("in the household"), "ask_first": gettext_lazy("ask first")},
    Visit: {
        "lines": gettext_lazy("the visit"),
        "note": gettext_lazy("note of the visit"),
        "collected_by": gettext_lazy("collected by"),
    },
    Promise: {
        "text": gettext_lazy("promise, in words"),
        "amount": gettext_lazy("promise, money"),
        "lines": gettext_lazy("promise, products"),
        "due": gettext_lazy("promise, by when"),
        "outcome": gettext_lazy("what became of a promise"),
        "owner": OWNER,
    },
    Problem: {
        "remedy": gettext_lazy("what was done about a problem"),
        "is_hard": gettext_lazy("hard to put right"),
        "owner": OWNER,
        "due_on": gettext_lazy("problem, by when"),
    },
    Wish: {"owner": OWNER},
}
"""Of what a clash can be, and how each of its fields is called."""
KINDS = {model._meta.label: model for model in LABELS}


@dataclass(frozen=True)
class Row:
    """A clash as the page tells it: of what, what stands, and what was set aside."""

    clash: Clash
    label: str
    stands: str
    aside: str


class _Names:
    """What the products and people are called whom some clashes name by their uids."""

    def __init__(self, vendor: Vendor, clashes: Iterable[Clash]) -> None:
        uids = {uid for clash in clashes for value in (clash.stands, clash.aside) for uid in _uids(clash, value)}
        of = {"vendor": vendor, "uid__in": uids}
        self.vendor = vendor
        self.names: dict[str, str] = {}
        if uids:
            self.names |= {str(each.uid): named(each) for each in Product.objects.filter(**of)}
            for model in (Member, Customer):
                self.names |= {str(uid): name for uid, name in model.objects.filter(**of).values_list("uid", "name")}

    def __getitem__(self, uid: str | None) -> str:
        return self.names.get(uid, "–") if uid else _("nobody")


def _uids(clash: Clash, value: Any) -> Iterator[str]:
    if clash.of == Preference._meta.label and value and value["product"]:
        yield value["product"]
    elif clash.of == Promise._meta.label and clash.field == "lines":
        yield from (line["product"] for line in value["lines"])
    elif clash.field in ("owner", "collected_by") and value:
        yield value


def clashes_of(vendor: Vendor, span: Span) -> list[Row]:
    """All that was found by the end of the span and that nobody has decided yet."""
    found = list(clashing.undecided(vendor).filter(found_at__lt=vendor.day_bounds(span.last)[1]))
    names = _Names(vendor, found)
    return [row_of(clash, names) for clash in found]


def row_of(clash: Clash, names: _Names | None = None) -> Row:
    names = names or _Names(clash.vendor, [clash])
    model = KINDS[clash.of]
    label = LABELS[model].get(clash.field) or Customer._meta.get_field(clash.field).verbose_name
    say = SAID[model]
    return Row(clash, str(label), say(clash.field, clash.stands, names), say(clash.field, clash.aside, names))


def _of_customer(field: str, value: list[str], _names: _Names) -> str:
    choices = dict(Customer._meta.get_field(field).flatchoices)
    first, *reason = value
    said = str(choices.get(first, first)) or (_("as their visits say") if reason else _("nothing"))
    return ": ".join(filter(None, (said, *reason)))


def _of_preference(_field: str, value: Mapping[str, Any] | None, names: _Names) -> str:
    if value is None:
        return _("removed")
    product = names[value["product"]] if value["product"] else ""
    return " ".join(filter(None, (str(Preference.Kind(value["kind"]).label), product, value["text"])))


def _of_membership(field: str, value: Any, _names: _Names) -> str:
    return Membership.in_words(value) if field == "roles" else value or _("nothing")


def _of_visit(field: str, value: Any, names: _Names) -> str:
    if field == "lines":
        return ", ".join(_line(line, line["product"]) for line in value) or _("came, took nothing")
    return names[value] if field == "collected_by" else value or _("nothing")


def _line(line: Mapping[str, str], product: str) -> str:
    if line.get("outcome") == VisitLine.Outcome.NOT_IN_STOCK:
        return _("%(product)s: not here") % {"product": product}
    return " ".join(filter(None, (product, amount(Decimal(line["quantity"]), line["unit"]), line["manner"])))


def _of_promise(field: str, value: Any, names: _Names) -> str:
    vendor = names.vendor
    if field == "due":
        at = dt.datetime.fromisoformat(value["due_at"])
        return time_said(vendor, at, any_time=value["due_any_time"], now=timezone.now())
    if field == "lines":
        return ", ".join(_line(line, names[line["product"]]) for line in value["lines"]) or _("nothing")
    if field == "outcome":
        return str(Promise.Outcome(value).label)
    if field == "amount":
        return money_said(value["amount"] and Decimal(value["amount"]), vendor.currency) or _("nothing")
    return _of_thing(field, value if field == "owner" else value["text"], names)


def _of_thing(field: str, value: Any, names: _Names) -> str:
    if field == "owner":
        return names[value]
    if field == "is_hard":
        return _("hard") if value else _("easy")
    if field == "remedy" and value:
        return str(Problem.Remedy(value).label)
    return value or _("nothing")


SAID: dict[type[models.Model], Callable[[str, Any, _Names], str]] = {
    Customer: _of_customer,
    Preference: _of_preference,
    Membership: _of_membership,
    Visit: _of_visit,
    Promise: _of_promise,
    Problem: _of_thing,
    Wish: _of_thing,
}
