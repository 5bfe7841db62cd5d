"""
What a shop as a whole takes these days: how popular each product is, and whether it is its season.

Pure: the days of the shop come in one after the other, values go out.
"""

from collections.abc import Mapping
from typing import NamedTuple

FORTNIGHT, MONTH, QUARTER = HALF_LIVES = (14, 28, 84)
"""Days after which a visit of the shop weighs half: what is new, what is popular, and what is usual."""
STEADY = 15.0
"""Visits with a product that its season has to overcome: a rare product does not jump by one customer's whim."""
DAMPED = 0.8
"""How much of a rise or fall is believed, as a power."""


class Taste(NamedTuple):
    """By product: `popularity`, its share (0 to 1) of the shop's visits of late, and `season`, a factor round 1."""

    popularity: Mapping[int, float]
    season: Mapping[int, float]


UNKNOWN = Taste({}, {})
"""The taste of a shop on its first day."""


class Trends:
    """Counts of visits by product, each halved in `HALF_LIVES` days: told day by day, also the days without visits."""

    def __init__(self) -> None:
        self.visits = dict.fromkeys(HALF_LIVES, 0.0)
        self.wanted: dict[int, dict[int, float]] = {days: {} for days in HALF_LIVES}

    def end_day(self, visits: int, wanted: Mapping[int, int]) -> None:
        """Let a day be over with so many visits, of which so many wanted each product."""
        for days, counts in self.wanted.items():
            keeps = 0.5 ** (1 / days)
            self.visits[days] = self.visits[days] * keeps + visits
            for product in counts:
                counts[product] *= keeps
            for product, times in wanted.items():
                counts[product] = counts.get(product, 0.0) + times

    def with_day(self, visits: int, wanted: Mapping[int, int]) -> "Trends":
        """The same as if one more day were over."""
        later = Trends()
        later.visits = dict(self.visits)
        later.wanted = {days: dict(counts) for days, counts in self.wanted.items()}
        later.end_day(visits, wanted)
        return later

    def taste(self) -> Taste:
        """The taste of the next day."""
        visits = self.visits[MONTH]
        if not visits:
            return UNKNOWN
        popularity = {product: times / visits for product, times in self.wanted[MONTH].items()}
        return Taste(popularity, {product: self._season(product) for product in popularity})

    def _season(self, product: int) -> float:
        """
        How much more often it is wanted than it usually is: x14 / (w14 * x84 / w84), pulled to 1 by `STEADY` visits.

        Ratios like this one of a short to a long exponential average are the usual sign of a trend.
        """
        usual = self.wanted[QUARTER][product] / self.visits[QUARTER]
        expected = self.visits[FORTNIGHT] * usual
        return ((self.wanted[FORTNIGHT][product] + STEADY) / (expected + STEADY)) ** DAMPED
