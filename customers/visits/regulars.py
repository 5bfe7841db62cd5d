"""Who the shop's regulars are."""

import datetime as dt
from collections.abc import Iterable

from customers.models import Customer
from customers.visits.expecting import Expected, people_of
from customers.visits.rhythm import State
from vendors.models import Vendor
from vendors.past import while_past_stands

NO_REGULARS = frozenset({State.UNKNOWN, State.EARLY, State.LEFT})


def regulars_of(vendor: Vendor, day: dt.date | None = None) -> frozenset[int]:
    """
    The ids of the customers who come by a rhythm and have not left, unless somebody said that they are none.

    As known before the shop's `day`, which is today if it is not given.
    """
    return _by_rhythm(vendor, day or vendor.today()) - _others(vendor)


def regulars_among(vendor: Vendor, expected: Iterable[Expected]) -> list[Expected]:
    """Those of `expected` who are regulars, by the same rule: for a day whose past does not stand yet."""
    others = _others(vendor)
    return [each for each in expected if _comes_by_a_rhythm(each) and each.customer not in others]


def _others(vendor: Vendor) -> set[int]:
    others = Customer.objects.filter(vendor=vendor).exclude(
        kind=Customer.Kind.CUSTOMER, standing__in=["", Customer.Standing.REGULAR]
    )
    return set(others.order_by().values_list("pk", flat=True))


@while_past_stands
def _by_rhythm(vendor: Vendor, day: dt.date) -> frozenset[int]:
    return frozenset(each.customer for each in people_of(vendor, day).expected() if _comes_by_a_rhythm(each))


def _comes_by_a_rhythm(expected: Expected) -> bool:
    return expected.rhythm.state not in NO_REGULARS
