"""The product's own forecast of the baskets of tomorrow."""

from collections import Counter, deque
from collections.abc import Mapping

import numpy as np

from customers.preferences.demand import (
    CORRECTED_DAYS,
    Comer,
    Correction,
    Till,
    baskets_of,
    blend,
)
from customers.preferences.usual import Own, weigh
from tests.benchmarks.memory.dealing import Shop
from tests.benchmarks.memory.households import Basket
from tests.benchmarks.memory.product_coming import EVE, Rhythms
from tests.benchmarks.memory.product_usual import Regulars


class Demand:
    """Baskets per product: the people's and the till's forecast, blended; days without visits were closed."""

    def __init__(self, shop: Shop, days: range) -> None:
        self.customers, self.products = shop.customers, len(shop.view.products)
        self.since = days[0] - CORRECTED_DAYS
        self.usual, self.rhythms, self.till = Regulars(shop), Rhythms(shop, range(self.since, days[-1] + 1)), Till()
        self.owns: dict[int, Own] = {}
        self.lately: deque[tuple[Mapping[int, int], Mapping[int, float]]] = deque(maxlen=CORRECTED_DAYS)
        self.told: tuple[int, dict[int, float]] = (0, {})

    def tomorrow(self, day: int) -> np.ndarray:
        """The expected baskets with each product."""
        people, correction = self.people(day), Correction(self.lately)
        return np.array(
            [
                blend(
                    people.get(product, 0.0) * correction.factor(product),
                    self.till.expected(product, EVE + day),
                    len(self.owns),
                )
                for product in range(self.products)
            ]
        )

    def people(self, day: int) -> dict[int, float]:
        """What the people make one expect, before the correction."""
        if self.told[0] != day:
            chances = self.rhythms.tomorrow(day)
            comers = [
                Comer(customer, float(chance), self.owns[customer], {})
                for customer, chance in zip(self.customers, chances, strict=True)
                if customer in self.owns
            ]
            self.told = day, baskets_of(comers, self.usual.trends.taste())
        return self.told[1]

    def end_day(self, day: int, baskets: Mapping[int, Basket]) -> None:
        wanted = Counter(product for basket in baskets.values() for product in basket)
        if baskets:
            if day >= self.since:
                self.lately.append((wanted, self.people(day)))
            self.till.end_day(EVE + day, len(baskets), wanted)
        self.rhythms.end_day(day, baskets)
        self.usual.end_day(baskets)
        for customer in baskets:
            self.owns[customer] = weigh(self.usual.histories[customer])
