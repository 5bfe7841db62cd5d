"""Who serves on a shared tablet: one chooses one's name, proves it with a PIN, and leaves it to the next."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vendors import pins, turns
from vendors.access import ShopRequest, counter, device
from vendors.asking_who import Held, address_of_who, go_to, show_who
from vendors.models import Device, Member
from vendors.signing_in import HELD, fields_of


class ChoiceForm(forms.Form):
    """Whose name was chosen."""

    who = forms.ModelChoiceField(Member.objects.none(), to_field_name="uid")

    def __init__(self, *args: Any, device: Device, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].queryset = Member.objects.serving().filter(vendor=device.vendor_id)


class PinForm(forms.Form):
    """A try of the PIN of `member`: to ask whether it is valid is to try it."""

    pin = forms.RegexField(r"^[0-9]{4,6}$", error_messages={"invalid": pins.DIGITS, "required": pins.DIGITS})

    def __init__(self, *args: Any, member: Member, device: Device, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member, self.device = member, device

    def clean_pin(self) -> str:
        answer = pins.check(self.member, self.device, self.cleaned_data["pin"])
        if not answer.is_right:
            raise forms.ValidationError(_wrong(answer.left))
        return ""


def _wrong(left: int) -> str:
    if not left:
        return _("That was not the PIN, for the tenth time.")
    said = ngettext(
        "That was not the PIN. %(count)d more wrong try, and it is locked.",
        "That was not the PIN. %(count)d more wrong tries, and it is locked.",
        left,
    )
    return said % {"count": left}


@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
@device
def who(request: ShopRequest) -> HttpResponse:
    if request.device is None:
        return redirect("counter:find", request.vendor.slug)
    back, held = request.GET.get("next", ""), _held(request)
    choice = ChoiceForm(request.POST or request.GET, device=request.device)
    chosen = choice.cleaned_data["who"] if choice.is_valid() else None
    if chosen is None or "pin" not in request.POST:
        return show_who(request, back=back, held=held, chosen=chosen)
    form = PinForm(request.POST, member=chosen, device=request.device)
    if not form.is_valid():
        return show_who(request, back=back, held=held, chosen=chosen, form=form)
    response = _go_on(request, back, held)
    turns.begin(response, request.device, chosen)
    return response


def _held(request: ShopRequest) -> Held:
    return [(f"{HELD}{name}", value) for name, value in fields_of(request, HELD)]


def _go_on(request: ShopRequest, back: str, held: Held) -> HttpResponse:
    """Where one was going, or the held form, to be sent by who serves now."""
    address = back if _is_at_the_counter(request, back) else reverse("counter:find", args=[request.vendor.slug])
    if not held:
        return go_to(request, address)
    named = [(name.removeprefix(HELD), value) for name, value in held if name != HELD]
    return render(request, "held.html", {"held": named, "action": address})


def _is_at_the_counter(request: ShopRequest, address: str) -> bool:
    """Whether `address` is a page of the counter of this shop, on this computer."""
    if not url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return False
    try:
        found = resolve(urlsplit(address).path)
    except Resolver404:
        return False
    return found.namespace == "counter" and found.kwargs["shop"] == request.vendor.slug


@require_POST
@device
def lock(request: ShopRequest) -> HttpResponse:
    """End the turn, and ask who goes on; who was signed in by account on a tablet is no more."""
    if request.device and request.user.is_authenticated:
        logout(request)
    response = go_to(request, address_of_who(request, request.POST.get("next", "")))
    turns.end(response)
    return response


@require_safe
@counter
def here(request: ShopRequest) -> HttpResponse:  # noqa: ARG001 - the decorator does all of it
    """For a page on which somebody is busy without loading another: it prolongs their turn."""
    return HttpResponse(status=204)
