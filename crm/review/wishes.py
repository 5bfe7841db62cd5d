"""The wishes behind the numbers of what was asked for and not had."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from crm.counter.expectations import asked_for
from crm.lib.stored_tables import StoredTable
from crm.review import rows
from crm.review.days import EARLIEST, LATEST
from crm.review.days_form import AnyDaysForm
from customers.preferences.forms import ProductField
from customers.promises.asked_for import Days, asked_on, different, wishes_of
from customers.promises.fulfilling import folded
from customers.promises.models import Wish
from customers.promises.models.wish import WishQuerySet
from vendors.access import ShopRequest, owner
from vendors.catalogue import family
from vendors.models import Product, Vendor

ASKED, WAITING, TO_TELL = "asked", "waiting", "to-tell"
WHICH = {
    ASKED: gettext_lazy("asked for on these days"),
    WAITING: gettext_lazy("waited for now"),
    TO_TELL: gettext_lazy("came in, to be told"),
}


class WishesTable(StoredTable):
    asked_at = rows.MomentColumn(format="D j M, H:i", verbose_name=gettext_lazy("Asked"))
    customer = tables.TemplateColumn(
        template_name="review/_wish_customer.html", order_by="customer__name", verbose_name=gettext_lazy("Customer")
    )
    what = tables.TemplateColumn(
        template_name="review/_wish_what.html",
        order_by=("product__name", "text"),
        verbose_name=gettext_lazy("Asked for"),
    )
    until = tables.DateColumn(format="D j M", verbose_name=gettext_lazy("Wanted until"))
    state = tables.TemplateColumn(
        template_name="review/_wish_state.html", orderable=False, verbose_name=gettext_lazy("How far")
    )
    by = tables.Column(order_by="by__name", default="", verbose_name=gettext_lazy("Noted by"))

    class Meta:
        model = Wish
        fields = ("asked_at", "customer", "what", "until", "state", "by")
        order_by = "asked_at"
        template_name = "_table.html"
        empty_text = gettext_lazy("Nobody. Choose other days, or another product.")

    def value_asked_at(self, record: Wish) -> str:
        return f"{timezone.localtime(record.asked_at):%Y-%m-%d %H:%M}"

    def value_customer(self, record: Wish) -> str:
        return record.customer.name if record.customer else ""

    def value_what(self, record: Wish) -> str:
        return asked_for(record)

    def value_until(self, record: Wish) -> str:
        return record.until.isoformat()


class WishesForm(AnyDaysForm):
    """Which wishes."""

    field_order = ("which",)

    which = forms.ChoiceField(choices=list(WHICH.items()), required=False, label=gettext_lazy("Which"))
    product = ProductField(required=False, label=gettext_lazy("Product"))
    words = forms.CharField(
        required=False, max_length=Wish._meta.get_field("text").max_length, label=gettext_lazy("In words")
    )

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor, merged_into__isnull=True)


@require_safe
@owner
def wishes(request: ShopRequest) -> HttpResponse:
    """Wishes as rows, those of today if nothing is asked for; one noted by mistake is none."""
    today = request.vendor.today()
    form = WishesForm({"first": today, "last": today, **request.GET.dict()}, vendor=request.vendor)
    if not form.is_valid():
        return rows.show(request, WishesTable([]), title=_("Asked and had none"), name="wishes", form=form)
    found = _wishes(request.vendor, form.cleaned_data)
    people = different(found.order_by().values_list("customer", flat=True))
    said = ngettext("%(people)d person asked.", "%(people)d different people asked.", people) % {"people": people}
    table = WishesTable(found.select_related("customer", "product", "by"))
    name = f"wishes-{form.cleaned_data['which'] or ASKED}"
    return rows.show(request, table, title=_("Asked and had none"), name=name, form=form, said=said)


def _wishes(vendor: Vendor, said: dict[str, Any]) -> WishQuerySet:
    days = Days(said["first"] or EARLIEST, said["last"] or LATEST)
    found = wishes_of(vendor).filter(that_are(vendor, said["which"] or ASKED, days))
    if said["product"]:
        found = found.filter(product__in=family(said["product"]))
    if said["words"]:
        texts = found.filter(product__isnull=True).order_by().values_list("pk", "text")
        found = found.filter(pk__in=[pk for pk, text in texts if folded(text) == folded(said["words"])])
    return found


def that_are(vendor: Vendor, which: str, days: Days) -> Q:
    """Those that a number named `which` counts."""
    if which == ASKED:
        return asked_on(vendor, days)
    start, end = vendor.day_bounds(days.first)[0], vendor.day_bounds(days.last)[1]
    waiting = Q(outcome="", until__gte=vendor.today(), asked_at__gte=start, asked_at__lt=end)
    if which == WAITING:
        return waiting
    return waiting & Q(came_in_at__isnull=False, told_at__isnull=True, customer__isnull=False)


def rows_of(vendor: Vendor, which: str, first: dt.date | None, last: dt.date | None, **more: str) -> str:
    """The address of the rows that `that_are` counts, perhaps of one product, or of some words, alone."""
    days = {"first": first.isoformat() if first else "", "last": last.isoformat() if last else ""}
    return f"{reverse('review:wishes', args=[vendor.slug])}?{urlencode({'which': which, **days, **more})}"
