"""Who would miss it: something to ask before it is decided, and what became of what was decided."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpResponse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from crm.review.days import Span, span_of
from crm.review.missing_it import choices_of
from crm.review.missing_it_forms import AskForm
from crm.review.panels import show
from customers.planning.looking_back import LookedBack, look_back, to_look_at
from customers.planning.models import Decision
from customers.visits.regulars import regulars_of
from customers.visits.rhythm import EARLY
from vendors.access import ShopRequest, owner
from vendors.models import Vendor

LAST = 5
"""Decisions that the panel names; all are on their page."""


@dataclass(frozen=True)
class WhoWouldMissIt:
    """What the panel says: the decisions to be looked at by then, the latest ones, and whether there are regulars."""

    waiting: list[LookedBack]
    latest: list[Decision]
    decisions: int
    regulars: int

    early = EARLY


@require_safe
@vary_on_headers("HX-Request")
@owner
def who_would_miss_it(request: ShopRequest, day: dt.date) -> HttpResponse:
    """The panel of a day, a week or a month: as it was in the evening of its last day."""
    panel = who_would_miss_it_of(request.vendor, span_of(request, day))
    context = {"day": day, "who_would_miss_it": panel, **choices_of(request.vendor, AskForm(vendor=request.vendor))}
    return show(request, "review/_who_would_miss_it.html", context)


def who_would_miss_it_of(vendor: Vendor, span: Span) -> WhoWouldMissIt:
    """What is to be looked at in the evening of the last day of `span`, or today's if that has not come."""
    day = min(span.last, vendor.today())
    waiting = to_look_at(vendor, day)
    of_shop = Decision.objects.standing().filter(vendor=vendor, decided_on__lte=day)
    others = of_shop.exclude(pk__in=[each.pk for each in waiting])
    return WhoWouldMissIt(
        waiting=look_back(vendor, waiting, day),
        latest=list(others.order_by("-decided_on", "-pk")[:LAST]),
        decisions=of_shop.count(),
        regulars=len(regulars_of(vendor, day)),
    )
