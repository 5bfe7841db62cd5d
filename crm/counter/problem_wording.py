"""What went wrong, and each step of it, in the shop's words."""

import datetime as dt
from typing import Protocol

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from customers.promises import problems
from customers.promises.models import Problem, ProblemEdit

LATELY = 6
"""Days ago up to which a day is called by its weekday."""


class Named(Protocol):
    """A product, or its names alone."""

    def name_in(self, language: str) -> str: ...


class Wrong(Protocol):
    """What `Problem` and `OpenProblem` have in common."""

    product: Named | None
    what: str
    text: str
    happened_on: dt.date
    remedy: str


def day_said(day: dt.date, today: dt.date) -> str:
    """A day of the shop as one says it on `today`: "today", "Tuesday", "3 November"."""
    ago = (today - day).days
    if ago == 0:
        return _("today")
    if ago == 1:
        return _("yesterday")
    if 0 < ago <= LATELY:
        return str(WEEKDAYS[day.weekday()])
    return date_format(day, "j M" if day.year == today.year else "j M Y")


def about(product: Named | None, day: dt.date, today: dt.date) -> str:
    """What it is about: "Onion of Tuesday", "Tuesday"."""
    when = day_said(day, today)
    if product is None:
        return when[:1].upper() + when[1:]
    return _("%(product)s of %(day)s") % {"product": product.name_in(get_language() or ""), "day": when}


def wrong(problem: Wrong, today: dt.date) -> str:
    """What went wrong: "Onion of Tuesday: soft, half of them"."""
    what = "" if problem.what == Problem.What.OTHER else str(Problem.What(problem.what).label)
    said = ", ".join(word for word in (what, problem.text) if word)
    return _("%(about)s: %(what)s") % {"about": about(problem.product, problem.happened_on, today), "what": said}


def state(problem: Problem) -> str:
    """How far it is."""
    if problem.is_undone:
        return _("noted by mistake")
    if problem.closed_at:
        return _("closed: right again") if problem.customer_id else pgettext("problem", "closed")
    if problem.remedy:
        return _("%(remedy)s, not asked yet") % {"remedy": problem.get_remedy_display()}
    return _("nothing done yet")


def step_said(edit: ProblemEdit) -> str:
    """What a step did."""
    after = edit.after
    if problems.TOOK_BACK in after:
        return _("one step undone")
    if after.get("is_undone"):
        return _("noted by mistake")
    if "answer" in after:
        return _("asked: %(answer)s") % {"answer": Problem.Answer(after["answer"]).label}
    if "remedy" in after:
        return str(Problem.Remedy(after["remedy"]).label) if after["remedy"] else _("nothing done yet")
    if "is_hard" in after:
        return _("hard") if after["is_hard"] else _("easy")
    return _("who looks after it, and by when")
