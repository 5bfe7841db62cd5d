"""The product's own forecast of the baskets of tomorrow, put together as `customers.preferences.buying` does."""

from collections import Counter
from collections.abc import Mapping
from itertools import islice

import numpy as np

from customers.preferences.buying import HISTORY, UNLIKELY
from customers.preferences.demand import Comer, Till, baskets_of, blend
from customers.preferences.popularity import Trends
from customers.preferences.remembering import VISITS
from customers.preferences.usual import Own, weigh_wants
from customers.visits.rhythm import SILENT, State
from tests.benchmarks.memory.dealing import Shop
from tests.benchmarks.memory.households import Basket
from tests.benchmarks.memory.product_coming import EVE, Expecting


class Demand:
    """Baskets per product: the people's and the till's forecast, blended; days without visits were closed."""

    def __init__(self, shop: Shop, days: range) -> None:
        self.products = len(shop.view.products)
        self.expecting, self.till, self.trends = Expecting(shop, days), Till(), Trends()
        self.baskets: dict[int, list[tuple[int, Basket]]] = {customer: [] for customer in shop.customers}

    def tomorrow(self, day: int) -> np.ndarray:
        """The expected baskets with each product."""
        expected, known = np.zeros(self.products), self.expecting.rhythms(day)
        chances = self.expecting.chances(day, self.expecting.crowd(day))
        likely = {
            customer: chance
            for customer, chance in chances.items()
            if chance >= UNLIKELY and known[customer].state != State.LEFT
        }
        people = baskets_of(self.comers(likely, since=day - HISTORY.days, before=day), self.trends.taste())
        regulars = sum(known[customer].visits >= SILENT for customer in chances)
        for product, times in people.items():
            expected[product] = blend(times, self.till.expected(product, EVE + day), regulars)
        return expected

    def comers(self, chances: Mapping[int, float], *, since: int, before: int) -> list[Comer]:
        """Those who came between the two days, with what they took then."""
        owns = {customer: self.own(customer, since, before) for customer in chances}
        return [Comer(who, chances[who], own, {}) for who, own in owns.items() if own.visits]

    def own(self, customer: int, since: int, before: int) -> Own:
        """What the latest visits of the days from `since` to `before` weigh."""
        baskets = (basket for day, basket in self.baskets[customer] if since <= day < before)
        return weigh_wants(islice(baskets, VISITS))

    def end_day(self, day: int, baskets: Mapping[int, Basket]) -> None:
        wanted = Counter(product for basket in baskets.values() for product in basket)
        if baskets:
            self.till.end_day(EVE + day, len(baskets), wanted)
        self.trends.end_day(len(baskets), wanted)
        self.expecting.end_day(day, baskets)
        for customer, basket in baskets.items():
            self.baskets[customer].insert(0, (day, basket))
