"""What tablets sent and the shop's computer did not accept, in words that can be read: who tapped what, about whom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl
from uuid import UUID

from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer
from customers.visits.models import Visit
from vendors.entries import UID, batches
from vendors.models import Entry, Member, Product, Vendor

MOST = 100
"""Entries on one page."""
WHATS = {
    "card": gettext_lazy("a visit"),
    "visit": gettext_lazy("a change of a visit"),
    "undo": gettext_lazy("the undoing of a visit"),
    "put_back": gettext_lazy("the putting back of a visit"),
    "new_customer": gettext_lazy("a new customer"),
    "details": gettext_lazy("a change of what is known of them"),
    "likes": gettext_lazy("something to remember"),
    "ask": gettext_lazy("something they asked for"),
    "promises": gettext_lazy("a promise"),
    "close_promise": gettext_lazy("how a promise ended"),
    "new_problem": gettext_lazy("a problem"),
}
"""By the name of the address to which the entry was sent."""
LABELS = {
    "take": gettext_lazy("takes"),
    "none": gettext_lazy("not here today"),
    "manner": gettext_lazy("how"),
    "name": gettext_lazy("name"),
    "note": gettext_lazy("note"),
    "text": gettext_lazy("in words"),
    "product": gettext_lazy("product"),
    "amount": gettext_lazy("how much"),
    "kind": gettext_lazy("kind"),
    "channel": gettext_lazy("how they came"),
    "collected_by": gettext_lazy("collected by"),
    "outcome": gettext_lazy("outcome"),
    "what": gettext_lazy("what"),
}
"""By the beginning of the name of a field; of the others their own name is shown."""
UNSAID = {"uid", "seen", "from_card", "look_for", "csrfmiddlewaretoken"}
"""Fields that say nothing to a person."""


class Typed(NamedTuple):
    """One field: what it is, and what was typed."""

    label: str
    value: str


@dataclass(frozen=True)
class Told:
    """An entry in words; `customer` is whom it is about, as far as the shop knows them."""

    entry: Entry
    what: str
    customer: Customer | None
    typed: list[Typed]


def not_accepted(vendor: Vendor) -> list[Told]:
    """Those nobody has looked at, the latest first."""
    return told(vendor, Entry.objects.filter(vendor=vendor, is_open=True).select_related("by", "device")[:MOST])


def refusal_of(vendor: Vendor, uid: UUID) -> Told | None:
    found = Entry.objects.filter(vendor=vendor, uid=uid, outcome=Entry.Outcome.REFUSED, seen_at__isnull=False)
    found = found.select_related("by", "device")
    return next(iter(told(vendor, found)), None)


def told(vendor: Vendor, entries: Iterable[Entry]) -> list[Told]:
    """In as few statements as name all that the entries do."""
    found = list(entries)
    people: dict[str, Customer] = {}
    names: dict[str, str] = {}
    for uids in batches({uid for entry in found for uid in _uids(entry)}):
        people |= {str(each.uid): each for each in Customer.objects.filter(vendor=vendor, uid__in=uids)}
        visits = Visit.objects.filter(vendor=vendor, uid__in=uids).select_related("customer")
        people |= {str(visit.uid): visit.customer for visit in visits}
        for model in (Product, Member):
            names |= {str(each.uid): str(each) for each in model.objects.filter(vendor=vendor, uid__in=uids)}
    names |= {uid: customer.name for uid, customer in people.items()}
    return [
        Told(
            entry,
            _what(entry),
            next((people[uid] for uid in UID.findall(entry.path) if uid in people), None),
            list(_typed(entry, names)),
        )
        for entry in found
    ]


def _uids(entry: Entry) -> Iterable[str]:
    return UID.findall(f"{entry.path} {entry.body}")


def _what(entry: Entry) -> str:
    try:
        name = resolve(entry.path.partition("?")[0]).url_name
    except Resolver404:
        name = None
    return str(WHATS.get(name) or _("a tap"))


def _typed(entry: Entry, names: dict[str, str]) -> Iterator[Typed]:
    for name, value in parse_qsl(entry.body):
        kind, _dot, of = name.partition(".")
        if kind in UNSAID or not value:
            continue
        label = str(LABELS.get(kind) or kind.replace("_", " "))
        yield Typed(f"{names[of]}, {label}" if of in names else label, names.get(value, value))
