"""Who serves on a shared tablet: one chooses one's name and proves it with a PIN."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vendors import turns
from vendors.access import ShopRequest, counter, device


@require_http_methods(["GET", "HEAD", "POST"])
@device
def who(request: ShopRequest) -> HttpResponse:
    return redirect("counter:find", request.vendor.slug)


@require_POST
@device
def lock(request: ShopRequest) -> HttpResponse:
    response = redirect("counter:who", request.vendor.slug)
    turns.end(response)
    return response


@require_safe
@counter
def here(request: ShopRequest) -> HttpResponse:
    """For a page on which somebody is busy without loading another: it prolongs their turn."""
    return HttpResponse(status=204)
