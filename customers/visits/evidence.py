"""Why it is said how often somebody comes, that they stay away, or that they are likely today: the days, as rows."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from customers.models import Customer
from customers.visits.coming import Comings, closed_before, comings_of
from customers.visits.expecting import (
    GAPS,
    Standing,
    expected_today,
    standing_in,
    telling_hours,
    usual_gaps,
    usual_minute,
)
from customers.visits.models import Visit
from customers.visits.rhythm import Limits, OpenDays, rhythm
from vendors.models import Vendor
from vendors.opening.keeping import opening_times

WEEKS = 8
"""Weeks of which it is said on how many somebody came on this weekday."""


@dataclass(frozen=True)
class Coming:
    """
    A day on which they came, first at `minute` of it, so many days after the time before; None of the first one shown.

    `closed` are the days in between on which the shop was closed. The gap is `usual` if it is none of the quarter of
    the shortest nor of the quarter of the longest ones.
    """

    day: dt.date
    minute: int
    gap: int | None
    usual: bool
    closed: tuple[dt.date, ...]


@dataclass(frozen=True)
class Weekday:
    """The same weekday of another week, with the minute at which they came, if they did."""

    day: dt.date
    minute: int | None
    is_closed: bool


@dataclass(frozen=True)
class Hour:
    """A day that tells their hour; of one the `minute` is the middle one."""

    day: dt.date
    minute: int
    is_middle: bool


@dataclass(frozen=True)
class RhythmEvidence:
    """
    What is said of somebody's coming, as known before today, with its rows; the latest are first.

    `missed` is the number of open days since they came last, `since` are the closed ones. `chance` (0 to 1) is that of
    coming today; None when nothing is known. `today` is when they came today. `reasons` say why the shop was closed,
    where that was planned.
    """

    standing: Standing
    missed: int
    limits: Limits | None
    comings: list[Coming]
    since: list[dt.date]
    chance: float | None
    weekdays: list[Weekday]
    hours: list[Hour]
    reasons: dict[dt.date, str]
    today: dt.datetime | None
    why_closed_today: str


def rhythm_of(customer: Customer, day: dt.date) -> RhythmEvidence:
    """Why the shop says on its present `day` what it says of how `customer` comes."""
    vendor, now = customer.vendor, day.toordinal()
    came, closed, times = comings_of(customer, day), closed_before(vendor, day), opening_times(vendor)
    known = rhythm(came.days, now - 1, now, OpenDays(closed))
    since = _closed_in(range(came.days[-1] + 1, now), closed) if came.days else []
    rows = coming_rows(came, closed)
    weekdays = weekday_rows(came, day, closed)
    shut = {*since, *(each for row in rows for each in row.closed), *(row.day for row in weekdays if row.is_closed)}
    return RhythmEvidence(
        standing=standing_in(known, came.days, day),
        missed=known.silence if known else 0,
        limits=known and known.limits,
        comings=rows,
        since=since,
        chance=_chance(vendor, customer, day),
        weekdays=weekdays,
        hours=hour_rows(came, day.weekday()),
        reasons={each: times.why_closed(each) for each in shut},
        today=_came_today(customer, day),
        why_closed_today=times.why_closed(day),
    )


def coming_rows(came: Comings, closed: Collection[int]) -> list[Coming]:
    """The days of "every 3 to 4 days": those between the last gaps."""
    days, minutes = came.days[-GAPS - 1 :], came.minutes[-GAPS - 1 :]
    usual = usual_gaps(came.days)
    rows = [_coming(day, minute, None, False, ()) for day, minute in zip(days[:1], minutes, strict=False)]
    for (before, day), minute in zip(pairwise(days), minutes[1:], strict=True):
        gap = day - before
        is_usual = usual is not None and usual.short <= gap <= usual.long
        rows.append(_coming(day, minute, gap, is_usual, _closed_in(range(before + 1, day), closed)))
    return rows[::-1]


def weekday_rows(came: Comings, day: dt.date, closed: Collection[int]) -> list[Weekday]:
    """The days of "5 of 8 weeks": the weekday of `day` in the weeks before it."""
    minutes = dict(zip(came.days, came.minutes, strict=True))
    days = [day.toordinal() - 7 * week for week in range(1, WEEKS + 1)]
    return [Weekday(dt.date.fromordinal(each), minutes.get(each), each in closed) for each in days]


def hour_rows(came: Comings, weekday: int) -> list[Hour]:
    """The days of "about 10:00", on `weekday` (0 is Monday) if there are enough of these."""
    if not came.days:
        return []
    middle = usual_minute(came, weekday)
    telling = telling_hours(came, weekday)[::-1]
    place = next(place for place, (_day, minute) in enumerate(telling) if minute == middle)
    return [Hour(dt.date.fromordinal(day), minute, at == place) for at, (day, minute) in enumerate(telling)]


def _coming(day: int, minute: int, gap: int | None, usual: bool, closed: Sequence[dt.date]) -> Coming:
    return Coming(dt.date.fromordinal(day), minute, gap, usual, tuple(closed))


def _closed_in(days: range, closed: Collection[int]) -> list[dt.date]:
    return [dt.date.fromordinal(day) for day in days if day in closed]


def _chance(vendor: Vendor, customer: Customer, day: dt.date) -> float | None:
    return next((each.chance for each in expected_today(vendor, day) if each.customer == customer.pk), None)


def _came_today(customer: Customer, day: dt.date) -> dt.datetime | None:
    start, end = customer.vendor.day_bounds(day)
    visits = Visit.objects.standing().filter(customer=customer, at__gte=start, at__lt=end).order_by("at")
    return visits.values_list("at", flat=True).first()
