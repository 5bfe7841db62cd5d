"""Whom the shop may expect on each of the next days, and at which hours: known today, for when it cannot be asked."""

import datetime as dt
from collections.abc import Mapping, Sequence
from heapq import nlargest
from typing import NamedTuple

from customers.visits.expecting import Expected, People, expected_today, times_around
from vendors.models import Vendor
from vendors.opening.keeping import opening_times

ONE_DAY = dt.timedelta(days=1)
HOUR = 60
SHOP_HOURS = 5
"""Visits of each person that tell the shop's own hours."""
LOOKED_AT = 10
"""Times as many people as are wanted, of whom it is looked up at which hours they come."""


class Soon(NamedTuple):
    """A day of the shop, why it is closed if it is, and what to expect of everybody who has not left."""

    day: dt.date
    why_closed: str
    expected: Sequence[Expected]

    def by_hour(self, most: int) -> dict[int, list[Expected]]:
        """`most` people, the likeliest first, of each hour after the day began in which anybody uses to come."""
        shop = [minute for each in self.expected for minute in each.comings.minutes[-SHOP_HOURS:]]
        # Who is not likely on the day is not at any hour of it.
        likely = nlargest(LOOKED_AT * most, self.expected, key=lambda each: each.chance)
        hours = range(min(shop) // HOUR, max(shop) // HOUR + 1) if shop else ()
        return {hour: self._around(hour * HOUR + HOUR // 2, shop, likely, most) for hour in hours}

    @staticmethod
    def _around(minute: int, shop: Sequence[int], likely: Sequence[Expected], most: int) -> list[Expected]:
        share = times_around(shop, minute) / len(shop)
        return nlargest(most, likely, key=lambda each: each.chance_around(minute, share))


def coming_soon(vendor: Vendor, today: dt.date, days: int) -> list[Soon]:
    """The shop's present day `today` and those after it, `days` in all; nobody is expected on those that are closed."""
    times = opening_times(vendor)
    later = People(vendor, today + ONE_DAY)
    return [
        Soon(day, why_closed, () if why_closed else _waited_for(vendor, later, today, day))
        for day in (today + number * ONE_DAY for number in range(days))
        for why_closed in [times.why_closed(day)]
    ]


def _waited_for(vendor: Vendor, later: People, today: dt.date, day: dt.date) -> list[Expected]:
    expected = expected_today(vendor, day) if day == today else later.expected_on(day.toordinal())
    return [each for each in expected if not each.has_left]


def chance_to_come(soon: Sequence[Soon]) -> Mapping[int, float]:
    """By customer (id) the chance (0 to 1) that they come on any of these days."""
    stay_away: dict[int, float] = {}
    for day in soon:
        for each in day.expected:
            stay_away[each.customer] = stay_away.get(each.customer, 1.0) * (1 - each.chance)
    return {customer: 1 - chance for customer, chance in stay_away.items()}
