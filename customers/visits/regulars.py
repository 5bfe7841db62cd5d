"""Who the shop's regulars are."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable

from customers.models import Customer
from customers.visits.expecting import SEEN_WITHIN, Expected, People, people_of
from customers.visits.rhythm import Rhythm, State, rhythm
from vendors.models import Vendor
from vendors.past import while_past_stands

NO_REGULARS = frozenset({State.UNKNOWN, State.EARLY, State.LEFT})


def regulars_of(vendor: Vendor, day: dt.date | None = None) -> frozenset[int]:
    """
    The ids of the customers who come by a rhythm and have not left, unless somebody said that they are none.

    As known before the shop's `day`, which is today if it is not given.
    """
    return _by_rhythm(vendor, day or vendor.today()) - said_to_be_none(vendor)


def regulars_among(vendor: Vendor, expected: Iterable[Expected]) -> list[Expected]:
    """Those of `expected` who are regulars, by the same rule: for a day whose past does not stand yet."""
    none = said_to_be_none(vendor)
    return [each for each in expected if _is_regular(each.rhythm) and each.customer not in none]


def regulars_then(people: People, day: dt.date) -> frozenset[int]:
    """Which of `people`, who are known now, came by a rhythm before an earlier `day`: for looking back, unread anew."""
    then = day.toordinal()
    return frozenset(
        customer
        for customer, came in people.comings.items()
        if (known := rhythm(came.days, then - 1, then, people.calendar))
        and _is_regular(known)
        and came.days[bisect_left(came.days, then) - 1] >= then - SEEN_WITHIN
    )


def said_to_be_none(vendor: Vendor) -> frozenset[int]:
    """The ids of those who bring or help, and of whom somebody said that they are no regulars."""
    others = Customer.objects.filter(vendor=vendor).exclude(
        kind=Customer.Kind.CUSTOMER, standing__in=["", Customer.Standing.REGULAR]
    )
    return frozenset(others.order_by().values_list("pk", flat=True))


@while_past_stands
def _by_rhythm(vendor: Vendor, day: dt.date) -> frozenset[int]:
    return frozenset(each.customer for each in people_of(vendor, day).expected() if _is_regular(each.rhythm))


def _is_regular(known: Rhythm) -> bool:
    return known.state not in NO_REGULARS
