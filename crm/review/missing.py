"""The lines of visits that found none: what was asked for while somebody was served, and was not here."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from crm.counter.wording import named
from crm.lib.stored_tables import StoredTable
from crm.review import rows
from crm.review.days_form import DaysForm
from customers.preferences.forms import ProductField
from customers.promises.asked_for import Days, missing_lines
from customers.visits.models import VisitLine
from vendors.access import ShopRequest, owner
from vendors.catalogue import family
from vendors.models import Product, Vendor


class MissingTable(StoredTable):
    at = rows.MomentColumn(accessor="visit__at", format="D j M, H:i", verbose_name=gettext_lazy("When"))
    customer = tables.TemplateColumn(
        template_name="review/_missing_customer.html",
        order_by="visit__customer__name",
        verbose_name=gettext_lazy("Customer"),
    )
    product = tables.Column(order_by="product__name", verbose_name=gettext_lazy("Not here"))
    manner = tables.Column(default="", verbose_name=gettext_lazy("As they wanted it"))
    by = tables.Column(accessor="visit__by", order_by="visit__by__name", verbose_name=gettext_lazy("Served by"))

    class Meta:
        model = VisitLine
        fields = ("at", "customer", "product", "manner", "by")
        order_by = "at"
        template_name = "_table.html"
        empty_text = gettext_lazy("Nothing was missing. Choose other days, or another product.")

    def render_product(self, record: VisitLine) -> str:
        return named(record.product)

    def value_customer(self, record: VisitLine) -> str:
        return record.visit.customer.name


class MissingForm(DaysForm):
    """Of which days, and perhaps of which product."""

    product = ProductField(required=False, label=gettext_lazy("Product"))

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor, merged_into__isnull=True)


@require_safe
@owner
def missing(request: ShopRequest) -> HttpResponse:
    """What visits of some days, today's if none are named, found none of; a voided one is none."""
    today, title = request.vendor.today(), _("Not here when asked for")
    form = MissingForm({"first": today, "last": today, **request.GET.dict()}, vendor=request.vendor)
    if not form.is_valid():
        return rows.show(request, MissingTable([]), title=title, name="missing", form=form)
    said = form.cleaned_data
    found = missing_lines(request.vendor, Days(said["first"], said["last"]))
    if said["product"]:
        found = found.filter(product__in=family(said["product"]))
    found = found.select_related("visit__customer", "visit__by", "product")
    name = f"missing-{said['first']}-{said['last']}"
    return rows.show(request, MissingTable(found), title=title, name=name, form=form)


def rows_of(vendor: Vendor, first: dt.date, last: dt.date, **more: str) -> str:
    """The address of the lines of these days, perhaps of one product alone."""
    said = {"first": first.isoformat(), "last": last.isoformat(), **more}
    return f"{reverse('review:missing', args=[vendor.slug])}?{urlencode(said)}"
