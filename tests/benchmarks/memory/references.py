"""Checks of the baselines and figures against published or hand-made results: a wrong rival would be no rival."""

import csv
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.benchmarks.memory.bg_nbd import BgNbd, fitted
from tests.benchmarks.memory.coming_figures import auc, calibration_error
from tests.benchmarks.memory.dealing import Shop
from tests.benchmarks.memory.forecasters import SameWeekday, Smoothed
from tests.benchmarks.memory.households import Basket, View
from tests.benchmarks.memory.rankers import GlobalTop, PersonalFrequency, Ranker, TifuKnn, UpCf
from tests.benchmarks.memory.ranking_figures import ndcg, refilled


class Check(NamedTuple):
    """What was found beside what it must be, both rounded as published."""

    name: str
    found: tuple[float, ...]
    expected: tuple[float, ...]

    def __str__(self) -> str:
        said = "as it must be" if self.found == self.expected else f"BUT IT MUST BE {self.expected}"
        return f"check {self.name}: {', '.join(f'{value:g}' for value in self.found)}, {said}"


def checks() -> Iterator[Check]:
    yield from _bg_nbd()
    yield from _rankers()
    yield from _forecasters()
    # Places 1 and 3 of two items: (1 + 1/2) / (1 + 1/log2(3)).
    yield _check("NDCG@10 by hand", [ndcg([0, 2])], [0.9197])
    # Of eight tiles the first goes, which makes room for the ninth; the eleventh is never seen.
    yield _check("refilled tiles by hand", [refilled([0, 8, 10])], [2])
    # Of the four pairs of a visit and none, three are in the right order.
    came = np.array([False, True, False, True])
    yield _check("AUC by hand", [auc(np.array([0.1, 0.3, 0.4, 0.8]), came)], [0.75])
    yield _check("calibration error by hand", [calibration_error(np.full(40, 0.5), np.arange(40) % 2 == 0)], [0])


def _check(name: str, found: list[float], expected: list[float], digits: int = 4) -> Check:
    return Check(name, tuple(round(float(value), digits) for value in found), tuple(expected))


def _bg_nbd() -> Iterator[Check]:
    """Table 2 and the example of section 5 in Fader, Hardie and Lee (2005): the 2,357 customers of CDNOW, in weeks."""
    x, t_x, age = cdnow()
    model = fitted(x, t_x, age)
    yield _check("BG/NBD on CDNOW: r, alpha, a, b", list(model), [0.243, 4.414, 0.793, 2.426], 3)
    published = BgNbd(0.243, 4.414, 0.793, 2.426)
    yield _check("BG/NBD on CDNOW: log likelihood", [published.log_likelihood(x, t_x, age).sum()], [-9582.4], 1)
    one = np.array([2]), np.array([30.43]), np.array([38.86])
    yield _check("BG/NBD: visits expected of one in 39 weeks", [published.expected(*one, ahead=39.0)[0]], [1.226], 3)


def cdnow() -> tuple[np.ndarray, ...]:
    """Of each customer: visits after the first, weeks from the first to the last, weeks since the first."""
    found = importlib.util.find_spec("lifetimes")  # its data only: the package itself is not imported
    path = Path(found.submodule_search_locations[0]) / "datasets" / "cdnow_customers_summary.csv"
    with path.open(newline="") as file:
        rows = [(float(row["frequency"]), float(row["recency"]), float(row["T"])) for row in csv.DictReader(file)]
    return tuple(np.array(rows).T)


DAYS: tuple[dict[int, Basket], ...] = ({}, {1: (0,)}, {1: (0, 1), 2: (1,)}, {2: (2,)})
"""Two customers and three products."""


def _rankers() -> Iterator[Check]:
    shop = Shop(View("by hand", ("a", "b", "c"), (1, 2), DAYS), (1, 2))
    yield _check("global top by hand", _scores(GlobalTop(shop)), [0.5, 0.5, 0.25])
    yield _check("personal frequency by hand", _scores(PersonalFrequency(shop)), [1, 0.5, 0])
    # Popularities (1, .5, 0) and (0, .5, .5): cosine .25 / sqrt(1.25 * .5) = .3162, its square .1.
    found = _scores(UpCf(shop, recency=5, asymmetry=0.5, locality=2))
    yield _check("UP-CF@r by hand", found, [1, 0.55, 0.05])
    # Groups of two: customer 1 has (a, ab) -> (.5 * a + ab) / 2 = (.75, .5, 0), customer 2 (0, .25, .5).
    tifu = {"neighbours": 1, "group": 2, "within": 0.5, "between": 0.5, "alpha": 0.6}
    yield _check("TIFU-KNN by hand", _scores(TifuKnn(shop, **tifu)), [0.45, 0.4, 0.2])
    # Three baskets in groups of two: the oldest alone, (.5 * a + (.5 * b + c) / 2) / 2.
    yield _check(
        "TIFU-KNN by hand: vector", list(TifuKnn(shop, **tifu).vector([(0,), (1,), (2,)])), [0.25, 0.125, 0.25]
    )


def _scores(method: Ranker) -> list[float]:
    for baskets in DAYS:
        method.end_day(baskets)
    return list(method.scores([1])[0])


def _forecasters() -> Iterator[Check]:
    shop = Shop(View("by hand", ("a",), tuple(range(9)), ()), tuple(range(9)))
    last, four, smoothed = methods = SameWeekday(shop, 1), SameWeekday(shop, 4), Smoothed(shop)
    for week, visits in enumerate((2, 4, 6, 8, 10)):
        for method in methods:
            method.end_day(1 + 7 * week, dict.fromkeys(range(visits // 2), (0,)))
    yield _check("same weekday by hand: last, mean of four", [last.tomorrow(36)[0], four.tomorrow(36)[0]], [5, 3.5])
    # One weekday only: the index is 1; with k = 2^(-1/14) the mean is (k^4 + 2k^3 + 3k^2 + 4k + 5) / (k^4 + ... + 1).
    yield _check("EWMA14 by hand", [smoothed.tomorrow(36)[0]], [3.0989])
