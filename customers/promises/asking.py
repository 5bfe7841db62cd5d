"""The form of a wish: what somebody asks for, how much of it, and until when they want it."""

import datetime as dt
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.lib import quantities
from crm.lib.once import OnceForm
from customers.preferences.forms import TOO_LONG, UNREADABLE, ProductField
from customers.promises.models import Wish
from customers.promises.wishing import WANTED_FOR, Asked, NothingSaid, UntilPast
from customers.visits.models import VisitLine
from vendors.models import Product, Vendor

TODAY, WEEK, MONTH, DAY = "today", "week", "month", "day"
WAITS = {TODAY: dt.timedelta(), WEEK: WANTED_FOR, MONTH: dt.timedelta(days=30)}
LATEST = dt.timedelta(days=366)


class WishForm(OnceForm):
    """After `is_valid()`, `asked` is what was asked for; what is not here may be unsold."""

    product = ProductField(label=_("Product"), required=False, empty_label=_("In words"))
    text = forms.CharField(
        label=_("In words"),
        required=False,
        max_length=Wish._meta.get_field("text").max_length,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": TOO_LONG, "null_characters_not_allowed": UNREADABLE},
    )
    quantity = forms.CharField(
        label=_("How much"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal"}),
        error_messages={"max_length": UNREADABLE, "null_characters_not_allowed": UNREADABLE},
    )
    unit = forms.ChoiceField(label=_("Unit"), required=False, choices=[("", _("as it is sold")), *Product.Unit.choices])
    until = forms.ChoiceField(
        label=_("Wanted until"),
        required=False,
        initial=WEEK,
        choices=[(TODAY, _("today")), (WEEK, _("a week")), (MONTH, _("a month")), (DAY, _("this day:"))],
        widget=forms.RadioSelect,
    )
    day = forms.DateField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day, or choose a week.")},
    )

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="wish-%s", **kwargs)  # beside other forms on the card
        self.vendor = vendor
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor, merged_into__isnull=True)

    def clean_text(self) -> str:
        text = " ".join(self.cleaned_data["text"].split())
        return text if any(unicodedata.category(sign)[0] not in "CZ" for sign in text) else ""

    def clean_quantity(self) -> Decimal | None:
        text = self.cleaned_data["quantity"].strip()
        if not text:
            return None
        try:
            quantity = quantities.read(text)
        except quantities.NotAQuantity as error:
            raise forms.ValidationError(_("Write a number like 1.5, or leave it empty.")) from error
        if not 0 < quantity <= VisitLine.MOST_AT_ONCE or quantity != round(quantity, 3):
            raise forms.ValidationError(_("Write a number like 1.5, or leave it empty."))
        return quantity

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if {"product", "text"} <= said.keys() and not (said["product"] or said["text"]):
            self.add_error("text", NothingSaid.said)
        if {"until", "day"} <= said.keys():
            said["until"] = self._until(said["until"], said["day"])
        return said

    def _until(self, choice: str, day: dt.date | None) -> dt.date | None:
        today = self.vendor.today()
        if choice != DAY:
            return today + WAITS[choice or WEEK]
        if day is None:
            self.add_error("day", _("Write the day, or choose a week."))
        elif day < today:
            self.add_error("day", UntilPast.said)
        elif day > today + LATEST:
            self.add_error("day", _("That is more than a year ahead. Choose an earlier day."))
        return day

    @property
    def asked(self) -> Asked:
        """What a valid form says."""
        return Asked(**{name: self.cleaned_data[name] for name in ("product", "text", "quantity", "unit", "until")})
