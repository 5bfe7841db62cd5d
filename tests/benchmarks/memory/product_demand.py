"""The product's own forecast of the baskets of tomorrow, put together as `customers.preferences.buying` does."""

from collections import Counter
from collections.abc import Mapping
from itertools import islice

import numpy as np

from customers.preferences.buying import HISTORY, UNLIKELY
from customers.preferences.demand import CORRECTED_DAYS, Comer, Correction, Till, baskets_of, blend
from customers.preferences.popularity import Taste, Trends
from customers.preferences.remembering import VISITS
from customers.preferences.usual import Own, weigh_wants
from customers.visits.crowd import Crowd
from customers.visits.rhythm import SILENT
from tests.benchmarks.memory.dealing import Shop
from tests.benchmarks.memory.households import Basket
from tests.benchmarks.memory.product_coming import EVE, Expecting


class Demand:
    """Baskets per product: the people's and the till's forecast, blended; days without visits were closed."""

    def __init__(self, shop: Shop, days: range) -> None:
        self.since, self.products = days[0] - CORRECTED_DAYS, len(shop.view.products)
        self.expecting, self.till, self.trends = Expecting(shop, days), Till(), Trends()
        self.baskets: dict[int, list[tuple[int, Basket]]] = {customer: [] for customer in shop.customers}
        self.wanted: dict[int, Mapping[int, int]] = {}
        self.tastes: dict[int, Taste] = {}

    def tomorrow(self, day: int) -> np.ndarray:
        """The expected baskets with each product."""
        crowd, expected = self.expecting.crowd(day), np.zeros(self.products)
        chances = self.expecting.chances(day, crowd)
        likely = {customer: chance for customer, chance in chances.items() if chance >= UNLIKELY}
        people = baskets_of(self.comers(likely, since=day - HISTORY.days, before=day), self.trends.taste())
        regulars = sum(known.visits >= SILENT for known in self.expecting.rhythms(day).values())
        correction = self.correction(day, crowd)
        for product, times in people.items():
            till = self.till.expected(product, EVE + day)
            expected[product] = blend(times * correction.factor(product), till, regulars)
        return expected

    def correction(self, day: int, crowd: Crowd) -> Correction:
        """The last fortnight, by the tastes of before."""
        first, actual, chances = day - CORRECTED_DAYS, Counter(), Counter()
        for then in (then for then in range(first, day) if self.wanted[then]):
            actual.update(self.wanted[then])
            chances.update(self.expecting.chances(then, crowd))
        comers = self.comers(chances, since=day - HISTORY.days, before=first)
        return Correction([(actual, baskets_of(comers, self.tastes[first]))])

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
        self.wanted[day] = wanted
        if day >= self.since:
            self.expecting.rhythms(day)
            self.tastes[day] = self.trends.taste()
        if baskets:
            self.till.end_day(EVE + day, len(baskets), wanted)
        self.trends.end_day(len(baskets), wanted)
        self.expecting.end_day(day, baskets)
        for customer, basket in baskets.items():
            self.baskets[customer].insert(0, (day, basket))
