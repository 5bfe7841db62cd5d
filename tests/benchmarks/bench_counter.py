"""Search, card and DONE of the shop, each beside that of the bare app: the same server, rows and sign-in."""

import random

from tests.benchmarks.budgets import Budget, at_most
from tests.benchmarks.openings import openings
from tests.benchmarks.server import Tablet, serving
from tests.benchmarks.shapes import SHAPES
from tests.benchmarks.shops import copy_of
from tests.benchmarks.timing import Turn, in_turns, said

ROUNDS, QUICK_ROUNDS = 300, 100
TEXTS = 97
SHOP = "counter"
REGULAR = SHAPES[SHOP].histories.index(300)


def main(*, quick: bool = False) -> list[Budget]:
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with copy_of(SHOP) as database, serving(database) as port:
        tablet = Tablet(port)
        texts = openings(database, many=TEXTS)

        def text(number: int) -> str:
            return texts[number % TEXTS]

        return [
            _compared("search", 2, lambda n: tablet.search(text(n)), lambda n: tablet.bare_search(text(n)), rounds),
            _compared("card", 3, lambda _: tablet.card(REGULAR), lambda _: tablet.bare_card(REGULAR), rounds),
            _compared("DONE", 4, lambda n: tablet.done(_one(n)), lambda n: tablet.bare_insert(_one(n)), rounds),
        ]


def _compared(name: str, limit: float, ours: Turn, bare: Turn, rounds: int) -> Budget:
    medians = in_turns([ours, bare], rounds)
    print(f"{name} and its like in the bare app: {said(medians)}")
    return at_most(f"{name} to bare", medians[0] / medians[1], limit)


def _one(number: int) -> int:
    """A customer other than those whose number of visits matters."""
    histories, customers = len(SHAPES[SHOP].histories), SHAPES[SHOP].customers
    return random.Random(number).randrange(histories, customers)
