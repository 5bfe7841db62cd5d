"""How large the shops of the benchmarks are, and what is known of their rows without asking the database."""

import uuid
from dataclasses import dataclass

SLUG = "corner"
"""The measured shop's; it is shop 1 of its database."""
SESSIONS = tuple(f"benchmarks{number:022}" for number in range(4))
"""Keys of the sessions of four people who serve in it."""
OWNER = f"benchmarks{4:022}"
"""Key of the session of its owner."""
LINES_EACH = 6
"""Lines of each visit."""


@dataclass(frozen=True)
class Evening:
    """What there is to look through besides visits: in all, and how many of the promises are open."""

    promises: int
    open_promises: int
    problems: int
    wishes: int
    lists: int
    left_alone: int


@dataclass(frozen=True)
class Shape:
    """How large the measured shop is. Its first customers have exactly as many visits as `histories` says."""

    customers: int
    lines: int
    histories: tuple[int, ...] = (300,)
    neighbours: int = 0
    bare: bool = False
    """Whether the bare app has the same rows."""
    evening: Evening | None = None
    """Of a shop that is reviewed: its people come by rhythms, each their own, for a year that ends today."""


SHAPES = {
    "counter": Shape(20_000, 120_000, histories=(300, 1, 30, 3_000), bare=True),
    "small": Shape(1_000, 10_000),
    "large": Shape(100_000, 1_000_000),
    "many": Shape(1_000, 10_000, neighbours=999),
    "review": Shape(2_000, 300_000, histories=(), bare=True, evening=Evening(400, 60, 100, 200, 28, 20)),
    "review-small": Shape(60, 9_000, histories=(), evening=Evening(60, 20, 50, 60, 28, 5)),
}
NEIGHBOUR = Shape(200, 1_200, histories=())
"""Each other shop of an installation."""


def uid_of(kind: str, number: int) -> uuid.UUID:
    """The uid of a customer ("customer") or product ("product") of the measured shop, counted from 0."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{kind} {number}")
