"""Deciding what was changed on two tablets: it stays as it is, or the other is used."""

import datetime as dt
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from crm.lib.once import OnceForm
from crm.review import other_word
from crm.review.clash_rows import row_of
from crm.review.days import span_of
from crm.review.wrong import show_wrong
from customers import clashing
from customers.models import Clash
from vendors.access import ShopRequest, owner

KEEP, USE = "keep", "use"


class DecideForm(OnceForm):
    step = forms.ChoiceField(
        choices=[(KEEP, KEEP), (USE, USE)],
        error_messages=dict.fromkeys(
            ["required", "invalid_choice"], gettext_lazy("Tap “Keep as it is” or “Use the other”.")
        ),
    )


@require_POST
@vary_on_headers("HX-Request")
@owner
def clash(request: ShopRequest, day: dt.date, clash: UUID) -> HttpResponse:
    """Keep what stands, or let stand what was set aside; it is not listed any more."""
    span = span_of(request, day)
    found = get_object_or_404(Clash.objects.select_related("customer", "vendor"), vendor=request.vendor, uid=clash)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return show_wrong(request, day, span, status=422, errors=form.all_errors)
    row = row_of(found)
    try:
        if form.cleaned_data["step"] == KEEP:
            clashing.decide(clash=found, by=request.member)
        else:
            other_word.use(clash=found, by=request.member, uid=form.cleaned_data["uid"])
    except other_word.Refused as error:
        return show_wrong(request, day, span, status=409, errors=[error.said])
    stands = row.stands if form.cleaned_data["step"] == KEEP else row.aside
    said = _("%(what)s: %(stands)s") % {"what": row.label, "stands": stands}
    if request.htmx:
        return show_wrong(request, day, span, decided=said)
    messages.success(request, said)
    return redirect(reverse(span.page, args=[request.vendor.slug, day], fragment="wrong"))
