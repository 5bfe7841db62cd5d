"""What may be sent of a buying list: another quantity, a tick, another product."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import quantities
from crm.lib.once import OnceForm
from customers.planning.keeping_lists import Change
from customers.preferences.forms import ProductField
from customers.visits.models import VisitLine
from vendors.models import Product, Vendor

MOST = VisitLine.MOST_AT_ONCE * 10
"""What may be typed as the quantity of a whole day."""
ERRORS = ("required", "max_length", "null_characters_not_allowed")


class QuantityField(forms.CharField):
    """A quantity in any script's digits; cleaned a `Decimal`, or None for nothing."""

    widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
    unreadable = gettext_lazy("This cannot be read as a quantity. Write a number like 2 or 0.5.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, error_messages=dict.fromkeys(ERRORS, self.unreadable), **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            quantity = quantities.read(text)
        except quantities.NotAQuantity as error:
            raise forms.ValidationError(self.unreadable) from error
        if not 0 <= quantity <= MOST or quantity != round(quantity, 3):
            raise forms.ValidationError(_("Write a quantity from 0 to %(most)s.") % {"most": MOST})
        return quantity


class LineForm(OnceForm):
    """What a line shall say: a quantity, one step more or less, another `instead` of it; ticked off or not."""

    quantity = QuantityField()
    seen = QuantityField(required=False)
    step = forms.TypedChoiceField(choices=[(-1, "-1"), (1, "1")], coerce=int, empty_value=0, required=False)
    instead = QuantityField(required=False)
    got = forms.TypedChoiceField(
        choices=[("0", "0"), ("1", "1")], coerce=lambda said: said == "1", empty_value=None, required=False
    )

    def change(self, step: Decimal) -> Change:
        """What was sent, for a product of which so much is a `step`."""
        said = self.cleaned_data
        quantity = said["quantity"] + said["step"] * step
        if said["instead"] is not None:
            quantity = said["instead"]
        return Change(quantity=max(quantity, Decimal(0)), got=said["got"], seen=said["seen"])


class AddForm(OnceForm):
    """A product that nobody foresaw, and how much of it."""

    product = ProductField(label=gettext_lazy("Product"), empty_label=gettext_lazy("Choose"))
    quantity = QuantityField(label=gettext_lazy("How much, in its unit"))

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = Product.objects.sold().filter(vendor=vendor)
