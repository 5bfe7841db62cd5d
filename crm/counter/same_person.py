"""Two rows that are one person: found, looked at side by side, put together, and taken apart again."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.counter.finding import SHORTEST
from crm.lib.once import OnceForm
from customers import keeping, merging
from customers.forms import SearchForm
from customers.models import Customer, CustomerMerge
from customers.visits import finding
from customers.visits.models import Visit
from vendors.access import ShopRequest, counter


class KeepForm(OnceForm):
    """Which of two people stands for both."""

    other = forms.UUIDField(widget=forms.HiddenInput)
    keep = forms.UUIDField(widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@counter
def same_person(request: ShopRequest, customer: UUID) -> HttpResponse:
    """Find the one whom this person is too, see both, and say which of them stands for both."""
    person = get_object_or_404(Customer, vendor=request.vendor, uid=customer)
    if request.method == "POST":
        return _put_together(request, person, KeepForm(request.POST))
    person = merging.stand_in(person)
    if other := _other(request, request.GET.get("other", "")):
        return _both(request, person, merging.stand_in(other), KeepForm(initial={"other": other.uid}))
    return _look_for(request, person)


@require_POST
@counter
def undo_same_person(request: ShopRequest, customer: UUID, customermerge: UUID) -> HttpResponse:
    """They are two people after all."""
    person = get_object_or_404(Customer, vendor=request.vendor, uid=customer)
    found = get_object_or_404(CustomerMerge, vendor=request.vendor, into=person, uid=customermerge)
    try:
        merging.undo(merge=found, by=request.member)
    except merging.MergingError as error:
        return _look_for(request, person, status=409, errors=[error.said])
    names = {"name": found.customer.name, "other": person.name}
    messages.success(request, _("%(name)s and %(other)s are two people again.") % names)
    return redirect("counter:details", request.vendor.slug, person.uid)


def _other(request: ShopRequest, uid: str) -> Customer | None:
    """The person of the shop whom `uid` names; nobody when it is none."""
    form = KeepForm({"other": uid})
    form.is_valid()
    return Customer.objects.filter(vendor=request.vendor, uid=form.cleaned_data.get("other")).first()


def _look_for(request: ShopRequest, person: Customer, *, status: int = 200, errors: Sequence[str] = ()) -> HttpResponse:
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = finding.find(request.vendor, text) if len(text) >= SHORTEST else None
    context = {
        "customer": person,
        "text": text,
        "found": None if found is None else [each for each in found if each.uid != person.uid],
        "errors": errors,
    }
    return render(request, "counter/same_person.html", context, status=status)


def _put_together(request: ShopRequest, person: Customer, form: KeepForm) -> HttpResponse:
    other = _other(request, request.POST.get("other", ""))
    if other is None:
        said = _("This person is not in the shop any more. Nothing was changed.")
        return _look_for(request, person, status=422, errors=[said])
    if not form.is_valid():
        return _both(request, person, other, form, status=422)
    kept, gone = (other, person) if form.cleaned_data["keep"] == other.uid else (person, other)
    try:
        merging.merge(customer=gone, into=kept, by=request.member, uid=form.cleaned_data["uid"])
    except merging.MergingError as error:
        form.renew()
        form.add_error(None, error.said)
        return _both(request, person, other, form, status=409)
    messages.success(request, _("%(name)s and %(other)s are one person now.") % {"name": gone.name, "other": kept.name})
    return redirect("counter:card", request.vendor.slug, kept.uid)


def _both(
    request: ShopRequest, person: Customer, other: Customer, form: KeepForm, *, status: int = 200
) -> HttpResponse:
    pair = [_described(each) for each in (person, other)]
    context = {"customer": person, "other": other, "pair": pair, "form": form, "new_uid": uuid4}
    return render(request, "counter/same_person.html", context, status=status)


def _described(person: Customer) -> dict[str, object]:
    """What tells two people apart: all that is known of how they are called and reached, and when they came."""
    visits = Visit.objects.standing().filter(customer=person)
    return {
        "person": person,
        "phones": keeping.PHONES_APART.join(keeping.phones_of(person)),
        "visits": visits.count(),
        "last": visits.latest_first().first(),
    }
