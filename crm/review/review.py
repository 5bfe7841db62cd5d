"""The owner's evening review: one page, in the order in which somebody tired needs it."""

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.review import owed_steps
from crm.review.asked import asked_of
from crm.review.days import ONE_DAY, come, one_day
from crm.review.owed import owed_of
from crm.review.the_day import the_day_of
from crm.review.wrong import wrong_of
from django.views.decorators.http import require_safe

from crm.review.days import come
from crm.review.page import context_of
from vendors.access import ShopRequest, owner


@require_safe
@owner
def review(request: ShopRequest, day: dt.date | None = None) -> HttpResponse:
    """The review of a day, today's if none is named."""
    vendor, today = request.vendor, request.vendor.today()
    day = come(request, day or today)
    context = {
        "day": day,
        "is_today": day == today,
        "before": day - ONE_DAY,
        "after": day + ONE_DAY if day < today else None,
        "the_day": the_day_of(vendor, one_day(day)),
        "owed": owed_of(vendor, one_day(day), timezone.now()),
        **owed_steps.told(request),
        "wrong": wrong_of(vendor, one_day(day), timezone.now()),
        "asked": asked_of(vendor, one_day(day)),
        "later": _later(request, day),
    }
    return render(request, "review/review.html", context)


def _later(request: ShopRequest, day: dt.date) -> list[Later]:
    panels: list[tuple[str, str, str]] = [
        ("who_would_miss_it", _("Who would miss it?"), _("Looking at what became of what was decided …")),
        ("tomorrow", _("Tomorrow"), _("Counting who comes and what they take …")),
    panels = [
        ("missed", _("Who was missed"), _("Looking who was due by their own rhythm and did not come…")),
    ]
    shop = request.vendor.slug
    return [Later(name, *said, reverse(f"review:{name}", args=[shop, day])) for name, *said in panels]
    day = come(request, day or request.vendor.today())
    return render(request, "review/review.html", context_of(request, day))
