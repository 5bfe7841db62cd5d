"""
Who stays away, as known when a day of the shop is over: due and not here, drifting, quietly gone; and who came back.

Each is in one list at most, and whoever came on the day in none. A day on which the shop was closed is no silence, and
one that is not over is none yet.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.utils import timezone

from customers.visits.attendance import standing_on
from customers.visits.coming import closed_before
from customers.visits.evidence import WEEKS
from customers.visits.expecting import AWAY, Gaps, People, people_of, usual_gaps
from customers.visits.regulars import regulars_of
from customers.visits.rhythm import Rhythm, State, rhythm
from vendors.models import Vendor
from vendors.opening.keeping import opening_times
from vendors.past import while_past_stands

LIKELY = 0.5
"""The chance from which on somebody is due: they come on more such days than not."""
DRIFTING = frozenset({State.OVERDUE, State.WATCH})
LATELY = 30
"""Open days for which it is still news that somebody has quietly gone."""
ONE_DAY = dt.timedelta(days=1)


class Away(NamedTuple):
    """
    Somebody (by id) who was not here on a day: their `rhythm` when it was over, and the `chance` (0 to 1) before it.

    `last` is the day on which they were here last, `away` days of the calendar before. Of the last eight weeks they
    came in `weeks` on the weekday of that day.
    """

    customer: int
    rhythm: Rhythm
    chance: float
    gaps: Gaps
    last: dt.date
    away: int
    weeks: int

    @property
    def gone_for(self) -> int:
        """Open days since it is to be said that they have quietly gone."""
        return self.rhythm.silence - self.rhythm.limits.left

    @property
    def is_news(self) -> bool:
        return self.gone_for < LATELY


class Back(NamedTuple):
    """Somebody (by id) who came on a day after a silence of `away` days of the calendar, which was long for them."""

    customer: int
    gaps: Gaps
    came: dt.date
    away: int


class Missing(NamedTuple):
    """
    Who stayed away on a day: `due` the likeliest first, `drifting` the longest beyond their gaps first, and `lapsed`
    the latest first. The first two are among the `regulars`, of whom there are so many.

    While it `is_running` nobody has missed the day: `due` are those who may still come.
    """

    due: list[Away]
    drifting: list[Away]
    lapsed: list[Away]
    regulars: int
    is_running: bool
    is_closed: bool

    @property
    def news(self) -> list[Away]:
        """Of the lapsed those who are it since lately."""
        return [each for each in self.lapsed if each.is_news]


class Turned(NamedTuple):
    """Who began to drift, who lapsed and who came back within some days; `regulars` as before the last of them."""

    drifting: list[Away]
    lapsed: list[Away]
    back: list[Back]
    regulars: int
    is_running: bool


class Known(NamedTuple):
    """What is known of somebody on the evening before a day: their rhythm, and the chance that they come on it."""

    rhythm: Rhythm
    chance: float


def missing_on(vendor: Vendor, day: dt.date) -> Missing:
    """
    Who stayed away on the shop's `day`, which has come; a handful of statements, however many they are.

    Due is a regular who is not drifting and whose chance was `LIKELY`, or whose usual gaps (`usual_gaps`) ended on the
    day: of those who come every 3 to 4 days who was here 4 days ago.
    """
    people, regulars, evening = people_of(vendor, day), regulars_of(vendor, day), _evening(vendor, day)
    due, drifting, lapsed = [], [], []
    for customer, known in _known_before(vendor, day).items():
        if customer in evening.came:
            continue
        now, is_regular = evening.known(known.rhythm), customer in regulars
        state = now.state
        if state == State.LEFT:
            lapsed.append(_away(people, customer, now, known.chance))
        elif is_regular and state in DRIFTING:
            drifting.append(_away(people, customer, now, known.chance))
        elif is_regular and not evening.is_closed and _is_due(people, customer, known.chance):
            due.append(_away(people, customer, now, known.chance))
    return Missing(
        due=sorted(due, key=lambda each: (-each.chance, each.customer)),
        drifting=_longest_first(drifting),
        lapsed=_latest_first(lapsed),
        regulars=len(regulars),
        is_running=evening.is_running,
        is_closed=evening.is_closed,
    )


def turned(vendor: Vendor, first: dt.date, last: dt.date) -> Turned:
    """Whose silence began to say something, or ended, from `first` to `last`, which have come."""
    before, people, evening = _known_before(vendor, first), people_of(vendor, last), _evening(vendor, last)
    regulars, drifting, lapsed = regulars_of(vendor, last), [], []
    for customer, known in _known_before(vendor, last).items():
        if customer in evening.came:
            continue
        then = before[customer].rhythm.state if customer in before else State.UNKNOWN
        now = evening.known(known.rhythm)
        state = now.state
        if state == State.LEFT != then:
            lapsed.append(_away(people, customer, now, known.chance))
        elif state in DRIFTING and then not in DRIFTING and customer in regulars:
            drifting.append(_away(people, customer, now, known.chance))
    back = _back(vendor, first, last, evening.came)
    return Turned(
        drifting=_longest_first(drifting),
        lapsed=_latest_first(lapsed),
        back=sorted(back, key=lambda each: (each.came, each.customer), reverse=True),
        regulars=len(regulars),
        is_running=evening.is_running,
    )


def closes_at(vendor: Vendor, day: dt.date) -> dt.datetime:
    """When the shop closes on its `day`, after which nobody comes any more; the end of the day if nobody said that."""
    _start, end = vendor.day_bounds(day)
    hours = opening_times(vendor).hours_on(day)
    if not hours:
        return end
    closes = hours[-1][1]
    on = day if closes > vendor.day_starts else day + ONE_DAY
    return min(dt.datetime.combine(on, closes, vendor.tz).astimezone(dt.UTC), end)


class _Evening(NamedTuple):
    """Who (by id) came on a day, and whether it counts as one on which one may have stayed away."""

    came: frozenset[int]
    is_running: bool
    is_closed: bool

    def known(self, before: Rhythm) -> Rhythm:
        """The rhythm of who did not come, with the day's silence."""
        counts = not self.is_running and not self.is_closed
        return before._replace(silence=before.silence + 1) if counts else before


def _evening(vendor: Vendor, day: dt.date) -> _Evening:
    came = frozenset(standing_on(vendor, [day]).order_by().values_list("customer", flat=True))
    is_running = timezone.now() < closes_at(vendor, day)
    is_closed = not came and not is_running and day.toordinal() in closed_before(vendor, day + ONE_DAY)
    return _Evening(came, is_running, is_closed)


@while_past_stands
def _known_before(vendor: Vendor, day: dt.date) -> dict[int, Known]:
    """Of everybody whose silence may say something."""
    people, found = people_of(vendor, day), {}
    for customer, came in people.comings.items():
        known = rhythm(came.days, people.day - 1, people.day, people.calendar)
        if known and known.state not in (State.UNKNOWN, State.EARLY):
            found[customer] = Known(known, people.crowd.chance(known, people.day))
    return found


def _is_due(people: People, customer: int, chance: float) -> bool:
    return chance >= LIKELY or _gaps_end(people, customer)


def _gaps_end(people: People, customer: int) -> bool:
    """Whether the longest of their usual gaps is reached on this day, and was not on the open day before."""
    days = people.comings[customer].days
    gaps, before = usual_gaps(days), people.day - 1
    while before in people.closed:
        before -= 1
    return before - days[-1] < gaps.long <= people.day - days[-1]


def _away(people: People, customer: int, known: Rhythm, chance: float) -> Away:
    days = people.comings[customer].days
    weeks = sum(people.day - 7 * week in days for week in range(1, WEEKS + 1))
    return Away(customer, known, chance, usual_gaps(days), dt.date.fromordinal(days[-1]), people.day - days[-1], weeks)


def _back(vendor: Vendor, first: dt.date, last: dt.date, came_last: frozenset[int]) -> Iterator[Back]:
    """Who was away before `first` and came from then on, on the `last` day perhaps."""
    then, now = people_of(vendor, first), people_of(vendor, last)
    for customer, known in _known_before(vendor, first).items():
        if known.rhythm.state in AWAY:
            later = now.comings[customer].days if customer in now.comings else []
            came = next(iter(later[bisect_left(later, then.day) :]), now.day if customer in came_last else None)
            if came is not None:
                days = then.comings[customer].days
                yield Back(customer, usual_gaps(days), dt.date.fromordinal(came), came - days[-1])


def _longest_first(found: Iterable[Away]) -> list[Away]:
    return sorted(found, key=lambda each: (-each.rhythm.lateness, each.customer))


def _latest_first(found: Iterable[Away]) -> list[Away]:
    return sorted(found, key=lambda each: (each.gone_for, each.customer))
