"""Whom the shop may expect on a day, who is overdue, and who has quietly left."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import itemgetter
from statistics import median_low
from typing import NamedTuple

from customers.models import Customer
from customers.visits.coming import Comings, closed_before, comings_before, comings_of
from customers.visits.crowd import learn
from customers.visits.rhythm import EARLY, OpenDays, Rhythm, State, rhythm
from vendors.models import Vendor
from vendors.past import while_past_stands

LATEST = 20
"""Visits that tell somebody's hours."""
AROUND = 75
"""Minutes by which a visit may be earlier or later and still be at this hour."""
HOUR_PRIOR = 2.0
"""Visits at the shop's own hours that somebody's hours are mixed with."""
SEEN_WITHIN = 120
"""Days after which nobody is expected any more on a certain day: who comes so seldom comes on any."""
AWAY = frozenset({State.OVERDUE, State.WATCH, State.LEFT})
GAPS = 12
"""Gaps that somebody's rhythm is told by."""


class Expected(NamedTuple):
    """What to expect of one person (by id) on a day: the chance (0 to 1) that they come at all, and when."""

    customer: int
    chance: float
    rhythm: Rhythm
    comings: Comings

    @property
    def has_left(self) -> bool:
        """Whether they have perhaps quietly left: nobody waits for them any more."""
        return self.rhythm.state == State.LEFT

    def chance_around(self, minute: int, shop: float) -> float:
        """The chance that they come about `minute` of the day, when a share `shop` of all visits is at that hour."""
        minutes = self.comings.minutes[-LATEST:]
        share = (times_around(minutes, minute) + HOUR_PRIOR * shop) / (len(minutes) + HOUR_PRIOR)
        return self.chance * share


class Gaps(NamedTuple):
    """Between which numbers of days the middle half of somebody's gaps lies."""

    short: int
    long: int


class Standing(NamedTuple):
    """
    One person's rhythm as known before today. `away` are the days since they were here last, None if they never were.

    `visits` are the days on which they came, of which the latest `rhythm.DAYS` are read; `gaps` is None as long as it
    is too early to say how often.
    """

    state: State
    visits: int
    gaps: Gaps | None
    away: int | None


class People:
    """The people of a shop as they are known on the evening before `day`; nothing later is looked at."""

    def __init__(self, vendor: Vendor, day: dt.date) -> None:
        self.day = day.toordinal()
        self.comings = comings_before(vendor, day)
        self.closed = closed_before(vendor, day)
        self.calendar = OpenDays(self.closed)
        days = {customer: came.days for customer, came in self.comings.items()}
        self.crowd = learn(days, self.day - 1, self.closed, self.calendar)
        self._expected: list[Expected] | None = None

    def expected(self) -> list[Expected]:
        """What to expect on the day of everybody seen of late; not to be changed, for it is computed once."""
        if self._expected is None:
            self._expected = self.expected_on(self.day)
        return self._expected

    def expected_on(self, day: int) -> list[Expected]:
        """As `expected`, on an open `day` (an ordinal) not long after that."""
        since = day - SEEN_WITHIN
        return [
            Expected(customer, self.crowd.chance(known, day), known, came)
            for customer, came in self.comings.items()
            if came.days[-1] >= since and (known := rhythm(came.days, self.day - 1, day, self.calendar))
        ]

    def staying_away(self) -> dict[int, Standing]:
        """By customer (id) who stays away longer than they use to, the longest beyond it first."""
        late: list[tuple[float, int, Standing]] = []
        for customer, came in self.comings.items():
            known = rhythm(came.days, self.day - 1, self.day, self.calendar)
            if known and known.state in AWAY:
                standing = Standing(known.state, known.visits, usual_gaps(came.days), self.day - came.days[-1])
                late.append((known.lateness, customer, standing))
        return {
            customer: standing for _lateness, customer, standing in sorted(late, key=itemgetter(0, 1), reverse=True)
        }


@while_past_stands
def people_of(vendor: Vendor, day: dt.date) -> People:
    """`People` before the shop's present `day`."""
    return People(vendor, day)


@while_past_stands
def expected_today(vendor: Vendor, day: dt.date) -> list[Expected]:
    """What to expect of everybody on the shop's present `day`."""
    return people_of(vendor, day).expected()


def standing_of(customer: Customer, day: dt.date) -> Standing:
    """The rhythm of one person, as known before the shop's present `day`."""
    return standing_by(comings_of(customer, day), customer.vendor, day)


@while_past_stands
def standings_of(vendor: Vendor, day: dt.date) -> dict[int, Standing]:
    """As `standing_of`, of everybody (by id) who was here within a year and `is_awaited`."""
    people, before = people_of(vendor, day), day.toordinal() - 1
    return {
        customer: standing_in(rhythm(came.days, before, people.day, people.calendar), came.days, day)
        for customer, came in people.comings.items()
    }


def standing_by(comings: Comings, vendor: Vendor, day: dt.date) -> Standing:
    """As `standing_of`, of somebody of whom all `comings` before `day` are known."""
    days = comings.days
    return standing_in(rhythm(days, day.toordinal() - 1, day.toordinal(), _calendar(vendor, day)), days, day)


def standing_in(known: Rhythm | None, days: Sequence[int], day: dt.date) -> Standing:
    """What is said before `day` of somebody who came on `days` (ordinals, rising) and whose rhythm is `known`."""
    if known is None:
        return Standing(State.UNKNOWN, 0, None, None)
    return Standing(known.state, known.visits, usual_gaps(days), day.toordinal() - days[-1])


@while_past_stands
def _calendar(vendor: Vendor, day: dt.date) -> OpenDays:
    return OpenDays(closed_before(vendor, day))


def usual_gaps(days: Sequence[int]) -> Gaps | None:
    """The middle half of the last `GAPS` gaps, in days of the calendar; None under `EARLY` visits."""
    if len(days) < EARLY:
        return None
    latest = days[-GAPS - 1 :]
    gaps = sorted(later - earlier for earlier, later in pairwise(latest))
    return Gaps(gaps[len(gaps) // 4], gaps[-1 - len(gaps) // 4])


def usual_minute(comings: Comings, weekday: int) -> int:
    """The middle minute of the visits that tell the hour on `weekday` (0 is Monday)."""
    return median_low(minute for _day, minute in telling_hours(comings, weekday))


def telling_hours(comings: Comings, weekday: int) -> list[tuple[int, int]]:
    """Day and minute of the latest visits: of those on `weekday` (0 is Monday), if there are enough of them."""
    latest = list(zip(comings.days, comings.minutes, strict=True))[-2 * LATEST :]
    same = [(day, minute) for day, minute in latest if (day - 1) % 7 == weekday]
    return same if len(same) > 2 else latest[-LATEST:]


def times_around(minutes: Iterable[int], minute: int) -> int:
    """How many of `minutes` are at most `AROUND` from `minute`."""
    return sum(abs(each - minute) <= AROUND for each in minutes)
