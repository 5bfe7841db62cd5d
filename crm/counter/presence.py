"""Who is likely to stand at the counter now, and who was served last: read from the visits, nothing stored."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet

from customers.models import Customer
from customers.visits.models import Visit
from vendors.models import Vendor

WEEKS = 8
"""Weeks looked back over for people who come at this hour of this weekday."""
AROUND = dt.timedelta(minutes=75)
"""How far from the present time of day a visit still counts as "at this hour"."""
SHOWN = 8
LEAST = 2
"""Visits at this hour that make a person likely; once is chance."""


@dataclass(frozen=True)
class Likely:
    """A person likely to come now. `times` of `WEEKS` weeks they came at this hour of this weekday; 0: seen lately."""

    customer: Customer
    times: int
    last_at: dt.datetime
    weeks: int = WEEKS


def likely_now(vendor: Vendor, now: dt.datetime) -> list[Likely]:
    """At most `SHOWN` people not served yet today: those who come at this hour, filled up with the latest seen."""
    start, _end = vendor.day_bounds(vendor.day_of(now))
    visits = Visit.objects.standing().filter(vendor=vendor)
    served_today = visits.filter(at__gte=start).values("customer")
    at_this_hour = Q.create([Q(at__range=window) for window in _same_hours(vendor, now)], connector=Q.OR)
    regulars = list(
        visits.filter(at_this_hour)
        .exclude(customer__in=served_today)
        .values("customer")
        .annotate(times=Count("pk"), last_at=Max("at"))
        .filter(times__gte=LEAST)
        .order_by("-times", "-last_at")[:SHOWN]
    )
    people = regulars + _seen_lately(visits.filter(at__lt=start), regulars, served_today)
    customers = Customer.objects.in_bulk([row["customer"] for row in people])
    return [Likely(customers[row["customer"]], row["times"], row["last_at"]) for row in people]


def _same_hours(vendor: Vendor, now: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """This hour of this weekday in each of the past weeks, by the shop's clock: summer time moves with it."""
    local = now.astimezone(vendor.tz)
    moments = [local - dt.timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    return [(moment - AROUND, moment + AROUND) for moment in moments]


def _seen_lately(before_today: QuerySet[Visit], regulars: list[dict], served_today: QuerySet) -> list[dict]:
    """Fills the page of a shop too young to have regulars: the people of the latest visits before today."""
    missing = SHOWN - len(regulars)
    latest = before_today.exclude(customer__in=served_today).latest_first().values("customer", "at")[: SHOWN * 5]
    seen = {row["customer"] for row in regulars}
    found: list[dict] = []
    for row in latest if missing else ():
        if row["customer"] not in seen and len(found) < missing:
            seen.add(row["customer"])
            found.append({"customer": row["customer"], "times": 0, "last_at": row["at"]})
    return found


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
