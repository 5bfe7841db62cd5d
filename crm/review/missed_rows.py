"""The people behind the numbers of who was missed."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import django_tables2 as tables
from django import forms
from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from crm.counter.wording import every
from crm.review import rows
from crm.review.days import EARLIEST, SPANS, one_day
from crm.review.missed_lists import BACK, CALLED, DUE, Person, lists_of
from customers.models import Customer
from customers.visits.missing import Away, Back
from vendors.access import ShopRequest, owner
from vendors.models import Vendor


@dataclass(frozen=True)
class MissedRow:
    """Somebody of a list; `gap` is the longest of their usual gaps, and `chance` of a hundred that they came."""

    customer: Customer
    usual: str
    gap: int
    last: dt.date
    away: int
    chance: int | None
    came: dt.date | None


class MissedTable(tables.Table):
    customer = tables.TemplateColumn(
        template_name="counter/_today_customer.html", order_by="customer__name", verbose_name=gettext_lazy("Customer")
    )
    usual = tables.Column(order_by="gap", verbose_name=gettext_lazy("Usually"))
    last = tables.DateColumn(format="D j M Y", verbose_name=gettext_lazy("Last here"))
    away = tables.Column(verbose_name=gettext_lazy("Days away"))
    chance = tables.Column(verbose_name=gettext_lazy("Chance, of 100"))
    came = tables.DateColumn(format="D j M Y", verbose_name=gettext_lazy("Came back"))

    class Meta:
        template_name = "_table.html"
        empty_text = gettext_lazy("Nobody. Choose another day, or another list.")

    def value_customer(self, value: Customer) -> str:
        return value.name


class MissedRowsForm(forms.Form):
    """Which list, of which day, week or month."""

    day = forms.DateField(widget=forms.DateInput({"type": "date"}), label=gettext_lazy("Day"))
    span = forms.ChoiceField(
        choices=[
            ("", gettext_lazy("the day")),
            ("week", gettext_lazy("its week")),
            ("month", gettext_lazy("its month")),
        ],
        required=False,
        label=gettext_lazy("Of"),
    )
    which = forms.ChoiceField(choices=list(CALLED.items()), label=gettext_lazy("Who"))

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vendor = vendor

    def clean_day(self) -> dt.date:
        day = self.cleaned_data["day"]
        if not EARLIEST <= day <= self.vendor.today():
            raise forms.ValidationError(gettext_lazy("Choose a day that has come."))
        return day


@require_safe
@owner
def missed_rows(request: ShopRequest) -> HttpResponse:
    """All people of a list, of today's due ones if none is named."""
    given = {"day": request.vendor.today().isoformat(), "which": DUE, **request.GET.dict()}
    form = MissedRowsForm(given, vendor=request.vendor)
    title = gettext_lazy("Who was missed")
    if not form.is_valid():
        return rows.show(request, MissedTable([]), title=title, name="missed", form=form)
    said = form.cleaned_data
    span = SPANS.get(said["span"], one_day)(said["day"])
    found = lists_of(request.vendor, span).named.get(said["which"], [])
    table = MissedTable(_rows(request.vendor, found), exclude=["chance"] if said["which"] == BACK else ["came"])
    days = date_format(span.first, "D j M Y")
    days = days if span.is_one_day else f"{days} – {date_format(span.last, 'D j M Y')}"
    name = f"missed-{said['which']}-{span.first}-{span.last}"
    return rows.show(request, table, title=title, name=name, form=form, said=days)


def _rows(vendor: Vendor, found: list[Person]) -> list[MissedRow]:
    people = Customer.objects.filter(vendor=vendor).in_bulk([each.customer for each in found])
    return [_row(people[each.customer], each) for each in found if each.customer in people]


def _row(customer: Customer, each: Person) -> MissedRow:
    is_back = isinstance(each, Back)
    return MissedRow(
        customer=customer,
        usual=every(each.gaps),
        gap=each.gaps.long,
        last=each.came - dt.timedelta(days=each.away) if is_back else each.last,
        away=each.away,
        chance=round(each.chance * 100) if isinstance(each, Away) else None,
        came=each.came if is_back else None,
    )
