"""Who the shop's regulars are."""

import datetime as dt

from customers.models import Customer
from customers.visits.expecting import people_of
from customers.visits.rhythm import State
from vendors.models import Vendor
from vendors.past import while_past_stands

NO_REGULARS = frozenset({State.UNKNOWN, State.EARLY, State.LEFT})


def regulars_of(vendor: Vendor, day: dt.date | None = None) -> frozenset[int]:
    """
    The ids of the customers who come by a rhythm and have not left, unless somebody said that they are none.

    As known before the shop's `day`, which is today if it is not given.
    """
    others = Customer.objects.filter(vendor=vendor).exclude(
        kind=Customer.Kind.CUSTOMER, standing__in=["", Customer.Standing.REGULAR]
    )
    return _by_rhythm(vendor, day or vendor.today()) - set(others.order_by().values_list("pk", flat=True))


@while_past_stands
def _by_rhythm(vendor: Vendor, day: dt.date) -> frozenset[int]:
    expected = people_of(vendor, day).expected()
    return frozenset(each.customer for each in expected if each.rhythm.state not in NO_REGULARS)
