"""The buying list of a day: changed and ticked off with a wet thumb, printed, and sent as text."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from crm.counter.wording import named
from crm.lib import quantities
from crm.lib.once import OnceForm
from crm.review.behind import behind, between, heap, in_short, unit_said
from customers.planning import keeping_lists
from customers.planning.keeping_lists import FARTHEST, Change, ListError, kept
from customers.planning.list_accuracy import Outcome, accuracy
from customers.planning.models import BuyingLine, BuyingList
from customers.planning.whole_list import WholeLine, WholeList, whole_list
from customers.preferences.buying import next_open
from customers.preferences.forms import ProductField
from customers.visits.models import VisitLine
from vendors.access import ShopRequest, owner
from vendors.models import Product, Vendor

PAPERS = {"a4": "review/list_on_a4.html", "roll": "review/list_on_a_roll.html"}
"""By what an address says as `?paper=a4`."""
WHATSAPP = "https://wa.me/?"
MOST = VisitLine.MOST_AT_ONCE * 10
"""What may be typed as the quantity of a whole day."""


ERRORS = ("required", "max_length", "null_characters_not_allowed")


class QuantityField(forms.CharField):
    """A quantity in any script's digits; cleaned a `Decimal`, or None for nothing."""

    widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
    unreadable = gettext_lazy("This cannot be read as a quantity. Write a number like 2 or 0.5.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, error_messages=dict.fromkeys(ERRORS, self.unreadable), **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            quantity = quantities.read(text)
        except quantities.NotAQuantity as error:
            raise forms.ValidationError(self.unreadable) from error
        if not 0 <= quantity <= MOST or quantity != round(quantity, 3):
            raise forms.ValidationError(_("Write a quantity from 0 to %(most)s.") % {"most": MOST})
        return quantity


class LineForm(OnceForm):
    """What a line shall say: a quantity, one step more or less, another `instead` of it; ticked off or not."""

    quantity = QuantityField()
    seen = QuantityField(required=False)
    step = forms.TypedChoiceField(choices=[(-1, "-1"), (1, "1")], coerce=int, empty_value=0, required=False)
    instead = QuantityField(required=False)
    got = forms.TypedChoiceField(
        choices=[("0", "0"), ("1", "1")], coerce=lambda said: said == "1", empty_value=None, required=False
    )

    def change(self, step: Decimal) -> Change:
        """What was sent, for a product of which so much is a `step`."""
        said = self.cleaned_data
        quantity = said["quantity"] + said["step"] * step
        if said["instead"] is not None:
            quantity = said["instead"]
        return Change(quantity=max(quantity, Decimal(0)), got=said["got"], seen=said["seen"])


class AddForm(OnceForm):
    """A product that nobody foresaw, and how much of it."""

    product = ProductField(label=gettext_lazy("Product"), empty_label=gettext_lazy("Choose"))
    quantity = QuantityField(label=gettext_lazy("How much, in its unit"))

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = Product.objects.sold().filter(vendor=vendor)


@dataclass(frozen=True)
class Row:
    """One line of a kept list as its page tells it; `typed` is what stands in its field."""

    line: BuyingLine
    typed: str
    errors: list[str] = field(default_factory=list)
    was: Decimal | None = None
    """What the quantity was before the change that was just made."""
    now: WholeLine | None = None
    outcome: Outcome | None = None

    @property
    def name(self) -> str:
        return named(self.line.product)

    @property
    def much(self) -> str:
        return heap(self.line.quantity, self.line.unit)

    @property
    def unit(self) -> str:
        return unit_said(self.line.unit)

    @property
    def seen(self) -> str:
        return quantities.plain(self.line.quantity)

    @property
    def step(self) -> str:
        return quantities.plain(self.line.product.step)

    @property
    def foreseen(self) -> str:
        """The range that was foreseen when the list was kept, with the quantity if the owner wants another one."""
        if self.line.foreseen is None or self.line.low is None or self.line.high is None:
            return _("added by hand")
        span = between(self.line.low, self.line.high, self.line.unit)
        if self.line.foreseen == self.line.quantity:
            return _("probably %(range)s") % {"range": span}
        return _("foreseen %(much)s (%(range)s)") % {"much": heap(self.line.foreseen, self.line.unit), "range": span}

    @property
    def was_said(self) -> str:
        return "" if self.was is None else heap(self.was, self.line.unit)

    @property
    def was_plain(self) -> str:
        return "" if self.was is None else quantities.plain(self.was)

    @property
    def in_short(self) -> str:
        return in_short(self.now) if self.now else ""

    @property
    def mostly(self) -> str:
        return str(self.now.mostly or "") if self.now else ""

    @property
    def behind(self) -> list[str]:
        return behind(self.now) if self.now else []

    @property
    def changed_to(self) -> str:
        """What is foreseen now, if that is neither what was foreseen nor what is wanted; in the line's unit."""
        if self.now is None or self.now.product.unit != self.line.unit:
            return ""
        return "" if self.now.order in (self.line.foreseen, self.line.quantity) else quantities.plain(self.now.order)

    @property
    def changed_to_said(self) -> str:
        return heap(self.now.order, self.line.unit) if self.now else ""

    @property
    def wanted(self) -> str:
        return heap(self.outcome.wanted, self.outcome.unit) if self.outcome else ""


@dataclass(frozen=True)
class Foreseen:
    """A line that is foreseen now and on no list yet."""

    line: WholeLine

    @property
    def name(self) -> str:
        return named(self.line.product)

    @property
    def much(self) -> str:
        return heap(self.line.order, self.line.product.unit)

    @property
    def plain(self) -> str:
        return quantities.plain(self.line.order)

    @property
    def between(self) -> str:
        return between(self.line.low, self.line.high, self.line.product.unit)

    @property
    def in_short(self) -> str:
        return in_short(self.line)

    @property
    def mostly(self) -> str:
        return str(self.line.mostly or "")

    @property
    def behind(self) -> list[str]:
        return behind(self.line)


@require_http_methods(["GET", "HEAD", "POST"])
@owner
def buying_list(request: ShopRequest, day: dt.date) -> HttpResponse:
    """The list of a day, or what is foreseen for it; POST keeps that. With `?paper=a4` or `roll` as it is printed."""
    if day > request.vendor.today() + FARTHEST:
        raise Http404
    if request.method == "POST":
        return _keep(request, day)
    found = kept(request.vendor, day)
    if found and (paper := PAPERS.get(request.GET.get("paper", ""))):
        return render(request, paper, {"list": found, "lines": _to_buy(found)})
    return _show(request, day, found)


def _keep(request: ShopRequest, day: dt.date) -> HttpResponse:
    form = OnceForm(request.POST)
    if not form.is_valid():
        return _show(request, day, None, status=422, errors=form.errors["uid"])
    try:
        keeping_lists.keep(vendor=request.vendor, day=day, by=request.member, uid=form.cleaned_data["uid"])
    except ListError as error:
        return _show(request, day, kept(request.vendor, day), status=409, errors=[error.said])
    messages.success(request, _("The list is kept."))
    return redirect("review:buying_list", request.vendor.slug, day)


@require_POST
@vary_on_headers("HX-Request")
@owner
def buying_line(request: ShopRequest, buyingline: UUID) -> HttpResponse:
    """Change a line of a list, or tick it off."""
    lines = BuyingLine.objects.select_related("product", "buying_list")
    line = get_object_or_404(lines, vendor=request.vendor, uid=buyingline)
    line.buying_list.vendor = request.vendor
    form, before, status = LineForm(request.POST), line.quantity, 422
    if form.is_valid():
        said = {"to": form.change(line.product.step), "by": request.member, "uid": form.cleaned_data["uid"]}
        status = 200 if _tried(form, lambda: keeping_lists.change(line=line, **said)) else 409
    line.refresh_from_db(fields=["quantity", "got_at"])
    errors = form.all_errors
    typed = form.data.get("quantity", "") if errors else quantities.plain(line.quantity)
    row = Row(line, typed, errors, before if line.quantity != before else None)
    if request.htmx:
        context = _progress(line.buying_list) | {"row": row, "oob": True}
        return render(request, "review/_buying_line.html", context, status=status)
    if errors:
        return _show(request, line.buying_list.day, line.buying_list, status=status, failed=row)
    return redirect(_address(request, line))


@require_POST
@owner
def add_to_list(request: ShopRequest, buyinglist: UUID) -> HttpResponse:
    """Put another product on a list."""
    found = get_object_or_404(BuyingList, vendor=request.vendor, uid=buyinglist)
    form = AddForm(request.POST, vendor=request.vendor)
    if not form.is_valid():
        return _show(request, found.day, found, status=422, form=form)
    said = {name: form.cleaned_data[name] for name in ("product", "quantity", "uid")}
    line = _tried(form, lambda: keeping_lists.add(buying_list=found, by=request.member, **said))
    if not line:
        return _show(request, found.day, found, status=409, form=form)
    messages.success(request, _("%(product)s is on the list.") % {"product": named(line.product)})
    return redirect(_address(request, line))


def _tried(form: OnceForm, write: Callable[[], Any]) -> Any:
    """What `write` wrote, or True for nothing; False when it was refused, which the form then tells."""
    try:
        return write() or True
    except ListError as error:
        form.add_error(None, error.said)
        form.renew()
        return False


def _address(request: ShopRequest, line: BuyingLine) -> str:
    return f"{reverse('review:buying_list', args=[request.vendor.slug, line.buying_list.day])}#line-{line.uid}"


def _show(
    request: ShopRequest,
    day: dt.date,
    found: BuyingList | None,
    *,
    status: int = 200,
    failed: Row | None = None,
    form: AddForm | None = None,
    errors: Any = (),
) -> HttpResponse:
    vendor, today = request.vendor, request.vendor.today()
    foreseen = whole_list(vendor, day) if day >= today else None
    rows = _rows(vendor, found, foreseen, failed) if found else []
    held = {row.line.product_id for row in rows}
    context = {
        "day": day,
        "list": found,
        "foreseen": foreseen,
        "is_over": day < today,
        "rows": rows,
        "also": [Foreseen(each) for each in (foreseen.lines if foreseen else []) if each.product.pk not in held],
        "next_open": next_open(vendor, day),
        "form": form or AddForm(vendor=vendor),
        "errors": errors,
        "new_uid": uuid4,
        **(_progress(found) | _as_text(request, found) if found else {}),
    }
    return render(request, "review/buying_list.html", context, status=status)


def _rows(vendor: Vendor, found: BuyingList, foreseen: WholeList | None, failed: Row | None) -> list[Row]:
    now = {each.product.pk: each for each in foreseen.lines} if foreseen else {}
    has_come = found.day <= vendor.today()
    did = accuracy(vendor, found.day, found.day).done.outcomes if has_come else []
    outcomes = {each.product.pk: each for each in did}
    rows = [
        Row(line, quantities.plain(line.quantity), now=now.get(line.product_id), outcome=outcomes.get(line.product_id))
        for line in lines_of(found)
    ]
    return [failed if failed and failed.line == row.line else row for row in rows]


def lines_of(found: BuyingList) -> list[BuyingLine]:
    """The lines of a list, without those that were added by hand and taken off again."""
    return list(found.lines.exclude(foreseen__isnull=True, quantity=0).select_related("product"))


def _progress(found: BuyingList) -> dict[str, int]:
    """How many of the products that are wanted were bought."""
    wanted = list(found.lines.filter(quantity__gt=0).values_list("got_at", flat=True))
    return {"bought": sum(got is not None for got in wanted), "of": len(wanted)}


@dataclass(frozen=True)
class ToBuy:
    """One line on paper or in a message."""

    name: str
    much: str
    is_got: bool


def _to_buy(found: BuyingList) -> list[ToBuy]:
    lines = found.lines.filter(quantity__gt=0).select_related("product")
    return [ToBuy(named(line.product), heap(line.quantity, line.unit), line.got_at is not None) for line in lines]


def _as_text(request: ShopRequest, found: BuyingList) -> dict[str, str]:
    """What is still to be bought in plain words, and the link that sends it."""
    head = f"{request.vendor.name}, {date_format(found.day, 'D j M')}"
    text = "\n".join([head, *(f"{each.name} {each.much}" for each in _to_buy(found) if not each.is_got)])
    return {"text": text, "whatsapp": WHATSAPP + urlencode({"text": text})}
