"""The forms of a standing order: what, on which days, by when and how long; and until when it is paused."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import quantities
from crm.lib.once import OnceForm
from customers.preferences.forms import ProductField
from customers.promises.models import StandingOrder
from customers.promises.order_terms import Wanted
from customers.promises.recurring import LONGEST, Rule
from customers.visits.basket import MANNER, TAKE, Entry
from customers.visits.models import VisitLine
from customers.visits.recording import Line
from vendors.models import Product, Vendor

WANT = "want."
"""`want.<uid>` says whether a product is wanted; its other fields are those of a basket."""
WEEKLY, DAILY, MONTHLY = "weekly", "daily", "monthly"
A_DAY = gettext_lazy("Write a day like 2026-12-24, or choose it.")


def _month_days() -> list[tuple[int, str]]:
    return [(day, _("on the last day") if day == LONGEST else str(day)) for day in range(1, LONGEST + 1)]


@dataclass
class Choice(Entry):
    """A product that is offered, and whether it is wanted."""

    want: bool = False

    def line(self) -> Line | None:
        if not self.want:
            return None
        if len(self.manner) > VisitLine.LONGEST_MANNER or "\0" in self.manner:
            self.error = _("Say it shorter: at most %(most)s letters.") % {"most": VisitLine.LONGEST_MANNER}
            return None
        if not self.take:
            self.error = _("Write how much.")
            return None
        return super().line()


class DayField(forms.DateField):
    """A day of the calendar, chosen from the browser's own."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(error_messages={"invalid": A_DAY, "required": A_DAY}, **kwargs)


class OrderForm(OnceForm):
    """
    A standing order as the page sends it. `wanted` is what a valid one says.

    `choices` are the products of the page by uid, with everything that was typed, so that a form that is sent back has
    it all; `product` and `amount` add one more.
    """

    seen = forms.IntegerField(initial=0, min_value=0, widget=forms.HiddenInput)
    product = ProductField(label=gettext_lazy("Another product"), required=False, empty_label="–")
    amount = forms.CharField(
        label=gettext_lazy("How much"), required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    when = forms.ChoiceField(
        label=gettext_lazy("How often"),
        initial=WEEKLY,
        choices=[
            (WEEKLY, gettext_lazy("On weekdays")),
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
    text = forms.CharField(
        label=gettext_lazy("In words"),
        required=False,
        max_length=StandingOrder._meta.get_field("text").max_length,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "max_length": gettext_lazy("Say it shorter: at most %(limit_value)d letters."),
            "null_characters_not_allowed": gettext_lazy("This cannot be read. Please type it again."),
        },
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        vendor: Vendor,
        offered: Iterable[Choice] = (),
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial={"starts_on": vendor.today(), **(initial or {})})
        self.fields["product"].queryset = Product.objects.sold().filter(vendor=vendor)
        self.choices: dict[UUID, Choice] = {choice.product.uid: choice for choice in offered}
        self.lines: list[Line] = []
        self.unknown = False
        """Whether something is wanted that this shop does not have."""
        if data is not None:
            self._read_choices(data, vendor)

    def _read_choices(self, data: QueryDict, vendor: Vendor) -> None:
        sent = {uid for name in data if name.startswith(WANT) and (uid := _uid(name.removeprefix(WANT)))}
        others = Product.objects.filter(vendor=vendor, uid__in=sent - self.choices.keys()).order_by("position", "pk")
        self.choices |= {product.uid: Choice(product) for product in others}
        self.unknown = bool(sent - self.choices.keys())
        for uid, choice in self.choices.items():
            choice.want = f"{WANT}{uid}" in data
            choice.take, choice.manner = (
                data.get(f"{kind}.{uid}", typed).strip()
                for kind, typed in ((TAKE, choice.take), (MANNER, choice.manner))
            )

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self._choose_another(said)
        self.lines = [line for choice in self.choices.values() if (line := choice.line())]
        if any(choice.error for choice in self.choices.values()):
            self.add_error(None, _("Not saved yet: look at the marked amounts. Everything you typed is still here."))
        if self.unknown:
            self.add_error(None, _("A product is not in this shop and was left out. Look again, then save."))
        if said.get("when") == WEEKLY and said.get("weekdays") == []:
            self.add_error("weekdays", _("Choose at least one day of the week."))
        return said

    def _choose_another(self, said: dict[str, Any]) -> None:
        """Let what was chosen besides stand among the products, with what was typed for it."""
        product = said.get("product")
        if product is None:
            return
        choice = self.choices.setdefault(product.uid, Choice(product))
        choice.want, choice.take = True, said.get("amount") or choice.take or quantities.plain(product.step)
        self.data = self.data.copy()
        self.data["product"] = self.data["amount"] = ""

    def saw(self, changes: int) -> None:
        """Let the form that goes back know of so many changes of the order."""
        self.data = self.data.copy()
        self.data["seen"] = str(changes)

    def choose_another(self) -> None:
        """Take in the product that is chosen besides; the rest of the form is judged when it is kept."""
        self.full_clean()
        self._errors = ErrorDict({name: errors for name, errors in self.errors.items() if name == "product"})

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


def choices_of(order: StandingOrder) -> list[Choice]:
    """What `order` is of, as the form has it; several lines of one product are added up."""
    found: dict[UUID, Choice] = {}
    for line in order.lines.all():
        choice = found.setdefault(line.product.uid, Choice(line.product, manner=line.manner, want=True))
        choice.take = quantities.plain(line.quantity + quantities.read(choice.take or "0"))
    return list(found.values())


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
