"""What was asked for and not had: kept from the card, told of when it came in, and brought to its end."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from crm.counter.person import person_of
from crm.lib.once import OnceForm
from customers.models import Customer
from customers.promises import fulfilling, wishing
from customers.promises.asking import WishForm
from customers.promises.models import Wish
from customers.promises.open_things import open_things
from customers.promises.wish_steps import CAME, DROPPED, TOLD, TOOK, UNDO, WishingError
from vendors.access import ShopRequest, counter

STEPS = {
    TOLD: fulfilling.tell,
    CAME: fulfilling.came,
    TOOK: fulfilling.took,
    DROPPED: fulfilling.drop,
    UNDO: fulfilling.undo,
}


class StepForm(OnceForm):
    """One step of a wish, by its button."""

    step = forms.ChoiceField(choices=[(step, step) for step in STEPS])


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def ask(request: ShopRequest, customer: UUID) -> HttpResponse:
    """What a person asks for in words, or how much and until when; `?product` is the one that they ask for."""
    person = person_of(request, customer)
    if request.method != "POST":
        form = WishForm(vendor=request.vendor, initial={"product": request.GET.get("product")})
        return _ask(request, person, form)
    form = WishForm(request.POST, vendor=request.vendor)
    if not keep(request, form, person):
        return _ask(request, person, form, status=422)
    if request.htmx:
        return trigger_client_event(HttpResponse(status=204), "wishes-changed")
    messages.success(request, _("Remembered."))
    return redirect("counter:card", request.vendor.slug, person.uid)


def _ask(request: ShopRequest, person: Customer, form: WishForm, *, status: int = 200) -> HttpResponse:
    template = "counter/_ask.html" if request.htmx else "counter/ask.html"
    return render(request, template, {"customer": person, "form": form}, status=status)


def keep(request: ShopRequest, form: WishForm, person: Customer | None) -> bool:
    """Whether what `form` says was kept as a wish of `person`; why not is among the form's errors."""
    if not form.is_valid():
        return False
    said = {"vendor": request.vendor, "customer": person, "by": request.member}
    return tried(form, lambda: wishing.wish(**said, asked=form.asked, uid=form.cleaned_data["uid"]))


def tried(form: OnceForm, write: Callable[[], object]) -> bool:
    """Whether `write` was done; why not is among the form's errors, and what is sent again is something new."""
    try:
        write()
    except WishingError as error:
        form.add_error(None, error.said)
        form.renew()
    except IntegrityError as error:
        raise Http404 from error  # they were forgotten on another tablet meanwhile
    return form.is_valid()


@require_safe
@vary_on_headers("HX-Request")
@counter
def wished(request: ShopRequest, customer: UUID) -> HttpResponse:
    """What a person waits for."""
    return _wished(request, person_of(request, customer))


@require_POST
@vary_on_headers("HX-Request")
@counter
def wish(request: ShopRequest, customer: UUID, wish: UUID) -> HttpResponse:
    """A step of what a person waits for, on their card."""
    person = person_of(request, customer)
    found = get_object_or_404(Wish.objects.select_related("product"), vendor=request.vendor, customer=person, uid=wish)
    form = StepForm(request.POST)
    if not step(request, form, found):
        return _wished(request, person, status=409, step_form=form)
    if request.htmx:
        return _wished(request, person, ended=found if form.cleaned_data["step"] in (TOOK, DROPPED) else None)
    messages.success(request, _("Noted."))
    return redirect("counter:card", request.vendor.slug, person.uid)


def step(request: ShopRequest, form: StepForm, found: Wish) -> bool:
    """Whether the step that `form` names was taken; why not is among the form's errors."""
    if not form.is_valid():
        return False
    take = STEPS[form.cleaned_data["step"]]
    return tried(form, lambda: take(wish=found, by=request.member, uid=form.cleaned_data["uid"]))


def _wished(request: ShopRequest, person: Customer, *, status: int = 200, **context: Any) -> HttpResponse:
    """The fragment for htmx, and for a browser without script the same in a page."""
    person.vendor = request.vendor  # is the same, and was read already
    context |= {"customer": person, "wishes": open_things(person, now=timezone.now()).wishes, "new_uid": uuid4}
    template = "counter/_wished.html" if request.htmx else "counter/wished.html"
    return render(request, template, context, status=status)
