"""
The people of a shop together: on which weekdays they come, and how far the weights of `rhythm` are off for them.

Pure: everybody's days come in, values go out.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from customers.visits.rhythm import ALWAYS_OPEN, SILENT, OpenDays, Rhythm, ShopFactor, ShopWeek, rhythm

WEEKS = 20
"""How far back the weekdays are looked at."""
REPLAYED = 28
"""Days of which it is looked up what one would have expected the evening before."""
SAMPLE = 200
"""People whom that is looked up for: more would not make a shop's factor any surer."""


class Crowd(NamedTuple):
    """What is known of all together, for the next open day."""

    week: ShopWeek
    factor: ShopFactor

    def chance(self, of: Rhythm, day: int) -> float:
        """The chance that somebody of this rhythm comes on the open `day` (an ordinal)."""
        return self.factor.corrected(of.chance(self.week.weekday(day)))


def learn(
    people: Mapping[int, Sequence[int]], until: int, closed: Iterable[int] = (), calendar: OpenDays = ALWAYS_OPEN
) -> Crowd:
    """The crowd of `people` (each with the days on which they came, rising), as known when the day `until` is over."""
    came = Counter(day for days in people.values() for day in days)
    firsts = sorted(days[0] for days in people.values())
    sampled = _sample(people)
    shut = set(closed)
    week, factor = ShopWeek(), ShopFactor()
    for day in range(until - 7 * WEEKS + 1, until + 1):
        known = bisect_right(firsts, day - 1)
        if day in shut or not known:
            continue
        if day > until - REPLAYED:
            factor.end_day(*_looked_up(sampled, day, week.weekday(day), calendar))
        week.end_day(day, came[day], known)
    return Crowd(week, factor)


def _sample(people: Mapping[int, Sequence[int]]) -> list[Sequence[int]]:
    """Everybody in a small shop, else one of so many, always the same."""
    step = max(1, len(people) // SAMPLE)
    return [people[person] for person in sorted(people)[::step]]


def _looked_up(sampled: Iterable[Sequence[int]], day: int, weekday: float, calendar: OpenDays) -> tuple[float, float]:
    """How many of the sampled came on `day`, and how many were to be expected the evening before."""
    came = expected = 0.0
    for days in sampled:
        known = rhythm(days, day - 1, day, calendar)
        if known and known.visits >= SILENT:
            expected += known.chance(weekday)
            came += _is_in(days, day)
    return came, expected


def _is_in(days: Sequence[int], day: int) -> bool:
    place = bisect_right(days, day)
    return place > 0 and days[place - 1] == day
