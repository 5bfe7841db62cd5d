"""
How much of each product a day will need, and who stands behind it.

Pure: chances and counts come in, values go out. Two forecasts are mixed: that of the till (exponentially weighted
averages of the product's days, times the index of the weekday) and that of the people (who is likely to come, times
what each of them usually takes). The more regulars a shop has, the better the second one is.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from math import exp
from statistics import NormalDist
from types import MappingProxyType
from typing import NamedTuple

from customers.preferences.popularity import Taste
from customers.preferences.usual import PRIOR, Own

HALF_LIVES = (14, 56)
"""Open days after which a day weighs half in the two averages of the till: one is quick, the other one steady."""
WEEKDAY_KEEPS = 0.85
"""What a weekday weighs in the index one week later."""
FEW, MANY = 100, 300
"""Regulars up to which the till alone is asked, and from which on the people have `PEOPLE` of the say."""
PEOPLE = 0.6
ORDER = 0.8
"""The part of such days on which what is ordered is enough: that something spoils costs less than that it is missed."""
LOW, HIGH = 0.1, 0.9
"""Between these eight of ten such days lie."""


class Comer(NamedTuple):
    """One person: the chance that they come, what their visits weigh, how much of each product they usually take."""

    person: int
    chance: float
    own: Own
    quantities: Mapping[int, Decimal]


class Need(NamedTuple):
    """
    What a day needs of one product.

    `baskets` is the expected number of visits that want it, `low` and `high` hold eight of ten such days, and `order`
    is enough on four of five. `quantity` is what one of these visits takes, in the product's unit. `people` are those
    who stand behind it, the likeliest first, each with the chance that they come and want it as their own visits tell:
    what is popular and in season adds to `baskets`, but has nobody behind it. `most` is who of them will take most of
    it, with the quantity that may be expected of them: their own usual one, times that chance.
    """

    product: int
    baskets: float
    low: int
    high: int
    order: int
    quantity: Decimal
    people: tuple[tuple[int, float], ...]
    most: tuple[int, float] | None = None


class Till:
    """What the till saw: of each product the baskets of its days, told day by day; closed days are not told."""

    def __init__(self) -> None:
        self.averages: dict[int, dict[int, float]] = {days: {} for days in HALF_LIVES}
        self.weights = dict.fromkeys(HALF_LIVES, 0.0)
        self.came = [0.0] * 7
        self.days = [0.0] * 7

    def end_day(self, day: int, visits: int, wanted: Mapping[int, int]) -> None:
        """Let `day` (an ordinal) be over with so many visits, of which so many wanted each product."""
        for days, average in self.averages.items():
            keeps = 0.5 ** (1 / days)
            self.weights[days] = self.weights[days] * keeps + 1
            for product in average:
                average[product] *= keeps
            for product, times in wanted.items():
                average[product] = average.get(product, 0.0) + times
        weekday = day % 7
        self.came[weekday] = self.came[weekday] * WEEKDAY_KEEPS + visits
        self.days[weekday] = self.days[weekday] * WEEKDAY_KEEPS + 1

    def expected(self, product: int, day: int) -> float:
        """Baskets with the product on `day`: the mean of its averages, times how much busier that weekday is."""
        if not any(self.weights.values()):
            return 0.0
        averages = (self.averages[days].get(product, 0.0) / self.weights[days] for days in HALF_LIVES)
        return sum(averages) / len(HALF_LIVES) * self.index(day)

    def index(self, day: int) -> float:
        """How busy the weekday of `day` is beside the mean day of the shop; 1 when it is not known yet."""
        known = [came / days for came, days in zip(self.came, self.days, strict=True) if days]
        mean = sum(known) / len(known) if known else 0.0
        weekday = day % 7
        if not mean or not self.days[weekday]:
            return 1.0
        return self.came[weekday] / self.days[weekday] / mean


def baskets_of(comers: Iterable[Comer], taste: Taste) -> dict[int, float]:
    """By product how many of `comers` will want it: the sum of the chances to come and take."""
    own: dict[int, float] = defaultdict(float)
    others = 0.0
    for comer in comers:
        share = comer.chance / (comer.own.visits + PRIOR)
        others += share * PRIOR
        for product, weight in comer.own.wanted.items():
            own[product] += share * weight
    products = own.keys() | taste.popularity.keys()
    return {
        product: (own.get(product, 0.0) + others * taste.popularity.get(product, 0.0)) * taste.season.get(product, 1.0)
        for product in products
    }


def blend(people: float, till: float, regulars: int) -> float:
    """The baskets that both forecasts together expect in a shop of so many regulars."""
    weight = PEOPLE * min(max((regulars - FEW) / (MANY - FEW), 0.0), 1.0)
    return weight * people + (1 - weight) * till


def needs(
    comers: Sequence[Comer],
    baskets: Mapping[int, float],
    steps: Mapping[int, Decimal],
    without: Mapping[int, Collection[int]] = MappingProxyType({}),
) -> list[Need]:
    """
    What the day needs of each product of `baskets` that is wanted at all, the most wanted first.

    `steps` are the products' usual steps: what a visit takes of a product of which nobody has a habit. The people
    whom `without` names by product are left out there, with what they add to its baskets: what they want is known.
    """
    behind: dict[int, list[tuple[int, float]]] = defaultdict(list)
    taken: dict[int, list[tuple[float, Decimal, int]]] = defaultdict(list)
    left_out: dict[int, float] = defaultdict(float)
    for comer in comers:
        share = comer.chance / (comer.own.visits + PRIOR)
        for product, weight in comer.own.wanted.items():
            if comer.person in without.get(product, ()):
                left_out[product] += share * weight
                continue
            behind[product].append((comer.person, share * weight))
            if product in comer.quantities:
                taken[product].append((share * weight, comer.quantities[product], comer.person))
    remaining = {product: max(times - left_out.get(product, 0.0), 0.0) for product, times in baskets.items()}
    ordered = sorted(remaining.items(), key=lambda item: -item[1])

    def enough(product: int, part: float) -> int:
        """For that part of the days; where it is known who wants it, one basket for each of them is always enough."""
        count = poisson_quantile(remaining[product], part)
        return min(count, len(behind[product])) if behind[product] or product in left_out else count

    return [
        Need(
            product=product,
            baskets=expected,
            low=enough(product, LOW),
            high=enough(product, HIGH),
            order=enough(product, ORDER),
            quantity=_mean(taken[product]) or steps[product],
            people=tuple(sorted(behind[product], key=lambda each: -each[1])),
            most=_most(taken[product]),
        )
        for product, expected in ordered
        if product in steps and enough(product, ORDER)
    ]


def _most(weighed: Sequence[tuple[float, Decimal, int]]) -> tuple[int, float] | None:
    """Who takes most, the chance weighed in, and how much that is."""
    each = ((person, weight * float(quantity)) for weight, quantity, person in weighed)
    return max(each, key=lambda of_one: of_one[1], default=None)


def _mean(weighed: Sequence[tuple[float, Decimal, int]]) -> Decimal | None:
    """The mean of the quantities, the likelier ones weighing more; in thousandths, as they are kept."""
    total = sum(weight for weight, _quantity, _person in weighed)
    if not total:
        return None
    mean = sum(weight * float(quantity) for weight, quantity, _person in weighed) / total
    return Decimal(round(mean * 1000)) / 1000


def poisson_quantile(mean: float, part: float) -> int:
    """
    The smallest number that a Poisson count of this `mean` does not exceed in `part` (0 to 1) of the days.

    Above a mean of 400 it may be one off.
    """
    if mean > 400:
        # Too far out to be added up from exp(-mean): by the cube root, which is nearly normal (Wilson and Hilferty).
        z = NormalDist().inv_cdf(part)
        return round(mean * (1 - 1 / (9 * mean) + z / (3 * mean**0.5)) ** 3)
    count, term = 0, exp(-mean)
    total = term
    while total < part:
        count += 1
        term *= mean / count
        total += term
    return count
