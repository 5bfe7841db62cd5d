"""What is typed about a person."""

import re
import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib.once import OnceForm
from customers import phones
from customers.keeping import PHONES_APART, phones_of
from customers.models import Customer

_BETWEEN_PHONES = re.compile(r"[,;/\n]+")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs by their category, and yet without ink."""


class NameField(forms.CharField):
    """A name that can be seen: direction marks and other invisible signs do not make one."""

    def to_python(self, value: Any) -> str:
        name = _INVISIBLE.sub("", super().to_python(value)).strip()
        return name if any(map(_is_seen, name)) else ""


def _is_seen(sign: str) -> bool:
    """Joiners and accents, which a name may well have, are nothing by themselves."""
    return unicodedata.category(sign)[0] in "LNPS" and sign not in _BLANK


class SearchField(forms.CharField):
    """What is looked for; too much of it is no error, and neither is what cannot be stored."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\0", "")[:200]


class SearchForm(forms.Form):
    q = SearchField(required=False, label=gettext_lazy("Find"))


class KindField(forms.ChoiceField):
    """Customer, supplier or colleague; a form that says nothing of it means what it means without."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=gettext_lazy("Who they are to the shop"),
            choices=Customer.Kind,
            required=False,
            widget=forms.RadioSelect,
            initial=Customer.Kind.CUSTOMER,
            **kwargs,
        )


class MarkField(forms.ChoiceField):
    """Yes, no, or not known."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [*Customer.Mark.choices, ("", gettext_lazy("not known"))]
        super().__init__(choices=choices, required=False, widget=forms.RadioSelect, **kwargs)


class NewCustomerForm(OnceForm):
    name = NameField(
        label=gettext_lazy("Name"),
        max_length=120,
        error_messages={"required": gettext_lazy("Write a name that you can call them by.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words"}),
    )
    kind = KindField()

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or Customer.Kind.CUSTOMER


READ_FROM_VISITS = "visits"
"""Chosen as a standing: none is said by hand."""


class StandingForm(OnceForm):
    """What somebody's standing is, whatever their visits say; or again what these say."""

    standing = forms.ChoiceField(
        label=gettext_lazy("Standing"),
        choices=[*Customer.Standing.choices, (READ_FROM_VISITS, gettext_lazy("as their visits say"))],
        widget=forms.RadioSelect,
    )
    standing_reason = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,
        max_length=160,
        help_text=gettext_lazy("Respectfully: moved to Pune, asked us to stop"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("standing") == READ_FROM_VISITS:
            return {**said, "standing": "", "standing_reason": ""}
        if said.get("standing_reason") == "":
            self.add_error("standing_reason", _("Write why, in a few words."))
        return said

    def fields_said(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("standing", "standing_reason")}


class MarksForm(OnceForm):
    """What is known of somebody who may become a regular: yes, no, or nothing."""

    authority = MarkField(label=gettext_lazy("Do they decide what is bought?"))
    means = MarkField(label=gettext_lazy("Can they pay?"))
    intention = MarkField(label=gettext_lazy("Do they mean to come?"))

    def fields_said(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.NAMES}

    NAMES = ("authority", "means", "intention")


class DetailsForm(OnceForm, forms.ModelForm):
    """Everything that the shop may know of a person; only the name is needed."""

    kind = KindField()
    phones = forms.CharField(
        label=gettext_lazy("Phones"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Several with a comma between. A number shared in the family is fine."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    class Meta:
        model = Customer
        fields = ["name", "nickname", "kind", "greeting", "landmark", "description", "note"]
        field_classes = {"name": NameField}
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phones"].initial = PHONES_APART.join(phones_of(self.instance))

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or self.initial["kind"]

    def clean_phones(self) -> list[str]:
        numbers = [text for part in _BETWEEN_PHONES.split(self.cleaned_data["phones"]) if (text := part.strip())]
        for number in numbers:
            try:
                phones.e164(number, self.instance.vendor.phone_region)
            except phones.NotAPhoneNumber as error:
                raise forms.ValidationError(
                    _("“%(text)s” cannot be a phone number. Look at the digits once more."),
                    params={"text": number[:40]},
                ) from error
        return numbers

    def fields_said(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
