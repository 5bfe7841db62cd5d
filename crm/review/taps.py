"""The taps of tablets that an owner should know of: not accepted, or made under a name that nobody proved."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django import forms
from django.db.models import Count, Max, Min, Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from crm.counter.not_accepted import told
from crm.review import rows
from crm.review.days import EARLIEST, LATEST, Span
from crm.review.days_form import AnyDaysForm
from vendors.access import ShopRequest, owner
from vendors.models import Entry, Vendor

OPEN, CLAIMED, REFUSED = "open", "claimed", "refused"
WHICH = {
    OPEN: gettext_lazy("not accepted, not looked at yet"),
    CLAIMED: gettext_lazy("not verified, tapped on these days"),
    REFUSED: gettext_lazy("not accepted, tapped on these days"),
}


@dataclass(frozen=True)
class Claim:
    """Taps under the name of somebody who did not prove it: on a tablet without a connection nobody can."""

    name: str
    number: int
    first: dt.datetime
    last: dt.datetime


@dataclass(frozen=True)
class Taps:
    """What of the tablets goes into the review of a span; what was not accepted is told as it is now."""

    not_accepted: int
    claims: list[Claim]
    not_accepted_rows: str
    claimed_rows: str

    @property
    def claimed(self) -> int:
        return sum(claim.number for claim in self.claims)


def taps_of(vendor: Vendor, span: Span) -> Taps:
    claimed = Entry.objects.filter(_that_are(vendor, CLAIMED, span.first, span.last), vendor=vendor).order_by()
    each = claimed.values("by__name").annotate(number=Count("pk"), first=Min("tapped_at"), last=Max("tapped_at"))
    return Taps(
        Entry.objects.filter(vendor=vendor, is_open=True).count(),
        [Claim(row["by__name"] or "", row["number"], row["first"], row["last"]) for row in each.order_by("first")],
        _rows_of(vendor, which=OPEN),
        _rows_of(vendor, which=CLAIMED, first=span.first, last=span.last),
    )


def _rows_of(vendor: Vendor, **said: Any) -> str:
    return f"{reverse('review:taps', args=[vendor.slug])}?{urlencode(said)}"


def _that_are(vendor: Vendor, which: str, first: dt.date | None, last: dt.date | None) -> Q:
    if which == OPEN:
        return Q(is_open=True)
    start, end = vendor.day_bounds(first or EARLIEST)[0], vendor.day_bounds(last or LATEST)[1]
    those = Q(is_claimed=True) if which == CLAIMED else Q(outcome=Entry.Outcome.REFUSED)
    return those & Q(tapped_at__gte=start, tapped_at__lt=end)


class TapsTable(tables.Table):
    tapped_at = rows.MomentColumn(accessor="entry__tapped_at", format="D j M, H:i", verbose_name=gettext_lazy("Tapped"))
    by = tables.Column(accessor="entry__by__name", default="", verbose_name=gettext_lazy("By"))
    what = tables.TemplateColumn(template_name="review/_tap.html", orderable=False, verbose_name=gettext_lazy("What"))
    why = tables.Column(accessor="entry__said", default="", orderable=False, verbose_name=gettext_lazy("Why not"))
    device = tables.Column(accessor="entry__device__name", default="", verbose_name=gettext_lazy("Tablet"))

    class Meta:
        order_by = "-tapped_at"
        template_name = "_table.html"
        empty_text = gettext_lazy("None. Choose other days.")


class TapsForm(AnyDaysForm):
    """Which taps."""

    field_order = ("which",)

    which = forms.ChoiceField(choices=list(WHICH.items()), required=False, label=gettext_lazy("Which"))


@require_safe
@owner
def taps(request: ShopRequest) -> HttpResponse:
    """Taps as rows; those that were not accepted and wait for a person if nothing is asked for."""
    form, title = TapsForm(request.GET), _("Taps on tablets")
    if not form.is_valid():
        return rows.show(request, TapsTable([]), title=title, name="taps", form=form)
    said = form.cleaned_data
    those = _that_are(request.vendor, said["which"] or OPEN, said["first"], said["last"])
    found = Entry.objects.filter(those, vendor=request.vendor).select_related("by", "device")
    return rows.show(request, TapsTable(told(request.vendor, found)), title=title, name="taps", form=form)
