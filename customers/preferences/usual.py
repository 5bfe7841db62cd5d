"""
What a customer probably takes now: the ranking behind the tiles.

Pure: values come in, values go out, and no clock or database is asked. `remembering` fetches what it needs.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from customers.preferences.popularity import UNKNOWN, Taste
from customers.visits.outcomes import TAKEN, WANTED

KEEPS = 0.95
"""What a visit still weighs when one more has followed it."""
PRIOR = 5.0
"""How many visits of one's own the shop's popularity weighs as much as."""
LIKED = 2.0
"""How many visits a told "likes" weighs as much as."""
RECENT = 5
"""How many of the last lines of a product its quantity and manner are read from: a new habit shows after three."""
LATELY = 12
"""Of so many of the last visits it is said how many wanted a product; of all that are read, when none of these did."""


class PastLine(NamedTuple):
    """One product of a past visit: its id, and a quantity in the `unit` of then; `outcome` as in `VisitLine`."""

    product: int
    quantity: Decimal
    unit: str
    outcome: str
    manner: str = ""


PastVisit = Sequence[PastLine]


class Own(NamedTuple):
    """What a person's own visits weigh: all of them, and by product those that wanted it; the latest weighs 1."""

    visits: float
    wanted: Mapping[int, float]

    def chance(self, product: int, taste: Taste, *, liked: bool = False) -> float:
        """
        How likely (0 to 1) the product is wanted in a visit now: (n + 5 popularity) / (D + 5) * season.

        n is the number of visits with the product and D that of all, both decayed by 0.95 a visit. A new customer is
        thus offered what is popular, and little by little what is theirs. A told like counts as two more visits, both
        with the product. Personal frequency with a popularity prior: about as good as the best published
        next-basket methods, without fitted weights (`make bench-memory`).
        """
        told = LIKED if liked else 0.0
        wanted = self.wanted.get(product, 0.0) + PRIOR * taste.popularity.get(product, 0.0) + told
        return min(wanted / (self.visits + PRIOR + told) * taste.season.get(product, 1.0), 1.0)


class Usual(NamedTuple):
    """
    One product of the usual. `probability` is that of the product being wanted in a visit now (0 to 1).

    `quantity` and its `unit` are None when the customer never took the product. `times` of the last `of` visits
    wanted it. `season` is the shop's factor, above 1 when it sells more of it than it used to.
    """

    product: int
    probability: float
    quantity: Decimal | None
    unit: str | None
    manner: str
    times: int
    of: int
    season: float = 1.0


def weigh(history: Iterable[PastVisit]) -> Own:
    """What `history` (a person's visits, latest first) weighs."""
    return weigh_wants({line.product for line in visit if line.outcome in WANTED} for visit in history)


def weigh_wants(visits: Iterable[Collection[int]]) -> Own:
    """As `weigh`, of visits that are told by the products that each of them wanted."""
    wanted: dict[int, float] = defaultdict(float)
    weight = 1.0
    for products in visits:
        for product in products:
            wanted[product] += weight
        weight *= KEEPS
    return Own((1 - weight) / (1 - KEEPS), dict(wanted))


def chances(
    history: Sequence[PastVisit], taste: Taste = UNKNOWN, liked: Collection[int] = frozenset()
) -> dict[int, float]:
    """By product how likely it is wanted now: of all of `history`, `taste` and `liked`, the likeliest first.

    Of equally likely products the latest wanted comes first.
    """
    own = weigh(history)
    products = dict.fromkeys([*own.wanted, *taste.popularity, *liked])
    found = {product: own.chance(product, taste, liked=product in liked) for product in products}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def describe(history: Sequence[PastVisit], chance: Mapping[int, float], taste: Taste = UNKNOWN) -> list[Usual]:
    """The products of `chance` with what `history` tells of each, in that order."""
    lines, times, lately = wanted_lines(history), times_wanted(history), times_wanted(history[:LATELY])
    return [
        Usual(
            product,
            probability,
            *usual_quantity(lines.get(product, ())),
            usual_manner(lines.get(product, ())),
            times=lately[product] or times[product],
            of=min(len(history), LATELY) if lately[product] else len(history),
            season=taste.season.get(product, 1.0),
        )
        for product, probability in chance.items()
    ]


def times_wanted(history: Iterable[PastVisit]) -> Counter[int]:
    """By product in how many visits of `history` it was wanted."""
    return Counter(
        product for visit in history for product in {line.product for line in visit if line.outcome in WANTED}
    )


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
    taken = recently_taken(lines)
    if not taken:
        return None, None
    recent = [line.quantity for line in taken]
    ordered = sorted(recent)
    middle = {ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]}
    return next(quantity for quantity in recent if quantity in middle), taken[0].unit


def recently_taken(lines: Sequence[PastLine]) -> list[PastLine]:
    """Those of `lines` (of one product, latest first) that its quantity is read from."""
    taken = [line for line in lines if line.outcome in TAKEN]
    return [line for line in taken if line.unit == taken[0].unit][:RECENT]


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
