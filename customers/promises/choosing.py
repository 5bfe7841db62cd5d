"""Choosing products in a form: those that are offered, and one more at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import quantities
from crm.lib.once import OnceForm
from customers.preferences.forms import ProductField
from customers.promises.models.ordered import OrderedLine
from customers.visits.basket import MANNER, TAKE, Entry
from customers.visits.models import VisitLine
from customers.visits.recording import Line
from vendors.models import Product, Vendor

WANT = "want."
"""`want.<uid>` says whether a product is wanted; its other fields are those of a basket."""
LONGEST_TEXT = 200
A_DAY = gettext_lazy("Write a day like 2026-12-24, or choose it.")


@dataclass
class Choice(Entry):
    """A product that is offered, and whether it is wanted."""

    want: bool = False

    def line(self) -> Line | None:
        if not self.want:
            return None
        if len(self.manner) > VisitLine.LONGEST_MANNER or "\0" in self.manner:
            self.error = _("Say it shorter: at most %(most)s letters.") % {"most": VisitLine.LONGEST_MANNER}
            return None
        if not self.take:
            self.error = _("Write how much.")
            return None
        return super().line()


class DayField(forms.DateField):
    """A day of the calendar, chosen from the browser's own."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(error_messages={"invalid": A_DAY, "required": A_DAY}, **kwargs)


class ChoicesForm(OnceForm):
    """
    Products and how much of each, as the page sends them, and what there is to say in words.

    `choices` are the products of the page by uid, with everything that was typed, so that a form that is sent back has
    it all; `product` and `amount` add one more. `lines` are what a valid form says of them.
    """

    ids = "id_%s"
    """Of its fields in the page; other ones where it stands beside another form."""
    product = ProductField(label=gettext_lazy("Another product"), required=False)
    amount = forms.CharField(
        label=gettext_lazy("How much"), required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    text = forms.CharField(
        label=gettext_lazy("In words"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "max_length": gettext_lazy("Say it shorter: at most %(limit_value)d letters."),
            "null_characters_not_allowed": gettext_lazy("This cannot be read. Please type it again."),
        },
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        vendor: Vendor,
        offered: Iterable[Choice] = (),
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial, auto_id=self.ids)
        self.fields["product"].queryset = Product.objects.sold().filter(vendor=vendor)
        self.choices: dict[UUID, Choice] = {choice.product.uid: choice for choice in offered}
        self.lines: list[Line] = []
        self.unknown = False
        """Whether something is wanted that this shop does not have."""
        if data is not None:
            self._read_choices(data, vendor)

    def _read_choices(self, data: QueryDict, vendor: Vendor) -> None:
        sent = {uid for name in data if name.startswith(WANT) and (uid := _uid(name.removeprefix(WANT)))}
        others = Product.objects.filter(vendor=vendor, uid__in=sent - self.choices.keys()).order_by("position", "pk")
        self.choices |= {product.uid: Choice(product) for product in others}
        self.unknown = bool(sent - self.choices.keys())
        for uid, choice in self.choices.items():
            choice.want = f"{WANT}{uid}" in data
            choice.take, choice.manner = (
                data.get(f"{kind}.{uid}", typed).strip()
                for kind, typed in ((TAKE, choice.take), (MANNER, choice.manner))
            )

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self._choose_another(said)
        self.lines = [line for choice in self.choices.values() if (line := choice.line())]
        if any(choice.error for choice in self.choices.values()):
            self.add_error(None, _("Not saved yet: look at the marked amounts. Everything you typed is still here."))
        if self.unknown:
            self.add_error(None, _("A product is not in this shop and was left out. Look again, then save."))
        return said

    def _choose_another(self, said: dict[str, Any]) -> None:
        """Let what was chosen besides stand among the products, with what was typed for it."""
        product = said.get("product")
        if product is None:
            return
        choice = self.choices.setdefault(product.uid, Choice(product))
        choice.want, choice.take = True, said.get("amount") or choice.take or quantities.plain(product.step)
        self.data = self.data.copy()
        self.data["product"] = self.data["amount"] = ""

    def choose_another(self) -> None:
        """Take in the product that is chosen besides; the rest of the form is judged when it is kept."""
        self.full_clean()
        self._errors = ErrorDict({name: errors for name, errors in self.errors.items() if name == "product"})


def choices_of(lines: Iterable[OrderedLine]) -> list[Choice]:
    """What was chosen before, as the form has it; several lines of one product are added up."""
    found: dict[UUID, Choice] = {}
    for line in lines:
        choice = found.setdefault(line.product.uid, Choice(line.product, manner=line.manner, want=True))
        choice.take = quantities.plain(line.quantity + quantities.read(choice.take or "0"))
    return list(found.values())


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
