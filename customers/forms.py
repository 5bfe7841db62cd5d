"""What is typed about a person."""

import re
import unicodedata
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib.once import OnceForm, SeenField
from customers import phones
from customers.households import NoRole
from customers.keeping import PHONES_APART, phones_of
from customers.models import Customer, Household, Membership
from vendors.models import Vendor

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
            error_messages={"invalid_choice": gettext_lazy("Choose one of these.")},
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

    seen = SeenField()
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

    seen = SeenField()
    authority = MarkField(label=gettext_lazy("Do they decide what is bought?"))
    means = MarkField(label=gettext_lazy("Can they pay?"))
    intention = MarkField(label=gettext_lazy("Do they mean to come?"))

    def fields_said(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.NAMES}

    NAMES = ("authority", "means", "intention")


class DetailsForm(OnceForm, forms.ModelForm):
    """Everything that the shop may know of a person; only the name is needed."""

    seen = SeenField()
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


class PartForm(OnceForm):
    """What somebody is in a household."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("What are they there?"),
        choices=[(role, Membership._meta.get_field(role).verbose_name) for role in Membership.ROLES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": NoRole.said, "invalid_choice": NoRole.said, "invalid_list": NoRole.said},
    )
    ask_first = forms.CharField(
        label=gettext_lazy("When they come, ask first"),
        required=False,
        max_length=Membership._meta.get_field("ask_first").max_length,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "placeholder": gettext_lazy("Do not change the brand without asking.")}
        ),
    )

    def clean_roles(self) -> frozenset[str]:
        return frozenset(self.cleaned_data["roles"])


class JoinForm(PartForm):
    """
    Somebody who comes into a household: one who is known, or a new one who is called `q`.

    After `is_valid()` exactly one of `person` (a `Customer`) and `name` is set.
    """

    NEW = "new"

    q = SearchField(required=False, label=gettext_lazy("Who?"))
    who = forms.CharField(required=False)
    brings_past = forms.BooleanField(
        required=False, label=gettext_lazy("Their visits so far were for this kitchen too: put them to its visits")
    )

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vendor = vendor
        self.person: Customer | None = None
        self.name = ""

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("who") == self.NEW:
            self.name = self._name(said.get("q", ""))
        else:
            self.person = self._person(said.get("who", ""))
        if not self.name and self.person is None:
            self.add_error("who", _("Choose who it is: type a name, then tap one of those found, or New."))
        return said

    def _name(self, typed: str) -> str:
        try:
            return NewCustomerForm.base_fields["name"].clean(typed)
        except forms.ValidationError:
            return ""

    def _person(self, uid: str) -> Customer | None:
        try:
            return Customer.objects.filter(vendor=self.vendor, uid=UUID(uid)).first()
        except ValueError:
            return None


class MakeForm(JoinForm):
    """The first two of a new household: the one whose card is open, and another."""

    OWN, OTHER = "own", "other"

    own_roles = forms.MultipleChoiceField(
        choices=[(role, Membership._meta.get_field(role).verbose_name) for role in Membership.ROLES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": NoRole.said, "invalid_choice": NoRole.said, "invalid_list": NoRole.said},
    )
    first = forms.ChoiceField(choices=[(OWN, OWN), (OTHER, OTHER)], required=False)
    household_name = NameField(
        label=gettext_lazy("What do you call this household?"),
        required=False,
        max_length=Household._meta.get_field("name").max_length,
        help_text=gettext_lazy("Empty: after the one whose name its visits stand under."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_own_roles(self) -> frozenset[str]:
        return frozenset(self.cleaned_data["own_roles"])

    def clean_first(self) -> str:
        return self.cleaned_data["first"] or self.OWN
