"""Drawing the people of the demo shop. Pure: the same seed, products and days give the same people."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from crm.demo.habits import Habit, Market, Outing, draw_habit, draw_outings
from crm.demo.opinions import Opinion, draw_aversions, draw_opinions
from crm.demo.people import Person, people
from vendors.models import Product


@dataclass(frozen=True)
class Regular:
    """One of the shop's people with all that was drawn for them."""

    number: int
    person: Person
    opinions: Sequence[Opinion]
    habit: Habit
    outings: Sequence[Outing]


def draw_regulars(*, products: Sequence[Product], days: Sequence[dt.date], seed: int) -> list[Regular]:
    """Everybody with their visits of `days`; `products` are those sold, the popular ones first."""
    market = Market(products, days, _chance(seed, "market"))
    everybody = people(_chance(seed, "people"))
    # A chance of their own each, so that what is drawn for one changes nothing for the next.
    return [_regular(number, person, market, _chance(seed, number)) for number, person in enumerate(everybody)]


def _chance(seed: int, what: object) -> Random:
    return Random(f"{seed} {what}")  # noqa: S311 - a story, not a secret


def _regular(number: int, person: Person, market: Market, chance: Random) -> Regular:
    aversions = draw_aversions(market.products, chance)
    habit = draw_habit(market, frozenset(opinion.product.name for opinion in aversions), chance)
    opinions = [*aversions, *draw_opinions(habit, chance)]
    return Regular(number, person, opinions, habit, list(draw_outings(habit, market, chance)))
