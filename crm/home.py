"""The address without a shop: on to the shop where one serves."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from vendors.models import Member


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The counter of one's only shop, a choice between several, or what to do with none."""
    members = Member.objects.serving().filter(user=request.user).select_related("vendor").order_by("vendor__name")
    if len(members) == 1:
        return redirect("counter:find", members[0].vendor.slug)
    return render(request, "home.html", {"members": members})
