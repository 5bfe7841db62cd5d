"""What is typed in set-up about when the shop is open."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vendors.administration import QuickSelect, ShopRowForm
from vendors.models import Vendor
from vendors.opening.models import IN_NO_TIME, OVERLAP, Closure, over_the_day
from vendors.opening.proposing import USUAL, Calendar, Proposal
from vendors.opening.times import Span, overlap, reaches_over_the_day

AT_LEAST = 2
"""Spans that the form of a week offers for each day: the morning and the evening."""
USUAL_DAY = ((dt.time(8), dt.time(13)), (dt.time(17), dt.time(21)))
"""What is offered to a shop that has not said its hours."""
KINDS = {
    "public": gettext_lazy("Public holidays"),
    "government": gettext_lazy("Of public offices"),
    "optional": gettext_lazy("Optional holidays"),
    "optional_women": gettext_lazy("Optional holidays for women"),
    "bank": gettext_lazy("Of banks"),
    "school": gettext_lazy("Of schools"),
    "unofficial": gettext_lazy("Days that are only kept by custom"),
}
"""The commonest; the rest are words that say it already, such as catholic."""


class TimeInput(forms.TimeInput):
    """The clock that the browser brings along."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class DayInput(forms.DateInput):
    """The calendar that the browser brings along."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ClosureForm(ShopRowForm):
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("Leave it empty for one day."),
        required=False,
        widget=DayInput,
    )

    class Meta:
        model = Closure
        fields = ["first_day", "last_day", "reason"]
        widgets = {"first_day": DayInput}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        return cleaned | {"last_day": cleaned.get("last_day") or cleaned.get("first_day")}


class Stretch(NamedTuple):
    """The two inputs of a span."""

    opens: forms.BoundField
    closes: forms.BoundField


class Day(NamedTuple):
    name: str
    stretches: list[Stretch]
    errors: list[str]


class WeekForm(forms.Form):
    """
    All hours of a week on one page; `week` is what it shows at first, or the usual hours when that is empty.

    Cleaned it has the spans of each weekday under "week".
    """

    all_as_monday = forms.BooleanField(label=gettext_lazy("Every day as on Monday"), required=False)

    def __init__(self, *args: Any, vendor: Vendor, week: Mapping[int, Sequence[Span]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day_starts = vendor.day_starts
        week = week or dict.fromkeys(range(7), USUAL_DAY)
        self.places = range(max(AT_LEAST, *map(len, week.values())))
        for weekday in WEEKDAYS:
            for place in self.places:
                spans = week.get(weekday, ())
                self._add_stretch(weekday, place, spans[place] if place < len(spans) else (None, None))

    def _add_stretch(self, weekday: int, place: int, initial: Sequence[dt.time | None]) -> None:
        labels = (_("%(day)s, opens (%(number)d)"), _("%(day)s, closes (%(number)d)"))
        for name, label, time in zip(_names(weekday, place), labels, initial, strict=True):
            said = label % {"day": WEEKDAYS[weekday], "number": place + 1}
            widget = TimeInput()
            widget.attrs["aria-label"] = said
            self.fields[name] = forms.TimeField(label=said, required=False, initial=time, widget=widget)

    def days(self) -> Iterator[Day]:
        """The week as the page shows it."""
        for weekday, name in WEEKDAYS.items():
            stretches = [Stretch(*(self[each] for each in _names(weekday, place))) for place in self.places]
            errors = [error for stretch in stretches for field in stretch for error in field.errors]
            yield Day(str(name), stretches, list(dict.fromkeys(errors)))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("all_as_monday"):
            week = dict.fromkeys(WEEKDAYS, self._spans(0))
        else:
            week = {weekday: self._spans(weekday) for weekday in WEEKDAYS}
        return cleaned | {"week": week}

    def _spans(self, weekday: int) -> list[Span]:
        spans = []
        for place in self.places:
            names = _names(weekday, place)
            span = tuple(self.cleaned_data.get(name) for name in names)
            if fault := self._fault(*span, filled=not any(name in self.errors for name in names)):
                self.add_error(names[1], fault)
            elif None not in span:
                spans.append(span)
        if overlap(spans, self.day_starts):
            self.add_error(_names(weekday, 0)[0], OVERLAP)
        return spans

    def _fault(self, opens: dt.time | None, closes: dt.time | None, *, filled: bool) -> str:
        """What is wrong with one span; nothing when it is left empty or `filled` wrongly, which was said already."""
        if not filled or opens is closes is None:
            return ""
        if opens is None or closes is None:
            return _("Write both when it opens and when it closes, or neither.")
        if opens == closes:
            return IN_NO_TIME
        return over_the_day(self.day_starts) if reaches_over_the_day((opens, closes), self.day_starts) else ""


def _names(weekday: int, place: int) -> tuple[str, str]:
    return f"opens_{weekday}_{place}", f"closes_{weekday}_{place}"


class CalendarForm(forms.Form):
    """Which holidays of a country are asked for; what the country has no choice of is not asked."""

    state = forms.ChoiceField(label=gettext_lazy("State or region"), required=False, widget=QuickSelect)
    kinds = forms.MultipleChoiceField(label=gettext_lazy("Kinds"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any, *, calendar: Calendar) -> None:
        super().__init__(data if "state" in data or "kinds" in data else None, initial={"kinds": [USUAL]})
        self.fields["state"].choices = [("", _("Whole country")), *calendar.states]
        self.fields["kinds"].choices = [(kind, KINDS.get(kind, _in_words(kind))) for kind in calendar.kinds]
        if not calendar.states:
            del self.fields["state"]
        if len(calendar.kinds) < 2:
            del self.fields["kinds"]

    @property
    def asked(self) -> dict[str, Any]:
        """The state and the kinds, as `proposals` takes them: of what cannot be asked the usual ones."""
        cleaned = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return {"state": cleaned.get("state", ""), "kinds": cleaned.get("kinds") or [USUAL]}


def _in_words(kind: str) -> str:
    return capfirst(kind.replace("_", " "))


class AcceptForm(forms.Form):
    """Which of the proposals the shop closes for."""

    days = forms.MultipleChoiceField(
        error_messages={
            "required": gettext_lazy("Mark the days on which the shop is closed."),
            "invalid_choice": gettext_lazy("These holidays were not proposed. Choose from the list once more."),
        }
    )

    def __init__(self, *args: Any, proposed: Sequence[Proposal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proposed = {each.day.isoformat(): each for each in proposed}
        self.fields["days"].choices = [(day, each.name) for day, each in self.proposed.items()]

    def clean_days(self) -> list[Proposal]:
        return [self.proposed[day] for day in self.cleaned_data["days"]]
