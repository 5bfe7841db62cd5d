"""The usual rules of thumb for tomorrow's baskets of each product. Each is told the shop's open days one by one."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from tests.benchmarks.memory.dealing import Shop
from tests.benchmarks.memory.households import Basket


class Forecaster(Protocol):
    """`tomorrow` gives the baskets expected on `day` of each product."""

    def tomorrow(self, day: int) -> np.ndarray: ...

    def end_day(self, day: int, baskets: Mapping[int, Basket]) -> None: ...


class SameWeekday:
    """The mean of the last so many open days of the same weekday; of one: what was there last week."""

    def __init__(self, shop: Shop, weeks: int) -> None:
        self.products, self.weeks = len(shop.view.products), weeks
        self.days: list[list[np.ndarray]] = [[] for _ in range(7)]

    def tomorrow(self, day: int) -> np.ndarray:
        last = self.days[day % 7][-self.weeks :]
        return np.mean(last, axis=0) if last else np.zeros(self.products)

    def end_day(self, day: int, baskets: Mapping[int, Basket]) -> None:
        if baskets:
            self.days[day % 7].append(counted(baskets, self.products))


class Smoothed:
    """
    An exponentially weighted mean of the product's days with a half-life of 14 days, times the index of the weekday.

    The index is the mean number of visits on that weekday over that of all days, each week weighing 0.85 of the next.
    """

    def __init__(self, shop: Shop) -> None:
        self.products = len(shop.view.products)
        self.average, self.weight = np.zeros(self.products), 0.0
        self.visits, self.days = np.zeros((2, 7))

    def tomorrow(self, day: int) -> np.ndarray:
        means = self.visits / np.maximum(self.days, 1e-9)
        index = means[day % 7] / means[self.days > 0].mean() if self.days[day % 7] else 1.0
        return self.average / max(self.weight, 1e-9) * index

    def end_day(self, day: int, baskets: Mapping[int, Basket]) -> None:
        if not baskets:
            return
        keeps = 0.5 ** (1 / 14)
        self.average = self.average * keeps + counted(baskets, self.products)
        self.weight = self.weight * keeps + 1
        self.visits[day % 7] = self.visits[day % 7] * 0.85 + len(baskets)
        self.days[day % 7] = self.days[day % 7] * 0.85 + 1


def counted(baskets: Mapping[int, Basket], products: int) -> np.ndarray:
    """How many of the baskets have each product."""
    return np.bincount([product for basket in baskets.values() for product in basket], minlength=products).astype(float)
