"""What went wrong: what was noted, what is open and who takes it, what was put right and not asked yet."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from crm.counter import problem_wording
from crm.counter.problems import kept, take
from crm.review import clash_rows
from crm.review.days import Span, span_of
from crm.review.panels import Figure, show
from crm.review.problems import (
    CLOSED,
    EASY,
    HAPPENED,
    HARD,
    NOTED,
    PILES,
    PUT_RIGHT,
    TO_ASK,
    rows_of,
    that_are,
)
from crm.review.taps import Taps, taps_of
from customers.promises import problems as writing
from customers.promises.models import Problem, ProblemEdit
from customers.promises.problem_forms import BACK, ENTRUST, RowField, StepForm
from customers.promises.troubles import PERIODS, Trouble, counted_problems, troubles_between
from customers.reaching import Way, ways
from vendors.access import ShopRequest, owner
from vendors.models import Member, Vendor

MOST = 5
"""Rows of each list; how many more there are is told."""
SOON = (1, 3, 7)
"""Days from today by which one can take a hard one with one tap."""


class WrongForm(StepForm):
    """A step of one of the shop's problems; `of` is the step that is to be taken back."""

    problem = RowField(Problem)
    of = forms.UUIDField(required=False)

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, vendor=vendor, **kwargs)
        self.fields["problem"].queryset = Problem.objects.filter(vendor=vendor).select_related("customer", "product")


@dataclass(frozen=True)
class Row:
    """A problem that waits; `asks` is whether nobody has taken it, or their day is over."""

    problem: Problem
    days: int
    asks: bool
    message: str = ""
    ways: tuple[Way, ...] = ()


@dataclass
class Pile:
    """Problems that wait for the same, the oldest first: so many of them, and some of their rows."""

    rows: str
    number: int = 0
    waiting: list[Row] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.number - len(self.waiting)


@dataclass(frozen=True)
class Repeated:
    """What went wrong with a product, or on a day of a supplier, with the address of its rows."""

    trouble: Trouble
    rows: str


@dataclass(frozen=True)
class Wrong:
    """What the panel says; what `repeated` is of the days since `since`, or of the span if that is more than a day."""

    span: Span
    figures: list[Figure]
    kinds: list[Figure]
    hard: Pile
    easy: Pile
    to_ask: Pile
    since: dt.date
    repeated: list[Repeated]
    more_repeated: int
    happened: str
    """The address of all that happened on the days of what is repeated."""
    taps: Taps
    serving: list[Member]
    days: list[tuple[dt.date, str]]
    clashes: list[clash_rows.Row]
    """What was changed on two tablets, and nobody has decided yet."""

    @property
    def waiting(self) -> int:
        """How many wait for something to be done."""
        return self.hard.number + self.easy.number + self.to_ask.number + len(self.clashes)

    @property
    def is_empty(self) -> bool:
        return not any(each.number for each in self.figures) and not self.waiting and not self.repeated


@dataclass(frozen=True)
class Told:
    """What was just done; `of` is the step that Undo takes back."""

    problem: Problem
    words: str
    of: UUID | None = None


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@owner
def wrong(request: ShopRequest, day: dt.date) -> HttpResponse:
    """The panel of a day, a week or a month; POST takes a step of a problem, or takes one back."""
    span = span_of(request, day)
    if request.method != "POST":
        return show_wrong(request, day, span)
    form = WrongForm(request.POST, vendor=request.vendor)
    if not form.is_valid():
        return show_wrong(request, day, span, status=422, errors=form.all_errors)
    done = kept(form, lambda: _take(form, request.member))
    if done is None:
        return show_wrong(request, day, span, status=409, errors=form.all_errors)
    told = _told(done, form.cleaned_data["step"], request.vendor)
    if request.htmx:
        return show_wrong(request, day, span, told=told)
    messages.success(request, told.words)
    return redirect(reverse(span.page, args=[request.vendor.slug, day], fragment="wrong"))


def _take(form: WrongForm, by: Member) -> Problem:
    said = form.cleaned_data
    if said["step"] == BACK:
        return writing.step_back(problem=said["problem"], by=by, uid=said["uid"], of=said["of"])
    return take(said["problem"], form, by)


def _told(done: Problem, step: str, vendor: Vendor) -> Told:
    what = problem_wording.wrong(done, vendor.today())
    if step == BACK:
        return Told(done, _("Undone: %(what)s") % {"what": what})
    last = next(reversed(writing.standing_steps(done)), None)
    if step == ENTRUST:
        said = _cared_for(done)
    else:
        said = problem_wording.state(done) if step in (*Problem.Remedy, *Problem.Answer) or not last else ""
        said = said or problem_wording.step_said(last)
    return Told(done, f"{what}. {capfirst(said)}.", last and last.uid)


def _cared_for(done: Problem) -> str:
    who = done.owner.name if done.owner else _("nobody yet")
    if done.due_on is None:
        return _("%(name)s looks after it") % {"name": who}
    return _("%(name)s looks after it, by %(day)s") % {"name": who, "day": date_format(done.due_on, "D j M")}


def show_wrong(request: ShopRequest, day: dt.date, span: Span, *, status: int = 200, **context: Any) -> HttpResponse:
    """The panel, with what was done just now."""
    context |= {"day": day, "wrong": wrong_of(request.vendor, span, timezone.now())}
    return show(request, "review/_wrong.html", context, status=status)


def wrong_of(vendor: Vendor, span: Span, now: dt.datetime) -> Wrong:
    """The panel of `span`; what waits is told as it is `now`, of what was noted by the end of the span."""
    today = vendor.day_of(now)
    figures, kinds = _figures(vendor, span)
    piles = _piles(vendor, span, today)
    since = span.last - dt.timedelta(days=PERIODS[0] - 1) if span.is_one_day else span.first
    repeated = _repeated(vendor, since, span)
    return Wrong(
        span=span,
        figures=figures,
        kinds=kinds,
        hard=piles[HARD],
        easy=piles[EASY],
        to_ask=piles[TO_ASK],
        since=since,
        repeated=repeated[:MOST],
        more_repeated=len(repeated[MOST:]),
        happened=rows_of(vendor, HAPPENED, since, span.last),
        taps=taps_of(vendor, span),
        serving=list(Member.objects.serving().filter(vendor=vendor)) if piles[HARD].number else [],
        clashes=clash_rows.clashes_of(vendor, span),
        days=[(today + dt.timedelta(days=days), _in_days(days)) for days in SOON],
    )


def _in_days(days: int) -> str:
    return {1: _("tomorrow"), 7: _("in a week")}.get(days) or _("in %(days)s days") % {"days": days}


def _figures(vendor: Vendor, span: Span) -> tuple[list[Figure], list[Figure]]:
    """What was noted, put right and closed in the span, and what was noted by its kind; one statement."""
    called = {
        NOTED: _("noted"),
        PUT_RIGHT: pgettext("a number of problems", "put right"),
        CLOSED: _("closed, right again"),
    }
    those = {which: that_are(vendor, which, *span) for which in called}
    counts = {f"of_{place}": Count("pk", filter=condition) for place, condition in enumerate(those.values())}
    kinds = {f"kind_{what}": Count("pk", filter=those[NOTED] & Q(what=what)) for what in Problem.What.values}
    found = counted_problems(vendor).order_by().aggregate(**counts, **kinds)
    figures = [
        Figure(called[which], found[f"of_{place}"], rows_of(vendor, which, *span)) for place, which in enumerate(those)
    ]
    by_kind = [
        Figure(str(label), number, rows_of(vendor, NOTED, *span, what=what))
        for what, label in Problem.What.choices
        if (number := found[f"kind_{what}"])
    ]
    return figures, sorted(by_kind, key=lambda each: -each.number)


def _piles(vendor: Vendor, span: Span, today: dt.date) -> dict[str, Pile]:
    """What waits, in one statement, and one for whom to reach by which number."""
    piles = {which: Pile(rows_of(vendor, which, None, span.last)) for which in PILES}
    for problem in _waiting(vendor, span):
        pile = piles[problem.pile]
        pile.number = problem.of_pile
        pile.waiting.append(_row(problem, vendor, today))
    return piles


def _waiting(vendor: Vendor, span: Span) -> Iterable[Problem]:
    """The oldest of each pile; each says in which `pile` it is, and how many are in it."""
    pile = Case(*(When(condition, then=Value(which)) for which, condition in PILES.items()))
    end = vendor.day_bounds(span.last)[1]
    waiting = Problem.objects.unclosed().filter(vendor=vendor, opened_at__lt=end).annotate(pile=pile)
    steps = ProblemEdit.objects.filter(problem=OuterRef("pk")).order_by().values("problem")
    numbered = waiting.annotate(
        place=Window(RowNumber(), partition_by=F("pile"), order_by=["opened_at", "id"]),
        of_pile=Window(Count("pk"), partition_by=F("pile")),
        known_steps=Coalesce(Subquery(steps.annotate(number=Count("pk")).values("number")), 0),
    ).filter(place__lte=MOST, pile__isnull=False)
    rows = numbered.select_related("customer", "product", "owner").order_by("opened_at", "id")
    return rows.prefetch_related("customer__contact_points")


def _row(problem: Problem, vendor: Vendor, today: dt.date) -> Row:
    asks = problem.owner is None or problem.due_on is None or problem.due_on < today
    row = Row(problem, (today - vendor.day_of(problem.opened_at)).days, asks)
    if problem.pile != TO_ASK:
        return row
    message = _is_it_right(vendor, problem, today)
    return Row(problem, row.days, asks, message, tuple(ways(problem.customer.contact_points.all(), message)))


def _is_it_right(vendor: Vendor, problem: Problem, today: dt.date) -> str:
    greeting = problem.customer.greeting or _("Namaste %(name)s") % {"name": problem.customer.name}
    said = {"greeting": greeting, "what": problem_wording.wrong(problem, today), "shop": vendor.name}
    return _("%(greeting)s, is it right again? (%(what)s) – %(shop)s") % said


def _repeated(vendor: Vendor, since: dt.date, span: Span) -> list[Repeated]:
    """By product and by a supplier's day; of one day's review what happened more than once."""
    found = troubles_between(vendor, since, span.last)
    by_product = [
        Repeated(each, rows_of(vendor, HAPPENED, since, span.last, product=str(each.product.uid)))
        for each in found.by_product
        if each.is_repeated or not span.is_one_day
    ]
    by_day = [
        Repeated(each, rows_of(vendor, HAPPENED, each.day, each.day, supplier=str(each.supplier.uid)))
        for each in found.by_supplier_day
        if each.is_repeated
    ]
    return by_product + by_day
