"""Tomorrow: who is likely to come and when, what to buy for it, and how the lists of the last weeks did."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from crm.counter.habits import LIKELY, PERHAPS
from crm.counter.wording import hour_of, named
from crm.lib.once import OnceForm
from crm.review.behind import between, heap, in_short
from crm.review.charts import Bar, Chart
from crm.review.days import ONE_DAY, Span, one_day, span_of
from crm.review.panels import show
from customers.planning.comers import Comer, Comers, comers_of
from customers.planning.keeping_lists import ListError, keep, kept
from customers.planning.list_accuracy import DAYS, Accuracy, Done, accuracy
from customers.planning.models import BuyingList
from customers.planning.whole_list import WholeLine, WholeList, whole_list
from customers.preferences.buying import next_open
from customers.visits.expecting import People
from vendors.access import ShopRequest, owner
from vendors.models import Vendor
from vendors.opening.keeping import opening_times

SHOWN = 12
"""Lines of the list on the panel; the others are on its page."""


@dataclass(frozen=True)
class Line:
    """One line of the list as the panel tells it; `much` is what is kept, or what is foreseen when nothing is."""

    name: str
    much: str
    between: str
    behind: str
    mostly: str


@dataclass(frozen=True)
class Person:
    """Somebody who is likely to come, and about when."""

    comer: Comer
    hour: str
    chance: str


@dataclass(frozen=True)
class Tomorrow:
    """
    What the panel says; `on` is the next open day, None of a week or month, which are only looked back on.

    `why_closed` is why it is not the very next day. Nothing is foreseen (`foreseen`) of a day that has gone by. So many
    `lists` were kept of the days that are looked back on, those among them whose day nobody came on.
    """

    span: Span
    on: dt.date | None
    why_closed: str
    foreseen: WholeList | None
    comers: Comers | None
    people: list[Person]
    chart: Chart | None
    kept: BuyingList | None
    lines: list[Line]
    lists: int
    accuracy: Accuracy

    @property
    def days(self) -> int:
        """Of so many days the lists are looked back on."""
        return (self.span.last - self.since).days + 1

    @property
    def more(self) -> int:
        """Lines that are not on the panel."""
        return len(self.foreseen.lines) - len(self.lines) if self.foreseen else 0

    @property
    def now(self) -> Done | None:
        """How the list of the day itself did."""
        return self.accuracy.by_day.get(self.span.last) if self.span.is_one_day else None

    @property
    def since(self) -> dt.date:
        return _since(self.span)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@owner
def tomorrow(request: ShopRequest, day: dt.date) -> HttpResponse:
    """The panel of a day; POST keeps the list of the next open day."""
    span = span_of(request, day)
    if request.method == "POST":
        return _keep(request, day)
    return _show(request, day, span)


def _keep(request: ShopRequest, day: dt.date) -> HttpResponse:
    form, on = OnceForm(request.POST), next_open(request.vendor, day)
    if not form.is_valid():
        return _show(request, day, one_day(day), status=422, errors=form.errors["uid"])
    people = People(request.vendor, on)
    try:
        keep(vendor=request.vendor, day=on, by=request.member, uid=form.cleaned_data["uid"], people=people)
    except ListError as error:
        return _show(request, day, one_day(day), status=409, errors=[error.said])
    if request.htmx:
        return _show(request, day, one_day(day), people=people, is_told=True)
    messages.success(request, _("The list is kept."))
    return redirect(reverse("review:buying_list", args=[request.vendor.slug, on]))


def _show(
    request: ShopRequest,
    day: dt.date,
    span: Span,
    *,
    status: int = 200,
    people: People | None = None,
    **context: Any,
) -> HttpResponse:
    context |= {"day": day, "tomorrow": tomorrow_of(request.vendor, span, people), "new_uid": uuid4}
    return show(request, "review/_tomorrow.html", context, status=status)


def tomorrow_of(vendor: Vendor, span: Span, people: People | None = None) -> Tomorrow:
    """The panel of `span`; `people` are those of the next open day, if they are read."""
    on = next_open(vendor, span.last) if span.is_one_day else None
    is_ahead = on is not None and on >= vendor.today()
    people = people or (People(vendor, on) if is_ahead else None)
    foreseen = whole_list(vendor, on, people) if is_ahead else None
    comers = comers_of(vendor, people) if people else None
    found = kept(vendor, on) if on else None
    return Tomorrow(
        span=span,
        on=on,
        why_closed=opening_times(vendor).why_closed(span.last + ONE_DAY) if on else "",
        foreseen=foreseen,
        comers=comers,
        people=[_person(vendor, each) for each in comers.likeliest if each.chance >= PERHAPS] if comers else [],
        chart=_chart(vendor, comers) if comers else None,
        kept=found,
        lines=_lines(foreseen, found) if foreseen else [],
        lists=BuyingList.objects.filter(vendor=vendor, day__range=(_since(span), span.last)).count(),
        accuracy=accuracy(vendor, _since(span), span.last),
    )


def _since(span: Span) -> dt.date:
    """A day says how four weeks did that end with it; a week and a month how they did themselves."""
    return span.last - (DAYS - 1) * ONE_DAY if span.is_one_day else span.first


def chance_said(chance: float) -> str:
    """Never "will": most visits are nobody's to foresee."""
    if chance >= LIKELY:
        return _("likely")
    return _("perhaps") if chance >= PERHAPS else _("not likely")


def _person(vendor: Vendor, comer: Comer) -> Person:
    return Person(comer, hour_of(vendor, comer.minute), chance_said(comer.chance))


def _chart(vendor: Vendor, comers: Comers) -> Chart | None:
    """From the first to the last hour in which anybody is expected."""
    hours = [hour for hour, expected in comers.by_hour.items() if expected >= 0.5]
    if not hours:
        return None
    opens = vendor.day_starts.hour
    return Chart(
        _("Regulars who are likely to come, by hour"),
        _("Hour"),
        _("About so many"),
        [
            Bar(str((opens + hour) % 24), round(comers.by_hour.get(hour, 0)))
            for hour in range(min(hours), max(hours) + 1)
        ],
    )


def _lines(foreseen: WholeList, found: BuyingList | None) -> list[Line]:
    held = {line.product_id: line.quantity for line in found.lines.all()} if found else {}
    return [_line(each, held.get(each.product.pk, each.order)) for each in foreseen.lines[:SHOWN]]


def _line(each: WholeLine, quantity: Decimal) -> Line:
    unit = each.product.unit
    return Line(
        name=named(each.product),
        much=heap(quantity, unit),
        between=between(each.low, each.high, unit),
        behind=in_short(each),
        mostly=str(each.mostly or ""),
    )
