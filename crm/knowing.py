"""How the shop knows what it says: a page for whoever serves, in a shopkeeper's words."""

from django.db.models import Min, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers.visits.coming import WINDOW
from customers.visits.expecting import people_of
from customers.visits.models import ShopDay
from customers.visits.rhythm import EARLY
from vendors.access import ShopRequest, counter


@require_safe
@counter
def how_we_know(request: ShopRequest) -> HttpResponse:
    """What is counted and what is not, with how much of it the shop has."""
    today = request.vendor.today()
    days = ShopDay.objects.filter(vendor=request.vendor, day__lte=today)
    people = people_of(request.vendor, today).comings.values()
    context = {
        **days.aggregate(since=Min("day"), visits=Sum("visits", default=0)),
        "people": len(people),
        "known": sum(len(came.days) >= EARLY for came in people),
        "early": EARLY,
        "days": WINDOW.days,
    }
    return render(request, "how_we_know.html", context)
