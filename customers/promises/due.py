"""By when: a day of the shop, and a time by its clock if one was said."""

import datetime as dt

from vendors.models import Vendor

LAST = dt.timedelta(minutes=1)


def due_moment(vendor: Vendor, day: dt.date, at: dt.time | None) -> dt.datetime:
    """
    The moment, in UTC, after which what was promised for the shop's `day` is late.

    Without `at` it is the end of that day. A time before the hour at which the day starts is in the night that ends
    it; one that the clock leaves out when it is put forward is the moment to which it is put.
    """
    start, end = vendor.day_bounds(day)
    if at is None:
        return end
    on = day if at >= vendor.day_starts else day + dt.timedelta(days=1)
    moment = dt.datetime.combine(on, at, vendor.tz).astimezone(dt.UTC)
    return min(max(moment, start), end - LAST)


def due_day(vendor: Vendor, due_at: dt.datetime, *, any_time: bool) -> dt.date:
    """The shop's day of a moment that `due_moment` gave: the end of a day still belongs to it."""
    return vendor.day_of(due_at - LAST if any_time else due_at)
