"""The days that rows are of, as an address asks for them: from one to another."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.review.days import EARLIEST, LATEST

MOST = dt.timedelta(days=366)
"""What `DaysOfAYearForm` lets one ask for at once."""


class DaysForm(forms.Form):
    """From which day until which."""

    first = forms.DateField(widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), label=gettext_lazy("From"))
    last = forms.DateField(widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), label=gettext_lazy("Until"))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        first, last = data.get("first") or EARLIEST, data.get("last") or LATEST
        if not EARLIEST <= first <= last <= LATEST:
            raise forms.ValidationError(_("Choose days that follow each other."))
        return data


class DaysOfAYearForm(DaysForm):
    """The same; of a year at most, for what is read row by row."""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        first, last = data.get("first"), data.get("last")
        if first and last and last - first > MOST:
            raise forms.ValidationError(_("Choose days that follow each other, a year of them at most."))
        return data


class AnyDaysForm(DaysForm):
    """The same; a day that is left empty lets the days reach as far as there are any rows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first"].required = self.fields["last"].required = False
