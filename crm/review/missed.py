"""Who was missed: due and not here, drifting, quietly gone; each with why that is said, and what to do about it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db.models import Min
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from crm.counter.due_words import Due, due_said
from crm.review.days import SPANS, Span, span_of
from crm.review.missed_forms import StepForm, UndoForm
from crm.review.missed_lists import BACK, DRIFTING, DUE, GONE, LAPSED, Lists, Person, how, lists_of, on_this_weekday
from crm.review.missed_steps import Told, asked_texts, step, told_of, undo
from crm.review.panels import show
from customers.models import Customer
from customers.planning.models import LeftAlone
from customers.promises.models import Promise
from customers.reaching import Way, ways
from customers.visits.missing import Away, Back, closes_at
from customers.visits.models import Visit
from customers.visits.rhythm import EARLY
from vendors.access import ShopRequest, owner
from vendors.models import Member, Vendor

SHOWN = 8
"""People of each list; the others are behind a number."""
NAMED = {True: (DUE, DRIFTING, LAPSED), False: (DRIFTING, LAPSED, BACK)}
"""The lists of one day, and of more days."""


@dataclass(frozen=True)
class Row:
    """
    Somebody as the panel names them: `says` is why, `also` what is known besides.

    `asking` is by when we promised to ask them, `came` the day on which they were here since. `form` is what was sent
    of them and not accepted.
    """

    customer: Customer
    says: str
    also: str
    message: str
    ways: Sequence[Way]
    asking: Due | None
    came: dt.date | None
    form: StepForm | None


@dataclass(frozen=True)
class Listed:
    """A list of the panel: so many, of whom the `rows` are shown; folded while they may still come."""

    name: str
    number: int
    rows: Sequence[Row]
    is_folded: bool

    @property
    def more(self) -> int:
        return self.number - len(self.rows)


@dataclass(frozen=True)
class Missed:
    """
    What the panel says; while a day is running `until` is when it ends, and nobody has missed it yet.

    `all_gone` is how many have quietly gone within the year that is looked at, those of lately among them.
    """

    span: Span
    lists: Sequence[Listed]
    regulars: int
    all_gone: int
    alone: Sequence[LeftAlone]
    until: str
    is_closed: bool

    early = EARLY

    @property
    def span_name(self) -> str:
        """As an address says it."""
        return next((name for name, span_of_day in SPANS.items() if span_of_day(self.span.first) == self.span), "")

    @property
    def is_known(self) -> bool:
        """Whether anything can be said of anybody."""
        return bool(self.regulars or self.alone or self.all_gone or any(each.number for each in self.lists))

    @property
    def has_form(self) -> bool:
        """Whether what was refused stands in its row, with why."""
        return any(row.form for each in self.lists for row in each.rows)

    @property
    def is_nobody(self) -> bool:
        return not any(each.number for each in self.lists)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@owner
def missed(request: ShopRequest, day: dt.date) -> HttpResponse:
    """The panel of a day, a week or a month; POST takes the next step with somebody, or takes one back."""
    span = span_of(request, day)
    if request.method != "POST":
        return _show(request, day, span, told=told_of(request.vendor, request.GET))
    form = UndoForm(request.POST) if "what" in request.POST else StepForm(request.POST, vendor=request.vendor)
    told = _done(request, form)
    if told is None:
        return _show(request, day, span, form=form, status=409 if form.was_refused else 422)
    request.vendor.refresh_from_db(fields=["past"])  # who is closed is not awaited any more
    if request.htmx:
        return _show(request, day, span, told=told)
    address = reverse("review:missed", args=[request.vendor.slug, day])
    query = request.GET.copy()
    query.update(told.query())
    return redirect(f"{address}?{query.urlencode()}")


def _done(request: ShopRequest, form: StepForm | UndoForm) -> Told | None:
    """What was done; nothing when the `form` says why not."""
    if not form.is_valid():
        return None
    return undo(form, request.vendor, request.member) if isinstance(form, UndoForm) else step(form, request.member)


def _show(
    request: ShopRequest,
    day: dt.date,
    span: Span,
    *,
    told: Told | None = None,
    form: StepForm | UndoForm | None = None,
    status: int = 200,
) -> HttpResponse:
    serving = list(Member.objects.serving().filter(vendor=request.vendor))
    context = {
        "day": day,
        "missed": missed_of(request.vendor, span, form=form),
        "told": told,
        "errors": form.all_errors if form else [],
        "today": request.vendor.today(),
        "serving": serving,
        "query": f"?span={request.GET['span']}" if request.GET.get("span") in SPANS else "",
        "new_uid": uuid4,
    }
    return show(request, "review/_missed.html", context, status=status)


def missed_of(vendor: Vendor, span: Span, *, form: StepForm | UndoForm | None = None) -> Missed:
    """The panel of `span`; what was typed in a `form` that was refused stands in the row of its person."""
    last = min(span.last, vendor.today())
    found = lists_of(vendor, span)
    asking, came = _asking(vendor), _came_since(vendor, last, found)
    shown = {name: _first(found.named[name], asking, came) for name in NAMED[span.is_one_day]}
    ids = {each.customer for people in shown.values() for each in people} | found.alone.keys()
    people = Customer.objects.filter(vendor=vendor).prefetch_related("contact_points").in_bulk(ids)

    def row(each: Person, name: str) -> Row:
        customer = people[each.customer]
        message = message_for(customer, vendor)
        promise, back, tried = asking.get(customer.pk), came.get(customer.pk), form and form.is_about(customer)
        return Row(
            customer=customer,
            says=how(each),
            also=on_this_weekday(each, last) if name == DUE else "",
            message=message,
            ways=ways(customer.contact_points.all(), message),
            asking=promise and due_said(vendor, promise.due_at, any_time=promise.due_any_time, now=timezone.now()),
            came=each.came if isinstance(each, Back) else back and vendor.day_of(back),
            form=form if tried else None,
        )

    return Missed(
        span=span,
        lists=[
            Listed(
                name=name,
                number=len(found.named[name]),
                rows=[row(each, name) for each in some if each.customer in people],
                is_folded=name == DUE and found.is_running,
            )
            for name, some in shown.items()
        ],
        regulars=found.regulars,
        all_gone=len(found.named.get(GONE, [])),
        alone=[_alone(each, people) for each in found.alone.values() if each.customer_id in people],
        until=time_format(closes_at(vendor, last).astimezone(vendor.tz), "H:i") if found.is_running else "",
        is_closed=found.is_closed,
    )


def message_for(customer: Customer, vendor: Vendor) -> str:
    """A kind word to somebody who stays away, in the language of the shop, and no reproach."""
    with translation.override(vendor.language):
        greeting = customer.greeting or _("Namaste %(name)s") % {"name": customer.name}
        said = {"greeting": greeting, "shop": vendor.name}
        return (
            _("%(greeting)s, how are you? We thought of you, and look forward to seeing you again. – %(shop)s") % said
        )


def _asking(vendor: Vendor) -> dict[int, Promise]:
    """By customer (id) the open promise to ask how they are, the next one due."""
    asked = Promise.objects.open().ours().filter(vendor=vendor, text__in=asked_texts()).order_by("-due_at", "-pk")
    return {each.customer_id: each for each in asked}


def _came_since(vendor: Vendor, day: dt.date, found: Lists) -> dict[int, dt.datetime]:
    """Of those in the lists of a past `day`, by customer (id), when they were here again after it."""
    end = vendor.day_bounds(day)[1]
    ids = {each.customer for people in found.named.values() for each in people if isinstance(each, Away)}
    later = Visit.objects.standing().filter(vendor=vendor, at__gte=end, customer__in=ids).order_by()
    return dict(later.values_list("customer").annotate(Min("at")))


def _first(people: Sequence[Person], asking: Mapping[int, Any], came: Mapping[int, Any]) -> Sequence[Person]:
    """Those to be shown: last whoever was here since, and before them whom somebody is to ask already."""
    return sorted(people, key=lambda each: (each.customer in came, each.customer in asking))[:SHOWN]


def _alone(row: LeftAlone, people: Mapping[int, Customer]) -> LeftAlone:
    row.customer = people[row.customer_id]  # was read already
    return row
