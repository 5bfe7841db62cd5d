"""Who may open a page of a shop. Every view of a shop carries one of these decorators; a test walks the URLs for it."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from vendors import entries, pairing, turns
from vendors.models import Device, Member, Vendor
from vendors.signing_in import ask_to_sign_in

P = ParamSpec("P")


class ShopRequest(HttpRequest):
    """A request that a decorator of this module let through."""

    vendor: Vendor
    member: Member | None
    """Who serves; for a view of `device` it may be nobody yet."""
    device: Device | None
    """The paired tablet that asks; None for a browser in which somebody is signed in by account."""
    tap: entries.Tap | None
    """The entry that is being applied, if the request is one."""
    page_turn: Callable[[], str]
    """For the page: what lets its taps be credited to who serves now."""


ShopView = Callable[Concatenate[ShopRequest, P], HttpResponse]
View = Callable[Concatenate[HttpRequest, str, P], HttpResponse]


def counter(view: ShopView[P]) -> View[P]:
    """For everyone who serves in the shop, by account or on a paired tablet."""
    return _guarded(view, roles=set(Member.Role), devices=True)


def device(view: ShopView[P]) -> View[P]:
    """As `counter`; also for a paired tablet on which nobody serves at the moment. It does not prolong a turn."""
    return _guarded(view, roles=set(Member.Role), devices=True, needs_turn=False)


def owner(view: ShopView[P]) -> View[P]:
    """For the shop's owners, signed in by account; a helper gets 403, a tablet is asked to sign in."""
    return _guarded(view, roles={Member.Role.OWNER}, devices=False)


def _guarded(view: ShopView[P], *, roles: set[str], devices: bool, needs_turn: bool = True) -> View[P]:
    takes_entries = devices and needs_turn

    @functools.wraps(view)
    def guarded(request: ShopRequest, shop: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request.device = pairing.device_of(request, shop) if devices else None
        if request.device and request.device.revoked_at:
            return _unpaired(request)
        if request.device is None and not request.user.is_authenticated:
            return ask_to_sign_in(request)
        request.member = on_turn = _who_serves(request, shop)
        request.vendor = request.device.vendor if request.device else request.member.vendor
        request.tap = entries.tap_of(request) if takes_entries and entries.is_entry(request) else None
        if request.tap:
            request.member = request.tap.by  # whoever serves by now
        if request.member is None and needs_turn:
            return _ask_who(request)
        if request.member and request.member.role not in roles:
            raise PermissionDenied
        request.page_turn = functools.partial(turns.page_token, request.member, request.device)
        with translation.override(request.vendor.language), timezone.override(request.vendor.tz):
            answer = functools.partial(view, request, *args, **kwargs)
            response = entries.once(request, answer) if request.tap else answer()
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers["Regulars"] = "1"  # a tablet takes no other answer for the shop's
        if request.device and on_turn and needs_turn:
            turns.begin(response, request.device, on_turn)
        return response

    guarded.roles = roles
    return guarded


def _who_serves(request: ShopRequest, shop: str) -> Member | None:
    """On a tablet it may be nobody."""
    if request.device:
        return turns.member_of(request, request.device)
    member = Member.objects.serving().select_related("vendor").filter(vendor__slug=shop, user=request.user).first()
    if member is None:
        raise Http404
    return member


def _ask_who(request: ShopRequest) -> HttpResponse:
    """To the page where one chooses one's name, and back from it."""
    back = request.htmx.current_url_abs_path if request.htmx else request.get_full_path()
    address = f"{reverse('counter:who', args=[request.vendor.slug])}?{urlencode({'next': back or ''})}"
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)


def _unpaired(request: ShopRequest) -> HttpResponse:
    """The tablet is told that it is one no more, and wipes what it keeps of the shop's people."""
    with translation.override(request.device.vendor.language):
        response = render(request, "unpaired.html", {"vendor": request.device.vendor}, status=403)
    add_never_cache_headers(response)
    response.headers["Regulars"] = response.headers["Regulars-Unpaired"] = "1"
    return response
