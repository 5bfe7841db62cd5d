import datetime as dt

from customers.visits import tallying
from customers.visits.regulars import regulars_of
from tests.factories.customers import CustomerFactory
from tests.factories.visits import VisitFactory

ONE_DAY = dt.timedelta(days=1)


def weekly(vendor, name, *, until=1, **more):
    """Somebody who came once a week, for the last time `until` days ago."""
    person = CustomerFactory(vendor=vendor, name=name, **more)
    start, _end = vendor.day_bounds(vendor.today())
    for week in range(8):
        VisitFactory(customer=person, at=start + dt.timedelta(hours=7) - (until + 7 * week) * ONE_DAY)
    return person


def test_regulars_come_by_a_rhythm_have_not_left_and_are_customers(vendor):
    regular = weekly(vendor, "Sunita")
    weekly(vendor, "Gone", until=90)
    weekly(vendor, "Supplier", kind="supplier")
    weekly(vendor, "Closed", standing="closed", standing_reason="moved away")
    weekly(vendor, "Said to be", standing="lapsed", standing_reason="says so")
    said = weekly(vendor, "Said", standing="regular", standing_reason="says so")
    VisitFactory(customer=CustomerFactory(vendor=vendor), at=vendor.day_bounds(vendor.today())[0] - ONE_DAY)
    weekly(CustomerFactory().vendor, "Of another shop")
    tallying.recount_shop(vendor)
    vendor.refresh_from_db()
    assert regulars_of(vendor) == {regular.pk, said.pk}


def test_regulars_of_a_past_day_are_those_of_then(vendor):
    weekly(vendor, "Later", until=1)
    earlier = weekly(vendor, "Earlier", until=60)
    tallying.recount_shop(vendor)
    vendor.refresh_from_db()
    assert regulars_of(vendor, vendor.today() - 55 * ONE_DAY) == {earlier.pk}
