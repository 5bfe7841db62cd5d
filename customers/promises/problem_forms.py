"""What may be sent about something that went wrong, and what the shopkeeper reads when it cannot be kept."""

import datetime as dt
import unicodedata
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib.once import OnceForm, SeenField
from customers.models import Customer
from customers.preferences.forms import TOO_LONG, UNREADABLE, ProductField
from customers.promises import problems
from customers.promises.models import Problem
from customers.promises.troubles import PERIODS
from customers.visits.models import Visit
from vendors.models import SERVES, Member, Product, Vendor

NOT_HERE = _("This is not in your shop. Go back to the card and tap once more.")
TAP_ONE = _("Tap what was wrong.")
ENTRUST, BACK, UNDO, HARD, EASY = "entrust", "back", "undo", "hard", "easy"


class RowField(forms.ModelChoiceField):
    """A row of the shop, named by its uid; one that is none is told in a sentence."""

    def __init__(self, model: type[models.Model], *, empty_label: Any = "—", **kwargs: Any) -> None:
        rows = model._default_manager.none()
        super().__init__(rows, to_field_name="uid", empty_label=empty_label, **kwargs)
        self.error_messages |= {"invalid_choice": NOT_HERE, "required": NOT_HERE}

    def to_python(self, value: Any) -> models.Model | None:
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            raise forms.ValidationError(NOT_HERE, code="invalid_choice") from error


class AboutForm(forms.Form):
    """What a problem is about: a product, perhaps as it was had in a visit."""

    visit = RowField(Visit, required=False, widget=forms.HiddenInput)
    product = ProductField(label=_("Product"), required=False, widget=forms.HiddenInput)

    def offer_things(self, vendor: Vendor, visits: models.QuerySet[Visit]) -> None:
        """Let it be about any product of `vendor` and one of `visits`."""
        self.fields["visit"].queryset = visits
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor)


class CaredForForm(forms.Form):
    """Who looks after a problem, and by when."""

    owner = RowField(Member, label=_("Who looks after it"), required=False, empty_label=_("Nobody yet"))
    due_on = forms.DateField(
        label=_("By when"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Choose a day.")},
    )

    def offer_members(self, vendor: Vendor, also: Member | None = None) -> None:
        """Let those who serve at `vendor` be chosen, and `also` who looks after it now, though they serve no more."""
        own = Member.objects.filter(SERVES | models.Q(pk=also.pk) if also else SERVES, vendor=vendor)
        self.fields["owner"].queryset = own.order_by("name")


class ProblemForm(OnceForm):
    """Something that went wrong, told with one tap on `what`; the rest may be said before, or later."""

    what = forms.ChoiceField(
        choices=Problem.What.choices, error_messages={"required": TAP_ONE, "invalid_choice": TAP_ONE}
    )
    text = forms.CharField(
        label=_("In words"),
        required=False,
        max_length=Problem._meta.get_field("text").max_length,
        error_messages={"max_length": TOO_LONG, "null_characters_not_allowed": UNREADABLE},
    )
    is_hard = forms.BooleanField(label=_("Hard to put right"), required=False)
    unsaid = forms.BooleanField(label=_("Noticed here, they did not complain"), required=False)
    remedy = forms.ChoiceField(
        label=_("What was done"), choices=[("", _("nothing yet")), *Problem.Remedy.choices], required=False
    )

    def clean_text(self) -> str:
        text = " ".join(self.cleaned_data["text"].split())
        return text if any(unicodedata.category(sign)[0] not in "CZ" for sign in text) else ""

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("what") == Problem.What.OTHER and not said.get("text", "-"):
            self.add_error("text", problems.NotInWords.said)
        return said


class PersonsProblemForm(ProblemForm, CaredForForm, AboutForm):
    """A problem of a person; who tapped it may look after it, though they may serve no more when it arrives."""

    def __init__(
        self, *args: Any, vendor: Vendor, visits: models.QuerySet[Visit], by: Member | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer_things(vendor, visits)
        self.offer_members(vendor, also=by)


class SmallThingForm(ProblemForm):
    """A defect or a delay of which nobody complained."""

    product = ProductField(label=_("Product"), required=False, empty_label=_("No product in particular"))

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["unsaid"]
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor).sold()


class StepForm(OnceForm, CaredForForm):
    """One step of a problem: a remedy, an answer, easy or hard, who looks after it, or one step back."""

    seen = SeenField()

    STEPS = (*Problem.Remedy.values, *Problem.Answer.values, ENTRUST, BACK, UNDO, HARD, EASY)

    step = forms.ChoiceField(
        choices=[(step, step) for step in STEPS],
        error_messages=dict.fromkeys(["required", "invalid_choice"], problems.ProblemError.said),
    )

    def __init__(self, *args: Any, vendor: Vendor, also: Member | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_members(vendor, also)


class RowsForm(forms.Form):
    """Which problems stand behind a number."""

    days = forms.TypedChoiceField(
        choices=[(str(days), str(days)) for days in PERIODS], coerce=int, empty_value=PERIODS[0], required=False
    )
    product = ProductField(required=False)
    supplier = RowField(Customer, required=False)
    day = forms.DateField(required=False)

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor)
        self.fields["supplier"].queryset = Customer.objects.filter(vendor=vendor)
        self.vendor = vendor

    @property
    def since(self) -> dt.date:
        """The first of the days that are asked for."""
        return self.vendor.today() - dt.timedelta(days=self.cleaned_data["days"] - 1)
