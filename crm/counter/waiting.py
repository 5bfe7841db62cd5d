"""What the shop was asked for and had none of: listed, come in, and whom to tell of it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from crm.counter.wishes_table import WishesTable
from crm.counter.wishing import StepForm, keep, step, tried
from crm.counter.wording import named
from crm.lib.once import OnceForm
from customers.forms import SearchForm
from customers.models import Customer
from customers.preferences.forms import ProductField
from customers.promises import fulfilling, waiting
from customers.promises.asking import WishForm
from customers.promises.fulfilling import folded
from customers.promises.models import Wish
from customers.promises.waiting import Waiting, Wanted
from customers.reaching import Way, ways
from vendors.access import ShopRequest, counter
from vendors.models import Product, Vendor


class NameForm(OnceForm):
    """Which product was meant by words."""

    product = ProductField(label=gettext_lazy("Product"))

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor, merged_into__isnull=True)


@dataclass
class ToTell:
    """One who waits, the message that tells them, and the ways by which it can be sent."""

    waiting: Waiting
    message: str = ""
    ways: tuple[Way, ...] = ()


@require_http_methods(["GET", "HEAD", "POST"])
@counter
def wishes(request: ShopRequest) -> HttpResponse:
    """All that was asked for and not had, with how many people; POST keeps a wish of somebody unknown."""
    form = WishForm(request.POST if request.method == "POST" else None, vendor=request.vendor)
    if form.is_bound and keep(request, form, None):
        messages.success(request, _("Remembered."))
        return redirect("counter:wishes", request.vendor.slug)
    search = SearchForm(request.GET)
    text = search.cleaned_data["q"] if search.is_valid() else ""
    found = [each for each in waiting.wanted(request.vendor, request.vendor.today()) if _answers(each, text)]
    table = WishesTable(found, request=request)
    context = {"table": table, "form": form, "text": text, "new_uid": uuid4}
    return render(request, "counter/wishes.html", context, status=422 if form.is_bound else 200)


def _answers(each: Wanted, text: str) -> bool:
    product = each.product
    names = [product.name, product.name_hi, product.name_mr] if product else [each.text]
    return any(folded(text) in folded(name) for name in names)


@require_POST
@counter
def came_in(request: ShopRequest, product: UUID) -> HttpResponse:
    """A product is here again: on to whom to tell. With the field `not_in`, it is not after all."""
    found = get_object_or_404(Product, vendor=request.vendor, uid=product)
    form = OnceForm(request.POST)
    if not form.is_valid():
        return _whom(request, found, status=422, step_form=form)
    if "not_in" in request.POST:
        fulfilling.not_in(vendor=request.vendor, product=found, by=request.member, uid=form.cleaned_data["uid"])
        messages.success(request, _("%(product)s is not here after all.") % {"product": named(found)})
    else:
        fulfilling.came_in(vendor=request.vendor, product=found, by=request.member, uid=form.cleaned_data["uid"])
        messages.success(request, _("%(product)s came in.") % {"product": named(found)})
    return redirect("counter:whom_to_tell", request.vendor.slug, found.uid)


@require_safe
@vary_on_headers("HX-Request")
@counter
def whom_to_tell(request: ShopRequest, product: UUID) -> HttpResponse:
    """All who wait for a product, who waited most first."""
    return _whom(request, get_object_or_404(Product, vendor=request.vendor, uid=product))


@require_safe
@vary_on_headers("HX-Request")
@counter
def wish_in_words(request: ShopRequest, wish: UUID) -> HttpResponse:
    """All who wait for what was said in the same words."""
    return _whom_of(request, _wish(request, wish))


@require_POST
@vary_on_headers("HX-Request")
@counter
def wish_step(request: ShopRequest, wish: UUID) -> HttpResponse:
    """A step of a wish, in the list of those who wait."""
    found, form = _wish(request, wish), StepForm(request.POST)
    if not step(request, form, found):
        return _whom_of(request, found, status=409, step_form=form)
    if request.htmx:
        return _whom_of(request, found)
    messages.success(request, _("Noted."))
    return _to_whom(request, found)


@require_POST
@counter
def name_wish(request: ShopRequest, wish: UUID) -> HttpResponse:
    """Say which product was meant by the words of a wish."""
    found, form = _wish(request, wish), NameForm(request.POST, vendor=request.vendor)
    said = {"wish": found, "by": request.member}
    if form.is_valid():
        tried(form, lambda: fulfilling.name(**said, product=form.cleaned_data["product"], uid=form.cleaned_data["uid"]))
    if not form.is_valid():
        return _whom_of(request, found, status=422, name_form=form)
    messages.success(
        request, _("From now on it is counted as %(product)s.") % {"product": named(form.cleaned_data["product"])}
    )
    return redirect("counter:whom_to_tell", request.vendor.slug, form.cleaned_data["product"].uid)


def _wish(request: ShopRequest, uid: UUID) -> Wish:
    return get_object_or_404(Wish.objects.select_related("product"), vendor=request.vendor, uid=uid)


def _to_whom(request: ShopRequest, found: Wish) -> HttpResponse:
    if found.product:
        return redirect("counter:whom_to_tell", request.vendor.slug, found.product.uid)
    return redirect("counter:wish_in_words", request.vendor.slug, found.uid)


def _whom_of(request: ShopRequest, found: Wish, **context: Any) -> HttpResponse:
    if found.product is None and "name_form" not in context:
        context["name_form"] = NameForm(vendor=request.vendor)
    return _whom(request, found.product, wish=found, **context)


def _whom(
    request: ShopRequest, product: Product | None, *, wish: Wish | None = None, status: int = 200, **context: Any
) -> HttpResponse:
    """The list for htmx, and the whole page without."""
    text = wish.text if wish else ""
    found = waiting.whom_to_tell(request.vendor, product, text)
    name = named(product) if product else text
    context |= {
        "name": name,
        "product": product,
        "wish": wish,
        "people": [_to_tell(request.vendor, each, name) for each in found],
        "ended": waiting.ended_today(request.vendor, product, text),
        "not_here": sum(each.wish.came_in_at is None for each in found),
        "not_told": sum(each.wish.came_in_at is not None and each.wish.told_at is None for each in found),
        "new_uid": uuid4,
    }
    template = "counter/_whom_to_tell.html" if request.htmx else "counter/whom_to_tell.html"
    return render(request, template, context, status=status)


def _to_tell(vendor: Vendor, each: Waiting, name: str) -> ToTell:
    if each.customer is None:
        return ToTell(each)
    message = came_in_said(vendor, each.customer, name)
    return ToTell(each, message, tuple(ways(each.customer.contact_points.all(), message)))


def came_in_said(vendor: Vendor, customer: Customer, name: str) -> str:
    """The message that what is called `name` is here, for `customer`."""
    greeting = customer.greeting or _("Namaste %(name)s") % {"name": customer.name}
    said = {"greeting": greeting, "product": name, "shop": vendor.name}
    return _("%(greeting)s, the %(product)s you asked for has come in. – %(shop)s") % said
