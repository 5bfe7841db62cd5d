"""What the people of the demo shop like and must not be given, of every kind and known in every way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from crm.demo.habits import Habit, Taste
from customers.preferences.models import Preference
from vendors.models import Product

Kind, Basis = Preference.Kind, Preference.Basis
STRONG = (
    "Coriander",
    "Brinjal",
    "Bitter gourd",
    "Garlic",
    "Mushroom",
    "Radish",
    "Papaya",
    "Lady's finger",
    "Eggs",
    "Cabbage",
)
"""What people rather do without."""
ALLERGIES = ("Peanuts", "Kiwi", "Strawberry", "Mushroom")
WISHES = (
    "no plastic bag, brings their own",
    "keep it ready by nine",
    "from the fresh sack",
    "ring before coming up",
    "bill once a month",
    "do not send by the children",
    "heavy things to the door",
    "write the price on the bag",
)


@dataclass(frozen=True)
class Opinion:
    """A preference of somebody, said `days_ago` and confirmed again `confirmed` days ago (or never: None)."""

    kind: str
    product: Product | None
    text: str = ""
    basis: str = Basis.TOLD
    days_ago: int = 30
    confirmed: int | None = None
    seen: int | None = None
    seen_of: int | None = None


def draw_aversions(products: Sequence[Product], chance: Random) -> list[Opinion]:
    """What somebody must not or would not have: known before their habits are drawn, so that these agree."""
    by_name = {product.name: product for product in products}
    found = []
    if chance.random() < 0.05:
        found.append(Opinion(Kind.ALLERGY, by_name[chance.choice(ALLERGIES)], days_ago=_some_days(chance)))
    for kind, likelihood in ((Kind.AVOIDS, 0.14), (Kind.DISLIKES, 0.2)):
        if chance.random() < likelihood:
            days = _some_days(chance)
            found.append(
                Opinion(kind, by_name[chance.choice(STRONG)], days_ago=days, confirmed=_confirmed(days, chance))
            )
    return found


def draw_opinions(habit: Habit, chance: Random) -> Iterator[Opinion]:
    """What the shop has learned of somebody with this `habit`; not all of it, so that there is something to notice."""
    for taste in habit.tastes:
        if taste.manner and chance.random() < 0.5:
            yield _learned(Kind.MANNER, taste, chance)
    if chance.random() < 0.3:
        yield _learned(Kind.LIKES, chance.choice(habit.tastes[:4]), chance)
    if chance.random() < 0.16:
        yield Opinion(Kind.WISH, None, chance.choice(WISHES), days_ago=_some_days(chance))
    if chance.random() < 0.08:
        yield Opinion(Kind.LIKES, habit.tastes[-1].product, "for guests", Basis.GUESS, _some_days(chance))


def _learned(kind: str, taste: Taste, chance: Random) -> Opinion:
    text = taste.manner if kind == Kind.MANNER else ""
    days = _some_days(chance)
    if chance.random() < 0.6:
        return Opinion(kind, taste.product, text, days_ago=days, confirmed=_confirmed(days, chance))
    of = chance.choice((6, 8, 10))
    return Opinion(kind, taste.product, text, Basis.SEEN, days, seen=of - chance.randint(0, 1), seen_of=of)


def _some_days(chance: Random) -> int:
    return chance.randint(3, 320)


def _confirmed(days: int, chance: Random) -> int | None:
    """Every other old opinion was asked for again; the others are due."""
    return chance.randint(2, 150) if days > 180 and chance.random() < 0.5 else None
