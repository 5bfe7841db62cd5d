"""
What a year of shopping looks like: each person has habits, and each visit is drawn from them.

Pure: the calendar, the goods and a seeded `Random` come in, values go out.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from vendors.models import Product

OPEN = ((7.5, 13.5), (16.5, 21.0))
"""The shop's hours by its own clock, as hours of the day."""
HOLIDAYS = {
    (1, 26): "Republic Day",
    (5, 1): "Maharashtra Day",
    (8, 15): "Independence Day",
    (10, 2): "Mahatma Gandhi's Birthday",
}
"""Months and days on which the shop stays closed."""
FAVOURED = (4, 4, 4, 4, 5, 7, 7)
"""How much each weekday, from Monday on, is somebody's day for shopping."""
MANNERS = {
    "Banana": ("half ripe", "ripe, for today", "still green"),
    "Tomato": ("firm", "ripe, for today"),
    "Potato": ("small", "without eyes"),
    "Onion": ("small", "from the fresh sack"),
    "Brinjal": ("small", "for stuffing"),
    "Lady's finger": ("tender",),
    "Papaya": ("half ripe",),
    "Coconut": ("with much water",),
    "Cauliflower": ("small and white",),
    "Guava": ("soft",),
    "Coriander": ("with roots",),
    "Alphonso mango": ("ripe on Sunday",),
    "Watermelon": ("cut in half",),
    "Tender coconut": ("with malai",),
}
NOTES = ("paid tomorrow", "the son carries it", "owes ₹20", "wants a call when mangoes come", "bag left here till six")
MOSTLY_TAKEN = (("taken", 985), ("replaced", 8), ("refused", 7))


@dataclass(frozen=True)
class Rhythm:
    """When somebody comes: on `weekdays` (0 is Monday) with `chance`, or with none of these every `gap` days, about."""

    weekdays: frozenset[int]
    chance: float
    gap: float
    hours: tuple[float, float]
    """Usual hour of working days and of the week's end."""


@dataclass(frozen=True)
class Taste:
    """A product that is taken in `chance` of the visits, `steps` of its step at a time, and how it has to be."""

    product: Product
    chance: float
    steps: int
    manner: str


@dataclass(frozen=True)
class Habit:
    """All habits of one person; `first` and `last` are the days between which they come."""

    rhythm: Rhythm
    tastes: tuple[Taste, ...]
    curious: float
    """Chance of one more thing that is no habit; never one of `avoided` (names)."""
    avoided: frozenset[str]
    channel: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class Item:
    product: Product
    quantity: Decimal
    outcome: str
    manner: str


@dataclass(frozen=True)
class Outing:
    """One visit, `at` by the shop's clock (without a zone)."""

    at: dt.datetime
    channel: str
    items: tuple[Item, ...]
    note: str


class Market:
    """The goods of each day of `days`: what is in season, and what ran out."""

    def __init__(self, products: Sequence[Product], days: Sequence[dt.date], chance: Random) -> None:
        self.products, self.days = products, days
        self.popularity = [1 / (place + 4) for place in range(len(products))]
        self._out = {day: {product.name for product in products if chance.random() < 0.012} for day in days}

    def has(self, product: Product, day: dt.date) -> bool:
        return product.name not in self._out[day]

    def open_on(self, day: dt.date) -> bool:
        """The last day is always open: the demo is there to be tried today."""
        return (day.month, day.day) not in HOLIDAYS or day == self.days[-1]

    def some(self, count: int, chance: Random) -> list[Product]:
        """Different goods, the popular ones likelier."""
        luck = [chance.random() ** (1 / weight) for weight in self.popularity]
        order = sorted(range(len(luck)), key=luck.__getitem__, reverse=True)
        return [self.products[place] for place in order[:count]]


# Habits


def draw_habit(market: Market, avoided: frozenset[str], chance: Random) -> Habit:
    """A new person's habits; the goods whose names are `avoided` are in none of them."""
    liked = [product for product in market.some(chance.randint(7, 14), chance) if product.name not in avoided]
    return Habit(
        rhythm=_rhythm(chance),
        tastes=tuple(_taste(product, place, chance) for place, product in enumerate(liked)),
        curious=chance.uniform(0.05, 0.35),
        avoided=avoided,
        channel=chance.choices(("counter", "phone", "delivery"), weights=(92, 5, 3))[0],
        first=_first_day(market.days, chance),
        last=_last_day(market.days, chance),
    )


def _rhythm(chance: Random) -> Rhythm:
    morning, evening = _hour(chance, 9.6, 1.1), _hour(chance, 18.6, 1.0)
    hours = chance.choices(((morning, morning), (evening, evening), (evening, morning)), weights=(45, 35, 20))[0]
    times = chance.choices((6, 3, 2, 1, 0), weights=(20, 32, 24, 13, 11))[0]
    if times == 0:
        return Rhythm(frozenset(), 0, chance.uniform(2.5, 16), hours)
    week = chance.sample(range(7), times, counts=FAVOURED)
    return Rhythm(frozenset(week), chance.uniform(0.78, 0.96), 0, hours)


def _hour(chance: Random, middle: float, spread: float) -> float:
    return _when_open(chance.gauss(middle, spread))


def _taste(product: Product, place: int, chance: Random) -> Taste:
    likelihood = max(0.12, chance.uniform(0.72, 0.97) - 0.07 * place)
    manner = chance.choice(MANNERS[product.name]) if product.name in MANNERS and chance.random() < 0.4 else ""
    return Taste(product, likelihood, chance.choices((1, 2, 3, 4), weights=(40, 38, 12, 10))[0], manner)


def _first_day(days: Sequence[dt.date], chance: Random) -> dt.date:
    """Most came already when the year began; some are new."""
    return chance.choice(days[len(days) // 6 : -14]) if chance.random() < 0.12 else days[0]


def _last_day(days: Sequence[dt.date], chance: Random) -> dt.date:
    """Some have moved away or been lost, and nobody said so."""
    return chance.choice(days[len(days) * 2 // 3 : len(days) * 9 // 10]) if chance.random() < 0.06 else days[-1]


# Visits


def draw_outings(habit: Habit, market: Market, chance: Random) -> Iterator[Outing]:
    """The visits of one person on the days of `market`, in order."""
    wait = chance.uniform(0, habit.rhythm.gap)
    for day in market.days:
        wait -= 1
        if not market.open_on(day) or not habit.first <= day <= habit.last:
            continue
        if _comes(habit.rhythm, day, wait, chance):
            wait = max(1.0, chance.gauss(habit.rhythm.gap, habit.rhythm.gap / 5))
            yield _outing(habit, market, day, chance)


def _comes(rhythm: Rhythm, day: dt.date, wait: float, chance: Random) -> bool:
    if rhythm.weekdays:
        return chance.random() < (rhythm.chance if day.weekday() in rhythm.weekdays else 0.03)
    return wait <= 0


def _outing(habit: Habit, market: Market, day: dt.date, chance: Random) -> Outing:
    hour = _when_open(chance.gauss(habit.rhythm.hours[day.weekday() >= 5], 0.45))
    at = dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=round(hour * 3600))
    channel = habit.channel if chance.random() < 0.8 else "counter"
    note = chance.choice(NOTES) if chance.random() < 0.01 else ""
    items = () if chance.random() < 0.008 else tuple(_items(habit, market, day, chance))
    return Outing(at, channel, items, note)


def _when_open(hour: float) -> float:
    """The nearest hour at which the shop serves, up to minutes before it closes."""
    served = (min(max(hour, opens + 0.05), closes - 0.1) for opens, closes in OPEN)
    return min(served, key=lambda near: abs(near - hour))


def _items(habit: Habit, market: Market, day: dt.date, chance: Random) -> Iterator[Item]:
    wanted = [
        taste for taste in habit.tastes if taste.product.in_season(day.month) and chance.random() < taste.chance * 0.72
    ]
    if chance.random() < habit.curious or not wanted:
        wanted.append(Taste(_something_new(habit, market, day, chance), 1, 1, ""))
    return (_item(taste, market.has(taste.product, day), chance) for taste in wanted[:9])


def _something_new(habit: Habit, market: Market, day: dt.date, chance: Random) -> Product:
    known = {taste.product.name for taste in habit.tastes} | habit.avoided
    others = (product for product in market.some(40, chance) if product.name not in known)
    return next(product for product in others if product.in_season(day.month))


def _item(taste: Taste, in_stock: bool, chance: Random) -> Item:
    steps = taste.steps + chance.choices((0, 1, -1, 3), weights=(78, 11, 9, 2))[0]
    outcomes, weights = zip(*MOSTLY_TAKEN, strict=True)
    outcome = chance.choices(outcomes, weights)[0] if in_stock else "not-in-stock"
    manner = taste.manner if chance.random() < 0.94 else ""
    return Item(taste.product, taste.product.step * max(1, steps), outcome, manner)
