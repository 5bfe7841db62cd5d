"""Signing in, without losing what was typed when a sign-in had expired in mid form."""

import datetime as dt
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from vendors import pairing

HELD = "held:"
"""Prefix of the hidden fields that carry a held form through the sign-in page."""
ON_A_TABLET = dt.timedelta(minutes=15)
"""How long somebody stays signed in by account on a paired tablet, which others use after them."""


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """The way to the sign-in page and back; a form that was sent is held and offered again after signing in."""
    if request.method == "POST":
        return _sign_in_page_holding(request)
    if request.htmx:
        here = request.htmx.current_url_abs_path or resolve_url("home")
        return HttpResponseClientRedirect(_sign_in_url(here))
    return HttpResponseRedirect(_sign_in_url(request.get_full_path()))


def _sign_in_url(back: str) -> str:
    return f"{reverse('sign_in')}?{urlencode({'next': back})}"


def _sign_in_page_holding(request: HttpRequest) -> HttpResponse:
    # The first says that a form is held, also one without fields, such as a button's.
    held = [(HELD, ""), *((f"{HELD}{name}", value) for name, value in fields_of(request))]
    context = {"form": AuthenticationForm(request), "held": held, "next": request.get_full_path()}
    response = render(request, "sign_in.html", context)
    add_never_cache_headers(response)
    # htmx asked for a fragment of the page that has expired: put the whole sign-in page in its place.
    return reswap(retarget(response, "body"), "innerHTML") if request.htmx else response


def fields_of(request: HttpRequest, prefix: str = "") -> list[tuple[str, str]]:
    """The sent fields whose names start with `prefix`, repeated ones each by itself, without secrets."""
    return [
        (name.removeprefix(prefix), value)
        for name, values in request.POST.lists()
        for value in values
        if name.startswith(prefix) and name not in ("csrfmiddlewaretoken", "pin") and "password" not in name
    ]


class SignInView(LoginView):
    """Sign in; then go where one was going, or offer the held form to be sent."""

    template_name = "sign_in.html"
    redirect_authenticated_user = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        held = [(f"{HELD}{name}", value) for name, value in fields_of(self.request, HELD)]
        return super().get_context_data(**kwargs, held=held)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        if pairing.device_of(self.request):
            self.request.session.set_expiry(ON_A_TABLET)
        if held := fields_of(self.request, HELD):
            named = [(name, value) for name, value in held if name]
            return render(self.request, "held.html", {"held": named, "action": self.get_success_url()})
        return response
