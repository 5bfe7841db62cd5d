"""The address without a shop: on to the shop where one serves."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from vendors import pairing
from vendors.models import Member
from vendors.signing_in import ask_to_sign_in


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The counter of a tablet's shop or of one's only one, a choice between several, or what to do with none."""
    if not request.user.is_authenticated:
        device = pairing.device_of(request)
        return redirect("counter:find", device.vendor.slug) if device else ask_to_sign_in(request)
    members = Member.objects.serving().filter(user=request.user).select_related("vendor").order_by("vendor__name")
    if len(members) == 1:
        return redirect("counter:find", members[0].vendor.slug)
    return render(request, "home.html", {"members": members})
