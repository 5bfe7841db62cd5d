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


class NewCustomerForm(OnceForm):
    name = NameField(
        label=gettext_lazy("Name"),
        max_length=120,
        error_messages={"required": gettext_lazy("Write a name that you can call them by.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words"}),
    )


class DetailsForm(OnceForm, forms.ModelForm):
    """Everything that the shop may know of a person; only the name is needed."""

    phones = forms.CharField(
        label=gettext_lazy("Phones"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Several with a comma between. A number shared in the family is fine."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    class Meta:
        model = Customer
        fields = ["name", "nickname", "greeting", "landmark", "description", "note"]
        field_classes = {"name": NameField}
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phones"].initial = PHONES_APART.join(phones_of(self.instance))

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
