"""The same panels over a week or a month, with its days to go into."""

import datetime as dt
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm.review.days import come
from crm.review.page import MONTHLY, WEEKLY, context_of
from vendors.access import ShopRequest, owner


class DayOf(NamedTuple):
    """A day of the week or month; one that has not come is no link."""

    day: dt.date
    has_come: bool


@require_safe
@owner
def week(request: ShopRequest, day: dt.date) -> HttpResponse:
    """The review of the week, from Monday on, that has `day` in it."""
    return _show(request, day, WEEKLY)


@require_safe
@owner
def month(request: ShopRequest, day: dt.date) -> HttpResponse:
    """The review of the month that has `day` in it."""
    return _show(request, day, MONTHLY)


def _show(request: ShopRequest, day: dt.date, kind: str) -> HttpResponse:
    context = context_of(request, come(request, day), kind)
    today = request.vendor.today()
    days = [DayOf(each, each <= today) for each in context["way"].span.days]
    return render(request, "review/rolled_up.html", {**context, "days": days})
