"""What is asked of who would miss something, and what is written down of it."""

import unicodedata
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm.lib.once import OnceForm
from customers.planning import deciding
from customers.planning.missing_it import About
from customers.planning.models import Decision
from customers.preferences.forms import NOT_SOLD, TOO_LONG, UNREADABLE
from vendors.models import Product, Vendor
from vendors.opening.forms import TimeInput
from vendors.opening.models import IN_NO_TIME, over_the_day
from vendors.opening.times import reaches_over_the_day

LOOKS = (deciding.LOOK, deciding.LOOK_AGAIN, deciding.TAKE_BACK, deciding.PUT_BACK)


class ProductsField(forms.ModelMultipleChoiceField):
    """Some of the shop's products, named by their uids."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Product.objects.none(), to_field_name="uid", **kwargs)

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except forms.ValidationError as error:
            # A uid that is none, or one with a NUL byte, is told in Django's words.
            raise forms.ValidationError(NOT_SOLD, code="invalid_choice") from error


class AskForm(forms.Form):
    """What would not be there any more: products, or a weekday, or hours of it or of every day."""

    product = ProductsField(label=gettext_lazy("Products"), required=False)
    weekday = forms.TypedChoiceField(
        choices=[("", gettext_lazy("every day")), *WEEKDAYS.items()],
        coerce=int,
        empty_value=None,
        required=False,
        label=gettext_lazy("Weekday"),
    )
    opens = forms.TimeField(widget=TimeInput, required=False, label=gettext_lazy("Hours from"))
    closes = forms.TimeField(widget=TimeInput, required=False, label=gettext_lazy("until"))

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vendor = vendor
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor, merged_into__isnull=True)

    @property
    def is_asked(self) -> bool:
        """Whether anything was chosen at all."""
        return any(name in self.data for name in ("product", "weekday", "opens", "closes"))

    @property
    def about(self) -> About:
        said = self.cleaned_data
        hours = (said["opens"], said["closes"]) if said["opens"] is not None else None
        return About(tuple(said["product"]), said["weekday"], hours)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if not self.errors and (wrong := self._wrong(said)):
            raise forms.ValidationError(wrong)
        return said

    def _wrong(self, said: dict[str, Any]) -> str:
        opens, closes = said["opens"], said["closes"]
        has_time = (said["weekday"], opens, closes) != (None, None, None)
        if said["product"]:
            return _("One after the other: choose products, or a day and hours.") if has_time else ""
        if not has_time:
            return _("Choose a product, a weekday, or hours.")
        if (opens is None) != (closes is None):
            return _("Write both from when and until when, or neither.")
        if opens is None:
            return ""
        if opens == closes:
            return str(IN_NO_TIME)
        span, starts = (opens, closes), self.vendor.day_starts
        return over_the_day(starts) if reaches_over_the_day(span, starts) else ""


class PeopleForm(AskForm):
    """Which of the people whom it touches; what was asked goes along unseen."""

    ALL, MOST, EVERY = "all", "most", "every"

    who = forms.ChoiceField(
        choices=[
            (ALL, gettext_lazy("all whom it touches")),
            (MOST, gettext_lazy("on most of their visits")),
            (EVERY, gettext_lazy("on every visit")),
        ],
        required=False,
        label=gettext_lazy("Who"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].widget = forms.MultipleHiddenInput()
        for name in ("weekday", "opens", "closes"):
            self.fields[name].widget = forms.HiddenInput()


class WordsField(forms.CharField):
    """A few words, on one line; those that nobody can see are none."""

    def __init__(self, *, column: str, **kwargs: Any) -> None:
        super().__init__(max_length=Decision._meta.get_field(column).max_length, **kwargs)
        self.error_messages |= {"max_length": TOO_LONG, "null_characters_not_allowed": UNREADABLE}

    def to_python(self, value: Any) -> str:
        text = " ".join(super().to_python(value).split())
        return text if any(unicodedata.category(sign)[0] not in "CZ" for sign in text) else ""


class DecideForm(OnceForm):
    """What is decided, and why."""

    text = WordsField(
        column="text",
        label=gettext_lazy("What do you decide?"),
        error_messages={"required": gettext_lazy("Write what you decide, in a few words.")},
    )
    reason = WordsField(
        column="reason",
        label=gettext_lazy("Why?"),
        error_messages={"required": gettext_lazy("Write why, in a few words.")},
    )


class StepForm(OnceForm):
    """One step of a decision; to look at it is to say what was learned."""

    step = forms.ChoiceField(
        choices=[(step, step) for step in LOOKS],
        error_messages=dict.fromkeys(["required", "invalid_choice"], deciding.DecidingError.said),
    )
    conclusion = WordsField(column="conclusion", label=gettext_lazy("What did we learn from it?"), required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("step") == deciding.LOOK and not said.get("conclusion", "-"):
            self.add_error("conclusion", _("Write what you learned, in a few words: also “nothing changed”."))
        return said


class DecisionsForm(forms.Form):
    """Which of the decisions."""

    ALL, WAITING, LOOKED, BACK = "all", "waiting", "looked", "back"

    which = forms.ChoiceField(
        choices=[
            (ALL, gettext_lazy("all")),
            (WAITING, gettext_lazy("not looked at yet")),
            (LOOKED, gettext_lazy("looked at")),
            (BACK, pgettext_lazy("decision", "taken back")),
        ],
        required=False,
        label=gettext_lazy("Which"),
    )
