"""
What goes together in a shop: whoever takes coriander takes chillies too.

Pure: baskets come in, factors go out.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import combinations

STEADY = 20.0
"""Baskets that a pair has to overcome before it is believed."""
DAMPED = 0.2
"""How much of it is believed, as a power."""
LARGEST = 40
"""Products of the largest basket that tells anything: who buys half the shop says nothing of two of them."""


class Together:
    """How often each product and each pair of products is in a basket."""

    def __init__(self, baskets: Iterable[Collection[int]] = ()) -> None:
        self.baskets = 0
        self.single: Counter[int] = Counter()
        self.pairs: Counter[tuple[int, int]] = Counter()
        for basket in baskets:
            if len(basket) <= LARGEST:
                self.baskets += 1
                self.single.update(basket)
                self.pairs.update(combinations(sorted(basket), 2))

    def factor(self, product: int, other: int) -> float:
        """
        How much likelier `product` becomes when `other` is in the basket.

        The lift of the pair, c_pq / (c_p c_q / W), pulled to 1 by `STEADY` baskets and damped.
        """
        if not self.baskets:
            return 1.0
        both = self.pairs[min(product, other), max(product, other)]
        by_chance = self.single[product] * self.single[other] / self.baskets
        return ((both + STEADY) / (by_chance + STEADY)) ** DAMPED
