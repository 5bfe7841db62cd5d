"""The owner's evening review: one page, in the order in which somebody tired needs it."""

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm.review.days import come
from crm.review.page import context_of
from vendors.access import ShopRequest, owner


@require_safe
@owner
def review(request: ShopRequest, day: dt.date | None = None) -> HttpResponse:
    """The review of a day, today's if none is named."""
    day = come(request, day or request.vendor.today())
    return render(request, "review/review.html", context_of(request, day))
