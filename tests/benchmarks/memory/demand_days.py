"""How well the baskets of tomorrow are foreseen, product by product."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.stats import poisson

from tests.benchmarks.memory.across import Setting, Walk, across
from tests.benchmarks.memory.bootstrap import Estimate, by_household, estimate
from tests.benchmarks.memory.dealing import Shop
from tests.benchmarks.memory.forecasters import Forecaster, SameWeekday, Smoothed, counted
from tests.benchmarks.memory.product_demand import Demand

OURS = "Regulars"
FOUR = "mean of four"
QUANTILE = 0.8


def forecasters(shop: Shop, days: range) -> dict[str, Forecaster]:
    """The baselines and the product."""
    return {
        "last week": SameWeekday(shop, 1),
        FOUR: SameWeekday(shop, 4),
        "EWMA14 x weekday": Smoothed(shop),
        OURS: Demand(shop, days),
    }


class Foreseen(NamedTuple):
    """A row per open day of a shop, a column per product: the baskets that came, and by method those expected."""

    days: np.ndarray
    came: np.ndarray
    expected: dict[str, np.ndarray]


def walk_all(shop: Shop, days: range) -> Foreseen:
    return walked(shop, days, forecasters(shop, days))


def walked(shop: Shop, days: range, methods: Mapping[str, Forecaster]) -> Foreseen:
    """The open days of `shop` among `days`."""
    on: list[int] = []
    came: list[np.ndarray] = []
    expected: dict[str, list] = {name: [] for name in methods}
    for day, baskets in shop.days():
        if day > days[-1]:
            break
        if day in days and baskets:
            on.append(day)
            came.append(counted(baskets, len(shop.view.products)))
            for name, method in methods.items():
                expected[name].append(method.tomorrow(day))
        for method in methods.values():
            method.end_day(day, baskets)
    return Foreseen(np.array(on), np.array(came), {name: np.array(rows) for name, rows in expected.items()})


def measured(setting: Setting, days: range, walk: Walk | None = None) -> Foreseen:
    """All shops of a setting."""
    parts = across(setting, days, walk or walk_all)
    return Foreseen(
        *(np.concatenate([part[column] for part in parts]) for column in range(2)),
        {method: np.concatenate([part.expected[method] for part in parts]) for method in parts[0].expected},
    )


LOSSES = ("mean", "median", "pinball")


def off(foreseen: Foreseen, method: str) -> np.ndarray:
    """
    A row per open day: the `LOSSES` summed over the products, then the baskets that came.

    They are |expected - came|; the same with the median of a Poisson count of that mean, which is the number with the
    least absolute error (a product that is in 0.6 baskets a day is most often in none); and the pinball loss of its
    0.8 quantile (Koenker and Bassett 1978).
    """
    came, expected = foreseen.came, np.maximum(foreseen.expected[method], 1e-9)
    over = poisson.ppf(QUANTILE, expected) - came
    losses = [
        np.abs(expected - came),
        np.abs(poisson.ppf(0.5, expected) - came),
        np.where(over > 0, (1 - QUANTILE) * over, -QUANTILE * over),
        came,
    ]
    return np.column_stack([each.sum(axis=1) for each in losses])


def off_by(foreseen: Foreseen, method: str, loss: str) -> Estimate:
    """A loss over all baskets; the interval is over days, the same day of all shops together."""
    sums = by_household(foreseen.days, off(foreseen, method))
    return estimate(sums, lambda totals: totals[:, LOSSES.index(loss)] / totals[:, -1])


def ratio(foreseen: Foreseen, method: str, other: str = FOUR, loss: str = "median") -> Estimate:
    """The loss of a method over that of another."""
    columns = [off(foreseen, each)[:, LOSSES.index(loss)] for each in (method, other)]
    return estimate(by_household(foreseen.days, np.column_stack(columns)), lambda totals: totals[:, 0] / totals[:, 1])
