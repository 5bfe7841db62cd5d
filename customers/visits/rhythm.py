"""
A person's rhythm: how often they come, how likely they come on a day, and whether they have quietly left.

Pure: days and times come in as numbers, values go out. A day is its ordinal (`date.toordinal`). Silence is counted in
days on which the shop was open: nobody can come to a closed door.

The formulas are logistic blends of four simple figures, each of which is a person's own: how often lately, how often
ever, on which weekdays, and how their gaps are spread. Their weights were fitted once on the visits of 2,469 households
and are the same for every shop; what a shop's people do otherwise is corrected by its own days (`ShopFactor`).
`make bench-memory` measures them beside the usual rules and the BG/NBD model of Fader, Hardie and Lee (2005).
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from enum import StrEnum
from math import ceil, erfc, exp, log, sqrt
from operator import mul, sub
from typing import NamedTuple

DAYS = 60
"""How many of a person's latest days are read: what came before has no weight in their gaps any more."""
EARLY = 5
"""Visits under which it is too early to say whether somebody stays away, and ..."""
SILENT = 3
"""... under which nothing is said of their rhythm at all."""

MONTH = 30.0
"""Half-life in days of "lately"."""
WINDOW = 43
"""Days that "lately" is worth at most, against `PRIOR` days of the person's own rate."""
PRIOR = 5.0
STRANGER = 15.0
"""Days by which a person seems to be longer known than they are: one visit today makes no daily customer."""
WEEKLY = 0.85
"""What a weekday still weighs a week later."""
WEEKDAY_PRIOR = 2.0
GAP_KEEPS = 0.9
"""What a gap between two visits still weighs when one more has followed it."""
GAP_PRIOR, TYPICAL_GAP = 2.0, 1.95
"""A new person's gaps: so many of about seven days (1.95 is the logarithm of 7)."""
SPREAD_PRIOR, TYPICAL_SPREAD = 4.0, 0.64
OVERDUE, WATCH = 1.0, 1.85
"""How far beyond their typical gap a silence is, in spreads: five of six gaps are shorter than the first."""
LEFT, LONG = 2.1, log(50)
"""As far beyond the middle between their typical gap and fifty days, which is long for anybody (`Rhythm.lateness`)."""


class Weights(NamedTuple):
    """Of the logits of: lately, ever, own weekday, the shop's weekday, gaps; and what is added."""

    lately: float
    ever: float
    weekday: float
    shop: float
    gaps: float
    constant: float


WEIGHTS = Weights(0.246, 0.334, 0.271, 0.844, 0.459, 0.163)


class State(StrEnum):
    """What a person's silence says."""

    UNKNOWN = "unknown"
    EARLY = "early"
    STEADY = "steady"
    OVERDUE = "overdue"
    WATCH = "watch"
    LEFT = "left"


class OpenDays:
    """Counts the days on which a shop was open; `closed` are ordinals."""

    def __init__(self, closed: Collection[int] = ()) -> None:
        self._closed = sorted(set(closed))
        self._on_weekday = [[day for day in self._closed if day % 7 == weekday] for weekday in range(7)]

    def number(self, day: int) -> int:
        """A number for `day` that grows by one on each open day; of a closed day that of the open day before."""
        return day - bisect_left(self._closed, day + 1) if self._closed else day

    def numbers(self, days: Sequence[int]) -> Sequence[int]:
        """The number of each of `days`."""
        return [self.number(day) for day in days] if self._closed else days

    def weeks(self, day: int, target: int) -> int:
        """How many days of the weekday of `target` were open before it, from `day` on."""
        weeks = (target - day) // 7
        if not self._closed:
            return weeks
        closed = self._on_weekday[target % 7]
        return weeks - bisect_left(closed, target) + bisect_left(closed, day)


ALWAYS_OPEN = OpenDays()


class Limits(NamedTuple):
    """With so many open days gone by without them they are later than usual, to be kept an eye on, perhaps gone."""

    overdue: int
    watch: int
    left: int


class Rhythm(NamedTuple):
    """
    The figures of one person, as known at the end of a day, for the next open day.

    `lately`, `ever` and `weekday` are chances (0 to 1) to come on a day by each of these alone, and `gaps` that by the
    spread of their gaps. `middle` and `spread` are those of the logarithm of a gap; `silence` is in open days.
    """

    visits: int
    silence: int
    lately: float
    ever: float
    weekday: float
    gaps: float
    middle: float
    spread: float

    def chance(self, shop_weekday: float) -> float:
        """The chance to come on the next open day, of which `shop_weekday` is `ShopWeek.weekday`."""
        ever = logit(self.ever)
        return sigmoid(
            WEIGHTS.lately * logit(self.lately)
            + WEIGHTS.ever * ever
            + WEIGHTS.weekday * (logit(self.weekday) - ever)
            + WEIGHTS.shop * shop_weekday
            + WEIGHTS.gaps * logit(self.gaps)
            + WEIGHTS.constant
        )

    @property
    def state(self) -> State:
        """What the silence says, measured in their own spread: a monthly customer is not missed after ten days."""
        if self.visits < SILENT:
            return State.UNKNOWN
        if self.visits < EARLY:
            return State.EARLY
        limits = self.limits
        reached = ((limits.left, State.LEFT), (limits.watch, State.WATCH), (limits.overdue, State.OVERDUE))
        return next((state for limit, state in reached if self.silence >= limit), State.STEADY)

    @property
    def lateness(self) -> float:
        """
        How far the silence is beyond their own gaps and beyond fifty days, both in their own spreads: the sum.

        Own gaps alone ring too early for who comes daily and far too late for who comes once a month.
        """
        return (2 * log(max(self.silence, 1)) - self.middle - LONG) / self.spread

    @property
    def limits(self) -> "Limits":
        """The silences from which on `state` says more than that it is as usual."""
        left = ceil(exp((self.middle + LONG + LEFT * self.spread) / 2))
        watch = min(self.silence_of(WATCH), left)
        return Limits(min(self.silence_of(OVERDUE), watch), watch, left)

    def silence_of(self, limit: float) -> int:
        """The first silence, in open days, that is `limit` spreads beyond their typical gap."""
        return max(ceil(exp(self.middle + limit * self.spread)), 1)


def rhythm(days: Sequence[int], until: int, target: int, calendar: OpenDays = ALWAYS_OPEN) -> Rhythm | None:
    """
    The rhythm of who came on `days` (rising, none twice), as known when the day `until` is over; None without days.

    `target` is the next open day, whose weekday counts. Days after `until` are left out, and of the others all but the
    latest `DAYS`.
    """
    known = days[: bisect_left(days, until + 1)][-DAYS:]
    if not known:
        return None
    today, numbers = calendar.number(until), calendar.numbers(known)
    visits, first, silence = len(known), today - numbers[0], today - numbers[-1]
    ever = visits / (first + STRANGER)
    middle, spread = _gaps(numbers)
    return Rhythm(
        visits=visits,
        silence=silence,
        lately=_lately(numbers, today, ever),
        ever=ever,
        weekday=_weekday(known, target, ever, calendar),
        gaps=_hazard(silence, middle, spread),
        middle=middle,
        spread=spread,
    )


LONGEST = 1500
"""Days beyond which a visit has no weight in "lately", and up to which logarithms are looked up."""
DECAY = [0.5 ** (age / MONTH) for age in range(LONGEST)]
"""What a visit of so many days ago weighs in "lately"."""
LOGS = [0.0, *(log(gap) for gap in range(1, LONGEST))]
GAP_WEIGHTS = [GAP_KEEPS**past for past in range(DAYS)]


def _lately(numbers: Sequence[int], today: int, ever: float) -> float:
    """Visits per day of late: decayed, put right for how short they are known, and mixed with the rate of ever."""
    seen = min(today - numbers[0] + 1, LONGEST - 1)
    decayed = sum([DECAY[today - number] for number in numbers if today - number < LONGEST])
    raw = decayed * (log(2) / MONTH) / (1 - DECAY[seen])
    worth = min(seen, WINDOW)
    return (raw * worth + PRIOR * ever) / (worth + PRIOR)


def _weekday(days: Sequence[int], target: int, ever: float, calendar: OpenDays) -> float:
    """The share of the open weekdays of `target` on which they came."""
    came = sum([WEEKLY ** max(calendar.weeks(day, target) - 1, 0) for day in days if (target - day) % 7 == 0])
    could = (1 - WEEKLY ** calendar.weeks(days[0], target)) / (1 - WEEKLY)
    return (came + WEEKDAY_PRIOR * ever) / (could + WEEKDAY_PRIOR)


def _gaps(numbers: Sequence[int]) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm of the gaps, the latest weighing most."""
    gaps = map(sub, numbers[:0:-1], numbers[-2::-1])
    logs = [LOGS[gap] if gap < LONGEST else log(gap) for gap in gaps]
    weights = sum(GAP_WEIGHTS[: len(logs)])
    total = sum(map(mul, GAP_WEIGHTS, logs))
    squares = sum(map(mul, GAP_WEIGHTS, map(mul, logs, logs)))
    middle = (total + GAP_PRIOR * TYPICAL_GAP) / (weights + GAP_PRIOR)
    scattered = max(squares - 2 * middle * total + middle * middle * weights, 0.0)
    variance = (scattered + SPREAD_PRIOR * TYPICAL_SPREAD) / (weights + SPREAD_PRIOR)
    return middle, sqrt((variance + TYPICAL_SPREAD) / 2)


def _hazard(silence: int, middle: float, spread: float) -> float:
    """The chance that a gap ends now that has lasted so long, if gaps are lognormal."""
    longer = _beyond(silence + 0.5, middle, spread)
    return (longer - _beyond(silence + 1.5, middle, spread)) / longer if longer > 0 else 0.0


def _beyond(gap: float, middle: float, spread: float) -> float:
    return 0.5 * erfc((log(gap) - middle) / (spread * sqrt(2)))


def logit(chance: float) -> float:
    chance = min(max(chance, 1e-4), 1 - 1e-4)
    return log(chance / (1 - chance))


def sigmoid(value: float) -> float:
    return 1 / (1 + exp(-value))


class ShopWeek:
    """The shop's weekdays: on which a larger part of its people comes. Told day by day."""

    def __init__(self) -> None:
        self.came = [0.0] * 7
        self.known = [0.0] * 7

    def end_day(self, day: int, came: int, known: int) -> None:
        """Let `day` be over, on which `came` of the `known` people came; closed days are not told."""
        weekday = day % 7
        self.came[weekday] = self.came[weekday] * WEEKLY + came
        self.known[weekday] = self.known[weekday] * WEEKLY + known

    def weekday(self, day: int) -> float:
        """How much more than on the mean day come on the weekday of `day`: the difference of the logits."""
        came, known = sum(self.came), sum(self.known)
        if not known:
            return 0.0
        mean = came / known
        prior = sum(self.known) / 7 * 0.25  # a quarter of a day's people: one rainy Monday proves little
        weekday = day % 7
        return logit((self.came[weekday] + prior * mean) / (self.known[weekday] + prior)) - logit(mean)


class ShopFactor:
    """What the people of a shop do otherwise than the weights say, from its past days: a factor of the odds."""

    KEEPS = 0.5 ** (1 / 21)
    STEADY = 30.0

    def __init__(self) -> None:
        self.came = self.expected = 0.0

    def end_day(self, came: float, expected: float) -> None:
        """Let a day be over on which `came` of those came of whom `expected` (a sum of chances) were expected."""
        self.came = self.came * self.KEEPS + came
        self.expected = self.expected * self.KEEPS + expected

    def corrected(self, chance: float) -> float:
        factor = (self.came + self.STEADY) / (self.expected + self.STEADY)
        return chance * factor / (1 - chance + chance * factor)
