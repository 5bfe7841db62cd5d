"""The forms of a standing order: what, on which days, by when and how long; and until when it is paused."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib.once import OnceForm
from customers.promises.choosing import Choice, ChoicesForm, DayField
from customers.promises.models import StandingOrder
from customers.promises.order_terms import Wanted
from customers.promises.recurring import LONGEST, Rule
from vendors.models import Vendor

WEEKLY, DAILY, MONTHLY = "weekly", "daily", "monthly"


def _month_days() -> list[tuple[int, str]]:
    return [(day, _("on the last day") if day == LONGEST else str(day)) for day in range(1, LONGEST + 1)]


class OrderForm(ChoicesForm):
    """A standing order as the page sends it. `wanted` is what a valid one says."""

    seen = forms.IntegerField(initial=0, min_value=0, widget=forms.HiddenInput)
    when = forms.ChoiceField(
        label=gettext_lazy("How often"),
        initial=WEEKLY,
        choices=[
            (WEEKLY, gettext_lazy("On certain days")),
            (DAILY, gettext_lazy("Every day")),
            (MONTHLY, gettext_lazy("Once a month")),
        ],
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(["required", "invalid_choice"], gettext_lazy("Choose how often.")),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("On these days"),
        required=False,
        coerce=int,
        choices=WEEKDAYS_ABBR.items(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("Choose days of the week.")},
    )
    weeks = forms.TypedChoiceField(
        label=gettext_lazy("In which weeks"),
        required=False,
        coerce=int,
        empty_value=1,
        initial=1,
        choices=[
            (1, gettext_lazy("every week")),
            (2, gettext_lazy("every 2nd week")),
            (3, gettext_lazy("every 3rd week")),
            (4, gettext_lazy("every 4th week")),
        ],
        error_messages={"invalid_choice": gettext_lazy("Choose every week, or every 2nd, 3rd or 4th.")},
    )
    month_day = forms.TypedChoiceField(
        label=gettext_lazy("On which day of the month"),
        required=False,
        coerce=int,
        empty_value=1,
        initial=1,
        choices=lazy(_month_days, list),
        help_text=gettext_lazy("A shorter month has it on its last day."),
        error_messages={"invalid_choice": gettext_lazy("Choose a day from 1 to 31.")},
    )
    at_time = forms.TimeField(
        label=gettext_lazy("By what time"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("Empty: any time of the day."),
        error_messages={"invalid": gettext_lazy("Write a time like 18:00.")},
    )
    starts_on = DayField(label=gettext_lazy("From"))
    ends_on = DayField(label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Empty: until it is ended."))

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        vendor: Vendor,
        offered: Iterable[Choice] = (),
        initial: dict[str, Any] | None = None,
    ) -> None:
        initial = {"starts_on": vendor.today(), **(initial or {})}
        super().__init__(data, vendor=vendor, offered=offered, initial=initial)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("when") == WEEKLY and said.get("weekdays") == []:
            self.add_error("weekdays", _("Choose at least one day of the week."))
        return said

    def saw(self, changes: int) -> None:
        """Let the form that goes back know of so many changes of the order."""
        self.data = self.data.copy()
        self.data["seen"] = str(changes)

    @property
    def wanted(self) -> Wanted:
        """What a valid form says."""
        said = self.cleaned_data
        rules = {
            WEEKLY: Rule(tuple(sorted(said["weekdays"])), said["weeks"]),
            DAILY: Rule(),
            MONTHLY: Rule(month_day=said["month_day"]),
        }
        names = ("starts_on", "ends_on", "at_time", "text")
        return Wanted(lines=self.lines, rule=rules[said["when"]], **{name: said[name] for name in names})


class PauseForm(OnceForm):
    """Until when an order is paused: the first day on which it counts again."""

    until = DayField(label=gettext_lazy("It comes again from"))


def initial_of(order: StandingOrder, seen: int) -> dict[str, Any]:
    """What an `OrderForm` says of `order`, of which `seen` changes are known."""
    rule = Rule.read(order.rule)
    when = MONTHLY if rule.month_day else WEEKLY if rule.weekdays else DAILY
    said = {name: getattr(order, name) for name in ("starts_on", "ends_on", "at_time", "text")}
    return {
        **said,
        "when": when,
        "weekdays": rule.weekdays,
        "weeks": rule.weeks,
        "month_day": rule.month_day,
        "seen": seen,
    }
