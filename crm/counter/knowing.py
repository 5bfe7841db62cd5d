"""What the shop knows of a person besides their taste: names, place, phones, note."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.counter.person import person_of
from customers import keeping, merging
from customers.forms import DetailsForm
from customers.models import Customer
from vendors.access import ShopRequest, counter

SHOWN_CHANGES = 20


@require_http_methods(["GET", "HEAD", "POST"])
@counter
def details(request: ShopRequest, customer: UUID) -> HttpResponse:
    """Look up and change how a person is called, found and reached; what was known before is kept."""
    person = person_of(request, customer)
    form = DetailsForm(request.POST or None, instance=person, initial={"seen": person.edits.count()})
    if not form.is_bound or not form.is_valid():
        context = {
            "customer": person,
            "form": form,
            "supplies": person.supplies.select_related("product"),
            "merges": merging.merges_into(person),
            "edits": person.edits.select_related("by").order_by("-at", "-pk")[:SHOWN_CHANGES],
        }
        return render(request, "counter/details.html", context, status=422 if form.is_bound else 200)
    keeping.change(
        customer=get_object_or_404(Customer, pk=person.pk),  # as it is kept: the form has put its texts into `person`
        fields=form.fields_said(),
        numbers=form.cleaned_data["phones"],
        by=request.member,
        uid=form.cleaned_data["uid"],
        seen=form.cleaned_data["seen"],
        page=Customer.objects.get(vendor=request.vendor, uid=customer),
    )
    messages.success(request, _("Saved."))
    return redirect("counter:card", request.vendor.slug, person.uid)
