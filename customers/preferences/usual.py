"""
What a customer probably takes now: the ranking behind the tiles.

Pure: values come in, values go out, and no clock or database is asked. `remembering` fetches what it needs.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

TAKEN = frozenset({"taken", "replaced"})
WANTED = TAKEN | {"not-in-stock"}
"""Asked for and not had tells as much of a taste as taken; only the quantity is learned from what was carried home."""

KEEPS = 0.95
"""What a visit still weighs when one more has followed it."""
PRIOR = 5.0
"""How many visits of one's own the shop's popularity weighs as much as."""
LIKED = 2.0
"""How many visits a told "likes" weighs as much as."""
RECENT = 5
"""How many of the last lines of a product its quantity and manner are read from: a new habit shows after three."""


class PastLine(NamedTuple):
    """One product of a past visit: its id, and a quantity in the `unit` of then; `outcome` as in `VisitLine`."""

    product: int
    quantity: Decimal
    unit: str
    outcome: str
    manner: str = ""


PastVisit = Sequence[PastLine]


class Usual(NamedTuple):
    """
    One product of the usual. `probability` is that of the product being wanted in a visit now (0 to 1).

    `quantity` and its `unit` are None when the customer never took the product. `times` of the `of` visits looked at
    wanted it.
    """

    product: int
    probability: float
    quantity: Decimal | None
    unit: str | None
    manner: str
    times: int
    of: int


def rank(
    history: Sequence[PastVisit], popularity: Mapping[int, float], liked: Collection[int] = frozenset()
) -> list[Usual]:
    """
    Every product of `history` (the customer's visits, latest first), `popularity` and `liked`, the likeliest first.

    `popularity` is the share (0 to 1) of the shop's recent visits with the product. The probability is
    (n + 5 popularity) / (D + 5): n is the number of visits with the product and D that of all, both decayed by 0.95 a
    visit. A new customer is thus offered what is popular, and little by little what is theirs. A told like counts as
    two more visits, both with the product. Of equally likely products the latest wanted comes first.
    """
    weights = _decayed(history)
    visits = (1 - KEEPS ** len(history)) / (1 - KEEPS)
    lines = wanted_lines(history)
    ranked = [
        _usual(
            product,
            lines.get(product, []),
            times=len(weights.get(product, ())),
            of=len(history),
            probability=_probability(
                sum(weights.get(product, ())), visits, popularity.get(product, 0.0), LIKED if product in liked else 0.0
            ),
        )
        for product in dict.fromkeys([*lines, *popularity, *liked])
    ]
    return sorted(ranked, key=lambda usual: -usual.probability)


def wanted_lines(history: Sequence[PastVisit]) -> dict[int, list[PastLine]]:
    """The lines of what was taken or asked for, by product, latest first."""
    lines: dict[int, list[PastLine]] = defaultdict(list)
    for visit in history:
        for line in visit:
            if line.outcome in WANTED:
                lines[line.product].append(line)
    return dict(lines)


def usual_quantity(lines: Sequence[PastLine]) -> tuple[Decimal, str] | tuple[None, None]:
    """
    The middle one of the quantities last taken, with its unit; of two middle ones the later.

    Always a quantity that was really taken, and one odd visit in three or more does not move it. What was sold in
    another unit before does not count.
    """
    taken = [line for line in lines if line.outcome in TAKEN]
    if not taken:
        return None, None
    unit = taken[0].unit
    recent = [line.quantity for line in taken if line.unit == unit][:RECENT]
    ordered = sorted(recent)
    middle = {ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]}
    return next(quantity for quantity in recent if quantity in middle), unit


def usual_manner(lines: Sequence[PastLine]) -> str:
    """The manner of more than half of the last lines, or nothing."""
    recent = lines[:RECENT]
    manner, times = leading_manner(recent)
    return manner if 2 * times > len(recent) else ""


def leading_manner(lines: Sequence[PastLine]) -> tuple[str, int]:
    """The manner that most of `lines` have, as last written, and how many have it; ("", 0) when none has any."""
    counts = Counter(line.manner.casefold() for line in lines if line.manner)
    if not counts:
        return "", 0
    folded, times = counts.most_common(1)[0]
    return next(line.manner for line in lines if line.manner.casefold() == folded), times


def _decayed(history: Sequence[PastVisit]) -> dict[int, list[float]]:
    """By product, the weight of each visit that wanted it."""
    weights: dict[int, list[float]] = defaultdict(list)
    weight = 1.0
    for visit in history:
        for product in {line.product for line in visit if line.outcome in WANTED}:
            weights[product].append(weight)
        weight *= KEEPS
    return weights


def _probability(wanted: float, visits: float, popularity: float, liked: float) -> float:
    return (wanted + PRIOR * popularity + liked) / (visits + PRIOR + liked)


def _usual(product: int, lines: Sequence[PastLine], *, times: int, of: int, probability: float) -> Usual:
    quantity, unit = usual_quantity(lines)
    return Usual(product, probability, quantity, unit, usual_manner(lines), times, of)
