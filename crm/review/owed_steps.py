"""What the owner does with what is owed, from the panel: closed, put off, given to somebody, and taken back."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.counter.amended import changed_said, steps
from crm.counter.due_words import time_said
from crm.counter.expectations import words_of
from crm.counter.follow_ups import GONE
from crm.counter.promising import outcome_said
from crm.lib.once import OnceForm
from crm.review.days import span_of
from customers.promises import closing, handing_over, taking_back
from customers.promises.amending import Amended
from customers.promises.choosing import DayField
from customers.promises.forms import DUE, FURTHEST
from customers.promises.handing_over import HandingOverError
from customers.promises.models import Amendment, Promise
from customers.promises.promising import PromisingError
from customers.promises.putting_off import put_off, time_of
from customers.promises.taking_back import kind_of
from vendors.access import ShopRequest
from vendors.models import Member, Vendor

IN_TIME = "in_time"
"""The button of what was kept in time, and is only noted now."""
STEPS = "outcome", "later", "day", "to", "undo"
TOLD = "owed"
"""In the address of the review, without script: what was done last, to be told and perhaps taken back."""


class StepForm(OnceForm):
    """A tap on a row: its outcome, a time to which it is put off, who gets it, or what is taken back: one of these."""

    promise = forms.UUIDField(error_messages=dict.fromkeys(["required", "invalid"], GONE))
    seen = forms.IntegerField(min_value=0, max_value=10**6, required=False)
    outcome = forms.ChoiceField(
        choices=[*Promise.Outcome.choices, (IN_TIME, IN_TIME)],
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose what became of it.")},
    )
    later = forms.CharField(required=False)
    day = DayField(required=False)
    to = forms.UUIDField(required=False)
    undo = forms.UUIDField(required=False)

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vendor = vendor

    def clean_promise(self) -> Promise:
        found = Promise.objects.filter(vendor=self.vendor, uid=self.cleaned_data["promise"])
        return _or_gone(found.select_related("vendor", "customer"))

    def clean_to(self) -> Member | None:
        to = self.cleaned_data["to"]
        return to and _or_gone(Member.objects.filter(vendor=self.vendor, uid=to))

    def clean_undo(self) -> Amendment | None:
        undo = self.cleaned_data["undo"]
        return undo and _or_gone(_amendments(self.vendor).filter(uid=undo))

    def clean_later(self) -> tuple[dt.date, dt.time | None] | None:
        tapped = DUE.fullmatch(self.cleaned_data["later"])
        if not tapped:
            return None
        day, at = DayField().clean(tapped["day"]), forms.TimeField(required=False).clean(tapped["at"])
        return self._ahead(day), at

    def clean_day(self) -> dt.date | None:
        day = self.cleaned_data["day"]
        return day and self._ahead(day)

    def _ahead(self, day: dt.date) -> dt.date:
        if not dt.timedelta() <= day - self.vendor.today() <= FURTHEST:
            raise forms.ValidationError(_("Choose a day from today on, and within two years."))
        return day

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if self.errors:
            return said
        if not any(said[name] for name in STEPS):
            raise forms.ValidationError(_("Tap what became of it, or choose another day. Nothing was changed."))
        if said["undo"] and said["undo"].promise != said["promise"]:
            raise forms.ValidationError(GONE)
        return said


class AskedForm(forms.Form):
    """In an address: the promise of which more is asked, or the amendment that is told of."""

    more = forms.UUIDField(required=False)
    owed = forms.UUIDField(required=False)


@dataclass(frozen=True)
class Done:
    """
    What a tap did: `told` in words, with the amendment that `undo` takes back; or the `errors` that kept it from it.

    `again` is the promise that has to be asked for once more, and `day` what was typed for it.
    """

    told: str = ""
    undo: Amendment | None = None
    errors: Sequence[str] = ()
    status: int = 200
    again: str = ""
    day: str = ""
    amendment: Amendment | None = None


def step(request: ShopRequest) -> Done:
    """Do what was tapped, once however often it is sent."""
    form = StepForm(request.POST, vendor=request.vendor)
    typed = {"again": request.POST.get("promise", ""), "day": request.POST.get("day", "")}
    if not form.is_valid():
        return Done(errors=form.all_errors, status=422, **typed)
    try:
        amended = _do(form.cleaned_data, by=request.member)
    except (PromisingError, HandingOverError) as error:
        return Done(errors=[error.said], status=409, **typed)
    except (IntegrityError, Promise.DoesNotExist):
        return Done(errors=[GONE], status=409)  # forgotten on another tablet between our look and our write
    return _done(request.vendor, amended) if amended.amendment else Done()


def _do(said: dict[str, Any], *, by: Member) -> Amended:
    promise, sent = said["promise"], {"by": by, "uid": said["uid"]}
    if said["undo"]:
        return Amended(taking_back.take_back(amendment=said["undo"], **sent))
    if said["outcome"]:
        in_time = said["outcome"] == IN_TIME
        outcome = Promise.Outcome.KEPT if in_time else said["outcome"]
        return Amended(closing.close(promise=promise, outcome=outcome, in_time=in_time, **sent))
    if said["to"]:
        return Amended(handing_over.hand_over(thing=promise, to=said["to"], **sent))
    day, at = said["later"] or (said["day"], time_of(promise))
    return put_off(promise=promise, day=day, at=at, seen=said["seen"] or 0, **sent)


def told(request: ShopRequest) -> dict[str, Done]:
    """
    As `owed_done`, what the panel is to say besides what is owed.

    That is the promise whose other steps are asked for; or without script what was done last, as the address has it.
    """
    form = AskedForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    if asked.get("more"):
        return {"owed_done": Done(again=str(asked["more"]))}
    found = _amendments(request.vendor).filter(uid=asked["owed"]).first() if asked.get("owed") else None
    return {"owed_done": _done(request.vendor, Amended(found))} if found and kind_of(found) else {}


def back_to_review(request: ShopRequest, day: dt.date, done: Done) -> HttpResponse:
    """The review of `day` at this panel, which tells there what was `done`."""
    said = {TOLD: done.amendment.uid} if done.amendment else {}
    page = span_of(request, day).page
    return redirect(reverse(page, args=[request.vendor.slug, day], query=said, fragment="owed"))


def _done(vendor: Vendor, amended: Amended) -> Done:
    amendment = _amendments(vendor).get(pk=amended.amendment.pk)
    promise = amendment.promise
    promise.vendor = vendor
    words = " ".join([_told(amendment, promise), *_overlooked(promise, amended)])
    is_open_again = amendment.after.get("outcome") == ""
    return Done(told=words, undo=None if is_open_again else amendment, amendment=amendment)


def _told(amendment: Amendment, promise: Promise) -> str:
    what = f"{promise.customer.name}, {words_of(promise)}"
    match kind_of(amendment):
        case taking_back.OUTCOME if promise.is_open:
            return _("It is open again: %(what)s.") % {"what": what}
        case taking_back.OUTCOME:
            return f"{what}: {outcome_said(promise)}."
        case taking_back.GIVEN:
            name = amendment.after["owner_name"] or _("nobody yet")
            return _("With %(name)s now: %(what)s") % {"name": name, "what": what}
    due = time_said(promise.vendor, promise.due_at, any_time=promise.due_any_time, now=timezone.now())
    return _("Due %(due)s now: %(what)s") % {"due": due, "what": what}


def _overlooked(promise: Promise, amended: Amended) -> list[str]:
    """Who changed what while the page was open, as the card tells it."""
    missed = {each.pk for each in amended.overlooked}
    if not missed:
        return []
    latest = promise.amendments.select_related("by").order_by("-pk")
    told = [changed_said(each) for each in steps(promise, latest, now=timezone.now()) if each.amendment.pk in missed]
    return [*reversed(told), _("Yours stands now; both are kept.")]


def _amendments(vendor: Vendor) -> QuerySet[Amendment]:
    found = Amendment.objects.filter(vendor=vendor).select_related("promise__customer", "promise__vendor")
    return found.prefetch_related("promise__lines__product")


def _or_gone(found: QuerySet[Any]) -> Any:
    row = found.first()
    if row is None:
        raise forms.ValidationError(GONE)
    return row
