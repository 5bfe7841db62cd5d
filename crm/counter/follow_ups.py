"""What is to be followed up: my own, what nobody looks after, and everybody's; given to another in one tap."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from types import EllipsisType
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from crm.counter.expectations import next_of, words_of
from crm.counter.promising import labelled_rates
from crm.lib.once import OnceForm
from customers.promises import handing_over
from customers.promises.handing_over import Counts, FollowUp, Given, Thing
from customers.promises.models import Problem, Promise, Wish
from customers.promises.rates import kept_rates
from vendors.access import ShopRequest, counter
from vendors.models import Member, Vendor

KINDS: dict[str, type[Thing]] = {model._meta.model_name: model for model in (Promise, Problem, Wish)}
MINE, NOBODYS, EVERYBODYS = "mine", "nobodys", "everybodys"
GONE = gettext_lazy("This is not here any more. Nothing was changed; look at the list again.")


class HandOverForm(OnceForm):
    """What to give, and to whom of those who serve; nobody in particular without a name."""

    kind = forms.ChoiceField(choices=[(kind, kind) for kind in KINDS], error_messages={"invalid_choice": GONE})
    thing = forms.UUIDField(error_messages={"required": GONE, "invalid": GONE})
    to = forms.UUIDField(required=False)
    had = forms.UUIDField(required=False)
    """Who looks after it, as the page shows it; nobody without a name."""

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vendor = vendor

    def clean(self) -> dict[str, Any]:
        """With the row and the member instead of their uids."""
        data = super().clean()
        if not self.errors:
            things = KINDS[data["kind"]].objects.filter(vendor=self.vendor, uid=data["thing"])
            data["thing"] = things.select_related("owner").first()
            to = data.get("to")
            data["to"] = to and Member.objects.filter(vendor=self.vendor, uid=to).first()
            data["had"] = self._had(data["had"])
            if data["thing"] is None or (to and data["to"] is None):
                raise forms.ValidationError(GONE)
        return data

    def _had(self, uid: UUID | None) -> Member | EllipsisType | None:
        """Who the page says; `...` if it says nothing."""
        if "had" not in self.data:
            return ...
        return Member.objects.filter(vendor=self.vendor, uid=uid).first() if uid else None


class GivenForm(forms.Form):
    """Which handing over a page without script tells of, and lets be undone."""

    kind = forms.ChoiceField(choices=[(kind, kind) for kind in KINDS])
    given = forms.UUIDField()


@dataclass(frozen=True)
class Row:
    """A follow-up as the page tells it; `others` are those it can be given to."""

    thing: Thing
    kind: str
    words: str
    next: str
    when: str
    is_overdue: bool
    owner: str
    others: list[Member]


@dataclass(frozen=True)
class Told:
    """What was given to whom; `back` is to whom it goes when that is undone: empty for nobody."""

    thing: Thing
    kind: str
    words: str
    to: str
    back: str


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def follow_ups(request: ShopRequest) -> HttpResponse:
    """My follow-ups, with `?of=nobodys` and `?of=everybodys` the others'; POST gives one to another."""
    if request.method == "POST":
        return _give(request, HandOverForm(request.POST, vendor=request.vendor))
    form = GivenForm(request.GET)
    if not form.is_valid():
        return _show(request)
    kind, given = KINDS[form.cleaned_data["kind"]], form.cleaned_data["given"]
    return _show(request, edit=handing_over.given(request.vendor, kind, given))


def _give(request: ShopRequest, form: HandOverForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, status=422, errors=form.all_errors)
    said = form.cleaned_data
    given = {name: said[name] for name in ("thing", "to", "had", "uid")}
    try:
        edit = handing_over.hand_over(**given, by=request.member)
    except handing_over.HandingOverError as error:
        return _show(request, status=409, errors=[error.said])
    if request.htmx:
        return _show(request, edit=edit and handing_over.given(request.vendor, type(said["thing"]), edit.uid))
    told = f"&kind={said['kind']}&given={edit.uid}" if edit else ""
    address = reverse("counter:follow_ups", args=[request.vendor.slug])
    return redirect(f"{address}?of={_of(request)}{told}")


def _of(request: ShopRequest) -> str:
    asked = request.GET.get("of")
    return asked if asked in (NOBODYS, EVERYBODYS) else MINE


def _show(request: ShopRequest, *, status: int = 200, edit: Given | None = None, **context: Any) -> HttpResponse:
    """The list, as a fragment for htmx; each `new_uid` is another uid."""
    now, of = timezone.now(), _of(request)
    counts = handing_over.counts(request.vendor, request.member, now=now)
    whose = {MINE: {"of": request.member}, NOBODYS: {"nobodys": True}, EVERYBODYS: {}}[of]
    found = handing_over.follow_ups(request.vendor, now=now, **whose)
    serving = list(Member.objects.serving().filter(vendor=request.vendor))
    context |= {
        "of": of,
        "tabs": _tabs(counts),
        "rows": [_row(each, request.vendor, serving, now) for each in found],
        "more": counts[[MINE, NOBODYS, EVERYBODYS].index(of)] - len(found),
        "told": edit and _told(edit, request.vendor, serving),
        "new_uid": uuid4,
    }
    if request.htmx:
        return render(request, "counter/_follow_ups.html", context, status=status)
    context["rates"] = labelled_rates(kept_rates(request.vendor, now))
    return render(request, "counter/follow_ups.html", context, status=status)


def _tabs(counts: Counts) -> list[tuple[str, str, int]]:
    labels = (_("Mine"), _("Nobody’s"), _("Everybody’s"))
    return list(zip((MINE, NOBODYS, EVERYBODYS), labels, counts, strict=True))


def _row(each: FollowUp, vendor: Vendor, serving: list[Member], now: dt.datetime) -> Row:
    thing = each.thing
    thing.vendor = vendor  # is the same, and was read already
    return Row(
        thing=thing,
        kind=each.kind,
        words=words_of(thing),
        next=next_of(thing),
        when=_when(each, vendor, now),
        is_overdue=each.is_overdue,
        owner=owner_said(thing.owner, serving),
        others=[member for member in serving if member != thing.owner],
    )


def owner_said(owner: Member | None, serving: Collection[Member]) -> str:
    """Who looks after something; of one who is not among those `serving` it says so."""
    if owner is None:
        return _("nobody yet")
    return owner.name if owner in serving else _("%(name)s, who serves no more") % {"name": owner.name}


def _when(each: FollowUp, vendor: Vendor, now: dt.datetime) -> str:
    """By when, or since when: "overdue since Fri 20 Nov, 18:00", "today", "here since Fri 20 Nov"."""
    ahead = (each.day - vendor.day_of(now)).days
    day = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}.get(ahead) or date_format(each.day, "D j M")
    if isinstance(each.thing, Promise) and not each.thing.due_any_time:
        day = f"{day}, {time_format(each.thing.due_at.astimezone(vendor.tz), 'H:i')}"
    if each.is_overdue:
        return _("overdue since %(day)s") % {"day": day}
    if each.has_date:
        return _("by %(day)s") % {"day": day}
    if isinstance(each.thing, Wish):
        return _("here since %(day)s") % {"day": day}
    return _waits(day, -ahead)


def _waits(day: str, days: int) -> str:
    if days < 2:
        return _("noted %(day)s, no date") % {"day": day}
    waits = ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}
    return _("noted %(ago)s, no date") % {"ago": waits}


def _told(edit: Given, vendor: Vendor, serving: list[Member]) -> Told:
    thing = next(getattr(edit, name) for name in KINDS if hasattr(edit, f"{name}_id"))
    thing.vendor = vendor
    former = edit.before["owner"]
    back = former if former in {str(member.uid) for member in serving} else ""
    return Told(thing, thing._meta.model_name, words_of(thing), edit.after["owner_name"] or _("nobody yet"), back)
