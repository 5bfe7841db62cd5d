"""The product's own forecast of the baskets of tomorrow, put together as `customers.preferences.buying` does."""

from collections import Counter
from collections.abc import Mapping
from itertools import islice

import numpy as np

from customers.preferences.buying import HISTORY, UNLIKELY
from customers.preferences.demand import CORRECTED_DAYS, Comer, Correction, Till, baskets_of, blend
from customers.preferences.popularity import Taste, Trends
from customers.preferences.remembering import VISITS
from customers.preferences.usual import Own, PastVisit, weigh
from customers.visits.crowd import Crowd
from customers.visits.rhythm import SILENT
from tests.benchmarks.memory.dealing import Shop
from tests.benchmarks.memory.households import Basket
from tests.benchmarks.memory.product_coming import EVE, Expecting
from tests.benchmarks.memory.product_usual import lines_of


class Demand:
    """Baskets per product: the people's and the till's forecast, blended; days without visits were closed."""

    def __init__(self, shop: Shop, days: range) -> None:
        self.since, self.products = days[0] - CORRECTED_DAYS, len(shop.view.products)
        self.lines = lines_of(shop)
        self.expecting, self.till, self.trends = Expecting(shop, days), Till(), Trends()
        self.histories: dict[int, list[tuple[int, PastVisit]]] = {customer: [] for customer in shop.customers}
        self.wanted: dict[int, Mapping[int, int]] = {}
        self.tastes: dict[int, Taste] = {}

    def tomorrow(self, day: int) -> np.ndarray:
        """The expected baskets with each product."""
        crowd, expected = self.expecting.crowd(day), np.zeros(self.products)
        owns = {who: self.own(who, since=day - HISTORY.days, before=day) for who in self.expecting.people}
        people = baskets_of(self.comers(day, crowd, owns), self.trends.taste())
        regulars = sum(known.visits >= SILENT for known in self.expecting.rhythms(day).values())
        correction = self.correction(day, crowd)
        for product, times in people.items():
            till = self.till.expected(product, EVE + day)
            expected[product] = blend(times * correction.factor(product), till, regulars)
        return expected

    def correction(self, day: int, crowd: Crowd) -> Correction:
        """The last fortnight, by the tastes of before."""
        first = day - CORRECTED_DAYS
        owns = {customer: self.own(customer, since=day - HISTORY.days, before=first) for customer in self.histories}
        owns = {customer: own for customer, own in owns.items() if own.visits}
        taste = self.tastes[first]
        return Correction(
            (self.wanted[then], baskets_of(self.comers(then, crowd, owns), taste))
            for then in range(first, day)
            if self.wanted[then]
        )

    def comers(self, day: int, crowd: Crowd, owns: Mapping[int, Own]) -> list[Comer]:
        """Who may be expected on `day` of those with `owns`."""
        return [
            Comer(customer, chance, owns[customer], {})
            for customer, chance in self.expecting.chances(day, crowd).items()
            if chance >= UNLIKELY and customer in owns
        ]

    def own(self, customer: int, *, since: int, before: int) -> Own:
        """What the visits of the days from `since` to `before` weigh, at most `VISITS` of them."""
        visits = (visit for day, visit in self.histories[customer] if since <= day < before)
        return weigh(list(islice(visits, VISITS)))

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
            visit = [self.lines[product] for product in basket]
            self.histories[customer].insert(0, (day, visit))
