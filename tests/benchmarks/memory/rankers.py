"""
Ways to rank a shop's products for its customers: the baselines that the product's own ranking stands beside.

Each is told the shop's baskets day by day and knows nothing else. Written from the papers.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from tests.benchmarks.memory.dealing import Shop
from tests.benchmarks.memory.households import Basket

TIE = 1e-9
"""How much of the popularity breaks a tie: too little to change anything else."""


class Ranker(Protocol):
    """Learns by `end_day`; `scores` has a row for each asked customer and a column for each product, higher first."""

    def scores(self, customers: Sequence[int]) -> np.ndarray: ...

    def end_day(self, baskets: Mapping[int, Basket]) -> None: ...

    def factor(self, tapped: int) -> np.ndarray:
        """How many times likelier each product becomes when one is in the basket."""


class Past:
    """What all of them remember: per customer the visits so far, oldest first, as rows of 0 and 1."""

    def __init__(self, shop: Shop) -> None:
        self.products = len(shop.view.products)
        self.rows = {customer: row for row, customer in enumerate(shop.customers)}
        self.baskets: list[list[Basket]] = [[] for _ in shop.customers]
        self.counts = np.zeros((len(shop.customers), self.products))
        self.visits = np.zeros(len(shop.customers))

    def end_day(self, baskets: Mapping[int, Basket]) -> None:
        for customer, basket in baskets.items():
            row = self.rows[customer]
            self.baskets[row].append(basket)
            self.counts[row, list(basket)] += 1
            self.visits[row] += 1

    def factor(self, tapped: int) -> np.ndarray:
        return np.ones(self.products)  # none of them says anything of what goes together

    def asked(self, customers: Sequence[int]) -> list[int]:
        return [self.rows[customer] for customer in customers]

    def popularity(self) -> np.ndarray:
        """The share of all visits so far that had the product."""
        return self.counts.sum(axis=0) / max(self.visits.sum(), 1)


class GlobalTop(Past):
    """The same for everybody: what was in most baskets of the shop so far."""

    def scores(self, customers: Sequence[int]) -> np.ndarray:
        return np.tile(self.popularity(), (len(customers), 1))


class PersonalFrequency(Past):
    """The share of the customer's own visits with the product; equals in the order of popularity."""

    def scores(self, customers: Sequence[int]) -> np.ndarray:
        rows = self.asked(customers)
        own = self.counts[rows] / np.maximum(self.visits[rows], 1)[:, None]
        return own + TIE * self.popularity()


class UpCf(Past):
    """
    UP-CF@r (Faggioli, Polato, Aiolli: Recency aware collaborative filtering for next basket recommendation, UMAP
    2020).

    A user's popularity of an item is the share of the user's last r baskets with it. A neighbour v's weight for u is
    the asymmetric cosine of their popularities, x.y / ((x.x)^a (y.y)^(1-a)), to the power q; the score of an item is
    the weighted sum of the popularities of all users, u included.
    """

    def __init__(self, shop: Shop, *, recency: int, asymmetry: float, locality: float) -> None:
        super().__init__(shop)
        self.recency, self.asymmetry, self.locality = recency, asymmetry, locality
        self.recent = np.zeros_like(self.counts)

    def end_day(self, baskets: Mapping[int, Basket]) -> None:
        super().end_day(baskets)
        for row in self.asked(list(baskets)):
            last = self.baskets[row][-self.recency :]
            self.recent[row] = 0
            for basket in last:
                self.recent[row, list(basket)] += 1 / len(last)

    def scores(self, customers: Sequence[int]) -> np.ndarray:
        own = self.recent[self.asked(customers)]
        squares = np.maximum((self.recent**2).sum(axis=1), 1e-12)
        norms = np.outer(np.maximum((own**2).sum(axis=1), 1e-12) ** self.asymmetry, squares ** (1 - self.asymmetry))
        return (own @ self.recent.T / norms) ** self.locality @ self.recent + TIE * self.popularity()


class TifuKnn(Past):
    """
    TIFU-KNN (Hu, He, Gao, Zhang: Modeling personalized item frequency information for next-basket recommendation,
    SIGIR 2020).

    The baskets of a user are cut into groups of m, from the latest back; a group's vector is the mean of its baskets,
    each weighted by r_b to the power of how many of the group follow it; the user's vector is the mean of the groups',
    weighted in the same way by r_g. The score is a mix of the user's vector (alpha) and the mean vector of the k
    nearest users by Euclidean distance (1 - alpha).
    """

    def __init__(self, shop: Shop, *, neighbours: int, group: int, within: float, between: float, alpha: float) -> None:
        super().__init__(shop)
        self.neighbours, self.group, self.within, self.between = neighbours, group, within, between
        self.alpha = alpha
        self.vectors = np.zeros_like(self.counts)

    def end_day(self, baskets: Mapping[int, Basket]) -> None:
        super().end_day(baskets)
        for row in self.asked(list(baskets)):
            self.vectors[row] = self.vector(self.baskets[row])

    def vector(self, baskets: Sequence[Basket]) -> np.ndarray:
        vector = np.zeros(self.products)
        groups = -(-len(baskets) // self.group)
        for age, basket in enumerate(reversed(baskets)):
            group, place = divmod(age, self.group)
            size = self.group if group < groups - 1 else len(baskets) - group * self.group
            vector[list(basket)] += self.within**place * self.between**group / size
        return vector / groups

    def scores(self, customers: Sequence[int]) -> np.ndarray:
        rows = self.asked(customers)
        own = self.vectors[rows]
        others = self.nearest(rows, own) @ self.vectors
        return self.alpha * own + (1 - self.alpha) * others + TIE * self.popularity()

    def nearest(self, rows: Sequence[int], own: np.ndarray) -> np.ndarray:
        """A row for each asked customer that weighs each of the k nearest others by 1 / k; who never came is none."""
        distances = (self.vectors**2).sum(axis=1)[None, :] - 2 * own @ self.vectors.T
        distances[:, self.visits == 0] = np.inf
        distances[np.arange(len(rows)), rows] = np.inf
        number = min(self.neighbours, max(int((self.visits > 0).sum()) - 1, 1), len(self.visits) - 1)
        chosen = np.argpartition(distances, number - 1, axis=1)[:, :number]
        weights = np.zeros_like(distances)
        np.put_along_axis(weights, chosen, 1 / number, axis=1)
        return weights
