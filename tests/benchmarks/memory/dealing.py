"""Deals the households into shops, and walks through a shop's days."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.benchmarks.memory.households import Basket, View

SEED = 20261125
SHOPS = {"one": 1, "300": 8, "100": 24}
"""Name of a size -> number of shops; "300" has about 300 customers in each, "100" about 100."""
CHOOSING = range(140, 294)
"""Days on which parameters are fitted and chosen."""
REPORTING = range(294, 365)
"""Days on which they are judged; what had been seen of them before is said in the README here beside."""


@dataclass(frozen=True)
class Shop:
    """A shop of `view` with its own customers, who are nobody else's."""

    view: View
    customers: tuple[int, ...]

    def days(self) -> Iterator[tuple[int, dict[int, Basket]]]:
        """Each day from 1 on, in order, with the baskets of this shop's customers."""
        own = frozenset(self.customers)
        for day, baskets in enumerate(self.view.days[1:], start=1):
            yield day, {customer: basket for customer, basket in baskets.items() if customer in own}


def shops(view: View, size: str) -> list[Shop]:
    """The households of `view`, dealt at random into as many shops as `SHOPS` says; the same at each run."""
    households = list(view.households)
    random.Random(SEED).shuffle(households)
    number = SHOPS[size]
    return [Shop(view, tuple(sorted(households[first::number]))) for first in range(number)]


def window(text: str) -> range:
    """The days that "140-293" stands for."""
    first, last = map(int, text.split("-"))
    return range(first, last + 1)


def named(days: Sequence[int]) -> str:
    """The other way round."""
    return f"{days[0]}-{days[-1]}"
