"""What was noticed of everybody who came of late: remembered, put off or refused, one by one or several at once."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from crm.review.answering import AnswersForm, UidsForm
from crm.review.days import Span, span_of
from crm.review.panels import show
from customers.models import Customer
from customers.preferences import telling
from customers.preferences.models import NoticeAnswer, Preference
from customers.preferences.noticed_in_shop import Offer, noticed_in_shop, refused, remembered
from customers.preferences.noticing import MANNER, PRODUCT, Enough, Noticed
from vendors.access import ShopRequest, owner
from vendors.models import Vendor

SHOWN = 5
"""So many things are shown, and what else there is of the last person shown."""
KEPT = {
    telling.YES: gettext_lazy("Remembered:"),
    NoticeAnswer.Answer.NO: gettext_lazy("Not asked again:"),
    NoticeAnswer.Answer.LATER: gettext_lazy("Asked again in two weeks:"),
}


@dataclass(frozen=True)
class Person:
    """What is to be asked of one person, the clearest first."""

    customer: Customer
    noticed: list[Noticed]


@dataclass(frozen=True)
class NoticedPanel:
    """
    What the panel says: the clearest of all that is to be asked now, whatever days it is about.

    `yes` and `no` are how much was remembered and refused on the days of `span`.
    """

    span: Span
    people: list[Person]
    shown: int
    all: int
    of_people: int
    yes: int
    no: int

    manner: Enough = MANNER
    product: Enough = PRODUCT

    @property
    def more(self) -> int:
        return self.all - self.shown


@dataclass(frozen=True)
class Told:
    """What was just answered, in words, and under which uids, so that it can be taken back."""

    kept: str
    words: list[str]
    uids: list[UUID]


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@owner
def noticed(request: ShopRequest, day: dt.date) -> HttpResponse:
    """The panel; POST answers what is tapped or ticked, with `undo` it takes answers back."""
    span = span_of(request, day)
    if request.method == "POST":
        return _take_back(request, day, span) if "undo" in request.POST else _answer(request, day, span)
    done = UidsForm(request.GET)
    return _show(request, day, span, told=_told(request.vendor, done.cleaned_data["done"]) if done.is_valid() else None)


def noticed_of(vendor: Vendor, span: Span) -> NoticedPanel:
    """The panel of `span`. What is to be asked is asked tomorrow, so it is of now and not of then."""
    offers = noticed_in_shop(vendor, timezone.now())
    people = [Person(who, [each.noticed for each in some]) for who, some in groupby(offers, key=_whose)]
    shown = _shown(people)
    return NoticedPanel(
        span=span,
        people=shown,
        shown=sum(len(person.noticed) for person in shown),
        all=len(offers),
        of_people=len(people),
        yes=remembered(vendor, *span).count(),
        no=refused(vendor, *span).count(),
    )


def _whose(offer: Offer) -> Customer:
    return offer.customer


def _shown(people: Sequence[Person]) -> list[Person]:
    shown, things = [], 0
    for person in people:
        if things >= SHOWN:
            break
        shown.append(person)
        things += len(person.noticed)
    return shown


def _answer(request: ShopRequest, day: dt.date, span: Span) -> HttpResponse:
    form = AnswersForm(request.POST, vendor=request.vendor)
    if not form.is_valid():
        return _show(request, day, span, status=422, errors=[each for some in form.errors.values() for each in some])
    answer, chosen = form.cleaned_data["answer"], form.noticed
    refused_now = telling.answer_notices(noticed=chosen, answer=answer, by=request.member)
    errors = [*form.not_here, *(f"{_words(who, what)}: {error.said}" for who, what, error in refused_now)]
    uids = [what.uid for _who, what in chosen]
    if not request.htmx and not errors:
        return redirect(_address(request, day, done=uids))
    told = _told(request.vendor, uids)
    return _show(request, day, span, status=409 if errors and not told else 200, errors=errors, told=told)


def _take_back(request: ShopRequest, day: dt.date, span: Span) -> HttpResponse:
    form = UidsForm({"done": request.POST.getlist("undo")})
    if not form.is_valid():
        return _show(request, day, span, status=422, errors=[telling.TellingError.said])
    telling.ask_again(vendor=request.vendor, uids=form.cleaned_data["done"], by=request.member)
    said = _("Taken back. It is asked again.")
    if request.htmx:
        return _show(request, day, span, said=said)
    messages.success(request, said)
    return redirect(_address(request, day))


def _address(request: ShopRequest, day: dt.date, done: Collection[UUID] = ()) -> str:
    """Of the panel as a page, about the same days, which tells what was `done` and lets it be undone."""
    about = {"span": request.GET["span"]} if "span" in request.GET else {}
    query = urlencode({**about, "done": list(done)}, doseq=True)
    return f"{reverse('review:noticed', args=[request.vendor.slug, day])}?{query}"


def _told(vendor: Vendor, uids: Collection[UUID]) -> Told | None:
    """What holds of what was answered under `uids`, in the order of the names; None when nothing does."""
    if not uids:
        return None
    said = {"vendor": vendor, "uid__in": uids}
    rows = [
        *Preference.objects.standing().filter(**said).select_related("customer", "product"),
        *NoticeAnswer.objects.filter(**said).exclude(until__lte=vendor.today()).select_related("customer", "product"),
    ]
    if not rows:
        return None
    rows.sort(key=lambda row: row.customer.name)
    answer = getattr(rows[0], "answer", telling.YES)
    return Told(KEPT[answer], [_words(row.customer, _as_noticed(row)) for row in rows], [row.uid for row in rows])


def _as_noticed(row: Preference | NoticeAnswer) -> Noticed:
    return Noticed(row.product, row.text if isinstance(row, Preference) else row.manner, 0, 0, row.uid)


def _words(customer: Customer, noticed: Noticed) -> str:
    """As in "Sunita, bananas half ripe"."""
    return f"{customer.name}, {noticed.product_name} {noticed.manner}".rstrip()


def _show(request: ShopRequest, day: dt.date, span: Span, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {"day": day, "noticed": noticed_of(request.vendor, span)}
    return show(request, "review/_noticed.html", context, status=status)
