"""The visits behind the numbers of who was served."""

import datetime as dt
from typing import Any

import django_tables2 as tables
from django import forms
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from crm.lib.stored_tables import StoredTable
from crm.review import rows
from crm.review.days_form import DaysOfAYearForm
from customers.models import Customer
from customers.preferences.forms import ProductField
from customers.promises.problem_forms import RowField
from customers.visits.attendance import is_known
from customers.visits.expecting import people_of
from customers.visits.models import Visit, VisitLine, VisitQuerySet
from customers.visits.outcomes import WANTED
from vendors.access import ShopRequest, owner
from vendors.catalogue import family
from vendors.models import Member, Product, Vendor

NOBODY = "nobody"
"""In the address as `by=nobody`: visits of which it was not kept who served, as those that were imported."""


class VisitsTable(StoredTable):
    at = rows.MomentColumn(format="D j M, H:i", verbose_name=gettext_lazy("When"))
    customer = tables.TemplateColumn(
        template_name="counter/_today_customer.html", order_by="customer__name", verbose_name=gettext_lazy("Customer")
    )
    things = tables.TemplateColumn(
        template_name="counter/_today_things.html", orderable=False, verbose_name=gettext_lazy("What")
    )
    by = tables.Column(order_by="by__name", verbose_name=gettext_lazy("Served by"))

    class Meta:
        model = Visit
        fields = ("at", "customer", "things", "by")
        order_by = "at"
        template_name = "_table.html"
        empty_text = gettext_lazy("Nobody. Choose another day, or other people.")


class VisitsForm(DaysOfAYearForm):
    """Which visits: of some days, of whom, served by whom, at which hour of the clock, and that wanted what."""

    who = forms.ChoiceField(
        choices=[
            ("all", gettext_lazy("everybody")),
            ("regulars", gettext_lazy("regulars")),
            ("new", gettext_lazy("new faces")),
        ],
        required=False,
        label=gettext_lazy("Who"),
    )
    by = forms.ChoiceField(required=False, label=gettext_lazy("Served by"))
    hour = forms.TypedChoiceField(
        choices=[("", "—"), *((hour, f"{hour}:00") for hour in range(24))],
        coerce=int,
        empty_value=None,
        required=False,
        label=gettext_lazy("Hour"),
    )
    product = ProductField(required=False, label=gettext_lazy("What"))
    customer = RowField(Customer, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = ((str(member.uid), member.name) for member in Member.objects.filter(vendor=vendor))
        self.fields["by"].choices = [("", _("everybody")), (NOBODY, _("not said")), *members]
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor, merged_into__isnull=True)
        self.fields["customer"].queryset = Customer.objects.filter(vendor=vendor)


@require_safe
@owner
def visits(request: ShopRequest) -> HttpResponse:
    """Visits of some days, today's if none are named, as rows; a voided one is none."""
    today = request.vendor.today().isoformat()
    form = VisitsForm({"first": today, "last": today, **request.GET.dict()}, vendor=request.vendor)
    if not form.is_valid():
        return rows.show(request, VisitsTable([]), title=_("Who was served"), name="visits", form=form)
    said = form.cleaned_data
    found = _visits(request.vendor, said).select_related("customer", "by").with_lines()
    name = f"visits-{said['first']}-{said['last']}"
    days = " – ".join(date_format(day, "D j M Y") for day in sorted({said["first"], said["last"]}))
    said_of = f"{said['customer'].name}, {days}" if said["customer"] else days
    return rows.show(request, VisitsTable(found), title=_("Who was served"), name=name, form=form, said=said_of)


def _visits(vendor: Vendor, said: dict[str, Any]) -> VisitQuerySet:
    start, end = vendor.day_bounds(said["first"])[0], vendor.day_bounds(said["last"])[1]
    found = Visit.objects.standing().filter(vendor=vendor, at__gte=start, at__lt=end)
    if said["by"]:
        found = found.filter(by=None) if said["by"] == NOBODY else found.filter(by__uid=said["by"])
    if said["customer"]:
        found = found.filter(customer=said["customer"])
    if said["product"]:
        wanted = VisitLine.objects.filter(product__in=family(said["product"]), outcome__in=WANTED)
        found = found.filter(Exists(wanted.filter(visit=OuterRef("pk"))))
    if said["hour"] is not None:
        found = found.filter(at__hour=said["hour"])
    if said["who"] == "new":
        earlier = Visit.objects.standing().filter(customer=OuterRef("customer"), at__lt=OuterRef("at"))
        return found.exclude(Exists(earlier))
    return _of_regulars(vendor, found, said["last"]) if said["who"] == "regulars" else found


def _of_regulars(vendor: Vendor, found: VisitQuerySet, last: dt.date) -> VisitQuerySet:
    comings = people_of(vendor, min(last, vendor.today())).comings
    rows = found.order_by().values_list("pk", "customer", "at")
    return found.filter(pk__in=[pk for pk, who, at in rows if is_known(comings.get(who), vendor.day_of(at))])
