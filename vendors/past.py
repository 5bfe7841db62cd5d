"""Keeping what was computed of a shop's days before today, for as long as they stay as they were."""

import datetime as dt
import functools
from collections.abc import Callable
from typing import TypeVar

from vendors.models import Vendor

T = TypeVar("T")

SHOPS = 64
"""So many shops' results are kept in the memory of a process; that of the shop not asked for longest goes first."""


class _Shop:
    """A shop as it is known by its past: equal to itself until that changes."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self._known_by = vendor.pk, vendor.past

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shop) and self._known_by == other._known_by

    def __hash__(self) -> int:
        return hash(self._known_by)


def while_past_stands(compute: Callable[[Vendor, dt.date], T]) -> Callable[[Vendor, dt.date], T]:
    """
    `compute(vendor, day)` is asked once for each `day` of a shop and each state of its past (`Vendor.past`).

    It may read nothing but what was before `day`, and whoever changes that calls `Vendor.past_changed` in the same
    transaction. The `vendor` is one that was read for this request: its `past` is then never older than the rows.
    """

    @functools.lru_cache(maxsize=SHOPS)
    def kept(shop: _Shop, day: dt.date) -> T:
        return compute(shop.vendor, day)

    @functools.wraps(compute)
    def asked(vendor: Vendor, day: dt.date) -> T:
        return kept(_Shop(vendor), day)

    return asked
