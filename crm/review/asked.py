"""What was asked for and not had: by how many different people, who waits, and whom to tell when it came in."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from crm.counter.waiting import came_in_said
from crm.counter.wishing import tried
from crm.counter.wording import named
from crm.lib.once import OnceForm
from crm.review import missing, wishes
from crm.review.days import Span, span_of
from crm.review.panels import Figure, show
from customers.preferences.forms import ProductField
from customers.promises import fulfilling
from customers.promises.asked_for import AskedFor, Days, Waits, asked_for
from customers.promises.models import Wish
from customers.promises.problem_forms import RowField
from customers.promises.waiting import DAYS
from customers.promises.wish_steps import CAME_IN, TOLD, UNDO, WishingError
from customers.reaching import Way, ways
from vendors.access import ShopRequest, owner
from vendors.models import Product, Vendor

NOT_IN = "not-in"
MOST = 5
"""Things, and of each the people who wait for it; how many more there are is told."""


class AskedForm(OnceForm):
    """A product came in, or did not after all; or somebody was told of it, or was not."""

    step = forms.ChoiceField(
        choices=[(step, step) for step in (CAME_IN, NOT_IN, TOLD, UNDO)],
        error_messages=dict.fromkeys(["required", "invalid_choice"], WishingError.said),
    )
    product = ProductField(required=False)
    wish = RowField(Wish, required=False)

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor)
        self.fields["wish"].queryset = Wish.objects.filter(vendor=vendor).select_related("product", "customer")

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        about = "product" if said.get("step") in (CAME_IN, NOT_IN) else "wish"
        if not self.errors and not said.get(about):
            raise forms.ValidationError(WishingError.said)
        return said


@dataclass(frozen=True)
class ToTell:
    """One who is to be told, the message that tells them, and the ways by which it can be sent."""

    waits: Waits
    message: str
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class Thing:
    """What was asked for, with the addresses of the rows behind its numbers; `others` wait and are not to be told."""

    of: AskedFor
    rows: str
    lately: str
    waiting: str
    missing: str
    whom: str
    to_tell: list[ToTell]
    others: list[Waits]


@dataclass(frozen=True)
class Asked:
    """What the panel says; different people are counted in the span, and of one day in the `days` until it too."""

    span: Span
    figures: list[Figure]
    things: list[Thing]
    more: int
    waiting: int
    regulars: int

    days = DAYS

    @property
    def is_empty(self) -> bool:
        return not self.things


@dataclass(frozen=True)
class Told:
    """What was just done, and the `step` that undoes it, of a product or a wish."""

    words: str
    step: str = ""
    product: UUID | None = None
    wish: UUID | None = None


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@owner
def asked(request: ShopRequest, day: dt.date) -> HttpResponse:
    """The panel of a day, a week or a month; POST notes what came in and who was told, or takes that back."""
    span = span_of(request, day)
    if request.method != "POST":
        return _show(request, day, span)
    form = AskedForm(request.POST, vendor=request.vendor)
    if not form.is_valid():
        return _show(request, day, span, status=422, errors=form.all_errors)
    done: list[Told] = []
    if not tried(form, lambda: done.append(STEPS[form.cleaned_data["step"]](request, form.cleaned_data))):
        return _show(request, day, span, status=409, errors=form.all_errors)
    if request.htmx:
        return _show(request, day, span, told=done[0])
    messages.success(request, done[0].words)
    return redirect(reverse(span.page, args=[request.vendor.slug, day], fragment="asked"))


def _came_in(request: ShopRequest, said: dict[str, Any]) -> Told:
    product = said["product"]
    fulfilling.came_in(vendor=request.vendor, product=product, by=request.member, uid=said["uid"])
    return Told(_("%(product)s came in. Now tell them.") % {"product": named(product)}, NOT_IN, product=product.uid)


def _not_in(request: ShopRequest, said: dict[str, Any]) -> Told:
    product = said["product"]
    fulfilling.not_in(vendor=request.vendor, product=product, by=request.member, uid=said["uid"])
    return Told(_("%(product)s is not here after all.") % {"product": named(product)})


def _tell(request: ShopRequest, said: dict[str, Any]) -> Told:
    wish = said["wish"]
    fulfilling.tell(wish=wish, by=request.member, uid=said["uid"])
    return Told(_("Told: %(who)s, %(what)s.") % _about(wish), UNDO, wish=wish.uid)


def _undo(request: ShopRequest, said: dict[str, Any]) -> Told:
    wish = said["wish"]
    fulfilling.undo(wish=wish, by=request.member, uid=said["uid"])
    return Told(_("Undone: %(who)s, %(what)s.") % _about(wish))


STEPS: dict[str, Callable[[ShopRequest, dict[str, Any]], Told]] = {
    CAME_IN: _came_in,
    NOT_IN: _not_in,
    TOLD: _tell,
    UNDO: _undo,
}


def _about(wish: Wish) -> dict[str, str]:
    who = wish.customer.name if wish.customer else _("Somebody unknown")
    return {"who": who, "what": named(wish.product) if wish.product else wish.text}


def _show(request: ShopRequest, day: dt.date, span: Span, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {"day": day, "asked": asked_of(request.vendor, span)}
    return show(request, "review/_asked.html", context, status=status)


def asked_of(vendor: Vendor, span: Span) -> Asked:
    """The panel of `span`; who waits is told as it is now, of those who asked by the end of the span."""
    days, today = Days(*span), vendor.today()
    since = span.last - dt.timedelta(days=DAYS - 1) if span.is_one_day else span.first
    counted = Days(since, span.last)
    found = asked_for(vendor, days, counted=counted, today=today, most=MOST)
    figures = [
        Figure(
            ngettext("person asked", "people asked", found.people),
            found.people,
            wishes.rows_of(vendor, wishes.ASKED, *span),
        ),
        Figure(
            ngettext("person waits", "people wait", found.waiting),
            found.waiting,
            wishes.rows_of(vendor, wishes.WAITING, None, span.last),
        ),
        Figure(_("to be told"), found.to_tell, wishes.rows_of(vendor, wishes.TO_TELL, None, span.last)),
        Figure(_("times not here, in visits"), found.missing, missing.rows_of(vendor, *span)),
    ]
    things = [_thing(vendor, each, span, counted) for each in found.things]
    return Asked(span, figures, things, more=found.more, waiting=found.waiting, regulars=found.regulars)


def _thing(vendor: Vendor, each: AskedFor, span: Span, counted: Days) -> Thing:
    about = {"product": str(each.product.uid)} if each.product else {"words": each.text}
    return Thing(
        of=each,
        rows=wishes.rows_of(vendor, wishes.ASKED, *span, **about),
        lately=wishes.rows_of(vendor, wishes.ASKED, *counted, **about),
        waiting=wishes.rows_of(vendor, wishes.WAITING, None, span.last, **about),
        missing=missing.rows_of(vendor, *span, **about),
        whom=_whom(vendor, each),
        to_tell=[_to_tell(vendor, waits, each) for waits in each.who_waits if waits.is_to_tell],
        others=[waits for waits in each.who_waits if not waits.is_to_tell],
    )


def _whom(vendor: Vendor, each: AskedFor) -> str:
    """The page of all who wait for it."""
    if each.product:
        return reverse("counter:whom_to_tell", args=[vendor.slug, each.product.uid])
    return reverse("counter:wish_in_words", args=[vendor.slug, each.wish])


def _to_tell(vendor: Vendor, waits: Waits, each: AskedFor) -> ToTell:
    message = came_in_said(vendor, waits.customer, named(each.product) if each.product else each.text)
    return ToTell(waits, message, tuple(ways(waits.customer.contact_points.all(), message)))
