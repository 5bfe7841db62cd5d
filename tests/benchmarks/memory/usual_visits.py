"""How well the usual foresees a basket: every visit ranked from what was known before its day."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tests.benchmarks.memory.across import Setting, Walk, across
from tests.benchmarks.memory.bootstrap import Estimate, by_household, estimate
from tests.benchmarks.memory.dealing import SHOPS, Shop
from tests.benchmarks.memory.households import VIEWS
from tests.benchmarks.memory.product_usual import Regulars
from tests.benchmarks.memory.rankers import GlobalTop, PersonalFrequency, Ranker, TifuKnn, UpCf
from tests.benchmarks.memory.ranking_figures import FIGURES, figures, refilled_together

OURS, BEST = "Regulars", "TIFU-KNN"
OF_ITEMS = ("static", "refilled", "together", "foreseen")
WARM = 3
"""Earlier visits of a customer whose visit counts; those with fewer are the cold start, printed apart."""
SETTINGS = tuple(Setting(view, size) for view in VIEWS for size in SHOPS)
TUNED = {
    "greengrocer": {
        UpCf: {"recency": 15, "asymmetry": 0.5, "locality": 10},
        TifuKnn: {"neighbours": 50, "group": 3, "within": 0.98, "between": 0.8, "alpha": 0.6},
    },
    "convenience": {
        UpCf: {"recency": 40, "asymmetry": 0.5, "locality": 7},
        TifuKnn: {"neighbours": 100, "group": 3, "within": 0.98, "between": 0.9, "alpha": 0.9},
    },
}
"""The best of days 140 to 293 by NDCG@10, greengrocers of 300 and convenience shops of 100 (see `tuning`)."""


class Ranked(NamedTuple):
    """A row per visit: whose it was, how many earlier visits there were, its items; by method, its `FIGURES`."""

    households: np.ndarray
    earlier: np.ndarray
    items: np.ndarray
    figures: dict[str, np.ndarray]

    def only(self, rows: np.ndarray) -> "Ranked":
        chosen = {name: values[rows] for name, values in self.figures.items()}
        return Ranked(self.households[rows], self.earlier[rows], self.items[rows], chosen)

    @property
    def warm(self) -> "Ranked":
        return self.only(self.earlier >= WARM)

    @property
    def cold(self) -> "Ranked":
        return self.only(self.earlier < WARM)


def rankers(shop: Shop) -> dict[str, Ranker]:
    """The baselines and the product, each ready for the first day of `shop`."""
    tuned = TUNED[shop.view.name]
    return {
        "global top": GlobalTop(shop),
        "personal frequency": PersonalFrequency(shop),
        "UP-CF@r": UpCf(shop, **tuned[UpCf]),
        BEST: TifuKnn(shop, **tuned[TifuKnn]),
        OURS: Regulars(shop),
    }


def measured(setting: Setting, days: range, walk: Walk | None = None) -> Ranked:
    """All visits of a setting."""
    parts = across(setting, days, walk or walk_all)
    return Ranked(
        *(np.concatenate([part[column] for part in parts]) for column in range(3)),
        {name: np.concatenate([part.figures[name] for part in parts]) for name in parts[0].figures},
    )


def walk_all(shop: Shop, days: range) -> Ranked:
    return walked(shop, days, rankers(shop))


def walked(shop: Shop, days: range, methods: Mapping[str, Ranker]) -> Ranked:
    """The visits to `shop` on `days`."""
    visits: list[tuple[int, int, int]] = []
    found: dict[str, list] = {name: [] for name in methods}
    earlier = dict.fromkeys(shop.customers, 0)
    for day, baskets in shop.days():
        if day > days[-1]:
            break
        if day in days and baskets:
            visits += [(customer, earlier[customer], len(basket)) for customer, basket in baskets.items()]
            for name, method in methods.items():
                found[name] += judged(method, baskets)
        for customer in baskets:
            earlier[customer] += 1
        for method in methods.values():
            method.end_day(baskets)
    columns = np.array(visits).T
    return Ranked(*columns, {name: np.array(rows) for name, rows in found.items()})


def judged(method: Ranker, baskets: Mapping[int, Sequence[int]]) -> list[list[float]]:
    """`FIGURES` of each of the baskets of a day."""
    scores = method.scores(list(baskets))
    orders = np.argsort(-scores, axis=1, kind="stable")
    return [
        [*figures(order, basket), refilled_together(row, order, basket, method.factor), row.sum()]
        for row, order, basket in zip(scores, orders, baskets.values(), strict=True)
    ]


def share(ranked: Ranked, method: str, figure: str) -> Estimate:
    """One of `FIGURES` over all visits; what counts items, as a share of all items."""
    of = ranked.items if figure.startswith(OF_ITEMS) else np.ones(len(ranked.items))
    columns = np.column_stack([ranked.figures[method][:, FIGURES.index(figure)], of])
    return _quotient(ranked.households, columns)


def ratio(ranked: Ranked, method: str, other: str = BEST, figure: str = "ndcg") -> Estimate:
    """How many times as much of `figure` a method has as another, on the same visits."""
    columns = [ranked.figures[each][:, FIGURES.index(figure)] for each in (method, other)]
    return _quotient(ranked.households, np.column_stack(columns))


def _quotient(households: np.ndarray, columns: np.ndarray) -> Estimate:
    return estimate(by_household(households, columns), lambda totals: totals[:, 0] / totals[:, 1])
