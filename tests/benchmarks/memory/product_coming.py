"""The product's own expectation of who comes, among the tellers."""

import datetime as dt
from collections.abc import Collection

import numpy as np

from customers.visits.crowd import Crowd, learn
from customers.visits.expecting import SEEN_WITHIN
from customers.visits.rhythm import OpenDays, Rhythm, rhythm
from tests.benchmarks.memory.dealing import Shop

EVE = dt.date(2016, 12, 31).toordinal()
"""The day before the first of the data, which is thus day 1."""


class Expecting:
    """What `customers.visits.expecting` would tell each evening; days on which nobody came to the shop were closed."""

    def __init__(self, shop: Shop, days: range) -> None:
        self.customers = shop.customers
        self.people: dict[int, list[int]] = {}
        self.closed: list[int] = []
        self.known: dict[int, dict[int, Rhythm]] = {}

    def tomorrow(self, day: int) -> np.ndarray:
        chances = self.chances(day, self.crowd(day))
        return np.array([chances.get(customer, 0.0) for customer in self.customers])

    def crowd(self, day: int) -> Crowd:
        """What is known of all on the evening before `day`."""
        return learn(self.people, EVE + day - 1, self.closed, OpenDays(self.closed))

    def chances(self, day: int, crowd: Crowd) -> dict[int, float]:
        """Of everybody seen of late the chance to come on `day`, by their rhythm of the evening before."""
        since = EVE + day - SEEN_WITHIN
        return {
            customer: crowd.chance(known, EVE + day)
            for customer, known in self.rhythms(day).items()
            if self.people[customer][-1] >= since
        }

    def rhythms(self, day: int) -> dict[int, Rhythm]:
        """Kept: what was known on an evening stays what it was."""
        if day not in self.known:
            calendar = OpenDays(self.closed)
            found = {who: rhythm(days, EVE + day - 1, EVE + day, calendar) for who, days in self.people.items()}
            self.known[day] = {who: known for who, known in found.items() if known}
        return self.known[day]

    def end_day(self, day: int, came: Collection[int]) -> None:
        if not came:
            self.closed.append(EVE + day)
        for customer in came:
            self.people.setdefault(customer, []).append(EVE + day)
