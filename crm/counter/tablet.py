"""The tablet itself: what waits on it, what was not accepted, and its greetings to the shop's computer."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.counter.not_accepted import not_accepted, refusal_of
from vendors import entries, pairing
from vendors.access import ShopRequest, counter, device
from vendors.models import Entry

MILLISECOND = 0.001


class HelloForm(forms.Form):
    """How many entries wait on the tablet, and since when by the clock of this computer."""

    unsent = forms.IntegerField(min_value=0, max_value=1_000_000)
    since = forms.IntegerField(required=False, min_value=0, max_value=9_999_999_999_999)

    def clean_since(self) -> dt.datetime | None:
        since = self.cleaned_data["since"]
        return since and min(dt.datetime.fromtimestamp(since * MILLISECOND, dt.UTC), timezone.now())


@require_safe
@device
def hello(request: ShopRequest) -> HttpResponse:
    """That it is the shop's computer which answers: what time it has, and the token it wants with what is sent."""
    form = HelloForm(request.GET)
    if request.device and form.is_valid():
        unsent = form.cleaned_data["unsent"]
        pairing.seen(request.device, unsent, form.cleaned_data["since"] if unsent else None)
    return JsonResponse(
        {
            "now": round(timezone.now().timestamp() * 1000),
            "csrf": get_token(request),
            "member": request.member and request.member.name,
        }
    )


@require_safe
@device
def tablet(request: ShopRequest) -> HttpResponse:
    """What waits on it, which its script fills in, and what of the shop was not accepted and not looked at."""
    form = SeenForm(request.GET)
    seen = form.cleaned_data["seen"] if form.is_valid() else None
    context = {
        "refusals": not_accepted(request.vendor) if request.member else [],
        "seen": seen and refusal_of(request.vendor, seen),
    }
    return render(request, "counter/tablet.html", context)


class SeenForm(forms.Form):
    """Which entry was just looked at, to undo that."""

    seen = forms.UUIDField(required=False)


@require_POST
@counter
def seen(request: ShopRequest, entry: UUID) -> HttpResponse:
    """A person has looked at what was not accepted, or takes that back."""
    found = get_object_or_404(Entry, vendor=request.vendor, uid=entry, outcome=Entry.Outcome.REFUSED)
    address = reverse("counter:tablet", args=[request.vendor.slug])
    if "undo" in request.POST:
        entries.look_again(found)
        return redirect(address)
    entries.look_at(found, by=request.member)
    return redirect(f"{address}?{urlencode({'seen': found.uid})}")


@require_POST
@counter
def unpair(request: ShopRequest) -> HttpResponse:
    """This tablet is one no more; a browser that is none stays as it is. Its script refuses while something waits."""
    if request.tap:  # whose name anybody may claim
        raise PermissionDenied
    if request.device:
        pairing.revoke(request.device, request.member)
    return redirect("counter:tablet", request.vendor.slug)


@require_POST
@device
def park(request: ShopRequest) -> HttpResponse:
    """An entry on which this computer failed time and again: as the tablet holds it, in JSON, for a person to see."""
    entry = entries.park(
        vendor=request.vendor,
        device=request.device,
        said=_said(request),
        text=_("The shop’s computer failed on it several times."),
    )
    return entries.echo(entry)


def _said(request: ShopRequest) -> Mapping[str, Any]:
    try:
        said = json.loads(request.body)
    except ValueError as error:
        raise entries.Unreadable("This is no entry of a tablet.") from error
    return said if isinstance(said, dict) else {}
