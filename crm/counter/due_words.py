"""By when something was promised, in the shop's words: "today 18:00", "tomorrow", "overdue since Tue 24 Nov 18:00"."""

import datetime as dt
from typing import NamedTuple

from django.utils.formats import date_format, time_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from customers.promises.due import due_day, due_moment
from vendors.models import Vendor

HOURS = 9, 12, 15, 18, 20
"""Full hours of a day by which something is promised with one tap."""
HOURS_SHOWN = 3
NAMED_DAYS = 7
"""Days that are offered with one tap, today among them."""
OVERDUE, TODAY, LATER = "overdue", "today", "later"
SIGNS = {OVERDUE: "!", TODAY: "⏰", LATER: ""}


class Due(NamedTuple):
    """How urgent it is, with a sign and in words."""

    state: str
    sign: str
    words: str


class DueChoice(NamedTuple):
    """A time that is offered: its value is a day, or a day with a time of the shop's clock."""

    value: str
    words: str


def due_said(vendor: Vendor, due_at: dt.datetime, *, any_time: bool, now: dt.datetime) -> Due:
    """How urgent it is `now` what is due at `due_at`, or at any time of the day that ends then."""
    words = time_said(vendor, due_at, any_time=any_time, now=now)
    if due_at < now:
        return Due(OVERDUE, SIGNS[OVERDUE], overdue_said(words))
    day = due_day(vendor, due_at, any_time=any_time)
    state = TODAY if day == vendor.day_of(now) else LATER
    return Due(state, SIGNS[state], words)


def overdue_said(words: str) -> str:
    """Of what was due at a time that `words` say, and is not done."""
    return _("overdue since %(day)s") % {"day": words}


def time_said(vendor: Vendor, due_at: dt.datetime, *, any_time: bool, now: dt.datetime) -> str:
    """A day, with its time if one was said: "today 18:00", "Fri 27 Nov"."""
    day = _day_said(due_day(vendor, due_at, any_time=any_time), vendor.day_of(now))
    return day if any_time else f"{day} {time_format(due_at.astimezone(vendor.tz), 'H:i')}"


def _day_said(day: dt.date, today: dt.date) -> str:
    named = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}.get((day - today).days)
    return named or date_format(day, "D j M" if day.year == today.year else "D j M Y")


def late_said(due_at: dt.datetime, closed_at: dt.datetime) -> str:
    """By how long it was late: "late by 2 hours"."""
    if closed_at - due_at < dt.timedelta(minutes=1):
        return _("a little late")
    return _("late by %(time)s") % {"time": timesince(due_at, closed_at, depth=1)}


def due_choices(vendor: Vendor, now: dt.datetime) -> list[DueChoice]:
    """What is offered with one tap: the next full hours of today, today at any time, and the days after it."""
    today = vendor.day_of(now)
    hours = [dt.time(hour) for hour in HOURS if due_moment(vendor, today, dt.time(hour)) > now]
    at_hours = [
        DueChoice(f"{today:%Y-%m-%d}T{at:%H:%M}", _("today %(time)s") % {"time": time_format(at, "H:i")})
        for at in hours[:HOURS_SHOWN]
    ]
    days = [today + dt.timedelta(days=ahead) for ahead in range(NAMED_DAYS)]
    named = [DueChoice(f"{day:%Y-%m-%d}", _day_said(day, today)) for day in days]
    named[0] = DueChoice(named[0].value, _("today, any time"))
    week = today + dt.timedelta(days=NAMED_DAYS)
    return [*at_hours, *named, DueChoice(f"{week:%Y-%m-%d}", _("in a week"))]


def due_choices_of_any_day() -> list[DueChoice]:
    """The same on a page that is kept for days: its values count the days from that of the tap, like "+1"."""
    hours = [
        DueChoice(f"+0T{hour:02}:00", _("today %(time)s") % {"time": time_format(dt.time(hour), "H:i")})
        for hour in HOURS
    ]
    days = {"+0": _("today, any time"), "+1": _("tomorrow"), f"+{NAMED_DAYS}": _("in a week")}
    return [*hours, *(DueChoice(value, said) for value, said in days.items())]
