"""Who is likely to stand at the counter now, and who was served last: read from the visits, nothing stored."""

import datetime as dt
from dataclasses import dataclass
from heapq import nlargest

from django.db.models import Count, Exists, OuterRef
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm.counter.wording import every, hour_of, silence
from customers.models import Customer
from customers.promises.models import Promise
from customers.visits.evidence import WEEKS
from customers.visits.expecting import Expected, expected_today, people_of, times_around, usual_gaps, usual_minute
from customers.visits.models import Visit
from vendors.models import Vendor
from vendors.opening.keeping import opening_times
from vendors.opening.times import OpeningTimes
from vendors.past import while_past_stands

SHOWN = 8
SHOP_HOURS = 5
"""Visits of each person that tell the shop's own hours."""
LEAST = 2
"""Of these weeks that make a habit; once is chance."""


@dataclass(frozen=True)
class Likely:
    """A person likely to come now, why that is, and, if their silence is longer than usual, what is usual."""

    customer: Customer
    reason: str
    overdue: str = ""
    has_promise: bool = False
    """Whether any promise is open between the shop and them."""


def likely_now(vendor: Vendor, now: dt.datetime) -> list[Likely]:
    """At most `SHOWN` people not served yet today whom one would expect at this hour, the likeliest first."""
    day = vendor.day_of(now)
    start, _end = vendor.day_bounds(day)
    today = Visit.objects.standing().filter(vendor=vendor, at__gte=start, at__lte=now + Visit.CLOCKS_DIFFER)
    served = set(today.order_by().values_list("customer", flat=True))
    minute = int((now - start).total_seconds()) // 60
    shop = _shop_share(vendor, day, minute)
    expected = [each for each in expected_today(vendor, day) if each.customer not in served and not each.has_left]
    best = nlargest(SHOWN, expected, key=lambda each: each.chance_around(minute, shop))
    promised = Promise.objects.open().filter(customer=OuterRef("pk"))
    customers = Customer.objects.annotate(has_promise=Exists(promised)).in_bulk([each.customer for each in best])
    return [_likely(vendor, customers[each.customer], each, day) for each in best if each.customer in customers]


@while_past_stands
def _minutes(vendor: Vendor, day: dt.date) -> list[int]:
    """Of everybody's latest visits: as many of who comes daily as of who comes once a month."""
    return [minute for came in people_of(vendor, day).comings.values() for minute in came.minutes[-SHOP_HOURS:]]


def _shop_share(vendor: Vendor, day: dt.date, minute: int) -> float:
    """The share of all visits that are at this hour."""
    minutes = _minutes(vendor, day)
    return times_around(minutes, minute) / len(minutes) if minutes else 0.0


def _likely(vendor: Vendor, customer: Customer, expected: Expected, day: dt.date) -> Likely:
    return Likely(customer, reason(vendor, expected, day), overdue(expected, day), customer.has_promise)


def overdue(expected: Expected, day: dt.date) -> str:
    """What is usual, if their silence on `day` is longer than that."""
    days = expected.comings.days
    return silence(expected.rhythm.state, usual_gaps(days), day.toordinal() - days[-1])


def reason(vendor: Vendor, expected: Expected, day: dt.date) -> str:
    """By what one may expect them: their weekday, else their gaps, else only that they were here."""
    hour = hour_of(vendor, usual_minute(expected.comings, day.weekday()))
    weeks = sum(day.toordinal() - 7 * week in expected.comings.days for week in range(1, WEEKS + 1))
    if weeks >= LEAST:
        said = {"day": WEEKDAYS[day.weekday()], "times": weeks, "weeks": WEEKS, "hour": hour}
        return _("%(day)s, about %(hour)s: %(times)s of %(weeks)s weeks") % said
    if gaps := usual_gaps(expected.comings.days):
        return _("%(every)s, about %(hour)s") % {"every": every(gaps), "hour": hour}
    last = dt.date.fromordinal(expected.comings.days[-1])
    return _("last seen %(day)s") % {"day": date_format(last, "j M")}


def why_closed(vendor: Vendor, day: dt.date) -> str:
    """Why the shop is closed on its present `day`, in the language of the page; nothing when it is open."""
    return _opening_times(vendor, day).why_closed(day)


@while_past_stands
def _opening_times(vendor: Vendor, _day: dt.date) -> OpeningTimes:
    return opening_times(vendor)


def just_served(vendor: Vendor, now: dt.datetime) -> Visit | None:
    """
    The visit recorded last, with `things` (its lines): what the line "Saved. Undo" is about.

    It stays until the next one is recorded, or the day ends. What an import wrote is nobody's to undo here.
    """
    visit = (
        Visit.objects.filter(vendor=vendor)
        .select_related("customer")
        .annotate(things=Count("lines"))
        .order_by("-pk")
        .first()
    )
    if visit is None or visit.by_id is None or visit.recorded_at < vendor.day_bounds(vendor.day_of(now))[0]:
        return None
    return visit
