"""What we owe and what they owe: due and not closed, due the next day, and how often each side keeps its promises."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from crm.review import owed_steps
from crm.review.days import ONE_DAY, Span, span_of
from crm.review.owed_rows import Row, listed
from crm.review.panels import show
from customers.promises.closing import GIVEN
from customers.promises.models import Promise
from customers.promises.owing import IN_TIME, ON_THE_LAST, TOO_LATE, State, Which, by_day, by_outcome
from customers.promises.rates import JUDGED, LONG, SHORT, Rate, first_day, lately_kept
from vendors.access import ShopRequest, owner
from vendors.models import Member, Vendor


@dataclass(frozen=True)
class Counted:
    """A number of the panel, and which promises are behind it."""

    called: str
    which: Which
    number: int


@dataclass(frozen=True)
class Listed(Counted):
    """The same with the first of them as `rows`; `overdue` are how many of them are."""

    rows: Sequence[Row]
    overdue: Counted | None

    @property
    def more(self) -> int:
        return self.number - len(self.rows)


@dataclass(frozen=True)
class Kept:
    """How much was kept of what was to be kept, with what is behind each of the two numbers."""

    called: str
    rate: Rate
    kept: Which
    judged: Which


@dataclass(frozen=True)
class Side:
    """What one side owes: of one day `lists`, of more of them its `outcomes`; and how it keeps what it promises."""

    called: str
    promises: str
    kept: Sequence[Kept]
    lists: Sequence[Listed] = ()
    outcomes: Sequence[Counted] = ()


@dataclass(frozen=True)
class Owed:
    """What the panel says of both sides; `serving` are those to whom a promise can be given."""

    span: Span
    is_today: bool
    sides: Sequence[Side]
    serving: Sequence[Member]

    outcomes = [each for each in Promise.Outcome if each not in GIVEN]

    @property
    def by_us(self) -> int | None:
        """How much is due from us of one day and the next; of more days it is not said."""
        ours = self.sides[0].lists
        return sum(each.number for each in ours) if ours else None

    @property
    def is_empty(self) -> bool:
        return not any(each.number for side in self.sides for each in (*side.lists, *side.outcomes))

    @property
    def has_rates(self) -> bool:
        return any(kept.rate.of for side in self.sides for kept in side.kept)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@owner
def owed(request: ShopRequest, day: dt.date) -> HttpResponse:
    """The panel of a day, a week or a month; POST does something with one of its promises."""
    span = span_of(request, day)
    if request.method == "POST":
        done = owed_steps.step(request)
        if not (done.errors or request.htmx):
            return owed_steps.back_to_review(request, day, done)
        return _show(request, day, span, status=done.status, owed_done=done)
    return _show(request, day, span, **owed_steps.told(request))


def _show(request: ShopRequest, day: dt.date, span: Span, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {"day": day, "owed": owed_of(request.vendor, span, timezone.now())}
    return show(request, "review/_owed.html", context, status=status)


def owed_of(vendor: Vendor, span: Span, now: dt.datetime) -> Owed:
    """
    Of today what is open and due until its end, also what is overdue since long, and what is due tomorrow.

    Of a day before, what was due on it and on the day after, whatever became of it. Of a week or month, what became of
    all that was due in it.
    """
    return _of_a_day(vendor, span, now) if span.is_one_day else _of_days(vendor, span, now)


# One day


def _of_a_day(vendor: Vendor, span: Span, now: dt.datetime) -> Owed:
    day, is_today = span.last, span.last == vendor.day_of(now)
    first, state = (None, State.OPEN) if is_today else (day, "")
    within = Which(first, day + ONE_DAY, state=state)
    found, rates = by_day(vendor, within, now), lately_kept(vendor, now)
    serving = list(Member.objects.serving().filter(vendor=vendor))
    asked = {side: _asked(replace(within, side=side)) for side in Promise.Side}
    rows = listed(vendor, [which for several in asked.values() for which in several], serving, now)

    def lists(side: Promise.Side) -> list[Listed]:
        due, after = asked[side]
        late = found[side, TOO_LATE]
        overdue = Counted(_("overdue"), replace(due, state=State.OVERDUE), late) if is_today and late else None
        return [
            Listed(_by_tonight(day, is_today), due, late + found[side, IN_TIME], rows[due], overdue),
            Listed(_the_day_after(day, is_today), after, found[side, ON_THE_LAST], rows[after], None),
        ]

    sides = [_side(side, lists=lists(side), kept=_kept_lately(vendor, side, rates, now)) for side in Promise.Side]
    return Owed(span, is_today, sides, serving)


def _asked(within: Which) -> tuple[Which, Which]:
    """Of `within` what is due before its last day, and what on it."""
    return replace(within, last=within.last - ONE_DAY), replace(within, first=within.last)


def _by_tonight(day: dt.date, is_today: bool) -> str:
    return _("by tonight") if is_today else _due_on(day)


def _the_day_after(day: dt.date, is_today: bool) -> str:
    return _("tomorrow") if is_today else _due_on(day + ONE_DAY)


def _due_on(day: dt.date) -> str:
    return _("due on %(day)s") % {"day": date_format(day, "D j M")}


def _kept_lately(vendor: Vendor, side: str, rates: Mapping[str, tuple[Rate, Rate]], now: dt.datetime) -> list[Kept]:
    spans = zip((_("30 days"), _("365 days")), rates[side], (SHORT, LONG), strict=True)
    return [_kept(called, rate, Which(first_day(vendor, now, days), side=side)) for called, rate, days in spans]


# Some days


def _of_days(vendor: Vendor, span: Span, now: dt.datetime) -> Owed:
    within = Which(span.first, span.last)
    found = by_outcome(vendor, within, now)
    sides = [_became(replace(within, side=side), found) for side in Promise.Side]
    return Owed(span, span.first <= vendor.day_of(now) <= span.last, sides, ())


def _became(which: Which, found: Mapping[tuple[str, str], int]) -> Side:
    """What became of all of one side; of the outcomes those that there are."""
    numbers = {outcome: found[which.side, outcome] for outcome in ("", *Promise.Outcome)}
    outcomes = [
        Counted(str(state.label), replace(which, state=state), number)
        for state in (*Promise.Outcome, State.OPEN)
        if (number := numbers["" if state == State.OPEN else state])
    ]
    rate = Rate(numbers[Promise.Outcome.KEPT], sum(numbers[outcome] for outcome in JUDGED))
    return _side(which.side, outcomes=outcomes, kept=[_kept("", rate, which)])


# Both


def _side(side: str, **said: Any) -> Side:
    called = _("We owe") if side == Promise.Side.OURS else _("They owe us")
    return Side(called, str(Promise.Side(side).label), **said)


def _kept(called: str, rate: Rate, which: Which) -> Kept:
    kept, judged = (replace(which, state=state) for state in (Promise.Outcome.KEPT, State.JUDGED))
    return Kept(called, rate, kept, judged)
