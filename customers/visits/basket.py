"""The form of one visit: for each product how much was taken, or that it was asked for and not there."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import moments, quantities
from crm.lib.once import OnceForm, SeenField
from customers.models import Customer, Membership
from customers.visits.models import Visit, VisitLine
from customers.visits.recording import Line
from vendors.models import Product, Vendor

TAKE, NONE, MANNER = "take", "none", "manner"
"""Names of a product's fields: `take.<uid>` its quantity, `none.<uid>` not here today, `manner.<uid>` in words."""
EARLIEST = dt.timedelta(days=366)
NOT_IN_THE_HOUSEHOLD = gettext_lazy(
    "Who stands here is not in this household any more. Nothing is lost: choose once more who it is, then tap DONE."
)


@dataclass
class Entry:
    """What was typed for one product, and what is wrong with it."""

    product: Product
    take: str = ""
    none: bool = False
    manner: str = ""
    error: str = ""

    def line(self) -> Line | None:
        """The line of the visit that this says, if any; a wrong one leaves its `error` and says nothing."""
        outcome = VisitLine.Outcome.NOT_IN_STOCK if self.none else VisitLine.Outcome.TAKEN
        if not self.take.strip():
            return Line(self.product, self.product.step, outcome, self.manner) if self.none else None
        try:
            quantity = quantities.read(self.take)
        except quantities.NotAQuantity:
            self.error = _("“%(text)s” cannot be read. Write a number like 1.5") % {"text": self.take[:20]}
            return None
        self.error = _quantity_error(quantity)
        return None if self.error else Line(self.product, quantity, outcome, self.manner)


def _quantity_error(quantity: Decimal) -> str:
    if quantity <= 0:
        return _("Write how much, more than 0, or leave it empty.")
    if quantity > VisitLine.MOST_AT_ONCE:
        return _("That is too much for one visit. The most is %(most)s.") % {"most": VisitLine.MOST_AT_ONCE}
    if quantity != round(quantity, 3):
        return _("At most three digits after the point.")
    return ""


class BasketForm(OnceForm):
    """
    One visit as the card sends it. After `is_valid()`, `lines` are its `recording.Line`s.

    `entries` keeps, by product, everything that was typed, so that a form that is sent back has it all.
    """

    seen = SeenField()
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    at = forms.DateTimeField(
        label=gettext_lazy("Served at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": gettext_lazy("Write the day and the time, or leave it empty for now.")},
    )
    channel = forms.ChoiceField(label=gettext_lazy("How"), choices=Visit.Channel, required=False)
    collected_by = forms.UUIDField(required=False, error_messages={"invalid": NOT_IN_THE_HOUSEHOLD})
    """Who stands here in the customer's place: nobody, or one who is in a household with them. Cleaned a `Customer`."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        vendor: Vendor,
        customer: UUID | None = None,
        collector: Customer | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial={"channel": Visit.Channel.COUNTER, **(initial or {})})
        self.vendor, self.customer, self.collector = vendor, customer, collector
        self.entries: dict[UUID, Entry] = {}
        self.lines: list[Line] = []
        self.unknown = False
        """Whether something was typed for a product that this shop does not have."""
        if data is not None:
            self._read_entries(data)

    def _read_entries(self, data: QueryDict) -> None:
        typed = {field: value for name in data if (field := _product_field(name)) and (value := data.get(name))}
        uids = dict.fromkeys(uid for uid, _kind in typed)
        products = {product.uid: product for product in Product.objects.filter(vendor=self.vendor, uid__in=uids)}
        self.unknown = bool(uids.keys() - products.keys())
        # In the order they were sent: the basket stays as it was built.
        for uid in uids:
            if uid in products:
                self.entries[uid] = Entry(
                    products[uid],
                    take=typed.get((uid, TAKE), ""),
                    none=(uid, NONE) in typed,
                    manner=typed.get((uid, MANNER), ""),
                )

    def fill(self, lines: Iterable[VisitLine | Line]) -> None:
        """
        Put `lines` of another visit into the form, over what is typed for their products.

        A product has one place in it: several lines of one, as two products that were merged leave them, are added up.
        """
        had: dict[tuple[UUID, str, str], Decimal] = {}
        for line in lines:
            alike = line.product.uid, getattr(line, "unit", line.product.unit), str(line.outcome)
            had[alike] = had.get(alike, Decimal()) + line.quantity
            self.entries[line.product.uid] = Entry(
                line.product,
                take=quantities.plain(had[alike]),
                none=line.outcome == VisitLine.Outcome.NOT_IN_STOCK,
                manner=line.manner,
            )

    def clean_at(self) -> dt.datetime | None:
        at, now = self.cleaned_data["at"], moments.now()
        if at is not None and at > now + Visit.CLOCKS_DIFFER:
            raise forms.ValidationError(_("That time has not come yet. Leave it empty for now."))
        if at is not None and at < now - EARLIEST:
            raise forms.ValidationError(_("That is more than a year ago. Old visits are imported from a file."))
        return at

    def clean_channel(self) -> str:
        return self.cleaned_data["channel"] or Visit.Channel.COUNTER

    def clean_collected_by(self) -> Customer | None:
        collector = self.cleaned_data["collected_by"]
        if collector in (None, self.customer):
            return None
        if self.collector and collector == self.collector.uid:
            return self.collector  # as it was said before, in the household still or not
        standing = Membership.objects.standing().filter(vendor=self.vendor)
        homes = standing.filter(customer__uid=self.customer).values("household")
        found = standing.select_related("customer").filter(household__in=homes, customer__uid=collector).first()
        if found is not None:
            return found.customer
        if sent_before := self._sent_before(collector):
            return sent_before
        raise forms.ValidationError(NOT_IN_THE_HOUSEHOLD)

    def _sent_before(self, collector: UUID) -> Customer | None:
        """Who left the household since this was sent for the first time: the writer then answers as it did."""
        known = Visit.objects.filter(vendor=self.vendor, uid=self.cleaned_data.get("uid"))
        return Customer.objects.filter(vendor=self.vendor, uid=collector).first() if known.exists() else None

    def clean(self) -> dict[str, Any]:
        for entry in self.entries.values():
            entry.manner = entry.manner.strip()
            if len(entry.manner) > VisitLine.LONGEST_MANNER or "\0" in entry.manner:
                entry.error = _("Say it shorter: at most %(most)s letters.") % {"most": VisitLine.LONGEST_MANNER}
            elif line := entry.line():
                self.lines.append(line)
        if any(entry.error for entry in self.entries.values()):
            self.add_error(None, _("Not saved yet: look at the marked amounts. Everything you typed is still here."))
        if self.unknown:
            self.add_error(None, _("A product is not in this shop and was left out. Check the basket, then tap DONE."))
        return self.cleaned_data


def _product_field(name: str) -> tuple[UUID, str] | None:
    """The product that the field `name` is about, and which of its fields it is; None for a field of the visit."""
    kind, _dot, uid = name.partition(".")
    if kind not in (TAKE, NONE, MANNER):
        return None
    try:
        return UUID(uid), kind
    except ValueError:
        return None
