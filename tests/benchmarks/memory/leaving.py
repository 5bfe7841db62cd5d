"""
Who has quietly left: false alarms against visits missed before the alarm.

On each evening of the window a rule gives every customer with five visits a signal that grows with their silence; the
first evening of a silence on which it reaches the rule's limit is an alarm. It is false when the customer comes back
before the data ends; otherwise they count as truly left. Figures:

- false alarms per 100 customer-months: a month is 30 evenings of customers with five visits;
- missed visits: the customer's own rate, visits / (days from first to last + 15), times the days of silence at the
  alarm: what they would have come in the meantime; the mean over the truly left.

An alarm of the last weeks had little time to prove false: the figures over days 140 to 364 are printed beside. And whom
a rule finds truly left depends on the rule: one of fixed days counts many who come so seldom that they miss little. So
the visits missed by the same people for every rule stand there too: by those who had not come for the last 60 days of
the data, up to the alarm or, without one, to the end.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import numpy as np

from customers.visits.rhythm import LEFT, OpenDays, State, rhythm
from tests.benchmarks.memory.bootstrap import Estimate, by_household, estimate
from tests.benchmarks.memory.coming_days import model
from tests.benchmarks.memory.households import View, view
from tests.benchmarks.memory.product_coming import EVE

SPREADS = (1.4, 1.6, 1.8, 1.9, 2.0, 2.1, 2.15, 2.2, 2.3, 2.4, 2.6, 2.8)
GONE = 60
"""Days without a visit at the end of the data that make somebody gone, whatever a rule says."""
EARLIEST = 5
"""Visits from which on a customer counts, for every rule the same."""
Signal = Callable[[Sequence[int], int], float]
"""From the days of a customer's visits so far and the evening to a number."""


class Silence(NamedTuple):
    """One customer's silence, or the part of it in a window: on each evening the signals of a rule."""

    household: int
    last: int
    rate: float
    evenings: range
    signals: tuple[float, ...]
    came_back: bool
    is_new: bool
    """Whether the first of `evenings` is the first of the silence, not one in the middle."""


class Rule(NamedTuple):
    """`signal` reaches `limit` when it is time for an alarm; `others` are limits for the plot."""

    name: str
    signal: Signal
    limit: float
    others: tuple[float, ...]
    for_plot: bool = False


def silences(known: View, signal: Signal, days: range) -> Iterator[Silence]:
    """The silences of all customers of `known` that touch `days`, with the evening before when they began earlier."""
    visits: dict[int, list[int]] = {}
    for day, baskets in enumerate(known.days):
        for household in baskets:
            visits.setdefault(household, []).append(day)
    end = len(known.days)
    for household, on in visits.items():
        for number in range(max(EARLIEST, bisect_right(on, days[0] - 2)), len(on) + 1):
            last, following = on[number - 1], on[number] if number < len(on) else end
            evenings = range(max(last, days[0] - 1), min(following, days[-1] + 1))
            if evenings:
                signals = tuple(signal(on[:number], evening) for evening in evenings)
                rate = number / (last - on[0] + 15)
                yield Silence(household, last, rate, evenings, signals, following < end, last >= days[0] - 1)


def counted(found: Sequence[Silence], limit: float) -> tuple[Estimate, Estimate]:
    """False alarms per 100 customer-months, and missed visits."""
    sums = by_household(np.array([each.household for each in found]), np.array([_alarm(each, limit) for each in found]))
    false = estimate(sums, lambda totals: 100 * 30 * totals[:, 1] / totals[:, 0])
    return false, estimate(sums, lambda totals: totals[:, 3] / np.maximum(totals[:, 2], 1))


def missed_by_gone(found: Sequence[Silence], limit: float) -> Estimate:
    """Visits missed by those who stay away for `GONE` days or more at the end of the data, a mean."""
    gone = [each for each in found if not each.came_back and each.is_new and len(each.evenings) >= GONE]
    rows = [(each.rate * (_first(each, limit) - each.last), 1) for each in gone]
    sums = by_household(np.array([each.household for each in gone]), np.array(rows))
    return estimate(sums, lambda totals: totals[:, 0] / totals[:, 1])


def _first(silence: Silence, limit: float) -> int:
    """The evening of the alarm, or the last one."""
    evenings = zip(silence.evenings, silence.signals, strict=True)
    return next((evening for evening, signal in evenings if signal >= limit), silence.evenings[-1])


def _alarm(silence: Silence, limit: float) -> tuple[int, int, int, float]:
    """Evenings, whether there was a false alarm, whether a true one, and the visits missed before a true one."""
    evenings = len(silence.evenings) - (not silence.is_new)
    at = next((number for number, signal in enumerate(silence.signals) if signal >= limit), None)
    if at is None or (at == 0 and not silence.is_new):  # none, or raised before the window
        return evenings, 0, 0, 0.0
    if silence.came_back:
        return evenings, 1, 0, 0.0
    return evenings, 0, 1, silence.rate * (silence.evenings[at] - silence.last)


def rules(name: str) -> tuple[Rule, ...]:
    """The usual rules, then the product's own and, for the plot, its signal with other limits."""
    closed = OpenDays([EVE + day for day, baskets in enumerate(view(name).days) if day and not baskets])
    fitted = model(name)

    def ours(visits: Sequence[int], evening: int) -> float:
        found = rhythm([EVE + day for day in visits], EVE + evening, EVE + evening + 1, closed)
        return float(found is not None and found.state == State.LEFT)

    def spreads(visits: Sequence[int], evening: int) -> float:
        found = rhythm([EVE + day for day in visits], EVE + evening, EVE + evening + 1, closed)
        return found.lateness if found else 0.0

    def gone(visits: Sequence[int], evening: int) -> float:
        x, t_x, age = len(visits) - 1, visits[-1] - visits[0], evening - visits[0]
        return 1 - float(fitted.alive(np.array([x]), np.array([t_x]), np.array([age]))[0])

    return (
        Rule("fixed days (30)", lambda visits, evening: evening - visits[-1], 30, (20, 25, 30, 40, 50, 60, 75, 90)),
        Rule("median gap (3 times)", medians, 3, (2, 3, 4, 5, 6, 8, 10)),
        Rule("BG/NBD gone (half)", gone, 0.5, (0.1, 0.2, 0.3, 0.5, 0.7, 0.9)),
        Rule("Regulars", ours, 1, ()),
        Rule(
            "Regulars, any spread",
            spreads,
            LEFT,
            SPREADS,
            for_plot=True,
        ),
    )


def medians(visits: Sequence[int], evening: int) -> float:
    """How many median gaps of the customer the silence is long."""
    return (evening - visits[-1]) / median(later - earlier for earlier, later in pairwise(visits))
