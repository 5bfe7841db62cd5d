"""Keeping what was computed of a shop's days before today, for as long as they stay as they were."""

import datetime as dt
import functools
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TypeVar
from uuid import UUID

from vendors.models import Vendor

T = TypeVar("T")

SHOPS = 64
"""So many shops' results are kept in the memory of a process; that of the shop not asked for longest goes first."""
DAYS = 3
"""Of so many days of a shop, the latest asked for: today, and those that are looked back on."""


def while_past_stands(compute: Callable[[Vendor, dt.date], T]) -> Callable[[Vendor, dt.date], T]:
    """
    `compute(vendor, day)` is asked once for each `day` of a shop and each state of its past (`Vendor.past`).

    It may read nothing but what was before `day`, and whoever changes that calls `Vendor.past_changed` in the same
    transaction. The `vendor` is one that was read for this request: its `past` is then never older than the rows.
    Of a past that stands no more nothing is kept: an afternoon of late entries would fill the memory with it.
    """
    kept: OrderedDict[int, tuple[UUID, OrderedDict[dt.date, T]]] = OrderedDict()
    lock = Lock()

    @functools.wraps(compute)
    def asked(vendor: Vendor, day: dt.date) -> T:
        with lock:
            past, days = kept.get(vendor.pk, (None, OrderedDict()))
            if past == vendor.past and day in days:
                kept.move_to_end(vendor.pk)
                return days[day]
        answer = compute(vendor, day)  # not under the lock: other shops need not wait
        with lock:
            past, days = kept.get(vendor.pk, (None, OrderedDict()))
            if past != vendor.past:
                days = OrderedDict()
            days[day] = answer
            days.move_to_end(day)
            kept[vendor.pk] = vendor.past, days
            kept.move_to_end(vendor.pk)
            _shorten(days, DAYS)
            _shorten(kept, SHOPS)
        return answer

    return asked


def _shorten(kept: OrderedDict, most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
