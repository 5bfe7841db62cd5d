"""When the people of a reviewed shop came: each by a rhythm of their own, for a year that ends today."""

import datetime as dt
import random
from collections.abc import Iterator

YEAR = 365
GAPS, SHARES = (4, 8, 16, 36), (6, 25, 35, 34)
"""Days between two visits, and how many of a hundred people come so often."""
SPREAD = 0.2
"""By how much of it a gap may differ, as the standard deviation."""
OPEN = ((8 * 60, 13 * 60), (16 * 60 + 30, 21 * 60))
"""Minutes of the shop's clock."""
OWN_HOUR = 40
"""Minutes by which somebody comes earlier or later than they use to, as the standard deviation."""
GONE = 40
"""One of so many has not come since a month or two."""
INDIA = 330
"""Minutes by which the shop's clock is ahead of Greenwich."""

Coming = tuple[str, int]
"""When, as SQLite keeps it, and who, counted from 0."""


def comings(chance: random.Random, *, people: int, visits: int, today: dt.date) -> Iterator[Coming]:
    """All `visits` of `people`, shared out by how often each comes."""
    often = [1 / chance.choices(GAPS, weights=SHARES)[0] for _each in range(people)]
    shares = [int(visits * each / sum(often)) for each in often]
    shares[0] += visits - sum(shares)
    for person, many in enumerate(shares):
        minute = chance.choice([chance.randrange(*hours) for hours in OPEN])
        ends = today - dt.timedelta(days=chance.randrange(40, 80) if person % GONE == GONE - 1 else 0)
        for ago in _days_ago(chance, many):
            yield _at(ends - dt.timedelta(days=ago), _around(chance, minute)), person


def _days_ago(chance: random.Random, many: int) -> list[int]:
    """On which days before the last: gaps of much the same length, from an own beginning."""
    gap, first = YEAR / many, chance.random()
    drawn = (int((place + first + chance.gauss(0, SPREAD / 2)) * gap) for place in range(many))
    return [min(max(ago, 0), YEAR - 1) for ago in drawn]


def _around(chance: random.Random, minute: int) -> int:
    """A minute at which the shop is open, near the one that somebody uses to come at."""
    while not any(opens <= (drawn := minute + int(chance.gauss(0, OWN_HOUR))) < closes for opens, closes in OPEN):
        pass
    return drawn


def _at(day: dt.date, minute: int) -> str:
    return str(dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minute - INDIA))
