"""The product's own rhythm, among the tellers of who comes tomorrow."""

import datetime as dt
from collections.abc import Collection

import numpy as np

from customers.visits.rhythm import (
    SILENT,
    OpenDays,
    Rhythm,
    ShopFactor,
    ShopWeek,
    rhythm,
)
from tests.benchmarks.memory.dealing import Shop

EVE = dt.date(2016, 12, 31).toordinal()
"""The day before the first of the data, which is thus day 1."""
LEARNS = 63
"""Days before the first asked one on which the shop's factor learns: three of its half-lives."""


class Rhythms:
    """The chances that the product tells; days on which nobody came to the shop were closed."""

    def __init__(self, shop: Shop, days: range) -> None:
        self.customers = shop.customers
        self.days: dict[int, list[int]] = {customer: [] for customer in shop.customers}
        self.since = days[0] - LEARNS
        self.week, self.factor = ShopWeek(), ShopFactor()
        self.closed: list[int] = []
        self.told: tuple[int, np.ndarray] = (0, np.zeros(0))

    def tomorrow(self, day: int) -> np.ndarray:
        raw = self.raw(day)
        return np.array([self.factor.corrected(chance) for chance in raw])

    def raw(self, day: int) -> np.ndarray:
        """Before the shop's own factor; what was told for a day is kept until the next."""
        if self.told[0] != day:
            weekday = self.week.weekday(EVE + day)
            figures = self.rhythms(day)
            self.told = day, np.array([each.chance(weekday) if each else 0.0 for each in figures])
        return self.told[1]

    def rhythms(self, day: int) -> list[Rhythm | None]:
        calendar = OpenDays(self.closed)
        return [rhythm(self.days[customer], EVE + day - 1, EVE + day, calendar) for customer in self.customers]

    def known(self) -> np.ndarray:
        """Of whom the product says anything."""
        return np.array([len(self.days[customer]) >= SILENT for customer in self.customers])

    def end_day(self, day: int, came: Collection[int]) -> None:
        if not came:
            self.closed.append(EVE + day)
            return
        known = self.known()
        visits = int((np.isin(self.customers, list(came)) & known).sum())
        if day >= self.since:
            self.factor.end_day(visits, float(self.raw(day)[known].sum()))
        self.week.end_day(EVE + day, visits, int(known.sum()))
        for customer in came:
            self.days[customer].append(EVE + day)
