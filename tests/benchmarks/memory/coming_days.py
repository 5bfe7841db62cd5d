"""Who comes tomorrow: what was told on each evening for each customer, and who came."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import NamedTuple, Protocol

import numpy as np

from tests.benchmarks.memory.across import Setting, Walk, across
from tests.benchmarks.memory.bg_nbd import BgNbd, fitted
from tests.benchmarks.memory.bootstrap import DRAWS, SEED, Estimate
from tests.benchmarks.memory.coming_figures import BINS, auc, calibration_error, weighted_auc
from tests.benchmarks.memory.dealing import CHOOSING, Shop, shops
from tests.benchmarks.memory.households import view
from tests.benchmarks.memory.product_coming import Expecting

OURS = "Regulars"
WARM = 3
"""Visits that a customer has made before a day on which the customer counts."""


class Teller(Protocol):
    """`tomorrow` gives the chance of each customer of the shop to come on `day`, known on the evening before."""

    def tomorrow(self, day: int) -> np.ndarray: ...

    def end_day(self, day: int, came: Collection[int]) -> None: ...


class Seen:
    """What all of them remember: per customer the number of visits, the first day and the last."""

    def __init__(self, shop: Shop) -> None:
        self.rows = {customer: row for row, customer in enumerate(shop.customers)}
        self.visits, self.first, self.last = np.zeros((3, len(shop.customers)), int)

    def end_day(self, day: int, came: Collection[int]) -> None:
        rows = [self.rows[customer] for customer in came]
        self.first[rows] = np.where(self.visits[rows], self.first[rows], day)
        self.last[rows] = day
        self.visits[rows] += 1


class OwnRate(Seen):
    """Visits by days since the first, with fifteen days more for those who are hardly known."""

    def tomorrow(self, day: int) -> np.ndarray:
        return self.visits / (day - 1 - self.first + 15)


class ByBgNbd(Seen):
    """Visits that BG/NBD expects on one day."""

    def __init__(self, shop: Shop, model: BgNbd) -> None:
        super().__init__(shop)
        self.model = model

    def tomorrow(self, day: int) -> np.ndarray:
        x = np.maximum(self.visits - 1, 0)
        return self.model.expected(x, self.last - self.first, day - 1.0 - self.first)


@cache
def model(name: str) -> BgNbd:
    """BG/NBD of all customers of a view, fitted on what was known on the last of the choosing days."""
    last = CHOOSING[-1]
    past = Seen(shops(view(name), "one")[0])
    for day, baskets in enumerate(view(name).days[: last + 1]):
        past.end_day(day, baskets)
    known = past.visits > 0
    seen, first, latest = past.visits[known], past.first[known], past.last[known]
    return fitted(seen - 1, latest - first, last - first)


def tellers(shop: Shop, days: range) -> dict[str, Teller]:
    """The baselines and the product."""
    return {"own rate": OwnRate(shop), "BG/NBD": ByBgNbd(shop, model(shop.view.name)), OURS: Expecting(shop, days)}


class Told(NamedTuple):
    """A row per customer-day: whose, which day, whether the customer came; by method, the chance that was told."""

    households: np.ndarray
    days: np.ndarray
    came: np.ndarray
    chances: dict[str, np.ndarray]


def walk_all(shop: Shop, days: range) -> Told:
    return walked(shop, days, tellers(shop, days))


def walked(shop: Shop, days: range, methods: Mapping[str, Teller]) -> Told:
    """The customer-days of `shop` on `days`, of customers with three visits before."""
    seen, customers = Seen(shop), np.array(shop.customers)
    rows: list[np.ndarray] = []
    for day, baskets in shop.days():
        if day > days[-1]:
            break
        if day in days:
            known = seen.visits >= WARM
            came = np.isin(customers, list(baskets))
            columns = [customers, np.full(len(customers), day), came]
            columns += [method.tomorrow(day) for method in methods.values()]
            rows.append(np.column_stack(columns)[known])
        for each in (seen, *methods.values()):
            each.end_day(day, baskets)
    households, on, came, *chances = np.concatenate(rows).T
    return Told(households.astype(int), on.astype(int), came.astype(bool), dict(zip(methods, chances, strict=True)))


def measured(setting: Setting, days: range, walk: Walk | None = None) -> Told:
    """All customer-days of a setting."""
    parts = across(setting, days, walk or walk_all)
    return Told(
        *(np.concatenate([part[column] for part in parts]) for column in range(3)),
        {method: np.concatenate([part.chances[method] for part in parts]) for method in parts[0].chances},
    )


def auc_of(told: Told, method: str) -> Estimate:
    """AUC with its interval."""
    _values, places = np.unique(told.chances[method], return_inverse=True)
    drawn = [weighted_auc(places, told.came, weights) for weights in _draws(told)]
    return Estimate(auc(told.chances[method], told.came), *map(float, np.quantile(drawn, [0.025, 0.975])))


def error_of(told: Told, method: str) -> Estimate:
    """Calibration error; its interval is that of the distances from bins that stay as they are."""
    order = np.argsort(told.chances[method], kind="stable")
    parts = np.array_split(order, BINS)
    gaps = told.chances[method] - told.came

    def error(weights: np.ndarray) -> float:
        sums = [(abs(gaps[part] @ weights[part]), weights[part].sum()) for part in parts]
        return sum(gap for gap, _weight in sums) / sum(weight for _gap, weight in sums)

    found = calibration_error(told.chances[method], told.came)
    return Estimate(found, *map(float, np.quantile([error(weights) for weights in _draws(told)], [0.025, 0.975])))


def _draws(told: Told) -> Iterator[np.ndarray]:
    """How often each customer-day counts when households are drawn; a fifth of the usual number, for they are many."""
    _names, households = np.unique(told.households, return_inverse=True)
    number = households.max() + 1
    for draw in np.random.default_rng(SEED).multinomial(number, [1 / number] * number, size=DRAWS // 5):
        yield draw[households].astype(float)
