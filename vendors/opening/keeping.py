"""Reading and writing when a shop is open."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import transaction

from vendors.models import Vendor
from vendors.opening.models import Closure, OpeningHours
from vendors.opening.times import OpeningTimes, Span, in_order


def opening_times(vendor: Vendor) -> OpeningTimes:
    """What `vendor` keeps of its opening, in two queries."""
    closures = Closure.objects.filter(vendor=vendor).order_by("first_day", "pk")
    return OpeningTimes(week_of(vendor), tuple(closures.values_list("first_day", "last_day", "reason")))


def week_of(vendor: Vendor) -> dict[int, tuple[Span, ...]]:
    """The spans of each weekday on which `vendor` opens, in the order of its day."""
    days = defaultdict(list)
    for hours in OpeningHours.objects.filter(vendor=vendor):
        days[hours.weekday].append(hours.span)
    return {weekday: tuple(in_order(spans, vendor.day_starts)) for weekday, spans in days.items()}


@transaction.atomic
def keep_week(*, vendor: Vendor, week: Mapping[int, Sequence[Span]]) -> bool:
    """
    Let `vendor` open at the spans of `week`, by weekday, and at no others; whether this changes anything.

    The spans of a day must not overlap. Rows that stay the same are left as they are.
    """
    # Two taps at once: the second waits here, and finds nothing left to change.
    Vendor.objects.select_for_update().get(pk=vendor.pk)
    wanted = {(weekday, *span) for weekday, spans in week.items() for span in spans}
    kept = {(row.weekday, *row.span): row for row in OpeningHours.objects.filter(vendor=vendor)}
    if wanted == kept.keys():
        return False
    OpeningHours.objects.filter(pk__in=[row.pk for hours, row in kept.items() if hours not in wanted]).delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(vendor=vendor, weekday=weekday, opens=opens, closes=closes)
        for weekday, opens, closes in sorted(wanted - kept.keys())
    )
    vendor.past_changed()
    return True
