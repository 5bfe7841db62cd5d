"""
What a person takes instead when something is not there.

Pure: past visits come in, values go out.
"""

from collections import Counter
from collections.abc import Container, Sequence
from typing import NamedTuple

from customers.preferences.usual import PastVisit
from customers.visits.outcomes import MISSING, TAKEN

REPLACED = "replaced"
LEAST = 2
"""Times that something was merely taken in such a visit before it counts as taken instead; said once is enough."""
OFTENER = 2
"""How much oftener than in other visits."""


class Substitute(NamedTuple):
    """`product` was taken instead in `times` of the `of` visits in which the wanted one was not there."""

    product: int
    times: int
    of: int


def substitute(history: Sequence[PastVisit], product: int) -> Substitute | None:
    """What is taken instead of `product`: what was said to replace it, else what is then taken markedly oftener."""
    without = [visit for visit in history if was_missing(visit, product)]
    said = Counter(each for visit in without for each in _products(visit, {REPLACED}))
    said.pop(product, None)
    if said:
        return Substitute(*said.most_common(1)[0], of=len(without))
    taken = Counter(each for visit in without for each in _products(visit, TAKEN))
    everywhere = Counter(each for visit in history for each in _products(visit, TAKEN))
    for other, times in taken.most_common():
        elsewhere, visits = everywhere[other] - times, len(history) - len(without)
        if other != product and times >= LEAST and times * visits > OFTENER * elsewhere * len(without):
            return Substitute(other, times, len(without))
    return None


def was_missing(visit: PastVisit, product: int) -> bool:
    """Whether `product` was asked for in `visit` and not there."""
    return any(line.product == product and line.outcome == MISSING for line in visit)


def taken_instead(visits: Sequence[PastVisit], other: int) -> list[bool]:
    """Of each of `visits`, those without what was wanted, whether it is one of the `Substitute.times` of `other`."""
    said = [other in _products(visit, {REPLACED}) for visit in visits]
    return said if any(said) else [other in _products(visit, TAKEN) for visit in visits]


def _products(visit: PastVisit, outcomes: Container[str]) -> dict[int, None]:
    """The products of `visit` that came out so, once each and in its order."""
    return dict.fromkeys(line.product for line in visit if line.outcome in outcomes)
