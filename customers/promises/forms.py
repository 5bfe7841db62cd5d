"""The forms of a promise: what, by whom, by when; how it is changed, and what became of it."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import quantities
from crm.lib.once import OnceForm
from customers.preferences.forms import TOO_LONG, UNREADABLE
from customers.promises.amending import Agreement, ChargeWithoutWords
from customers.promises.choosing import ChoicesForm, DayField
from customers.promises.due import due_day, due_moment
from customers.promises.models import Amendment, Promise
from customers.promises.promising import DueInThePast
from customers.promises.terms import Terms
from vendors.models import Vendor

FURTHEST = dt.timedelta(days=2 * 366)
"""How far ahead, and how long ago, a promise may be due."""
MOST_MONEY = Decimal(10) ** 8
DUE = re.compile(r"(?:\+(?P<ahead>\d)|(?P<day>\d{4}-\d\d-\d\d))(?:T(?P<at>\d\d:\d\d))?", re.ASCII)


def _words(label: Any, longest: int, **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=longest,
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
        error_messages={"max_length": TOO_LONG, "null_characters_not_allowed": UNREADABLE},
    )


class MoneyField(forms.CharField):
    """An amount of the shop's money, in any script's digits; cleaned a `Decimal`, or None for nothing."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=20, error_messages={"max_length": UNREADABLE}, **kwargs)
        self.error_messages["null_characters_not_allowed"] = UNREADABLE

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            money = quantities.read(text)
        except quantities.NotAQuantity as error:
            said = _("“%(text)s” cannot be read. Write a number like 120") % {"text": text}
            raise forms.ValidationError(said) from error
        if said := _money_error(money):
            raise forms.ValidationError(said)
        return money


def _money_error(money: Decimal) -> str:
    if money <= 0:
        return _("An amount is more than 0. Leave it empty if no money is meant.")
    if money >= MOST_MONEY:
        return _("That is too much money for one promise.")
    if money != round(money, 2):
        return _("At most two digits after the point.")
    return ""


class TermsForm(ChoicesForm):
    """What is promised and by when. `terms` is what a valid one says."""

    ids = "promise-%s"
    money = MoneyField(label=gettext_lazy("Money"))
    due = forms.CharField(label=gettext_lazy("By when"), required=False, widget=forms.HiddenInput)
    """The button of a time, before `day` and `at`: a day, or a day with a time. "+1" is the day after the tap."""
    day = DayField(label=gettext_lazy("Day"), required=False)
    at = forms.TimeField(
        label=gettext_lazy("Time"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": gettext_lazy("Write a time like 18:00, or leave it empty for any time.")},
    )

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, vendor=vendor, **kwargs)
        self.vendor = vendor
        self.terms: Terms | None = None

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self._take_button(said)
        day = said.get("day")
        if day is None and said.get("at"):
            day = self.vendor.today()
        if day is None:
            if "day" not in self.errors:
                self.add_error("due", _("Choose by when."))
        elif abs(day - self.vendor.today()) > FURTHEST:
            self.add_error("day", DueInThePast.said if day < self.vendor.today() else _("That is too far ahead."))
        elif not self.errors:
            self._say(said, day)
        return said

    def _take_button(self, said: dict[str, Any]) -> None:
        """Let the time that was tapped stand in the fields, so that a form that is sent back has it."""
        if not said.get("due"):
            return
        self.data = self.data.copy()
        tapped = DUE.fullmatch(said["due"])
        self.data["due"] = ""
        self.data["day"], self.data["at"] = (self._day(tapped), tapped["at"] or "") if tapped else ("", "")
        for name in ("day", "at"):
            self.errors.pop(name, None)
            try:
                said[name] = self.fields[name].clean(self.data[name])
            except forms.ValidationError as error:
                self.add_error(name, error)

    def _day(self, tapped: re.Match[str]) -> str:
        """A page that is kept for days says how many days ahead of the tap."""
        return tapped["day"] or f"{self.vendor.today() + dt.timedelta(days=int(tapped['ahead'])):%Y-%m-%d}"

    def _say(self, said: dict[str, Any], day: dt.date) -> None:
        self.terms = Terms(
            due_at=due_moment(self.vendor, day, said["at"]),
            due_any_time=said["at"] is None,
            text=said["text"],
            amount=said["money"],
            lines=self.lines,
        )


class PromiseForm(TermsForm):
    """A new promise: who promises, and how it was said."""

    side = forms.ChoiceField(
        label=gettext_lazy("Who promises?"),
        choices=Promise.Side.choices,
        initial=Promise.Side.OURS,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(["required", "invalid_choice"], gettext_lazy("Choose who promises.")),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=Promise.Channel.choices,
        initial=Promise.Channel.COUNTER,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose how it was said.")},
    )

    def clean_channel(self) -> str:
        return self.cleaned_data["channel"] or Promise.Channel.COUNTER


class AmendForm(TermsForm):
    """A change of a promise, of which the page had `seen` so many; who asked and agreed, and what is paid for it."""

    seen = forms.IntegerField(
        min_value=0,
        max_value=10**6,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ["required", "invalid", "min_value", "max_value"], OnceForm.base_fields["uid"].error_messages["required"]
        ),
    )
    asked_by = _words(
        gettext_lazy("Who asked"), Amendment._meta.get_field("asked_by").max_length, list="promise-people"
    )
    agreed_by = _words(
        gettext_lazy("Who agreed"), Amendment._meta.get_field("agreed_by").max_length, list="promise-people"
    )
    charge = MoneyField(label=gettext_lazy("Extra charge"))
    charge_for = _words(gettext_lazy("What for"), Amendment._meta.get_field("charge_for").max_length)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("charge") and not (said.get("charge_for") and said.get("agreed_by")):
            self.add_error("charge", ChargeWithoutWords.said)
        return said

    @property
    def agreement(self) -> Agreement:
        """What a valid form says of who asked, who agreed and what is paid."""
        return Agreement(**{name: self.cleaned_data[name] for name in Agreement.__dataclass_fields__})


class OutcomeForm(OnceForm):
    """What became of a promise, by its button; perhaps with a word."""

    outcome = forms.ChoiceField(
        choices=Promise.Outcome.choices,
        error_messages=dict.fromkeys(["required", "invalid_choice"], gettext_lazy("Choose what became of it.")),
    )
    in_time = forms.BooleanField(required=False)
    note = _words(gettext_lazy("In words"), 200)


def initial_of(promise: Promise) -> dict[str, Any]:
    """What an `AmendForm` says of `promise`; `promise.vendor` is read."""
    any_time = promise.due_any_time
    return {
        "text": promise.text,
        "money": "" if promise.amount is None else quantities.plain(promise.amount),
        "day": due_day(promise.vendor, promise.due_at, any_time=any_time),
        "at": None if any_time else promise.due_at.astimezone(promise.vendor.tz).time(),
        "seen": promise.version,
    }
