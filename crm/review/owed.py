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
from customers.promises.owing import State, Which, numbers
from customers.promises.rates import JUDGED, LONG, SHORT, Rate, first_day, lately_kept
from vendors.access import ShopRequest, owner
from vendors.models import Member, Vendor

OUTCOMES = (*JUDGED, Promise.Outcome.RELEASED, State.OPEN)
"""What may have become of a promise, as a week or a month tells it."""


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
    lists: Sequence[Listed]
    outcomes: Sequence[Counted]
    kept: Sequence[Kept]


@dataclass(frozen=True)
class Owed:
    """What the panel says of both sides; `serving` are those to whom a promise can be given."""

    span: Span
    is_today: bool
    sides: Sequence[Side]
    serving: Sequence[Member]

    outcomes = [each for each in Promise.Outcome if each not in GIVEN]

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
    by_side = {side: _lists(side, day, is_today) for side in Promise.Side}
    asked = [which for lists in by_side.values() for which in lists.values()]
    late = {side: Which(last=day, side=side, state=State.OVERDUE) for side in Promise.Side if is_today}
    found = numbers(vendor, [*asked, *late.values()], _together(asked), now)
    serving = list(Member.objects.serving().filter(vendor=vendor))
    rows = listed(vendor, asked, serving, now)
    rates = lately_kept(vendor, now)

    def shown(side: Promise.Side, called: str, which: Which) -> Listed:
        overdue = late.get(side) if which.first is None else None
        counted = overdue and Counted(_("overdue"), overdue, found[overdue])
        return Listed(called, which, found[which], rows[which], counted)

    sides = [
        Side(
            _called(side),
            side.label,
            [shown(side, *each) for each in lists.items()],
            (),
            _kept_lately(vendor, side, rates, now),
        )
        for side, lists in by_side.items()
    ]
    return Owed(span, is_today, sides, serving)


def _lists(side: str, day: dt.date, is_today: bool) -> dict[str, Which]:
    """What is listed of a side, by how it is called."""
    after = day + ONE_DAY
    if is_today:
        return {
            _("by tonight"): Which(last=day, side=side, state=State.OPEN),
            _("tomorrow"): Which(after, after, side, State.OPEN),
        }
    return {_due_on(each): Which(each, each, side) for each in (day, after)}


def _due_on(day: dt.date) -> str:
    return _("due on %(day)s") % {"day": date_format(day, "D j M")}


def _together(asked: Sequence[Which]) -> Which:
    """All that is `asked`: of some days on end, and of the same state."""
    return Which(asked[0].first, asked[-1].last, state=asked[0].state)


def _kept_lately(vendor: Vendor, side: str, rates: Mapping[str, tuple[Rate, Rate]], now: dt.datetime) -> list[Kept]:
    spans = zip((_("30 days"), _("365 days")), rates[side], (SHORT, LONG), strict=True)
    return [_kept(called, rate, Which(first_day(vendor, now, days), side=side)) for called, rate, days in spans]


# Some days


def _of_days(vendor: Vendor, span: Span, now: dt.datetime) -> Owed:
    by_side = {side: Which(span.first, span.last, side) for side in Promise.Side}
    asked = [replace(which, state=state) for which in by_side.values() for state in OUTCOMES]
    found = numbers(vendor, asked, Which(span.first, span.last), now)
    sides = [_became(which, found) for which in by_side.values()]
    return Owed(span, span.first <= vendor.day_of(now) <= span.last, sides, ())


def _became(which: Which, found: Mapping[Which, int]) -> Side:
    """What became of all of one side; of the outcomes those that there are."""
    by_state = {state: replace(which, state=state) for state in OUTCOMES}
    outcomes = [Counted(str(state.label), each, found[each]) for state, each in by_state.items() if found[each]]
    rate = Rate(found[by_state[Promise.Outcome.KEPT]], sum(found[by_state[state]] for state in JUDGED))
    return Side(
        _called(which.side), Promise.Side(which.side).label, (), outcomes, [_kept(_("of these days"), rate, which)]
    )


# Both


def _called(side: str) -> str:
    return _("We owe") if side == Promise.Side.OURS else _("They owe us")


def _kept(called: str, rate: Rate, which: Which) -> Kept:
    kept, judged = (replace(which, state=state) for state in (Promise.Outcome.KEPT, State.JUDGED))
    return Kept(called, rate, kept, judged)
