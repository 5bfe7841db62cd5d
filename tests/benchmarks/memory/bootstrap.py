"""Intervals by drawing households with replacement (Efron's percentile interval): their visits go together."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

DRAWS = 1000
SEED = 365


class Estimate(NamedTuple):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    @property
    def short(self) -> str:
        return f"{self.value:.3f} ±{(self.high - self.low) / 2:.3f}"


def by_household(households: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The sums of `columns` (a row per visit) for each household, a row per household."""
    _names, numbers = np.unique(households, return_inverse=True)
    sums = np.zeros((numbers.max() + 1, columns.shape[1]))
    np.add.at(sums, numbers, columns)
    return sums


def estimate(sums: np.ndarray, figure: Callable[[np.ndarray], np.ndarray]) -> Estimate:
    """`figure` of the column totals of `sums` (a row per household) and of 1,000 draws; it takes rows of totals."""
    drawn = np.random.default_rng(SEED).multinomial(len(sums), [1 / len(sums)] * len(sums), size=DRAWS) @ sums
    low, high = np.quantile(figure(drawn), [0.025, 0.975])
    return Estimate(float(figure(sums.sum(axis=0, keepdims=True))[0]), float(low), float(high))
