"""Where a shared tablet asks who serves, and what was typed when somebody's turn had ended in mid form is held."""

from collections.abc import Sequence
from typing import NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from vendors import pins
from vendors.models import Member
from vendors.signing_in import HELD, fields_of

Held = Sequence[tuple[str, str]]
"""Hidden fields that carry a form through the page, by name and value."""


class Person(NamedTuple):
    """Somebody who serves in the shop; `why_not`: what keeps them from choosing their name, or nothing."""

    member: Member
    why_not: str


def ask_who(request: HttpRequest) -> HttpResponse:
    """The way to the page and back; a form that was sent is held and offered again to who serves then."""
    if request.method == "POST":
        held = [(HELD, ""), *((f"{HELD}{name}", value) for name, value in fields_of(request))]
        response = show_who(request, back=request.get_full_path(), held=held)
        return reswap(retarget(response, "body"), "innerHTML") if request.htmx else response
    back = request.htmx.current_url_abs_path if request.htmx else request.get_full_path()
    return go_to(request, address_of_who(request, back or ""))


def address_of_who(request: HttpRequest, back: str) -> str:
    """Of the page that asks who serves; from there one goes `back`."""
    address = reverse("counter:who", args=[request.vendor.slug])
    return f"{address}?{urlencode({'next': back})}" if back else address


def go_to(request: HttpRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)


def show_who(
    request: HttpRequest,
    *,
    back: str = "",
    held: Held = (),
    chosen: Member | None = None,
    form: forms.Form | None = None,
) -> HttpResponse:
    """The names; or, of who is `chosen`, the keys for their PIN with what the `form` says of the last try."""
    get_token(request)  # now: the page of the keys and a script that greets the shop would each bring another one
    people = people_of(request)
    context = {
        "people": people,
        "nobody_can": not any(person.member.pin for person in people),
        "chosen": chosen and Person(chosen, why_not(chosen)),
        "tablet_is_locked": pins.is_locked(request.device),
        "form": form,
        "held": held,
        "next": back,
        "address": address_of_who(request, back),
    }
    return render(request, "counter/who.html", context, status=422 if form else 200)


def people_of(request: HttpRequest) -> list[Person]:
    """By name; who has no PIN stands last, below those who can choose."""
    serving = Member.objects.serving().filter(vendor=request.vendor).order_by("name", "pk")
    people = [Person(member, why_not(member)) for member in serving]
    return sorted(people, key=lambda person: not person.member.pin)


def why_not(member: Member) -> str:
    if not member.pin:
        return _("Ask the owner for a PIN.")
    if pins.is_locked(member):
        return _("Locked after ten wrong PINs. The owner unlocks it in Set up.")
    return ""
