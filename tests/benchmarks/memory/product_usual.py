"""The product's own ranking, as the counter calls it, among the rankers."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import islice

import numpy as np

from customers.preferences.popularity import Trends
from customers.preferences.remembering import LINES, VISITS
from customers.preferences.tasting import BASKETS
from customers.preferences.together import Together
from customers.preferences.usual import PastLine, PastVisit, chances
from tests.benchmarks.memory.dealing import Shop
from tests.benchmarks.memory.households import Basket

ORDER = 1e-12
"""Keeps the product's order among equal probabilities."""


class Regulars:
    """A shop's `Trends` and latest baskets, and of each customer the visits that the card would read."""

    def __init__(self, shop: Shop) -> None:
        self.products = len(shop.view.products)
        self.lines = lines_of(shop)
        self.histories: dict[int, list[PastVisit]] = {customer: [] for customer in shop.customers}
        self.trends = Trends()
        self.baskets: deque[Basket] = deque(maxlen=BASKETS)
        self.together: Together | None = None
        self.factors: dict[int, np.ndarray] = {}

    def end_day(self, baskets: Mapping[int, Basket]) -> None:
        for customer, basket in baskets.items():
            visit = [self.lines[product] for product in basket]
            self.histories[customer] = bounded([visit, *self.histories[customer]])
        self.trends.end_day(len(baskets), Counter(product for basket in baskets.values() for product in basket))
        self.baskets += baskets.values()
        self.together = None
        self.factors.clear()

    def scores(self, customers: Sequence[int]) -> np.ndarray:
        taste = self.trends.taste()
        scores = np.zeros((len(customers), self.products))
        for row, customer in zip(scores, customers, strict=True):
            found = chances(self.histories[customer], taste)
            row[list(found)] = np.array(list(found.values())) - ORDER * np.arange(len(found))
        return scores

    def factor(self, tapped: int) -> np.ndarray:
        if tapped not in self.factors:
            self.together = self.together or Together(self.baskets)
            found = [self.together.factor(product, tapped) for product in range(self.products)]
            self.factors[tapped] = np.array(found)
        return self.factors[tapped]


def lines_of(shop: Shop) -> list[PastLine]:
    """Of each product a line: that it was taken is all that is known of these baskets."""
    return [PastLine(product, Decimal(1), "piece", "taken") for product in range(len(shop.view.products))]


def bounded(history: Sequence[PastVisit]) -> list[PastVisit]:
    """The visits and lines of `history` (latest first) that the product reads: the last visit may be cut."""
    lines = islice(((number, line) for number, visit in enumerate(history[:VISITS]) for line in visit), LINES)
    kept: list[list[PastLine]] = []
    for number, line in lines:
        if number == len(kept):  # every visit has a line
            kept.append([])
        kept[number].append(line)
    return kept
