"""The regulars behind how many are likely to come on the next open day."""

import datetime as dt

import django_tables2 as tables
from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from crm.counter.habits import LIKELY, PERHAPS
from crm.counter.wording import hour_of
from crm.review import rows
from crm.review.days import come
from crm.review.tomorrow import chance_said
from customers.planning.comers import Comer, comers_of
from customers.preferences.buying import next_open
from customers.visits.expecting import People
from vendors.access import ShopRequest, owner


class ComersTable(tables.Table):
    name = tables.Column(accessor="customer__name", verbose_name=gettext_lazy("Customer"))
    chance = tables.Column(verbose_name=gettext_lazy("How likely"))
    minute = tables.Column(verbose_name=gettext_lazy("About when"))

    class Meta:
        order_by = "-chance"
        template_name = "_table.html"
        empty_text = gettext_lazy("Nobody. Regulars stand here from their fifth visit on.")

    def render_name(self, record: Comer) -> str:
        address = reverse("counter:card", args=[self.request.vendor.slug, record.customer.uid])
        return format_html('<a href="{}">{}</a>', address, record.customer)

    def value_name(self, record: Comer) -> str:
        return str(record.customer)

    def render_chance(self, value: float) -> str:
        return chance_said(value)

    def render_minute(self, value: int) -> str:
        return hour_of(self.request.vendor, value)


class ComersForm(forms.Form):
    """How likely they are to come, at least."""

    least = forms.ChoiceField(
        choices=[("", "—"), ("likely", gettext_lazy("likely")), ("perhaps", gettext_lazy("perhaps or likely"))],
        required=False,
        label=gettext_lazy("How likely"),
    )


LEAST = {"likely": LIKELY, "perhaps": PERHAPS}


@require_safe
@owner
def coming(request: ShopRequest, day: dt.date) -> HttpResponse:
    """All regulars, with how likely they are to come on the open day after `day`, and about when."""
    vendor, form = request.vendor, ComersForm(request.GET)
    on = next_open(vendor, come(request, day))
    least = LEAST.get(form.cleaned_data["least"], 0.0) if form.is_valid() else 0.0
    found = [each for each in comers_of(vendor, People(vendor, on), named=None).likeliest if each.chance >= least]
    said = _("%(day)s, as their own visits before it tell") % {"day": date_format(on, "D j M")}
    table = ComersTable(found, request=request)
    return rows.show(request, table, title=_("Who is likely to come"), name=f"coming-{on}", form=form, said=said)
