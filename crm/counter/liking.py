"""What a person likes, on the card and in its sheet: listed, told, changed, confirmed and taken back."""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import retarget, trigger_client_event

from crm.counter.person import is_owner_here, person_of
from customers.models import Customer
from customers.preferences import telling
from customers.preferences.forms import TAP_AGAIN, NoticeForm, PreferenceForm
from customers.preferences.models import Preference
from customers.preferences.remembering import known_of, manners_known, remember
from vendors.access import ShopRequest, counter
from vendors.models import Product

LIKES, LIKE = "counter/_likes.html", "counter/_like.html"
ABOUT, NOTICED = "counter/_about_product.html", "counter/_noticed.html"


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def likes(request: ShopRequest, customer: UUID) -> HttpResponse:
    """What is known of a person's taste, with `?add` the form for more of it; POST tells it."""
    person = person_of(request, customer)
    if request.method == "POST":
        return _tell(request, person, PreferenceForm(request.POST, vendor=request.vendor))
    form = PreferenceForm(vendor=request.vendor) if "add" in request.GET or not request.htmx else None
    return _likes(request, person, adding=form)


@require_safe
@vary_on_headers("HX-Request")
@counter
def about_product(request: ShopRequest, customer: UUID, product: UUID) -> HttpResponse:
    """One tap each: what a person may think of a product."""
    person = person_of(request, customer)
    return _about(request, person, get_object_or_404(Product, vendor=request.vendor, uid=product))


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def like(request: ShopRequest, customer: UUID, preference: UUID) -> HttpResponse:
    """Change one preference. One that was taken back can be put back here."""
    person = person_of(request, customer)
    found = _preference(person, preference)
    if request.method == "POST":
        form = PreferenceForm(request.POST, vendor=request.vendor, also=found.product)
        return _change(request, person, found, form)
    said = {"kind": found.kind, "product": found.product and found.product.uid, "text": found.text}
    form = PreferenceForm(vendor=request.vendor, also=found.product, initial=said)
    return _show(request, LIKE, person, preference=found, form=form)


@require_POST
@counter
def take_back(request: ShopRequest, customer: UUID, preference: UUID) -> HttpResponse:
    """Let a preference no longer hold; with the field `put_back`, let it hold again."""
    person = person_of(request, customer)
    found = _preference(person, preference)
    if "put_back" in request.POST:
        telling.put_back(preference=found)
        return _changed(request, person)
    try:
        telling.take_back(preference=found, by=request.member, is_owner=is_owner_here(request))
    except telling.OwnersOnly as error:
        return _likes(request, person, status=409, errors=[error.said])
    if request.htmx:
        return _changed(request, person, taken_back=found)
    return redirect("counter:like", request.vendor.slug, person.uid, found.uid)


@require_POST
@counter
def confirm(request: ShopRequest, customer: UUID, preference: UUID) -> HttpResponse:
    """They were asked, and it is still so."""
    person = person_of(request, customer)
    telling.confirm(preference=_preference(person, preference))
    return _changed(request, person)


@require_POST
@counter
def noticed(request: ShopRequest, customer: UUID) -> HttpResponse:
    """The answer to what was noticed."""
    person = person_of(request, customer)
    form = NoticeForm(request.POST, vendor=request.vendor)
    said = {"customer": person, "by": request.member}
    if not _kept(form, lambda: telling.answer_notice(**said, noticed=form.noticed, answer=form.cleaned_data["answer"])):
        again = remember(person, now=timezone.now()).noticed
        errors = form.non_field_errors() or [TAP_AGAIN]
        return _show(request, NOTICED, person, status=422, noticed=again, errors=errors)
    if not request.htmx:
        return redirect("counter:card", request.vendor.slug, person.uid)
    response = _show(request, NOTICED, person, noticed=None)
    return trigger_client_event(trigger_client_event(response, "preference-changed"), "notice-answered")


def _preference(person: Customer, uid: UUID) -> Preference:
    found = Preference.objects.select_related("product", "customer").filter(vendor=person.vendor_id, customer=person)
    return get_object_or_404(found, uid=uid)


def _tell(request: ShopRequest, person: Customer, form: PreferenceForm) -> HttpResponse:
    said = {"customer": person, "by": request.member}
    if _kept(form, lambda: telling.tell(**said, statement=form.statement, **_cleaned(form, "uid", "seen"))):
        return _changed(request, person)
    product = form.cleaned_data.get("product")
    if "about" in request.POST and product:
        # Sent from the sheet, which lies over the list: what is wrong is told in the sheet.
        return retarget(_about(request, person, product, status=422, form=form), "#about")
    return _likes(request, person, status=422, adding=form)


def _change(request: ShopRequest, person: Customer, found: Preference, form: PreferenceForm) -> HttpResponse:
    said = {"preference": found, "by": request.member, "is_owner": is_owner_here(request)}
    if _kept(form, lambda: telling.change(**said, statement=form.statement, **_cleaned(form, "uid"))):
        return _changed(request, person)
    return _show(request, LIKE, person, status=422, preference=found, form=form)


def _cleaned(form: Form, *names: str) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in names}


def _kept(form: Form, write: Callable[[], object]) -> bool:
    """Whether `form` was valid and `write` kept it; why not is among the form's errors."""
    if not form.is_valid():
        return False
    try:
        write()
    except telling.TellingError as error:
        form.add_error(None, error.said)
    return form.is_valid()


def _changed(request: ShopRequest, person: Customer, **context: Any) -> HttpResponse:
    if request.htmx:
        return trigger_client_event(_likes(request, person, **context), "preference-changed")
    messages.success(request, _("Remembered."))
    return redirect("counter:card", request.vendor.slug, person.uid)


def _likes(request: ShopRequest, person: Customer, *, status: int = 200, **context: Any) -> HttpResponse:
    known = known_of(person, now=timezone.now())
    return _show(request, LIKES, person, status=status, known=known, **context)


def _about(
    request: ShopRequest, person: Customer, product: Product, *, status: int = 200, form: PreferenceForm | None = None
) -> HttpResponse:
    context = {
        "product": product,
        "name": product.name_in(get_language() or ""),
        "known": [each for each in known_of(person, now=timezone.now()) if each.preference.product_id == product.pk],
        "manners": list(dict.fromkeys([*manners_known(request.vendor, product), *manners_often_said()])),
        "form": form,
    }
    return _show(request, ABOUT, person, status=status, **context)


def manners_often_said() -> list[str]:
    """How things are wanted in any shop."""
    return [_("half ripe"), _("ripe"), _("firm"), _("small"), _("big")]


def _show(request: ShopRequest, fragment: str, person: Customer, *, status: int = 200, **context: Any) -> HttpResponse:
    """The fragment for htmx, and for a browser without script the same in a page. Each `new_uid` is another uid."""
    context |= {
        "customer": person,
        "fragment": fragment,
        "new_uid": uuid4,
        "seen": cache(person.preferences.count),
        "is_owner_here": is_owner_here(request),
    }
    template = fragment if request.htmx else "counter/like.html"
    return render(request, template, context, status=status)
