"""Search, card and DONE of the same small shop: alone, grown a hundredfold, and among a thousand shops."""

from contextlib import ExitStack

from tests.benchmarks.budgets import Budget, at_most
from tests.benchmarks.openings import openings
from tests.benchmarks.server import Tablet, serving
from tests.benchmarks.shapes import SHAPES
from tests.benchmarks.shops import built, copy_of
from tests.benchmarks.timing import Turn, in_turns, said

ROUNDS, QUICK_ROUNDS = 300, 100
SMALL, LARGE, MANY = "small", "large", "many"
LIMIT = 1.3
TEXTS = 97
SHOWN = 12
"""Rows of a full answer: searches that fill it in the small shop do so in every other, and so have the same to show."""


def main(*, quick: bool = False) -> list[Budget]:
    rounds = QUICK_ROUNDS if quick else ROUNDS
    texts = openings(built(SMALL), many=TEXTS, least=SHOWN)
    with ExitStack() as stack:
        ports = [stack.enter_context(serving(stack.enter_context(copy_of(name)))) for name in (SMALL, LARGE, MANY)]
        tablets = [Tablet(port) for port in ports]
        return [
            *_flat("search", [lambda n, tablet=tablet: tablet.search(texts[n % TEXTS]) for tablet in tablets], rounds),
            *_flat("card", [lambda _, tablet=tablet: tablet.card(0) for tablet in tablets], rounds),
            *_flat("DONE", [lambda n, tablet=tablet: tablet.done(_someone(n)) for tablet in tablets], rounds),
        ]


def _flat(name: str, turns: list[Turn], rounds: int) -> list[Budget]:
    medians = in_turns(turns, rounds)
    print(f"{name} in a small shop, a large one, and the small one of many: {said(medians)}")
    small, large, many = medians
    return [
        at_most(f"{name}, 100 times the customers and lines", large / small, LIMIT),
        at_most(f"{name}, 1,000 times the shops", many / small, LIMIT),
    ]


def _someone(number: int) -> int:
    """A customer that every shop has, other than the one whose number of visits matters."""
    return 1 + number % (SHAPES[SMALL].customers - 1)
