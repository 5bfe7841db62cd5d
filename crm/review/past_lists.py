"""The buying lists of the last days, and the rows behind how they did."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import django_tables2 as tables
from django import forms
from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from crm.counter.wording import named
from crm.review import rows
from crm.review.behind import heap
from crm.review.days_form import DaysOfAYearForm
from customers.planning.list_accuracy import DAYS, Done, Outcome, accuracy
from customers.planning.models import BuyingList
from customers.preferences.forms import ProductField
from vendors.access import ShopRequest, owner
from vendors.models import Product, Vendor


class OutcomesForm(DaysOfAYearForm):
    """Which days, which product, and what became of it."""

    product = ProductField(label=gettext_lazy("Product"), required=False)
    how = forms.ChoiceField(
        choices=[
            ("", "—"),
            ("enough", gettext_lazy("enough")),
            ("short", gettext_lazy("short")),
            ("much", gettext_lazy("far too much")),
            ("none", gettext_lazy("asked and had none")),
            ("range", gettext_lazy("outside the foreseen range")),
        ],
        required=False,
        label=gettext_lazy("How it did"),
    )

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor, merged_into__isnull=True)


HOW: dict[str, Callable[[Outcome], bool]] = {
    "": lambda _each: True,
    "enough": lambda each: each.is_enough,
    "short": lambda each: each.listed is not None and not each.is_enough,
    "much": lambda each: each.is_far_too_much,
    "none": lambda each: bool(each.missed),
    "range": lambda each: each.is_in_range is False,
}
"""By a choice of the form, whether an outcome is meant."""


class ListsTable(tables.Table):
    day = tables.Column(accessor="list__day", verbose_name=gettext_lazy("For"))
    by = tables.Column(accessor="list__by__name", verbose_name=gettext_lazy("Kept by"), default="")
    products = tables.Column(accessor="list__products", verbose_name=gettext_lazy("Products"))
    bought = tables.Column(accessor="list__bought", verbose_name=gettext_lazy("Bought"))
    enough = tables.Column(accessor="done__enough", verbose_name=gettext_lazy("Enough"), default="")
    short = tables.Column(accessor="done__short", verbose_name=gettext_lazy("Short"), default="")
    much = tables.Column(accessor="done__far_too_much", verbose_name=gettext_lazy("Far too much"), default="")
    missed = tables.Column(accessor="done__missed", verbose_name=gettext_lazy("Asked and had none"), default="")

    class Meta:
        order_by = "-day"
        template_name = "_table.html"
        empty_text = gettext_lazy("No list was kept on these days.")

    def render_day(self, record: dict[str, Any]) -> str:
        day = record["list"].day
        address = reverse("review:buying_list", args=[self.request.vendor.slug, day])
        return format_html('<a href="{}">{}</a>', address, date_format(day, "D j M Y"))

    def value_day(self, record: dict[str, Any]) -> str:
        return record["list"].day.isoformat()


class OutcomesTable(tables.Table):
    day = tables.Column(verbose_name=gettext_lazy("Day"))
    product = tables.Column(accessor="product__name", verbose_name=gettext_lazy("Product"))
    listed = tables.Column(verbose_name=gettext_lazy("Listed"), empty_values=())
    wanted = tables.Column(verbose_name=gettext_lazy("Wanted"))
    missed = tables.Column(verbose_name=gettext_lazy("Asked and had none"))
    how = tables.Column(empty_values=(), orderable=False, verbose_name=gettext_lazy("How it did"))

    class Meta:
        order_by = ("-day", "product")
        template_name = "_table.html"
        empty_text = gettext_lazy("Nothing. Choose other days, or something else.")

    def render_day(self, value: dt.date) -> str:
        address = reverse("review:buying_list", args=[self.request.vendor.slug, value])
        return format_html('<a href="{}">{}</a>', address, date_format(value, "D j M"))

    def value_day(self, value: dt.date) -> str:
        return value.isoformat()

    def render_product(self, record: Outcome) -> str:
        return named(record.product)

    def render_listed(self, record: Outcome) -> str:
        return _("not listed") if record.listed is None else heap(record.listed, record.unit)

    def render_wanted(self, record: Outcome) -> str:
        said = [heap(record.wanted, record.unit)] if record.wanted or not record.other_units else []
        if record.other_units:
            times = ngettext("%(count)d time in another unit", "%(count)d times in another unit", record.other_units)
            said.append(times % {"count": record.other_units})
        return ", ".join(said)

    def render_how(self, record: Outcome) -> str:
        if record.listed is None:
            return _("asked and had none")
        if record.is_far_too_much:
            return _("far too much")
        return _("enough") if record.is_enough else _("short")


@require_safe
@owner
def buying_lists(request: ShopRequest) -> HttpResponse:
    """The lists of some days, of the last four weeks if none are named, each with how it did."""
    form = DaysOfAYearForm({**_lately(request.vendor), **request.GET.dict()})
    found = _lists(request.vendor, form.cleaned_data) if form.is_valid() else []
    said = _("Enough: what was wanted was listed, and nobody asked in vain. A list says how it did once somebody came.")
    return rows.show(
        request, ListsTable(found, request=request), title=_("Buying lists"), name="lists", form=form, said=said
    )


@require_safe
@owner
def listed_and_wanted(request: ShopRequest) -> HttpResponse:
    """What was listed on some days, beside what was then wanted."""
    form = OutcomesForm({**_lately(request.vendor), **request.GET.dict()}, vendor=request.vendor)
    found = _outcomes(request.vendor, form.cleaned_data) if form.is_valid() else []
    table = OutcomesTable(found, request=request)
    return rows.show(request, table, title=_("Listed and wanted"), name="listed-and-wanted", form=form)


def _lately(vendor: Vendor) -> dict[str, str]:
    today = vendor.today()
    return {
        "first": (today - dt.timedelta(days=DAYS - 1)).isoformat(),
        "last": (today + dt.timedelta(days=1)).isoformat(),
    }


def _lists(vendor: Vendor, said: dict[str, Any]) -> list[dict[str, BuyingList | Done | None]]:
    wanted = Q(lines__quantity__gt=0)
    lists = BuyingList.objects.filter(vendor=vendor, day__range=(said["first"], said["last"])).select_related("by")
    lists = lists.annotate(
        products=Count("lines", filter=wanted), bought=Count("lines", filter=wanted & Q(lines__got_at__isnull=False))
    )
    done = accuracy(vendor, said["first"], said["last"]).by_day
    return [{"list": each, "done": done.get(each.day)} for each in lists]


def _outcomes(vendor: Vendor, said: dict[str, Any]) -> list[Outcome]:
    found = accuracy(vendor, said["first"], said["last"]).done.outcomes
    product, is_meant = said["product"], HOW[said["how"]]
    return [each for each in found if is_meant(each) and product in (None, each.product)]
