"""Who may open a page of a shop. Every view of a shop carries one of these decorators; a test walks the URLs for it."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation

from vendors.models import Member, Vendor
from vendors.signing_in import ask_to_sign_in

P = ParamSpec("P")


class ShopRequest(HttpRequest):
    """A request that a decorator of this module let through."""

    vendor: Vendor
    member: Member


ShopView = Callable[Concatenate[ShopRequest, P], HttpResponse]
View = Callable[Concatenate[HttpRequest, str, P], HttpResponse]


def counter(view: ShopView[P]) -> View[P]:
    """For everyone who serves in the shop."""
    return _guarded(view, roles=set(Member.Role))


def owner(view: ShopView[P]) -> View[P]:
    """For the shop's owners; a helper gets 403."""
    return _guarded(view, roles={Member.Role.OWNER})


def _guarded(view: ShopView[P], *, roles: set[str]) -> View[P]:
    @functools.wraps(view)
    def guarded(request: ShopRequest, shop: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        request.member = _member(request, shop)
        request.vendor = request.member.vendor
        if request.member.role not in roles:
            raise PermissionDenied
        with translation.override(request.vendor.language), timezone.override(request.vendor.tz):
            response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    guarded.roles = roles
    return guarded


def _member(request: HttpRequest, shop: str) -> Member:
    member = Member.objects.serving().select_related("vendor").filter(vendor__slug=shop, user=request.user).first()
    if member is None:
        raise Http404
    return member
