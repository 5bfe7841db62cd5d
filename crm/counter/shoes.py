"""In their shoes: the shop as one person lived it, for whoever serves, and for them if they ask to see it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from crm.counter.expectations import asked_for, promised, went_wrong
from crm.counter.person import person_of
from crm.counter.wording import named
from customers.promises.due import due_day
from customers.promises.models import Problem, Promise, Wish
from customers.promises.shoes import AskedInVain, Came, Completeness, ServedBy, Shoes, shoes_of
from customers.visits.models import Visit
from vendors.access import ShopRequest, counter

Outcome = Promise.Outcome
OURS, THEIRS = Promise.Side


class Fact(NamedTuple):
    """A day and what happened on it."""

    day: str
    words: str


class Figure(NamedTuple):
    """What is counted, its count in words, and the rows that were counted."""

    label: str
    count: str
    rows: list[Fact]


class Part(NamedTuple):
    title: str
    figures: list[Figure]


@require_safe
@counter
def shoes(request: ShopRequest, customer: UUID) -> HttpResponse:
    """The last 90 days of the shop as this person lived them; each figure opens the rows that it counts."""
    person = person_of(request, customer)
    lived = shoes_of(person, now=timezone.now())
    return render(request, "counter/shoes.html", {"customer": person, "lived": lived, "parts": _parts(lived)})


def _parts(lived: Shoes) -> list[Part]:
    """In the order in which one would tell it; a figure of nothing is left out where nothing says nothing."""
    parts = [
        Part(_("Coming here"), [_came(lived), *_collected(lived)]),
        Part(_("Asked and had none"), [_in_vain(lived)]),
        Part(_("What we promised"), list(_ours(lived))),
        Part(_("What they promised"), list(_theirs(lived))),
        Part(_("What went wrong"), list(_problems(lived))),
        Part(_("Everything there?"), _complete(lived)),
        Part(_("Served alike?"), [_served(each) for each in lived.served]),
    ]
    return [part for part in parts if part.figures]


# Visits


def _came(lived: Shoes) -> Figure:
    return Figure(
        _("They came"), _times(len(lived.came)), [Fact(_day(lived, each.at), _who(each)) for each in lived.came]
    )


def _who(came: Came) -> str:
    served = _("served by %(name)s") % {"name": came.by.name} if came.by else _("not noted who served")
    if came.collected_by is None:
        return served
    return ", ".join((_("collected by %(name)s") % {"name": came.collected_by.name}, served))


def _collected(lived: Shoes) -> Iterable[Figure]:
    if others := lived.collected_by_others:
        names = Counter(each.collected_by.name for each in others)
        count = ", ".join(f"{name}: {times}" for name, times in names.most_common())
        yield Figure(_("Others came for them"), count, [Fact(_day(lived, each.at), _who(each)) for each in others])
    if lived.collected:
        rows = [Fact(_day(lived, each.at), _for(each)) for each in lived.collected]
        yield Figure(_("They came for others"), _times(len(rows)), rows)


def _for(visit: Visit) -> str:
    return _("for %(name)s") % {"name": visit.customer.name}


def _in_vain(lived: Shoes) -> Figure:
    rows = [Fact(_day(lived, each.at), _asking(lived, each)) for each in lived.in_vain]
    return Figure(_("Asked and had none"), _times(len(rows)), rows)


def _asking(lived: Shoes, each: AskedInVain) -> str:
    if each.wish is None:
        return named(each.product)
    return f"{asked_for(each.wish)}: {_since(lived, each.wish)}"


def _since(lived: Shoes, wish: Wish) -> str:
    """What became of a wish."""
    if wish.outcome == Wish.Outcome.TOOK:
        return _("took it on %(day)s") % {"day": _day(lived, wish.closed_at)}
    if wish.outcome:
        return wish.get_outcome_display()
    if wish.told_at:
        return _("told on %(day)s that it is here") % {"day": _day(lived, wish.told_at)}
    return _("it is here, not told yet") if wish.came_in_at else _("waits for it")


# Promises


def _ours(lived: Shoes) -> Iterable[Figure]:
    labels = {
        Outcome.KEPT: _("Kept"),
        Outcome.LATE: _("Kept late"),
        Outcome.PART: _("Kept in part"),
        Outcome.BROKEN: _("Broken"),
        "": _("Overdue now"),
        Outcome.RELEASED: _("They let us off"),
    }
    for outcome, label in labels.items():
        if found := lived.promises_that(OURS, outcome):
            yield Figure(label, str(len(found)), [_promise(each) for each in found])


def _theirs(lived: Shoes) -> Iterable[Figure]:
    """Kept is all that they did in the end: a late kindness is one."""
    done = lived.promises_that(THEIRS, Outcome.KEPT, Outcome.LATE, Outcome.PART)
    other = lived.promises_that(THEIRS, Outcome.BROKEN, "")
    if done or other:
        count = _("%(count)s of %(of)s") % {"count": len(done), "of": len(done) + len(other)}
        yield Figure(_("Kept"), count, [_promise(each) for each in done])
    if other:
        yield Figure(_("Not yet, or not"), str(len(other)), [_promise(each) for each in other])


def _promise(promise: Promise) -> Fact:
    day = due_day(promise.vendor, promise.due_at, any_time=promise.due_any_time)
    return Fact(_date(day), f"{promised(promise)}{_outcome(promise)}")


def _outcome(promise: Promise) -> str:
    """What the label of its figure does not say."""
    if promise.late_by:
        return ": " + _("late by %(time)s") % {"time": timesince(promise.due_at, promise.closed_at)}
    return f": {promise.get_outcome_display()}" if promise.outcome == Outcome.PART else ""


# Problems


def _problems(lived: Shoes) -> Iterable[Figure]:
    for what, label in Problem.What.choices:
        if found := [each for each in lived.problems if each.what == what]:
            yield Figure(str(label).capitalize(), str(len(found)), [_problem(each) for each in found])
    if lived.problems:
        asked = lived.asked_afterwards
        count = _("%(count)s of %(of)s") % {"count": len(asked), "of": len(lived.problems)}
        yield Figure(_("Asked afterwards whether it is right again"), count, [_answer(lived, each) for each in asked])


def _problem(problem: Problem) -> Fact:
    remedy = problem.get_remedy_display() or _("nothing done yet")
    return Fact(_date(problem.happened_on), f"{went_wrong(problem)}: {remedy}")


def _answer(lived: Shoes, problem: Problem) -> Fact:
    return Fact(_day(lived, problem.asked_at), f"{went_wrong(problem)}: {problem.get_answer_display()}")


# Whether all was there, and whether everybody served alike


def _complete(lived: Shoes) -> list[Figure]:
    both = {
        _("Had everything they asked for"): lived.all_asked,
        _("Their usual was complete"): lived.usual,
    }
    return [_completeness(label, counted, lived) for label, counted in both.items() if counted.of]


def _completeness(label: str, counted: Completeness, lived: Shoes) -> Figure:
    rows = [Fact(_day(lived, came.at), _without(missed, lived)) for came, missed in counted.lacking]
    return Figure(label, _of_visits(counted.complete, counted.of), rows)


def _without(products: Iterable[int], lived: Shoes) -> str:
    names = (named(lived.products[each]) for each in products)
    return _("without %(what)s") % {"what": ", ".join(names)}


def _served(row: ServedBy) -> Figure:
    name = row.member.name if row.member else _("Not noted who served")
    visits = ngettext("%(count)d visit", "%(count)d visits", row.visits) % {"count": row.visits}
    if row.is_early:
        return Figure(name, _("%(visits)s: too early to compare") % {"visits": visits}, [])
    problems = ngettext("%(count)d problem", "%(count)d problems", row.problems) % {"count": row.problems}
    complete = _("complete in %(count)s of %(of)s") % {"count": row.complete, "of": row.asking}
    return Figure(name, ", ".join((visits, complete, problems)), [])


def _of_visits(count: int, of: int) -> str:
    return ngettext("%(count)d of %(of)d visit", "%(count)d of %(of)d visits", of) % {"count": count, "of": of}


def _times(count: int) -> str:
    return ngettext("%(count)d time", "%(count)d times", count) % {"count": count}


def _day(lived: Shoes, moment: dt.datetime) -> str:
    return _date(lived.vendor.day_of(moment))


def _date(day: dt.date) -> str:
    return date_format(day, "D j M")
