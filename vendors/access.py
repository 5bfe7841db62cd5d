"""Who may open a page of a shop. Every view of a shop carries one of these decorators; a test walks the URLs for it."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from vendors import entries, pairing, turns
from vendors.asking_who import address_of_who, ask_who
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
    decides: bool
    """Whether the pages of `owner` would open too."""
    tap: entries.Tap | None
    """The entry that is being applied, if the request is one."""
    page_turn: Callable[[], str]
    """For the page: what lets its taps be credited to who serves now; there is none while nobody does."""


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
        request.tap = None
        if takes_entries and entries.is_entry(request):
            request.tap = entries.tap_of(request, on_turn=on_turn)
            request.member = request.tap.by  # whoever serves by now
        request.decides = request.device is None and on_turn.is_owner and request.member == on_turn
        if request.member and request.member.role not in roles:
            raise PermissionDenied
        if request.member:
            request.page_turn = functools.cache(functools.partial(turns.page_token, request.member, request.device))
        with translation.override(request.vendor.language), timezone.override(request.vendor.tz):
            answer = functools.partial(view, request, *args, **kwargs)
            if request.member is None and needs_turn:
                answer = functools.partial(ask_who, request)
            response = entries.once(request, answer) if request.tap else answer()
            if request.tap and on_turn is None:  # the turn ended before the tap came: the page asks who goes on
                response.headers["HX-Redirect"] = address_of_who(request, request.htmx.current_url_abs_path or "")
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers["Regulars"] = "1"  # a tablet takes no other answer for the shop's
        if request.device and on_turn and needs_turn and not (request.tap and request.tap.is_later):
            turns.begin(response, request.device, on_turn)
        elif request.device and not needs_turn:  # each page of a tablet asks for such a view
            pairing.remember(response, request.COOKIES[pairing.COOKIE])
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


def _unpaired(request: ShopRequest) -> HttpResponse:
    """The tablet is told that it is one no more, and wipes what it keeps of the shop's people."""
    with translation.override(request.device.vendor.language):
        response = render(request, "unpaired.html", {"vendor": request.device.vendor}, status=403)
    add_never_cache_headers(response)
    response.headers["Regulars"] = response.headers["Regulars-Unpaired"] = "1"
    return response
