"""When people were here last, and how often of late: of a whole shop at once."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Count, Max, Q

from customers.visits.models import Visit
from vendors.models import Vendor
from vendors.past import while_past_stands

DAYS = 90
"""Days, today among them, of which visits are counted."""
ONE_DAY = dt.timedelta(days=1)


class Seen(NamedTuple):
    """The last day of the shop on which somebody came, and their visits within `DAYS`."""

    last: dt.date
    visits: int


def last_seen(vendor: Vendor) -> dict[int, Seen]:
    """Of everybody (by id) who ever came, until today: whatever they are to the shop, and whoever waits for them."""
    today = vendor.today()
    start, end = vendor.day_bounds(today)
    visits = Visit.objects.standing().filter(vendor=vendor, at__gte=start, at__lt=end)
    came = visits.order_by().values_list("customer").annotate(times=Count("pk"))
    before = _before(vendor, today)
    return before | {who: Seen(today, times + (before[who].visits if who in before else 0)) for who, times in came}


@while_past_stands
def _before(vendor: Vendor, day: dt.date) -> dict[int, Seen]:
    since, start = vendor.day_bounds(day - (DAYS - 1) * ONE_DAY)[0], vendor.day_bounds(day)[0]
    visits = Visit.objects.standing().filter(vendor=vendor, at__lt=start).order_by()
    rows = list(visits.values_list("customer").annotate(last=Max("at"), times=Count("pk", filter=Q(at__gte=since))))
    days = _days(vendor, [at for _who, at, _times in rows])
    return {who: Seen(days[at], times) for who, at, times in rows}


def _days(vendor: Vendor, moments: Collection[dt.datetime]) -> dict[dt.datetime, dt.date]:
    """The shop's day of each of `moments`: as `Vendor.day_of`, which would take long for so many."""
    if not moments:
        return {}
    first, last = vendor.day_of(min(moments)), vendor.day_of(max(moments))
    days = [first + number * ONE_DAY for number in range((last - first).days + 1)]
    starts = [vendor.day_bounds(day)[0] for day in days]
    return {at: days[bisect_right(starts, at) - 1] for at in moments}
