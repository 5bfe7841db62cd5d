"""
How good a ranking was, given the basket that came.

Positions count from 0. NDCG as in Järvelin and Kekäläinen (ACM TOIS 2002) with gains of 0 and 1: each item found within
ten places gives 1 / log2(place + 1) with places from 1, divided by what the best order would give.
"""

from collections.abc import Callable, Sequence
from math import log2

import numpy as np

from customers.preferences.remembering import SUGGESTED

TILES = 8
SHOWN = (4, 6, 8, 10, 12, 16, 20, 24)
FIGURES = (
    "ndcg",
    *(f"recall{shown}" for shown in (5, 8, 12)),
    *(f"static{shown}" for shown in SHOWN),
    *(f"refilled{shown}" for shown in SHOWN),
    "together8",
    "foreseen",
)
"""
`static`, `refilled` and `together` are numbers of items reached with so many tiles, `foreseen` the sum of the scores
(of probabilities: the expected number of items); the others are shares of one visit.
"""
OFFERED = SUGGESTED
"""So many products the counter has at hand: the tiles, and what takes the place of those that were tapped."""
DISCOUNTS = [1 / log2(place + 2) for place in range(10)]


def figures(order: np.ndarray, basket: Sequence[int]) -> list[float]:
    """`FIGURES` of one visit but for the last two; `order` has the products, the likeliest first."""
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order))
    places = sorted(int(place[product]) for product in basket)
    return [
        ndcg(places),
        *(sum(found < shown for found in places) / len(places) for shown in (5, 8, 12)),
        *(sum(found < shown for found in places) for shown in SHOWN),
        *(refilled(places, shown) for shown in SHOWN),
    ]


def ndcg(places: Sequence[int]) -> float:
    """NDCG@10 of a visit whose items stand at `places`."""
    return sum(DISCOUNTS[place] for place in places if place < 10) / sum(DISCOUNTS[: len(places)])


def refilled(places: Sequence[int], tiles: int = TILES) -> int:
    """How many items one tap reaches when each tap makes room for the next best; `places` ascend."""
    shown = tiles
    for place in places:
        if place >= min(shown, max(OFFERED, tiles)):
            break
        shown += 1
    return shown - tiles


def refilled_together(scores: np.ndarray, order: np.ndarray, basket: Sequence[int], factor: Callable) -> int:
    """
    The same when what is not shown yet is ranked anew after each tap: `factor(tapped)` multiplies the scores.

    The tiles that are shown stay where they are. Whoever serves taps the first tile that is wanted.
    """
    offered = order[:OFFERED]
    wanted, now = set(basket), np.full(len(scores), -np.inf)
    now[offered] = scores[offered]
    tiles = [int(product) for product in offered[:TILES]]
    now[tiles] = -np.inf
    taps = 0
    while (tapped := next((product for product in tiles if product in wanted), -1)) >= 0:
        taps += 1
        wanted.discard(tapped)
        now *= factor(tapped)
        tiles[tiles.index(tapped)] = following = int(now.argmax())
        now[following] = -np.inf
    return taps
