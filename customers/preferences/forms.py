"""What may be sent about a person's taste, and what the shopkeeper reads when it cannot be kept."""

import unicodedata
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from crm.lib.once import SeenField
from customers.preferences.models import NoticeAnswer, Preference
from customers.preferences.noticing import Noticed
from customers.preferences.remembering import VISITS
from customers.preferences.telling import YES, NoConsent, Statement, TellingError
from customers.visits.models import VisitLine
from vendors.models import Product, Vendor

MANNER_LENGTH = VisitLine._meta.get_field("manner").max_length
TOO_LONG = _("Say it in fewer words: at most %(limit_value)d letters.")
UNREADABLE = _("This has signs that cannot be kept. Write it once more.")
NOT_SOLD = _("Choose a product that the shop sells.")
TAP_AGAIN = TellingError.said
NO_CONSENT = NoConsent.said


class ProductField(forms.ModelChoiceField):
    """One of the shop's products, named by its uid."""

    def __init__(self, *, empty_label: Any = "—", **kwargs: Any) -> None:
        super().__init__(Product.objects.none(), to_field_name="uid", empty_label=empty_label, **kwargs)
        self.error_messages |= {"invalid_choice": NOT_SOLD, "required": NOT_SOLD}

    def to_python(self, value: Any) -> Product | None:
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            # A uid that is none, or one with a NUL byte, is told in Django's words.
            raise forms.ValidationError(NOT_SOLD, code="invalid_choice") from error

    def label_from_instance(self, product: Product) -> str:
        return product.name_in(get_language() or "")


class PreferenceForm(forms.Form):
    """One statement about a customer's taste; `product` is chosen from what `vendor` sells."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=Preference.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what it is: likes, never, allergy."),
            "invalid_choice": _("Choose what it is: likes, never, allergy."),
        },
    )
    product = ProductField(label=_("Product"), required=False, empty_label=_("No product in particular"))
    text = forms.CharField(
        label=_("In words"),
        required=False,
        max_length=Preference._meta.get_field("text").max_length,
        error_messages={"max_length": TOO_LONG, "null_characters_not_allowed": UNREADABLE},
    )
    consent = forms.BooleanField(label=_("They said yes: keep it"), required=False)
    uid = forms.UUIDField(widget=forms.HiddenInput, error_messages={"required": TAP_AGAIN, "invalid": TAP_AGAIN})
    seen = SeenField()

    def __init__(self, *args: Any, vendor: Vendor, also: Product | None = None, **kwargs: Any) -> None:
        """`also` may be chosen although it is no longer sold: the product of the preference that is changed."""
        super().__init__(*args, **kwargs)
        products = Product.objects.filter(vendor=vendor)
        self.fields["product"].queryset = products.sold() | products.filter(pk=also.pk) if also else products.sold()

    def clean_text(self) -> str:
        text = " ".join(self.cleaned_data["text"].split())
        is_visible = any(unicodedata.category(character)[0] not in "CZ" for character in text)
        return text if is_visible else ""

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("kind") == Preference.Kind.ALLERGY and not said["consent"]:
            self.add_error("consent", NO_CONSENT)
        if {"kind", "product", "text"} <= said.keys():
            self._check_words(said["kind"], said["product"], said["text"])
        return said

    def _check_words(self, kind: str, product: Product | None, text: str) -> None:
        if kind == Preference.Kind.MANNER and product is None:
            self.add_error("product", _("Choose the product that they like so."))
        if kind == Preference.Kind.MANNER and len(text) > MANNER_LENGTH:
            self.add_error("text", TOO_LONG % {"limit_value": MANNER_LENGTH})
        if kind in (Preference.Kind.MANNER, Preference.Kind.WISH) and not text:
            self.add_error("text", _("Write it in words: small, half ripe."))
        elif product is None and not text:
            self.add_error("product", _("Choose a product or write it in words."))

    @property
    def statement(self) -> Statement:
        """What a valid form says."""
        said = self.cleaned_data
        return Statement(said["kind"], said["product"], said["text"], said["consent"])


class NoticeForm(forms.Form):
    """The answer to something noticed, with what was shown when it was given."""

    answer = forms.ChoiceField(choices=[(YES, _("yes")), *NoticeAnswer.Answer.choices])
    product = ProductField()
    manner = forms.CharField(required=False, max_length=MANNER_LENGTH)
    seen = forms.IntegerField(min_value=1, max_value=VISITS)
    of = forms.IntegerField(min_value=1, max_value=VISITS)
    uid = forms.UUIDField()

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor).sold()

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("seen", 0) > said.get("of", 0):
            raise forms.ValidationError(TAP_AGAIN)
        return said

    @property
    def noticed(self) -> Noticed:
        """What a valid form answers."""
        said = self.cleaned_data
        return Noticed(said["product"], said["manner"], said["seen"], said["of"], said["uid"])
