"""Why the card says what it says: the visits and days behind a product, and behind how often somebody comes."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from crm.counter import habits, reasons
from crm.counter.person import person_of
from customers.models import Customer
from customers.preferences.evidence import evidence_of
from customers.visits.evidence import rhythm_of
from vendors.access import ShopRequest, counter
from vendors.models import Product


@require_safe
@vary_on_headers("HX-Request")
@counter
def why(request: ShopRequest, customer: UUID, product: UUID) -> HttpResponse:
    """What is said of a product on a person's card, with the visits that it counts; `?noticed` says that first."""
    person = person_of(request, customer)
    about = get_object_or_404(Product, vendor=request.vendor, uid=product)
    evidence = evidence_of(person, about, now=timezone.now())
    context = {
        "product": about,
        "known": evidence.known,
        "lead": reasons.lead(evidence),
        "basis": reasons.basis(evidence),
        "sections": reasons.sections_of(evidence, noticed_first="noticed" in request.GET),
    }
    return _show(request, "why", person, **context)


@require_safe
@vary_on_headers("HX-Request")
@counter
def rhythm(request: ShopRequest, customer: UUID) -> HttpResponse:
    """What is said of how often and when a person comes, with the days that it counts."""
    person, day = person_of(request, customer), request.vendor.today()
    evidence = rhythm_of(person, day)
    sections = habits.sections_of(evidence, request.vendor, day)
    return _show(request, "rhythm", person, lead=habits.lead(evidence), sections=sections)


def _show(request: ShopRequest, name: str, person: Customer, **context: Any) -> HttpResponse:
    """The fragment for htmx, and the page around it for a browser without script."""
    template = f"counter/_{name}.html" if request.htmx else f"counter/{name}.html"
    return render(request, template, {"customer": person, **context})
