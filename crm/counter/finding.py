"""The counter's first page: who is it? Found by a few letters, or likely to be here now."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from crm.counter import presence
from crm.counter.tables import TodayTable
from customers import keeping
from customers.forms import NewCustomerForm, SearchForm
from customers.promises.due_orders import made_for
from customers.promises.open_things import HAS_PROMISE
from customers.visits import finding
from customers.visits.models import Visit
from vendors.access import ShopRequest, counter

SHORTEST = 2
"""Letters from which on a search answers."""


@require_safe
@vary_on_headers("HX-Request")
@counter
def find(request: ShopRequest) -> HttpResponse:
    """The whole page, or for htmx the answer to what is being typed."""
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    context = {"text": text, "new_uid": uuid4()}
    if len(text) >= SHORTEST:
        context["found"] = finding.find(request.vendor, text, mark=HAS_PROMISE)
    if request.htmx:
        return render(request, "counter/_found.html", context)
    now = timezone.now()
    made_for(request.vendor, request.vendor.day_of(now))
    context |= {
        "likely": presence.likely_now(request.vendor, now),
        "why_closed": presence.why_closed(request.vendor, request.vendor.day_of(now)),
        "served": presence.just_served(request.vendor, now),
    }
    return render(request, "counter/find.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@counter
def new_customer(request: ShopRequest) -> HttpResponse:
    """Keep a person by name alone, or also a supplier or colleague, and go on to their card."""
    form = NewCustomerForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "counter/new_customer.html", {"form": form}, status=422 if form.is_bound else 200)
    customer = keeping.add(vendor=request.vendor, by=request.member, **form.cleaned_data)
    messages.success(request, _("%(name)s is remembered from now on.") % {"name": customer.name})
    return redirect("counter:card", request.vendor.slug, customer.uid)


@require_safe
@counter
def today(request: ShopRequest) -> HttpResponse:
    """Today's visits, to look one up, change it or undo it."""
    start, end = request.vendor.day_bounds(request.vendor.today())
    visits = Visit.objects.filter(vendor=request.vendor, at__gte=start, at__lt=end)
    people = visits.select_related("customer", "collected_by", "by")
    table = TodayTable(people.with_lines(), request=request)
    return render(request, "counter/today.html", {"table": table})
