"""Who was served: how many, regulars among them, new faces, by hour and by whom; beside the same weekday before."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from crm.review.charts import Bar, Chart
from crm.review.days import Span, span_of
from crm.review.panels import show
from crm.review.visits import NOBODY
from customers.visits.attendance import (
    WEEKS,
    Attendance,
    Range,
    Served,
    Usual,
    attendance,
    by_hour,
    range_of,
    served_on,
    sums_before,
    usual_before,
)
from customers.visits.expecting import people_of
from vendors.access import ShopRequest, owner
from vendors.models import Member, Vendor

HOURS = 24
MONTHS = 6
"""Months that a month is compared with."""


@dataclass(frozen=True)
class Figure:
    """A number of the panel: which visits are behind it (`who` of their page), and what it usually is."""

    who: str
    called: str
    number: int
    usual: Range | None


@dataclass(frozen=True)
class Helper:
    """How many visits somebody served; nobody is who was not kept, as with what was imported."""

    member: Member | None
    visits: int

    @property
    def by(self) -> str:
        """As the address of the visits asks for them."""
        return str(self.member.uid) if self.member else NOBODY


@dataclass(frozen=True)
class TheDay:
    """
    What the panel says; `compared` is how many same weekdays the ranges are of, 0 while it is too early.

    Of a week or a month it is how many weeks or months before, of the `weeks` or `months` looked at.
    """

    span: Span
    figures: list[Figure]
    people: int
    compared: int
    chart: Chart | None
    helpers: list[Helper]
    is_running: bool

    weeks, months = WEEKS, MONTHS

    @property
    def served(self) -> int:
        """The first of the figures."""
        return self.figures[0].number


@require_safe
@vary_on_headers("HX-Request")
@owner
def the_day(request: ShopRequest, day: dt.date) -> HttpResponse:
    """The panel of a day, a week or a month."""
    context = {"day": day, "the_day": the_day_of(request.vendor, span_of(request, day))}
    return show(request, "review/_the_day.html", context)


def the_day_of(vendor: Vendor, span: Span) -> TheDay:
    """
    The panel of `span`; one day is compared with the same weekdays before it.

    Of a week or a month only how many visits there were is compared, with the weeks or months before it.
    """
    comings = people_of(vendor, min(span.last, vendor.today())).comings
    usual = usual_before(vendor, span.first) if span.is_one_day else []
    visits = [each.attendance.visits for each in usual] if span.is_one_day else _before(vendor, span)
    served = served_on(vendor, span.days)
    return TheDay(
        span=span,
        figures=_figures(attendance(served, comings), range_of(visits), [each.attendance for each in usual]),
        people=len({row.customer for row in served}),
        compared=len(visits) if range_of(visits) else 0,
        chart=_by_hour(vendor, served, usual) if span.is_one_day else _by_day(span, served),
        helpers=_helpers(vendor, served),
        is_running=vendor.day_bounds(span.last)[1] > timezone.now(),
    )


def _before(vendor: Vendor, span: Span) -> list[int]:
    """How many visits the weeks or months before had; as long as this one is not over, up to the same day of each."""
    today = vendor.today()
    over = (today - span.first) if span.last >= today else None
    spans = [span.previous]
    for _number in range(WEEKS if span.is_week else MONTHS):  # one more than told: see `sums_before`
        spans.append(spans[-1].previous)
    return sums_before(vendor, [each if over is None else each.until(each.first + over) for each in spans])


def _figures(now: Attendance, visits: Range | None, usual: Sequence[Attendance]) -> list[Figure]:
    return [
        Figure("all", _("served"), now.visits, visits),
        Figure(
            "regulars",
            ngettext("regular among them", "regulars among them", now.regulars),
            now.regulars,
            range_of([each.regulars for each in usual]),
        ),
        Figure("new", ngettext("new face", "new faces", now.new), now.new, range_of([each.new for each in usual])),
    ]


def _by_hour(vendor: Vendor, served: Sequence[Served], usual: Sequence[Usual]) -> Chart | None:
    """From the first to the last hour in which anybody came, as they follow each other in the shop's day."""
    now, before = by_hour(served), [each.hours for each in usual]
    opens = vendor.day_starts.hour
    came = [place for place in range(HOURS) if any(hours[(opens + place) % HOURS] for hours in (now, *before))]
    if not came:
        return None
    hours = [(opens + place) % HOURS for place in range(came[0], came[-1] + 1)]
    return Chart(_("Visits by hour"), _("Hour"), _("Visits"), [_hour(hour, now, before) for hour in hours])


def _hour(hour: int, now: Counter[int], before: Sequence[Counter[int]]) -> Bar:
    usual = range_of([hours[hour] for hours in before])
    return Bar(str(hour), now[hour], *(usual or (None, None)))


def _by_day(span: Span, served: Sequence[Served]) -> Chart | None:
    if not served:
        return None
    visits = Counter(row.day for row in served)
    written = "D j" if len(span.days) <= 7 else "j"
    bars = [Bar(date_format(day, written), visits[day]) for day in span.days]
    return Chart(_("Visits by day"), _("Day"), _("Visits"), bars)


def _helpers(vendor: Vendor, served: Sequence[Served]) -> list[Helper]:
    visits = Counter(row.by for row in served)
    members = Member.objects.filter(vendor=vendor).in_bulk(visits.keys() - {None})
    return [Helper(members.get(by), number) for by, number in visits.most_common()]
