"""What is sent from the panel of those who were missed: the next step with somebody, or one taken back."""

import datetime as dt
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib.once import OnceForm
from crm.review.days import EARLIEST
from customers import merging
from customers.models import Customer, CustomerEdit
from customers.planning.models import LeftAlone
from customers.preferences.forms import TAP_AGAIN
from customers.promises.models import Promise
from vendors.models import Member, Vendor

ASK, ALONE, AGAIN, CLOSE = "ask", "alone", "again", "close"
DAYS = {"week": 7, "month": 30}
"""For how long somebody is left alone with one tap."""
ROWS: dict[str, type[models.Model]] = {ASK: Promise, ALONE: LeftAlone, AGAIN: LeftAlone, CLOSE: CustomerEdit}
"""Of each step what it writes: with its uid the step is told, and taken back."""
GONE = gettext_lazy("This person is not here any more. Nothing was changed; look at the list again.")


class MissedForm(OnceForm):
    """A form of the panel. `was_refused` once what it asks for could not be done any more."""

    was_refused = False

    def refuse(self, error: Any) -> None:
        self.was_refused = True
        self.add_error(None, error)
        self.renew()

    def is_about(self, customer: Customer) -> bool:
        return bool(self.errors) and self.data.get("customer") == str(customer.uid)


class StepForm(MissedForm):
    """
    What to do about whom. `today` is the day on which the page was made: sent once more after midnight, it still says
    the same days.
    """

    step = forms.ChoiceField(choices=[(each, each) for each in (ASK, *DAYS, "until", AGAIN, CLOSE)])
    customer = forms.UUIDField(error_messages={"required": GONE, "invalid": GONE})
    today = forms.DateField(error_messages=dict.fromkeys(["required", "invalid"], TAP_AGAIN))
    owner = forms.UUIDField(required=False)
    until = forms.DateField(
        required=False, error_messages={"invalid": gettext_lazy("Choose the day from which on to show them again.")}
    )
    reason = forms.CharField(required=False, max_length=LeftAlone._meta.get_field("reason").max_length)

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vendor = vendor

    def clean_today(self) -> dt.date:
        today = self.cleaned_data["today"]
        if not EARLIEST <= today <= self.vendor.today():
            raise forms.ValidationError(TAP_AGAIN)
        return today

    def clean(self) -> dict[str, Any]:
        """With the rows of the shop instead of their uids, and the day that was meant."""
        data = super().clean()
        if self.errors:
            return data
        person = Customer.objects.filter(vendor=self.vendor, uid=data["customer"]).first()
        if person is None:
            raise forms.ValidationError(GONE)
        data["customer"] = merging.stand_in(person)
        data["customer"].vendor = self.vendor  # is the same, and was read already
        if data["step"] in DAYS:
            data["until"] = data["today"] + dt.timedelta(days=DAYS[data["step"]])
        elif data["step"] == "until" and not data["until"]:
            self.add_error("until", self.fields["until"].error_messages["invalid"])
        elif data["step"] == CLOSE and not data["reason"]:
            self.add_error("reason", _("Write why, in a few words."))
        if data["owner"]:
            data["owner"] = Member.objects.serving().filter(vendor=self.vendor, uid=data["owner"]).first()
            if data["owner"] is None:
                raise forms.ValidationError(_("They do not serve here any more. Choose somebody else to ask."))
        return data


class UndoForm(MissedForm):
    """Which step is taken back: what it was, and the uid of what it wrote."""

    what = forms.ChoiceField(choices=[(each, each) for each in ROWS])
    thing = forms.UUIDField()


class ToldForm(forms.Form):
    """Which step a page without script tells of."""

    did = forms.ChoiceField(choices=[(each, each) for each in ROWS])
    thing = forms.UUIDField()
    undone = forms.BooleanField(required=False)
