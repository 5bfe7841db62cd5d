"""The buying list of a day: changed and ticked off with a wet thumb, printed, and sent as text."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from crm.counter.wording import named
from crm.lib import quantities
from crm.lib.once import OnceForm
from crm.review.behind import heap
from crm.review.list_forms import AddForm, LineForm
from crm.review.list_rows import Foreseen, Row
from customers.planning import keeping_lists
from customers.planning.keeping_lists import FARTHEST, ListError, kept
from customers.planning.list_accuracy import accuracy
from customers.planning.models import BuyingLine, BuyingList
from customers.planning.whole_list import WholeList, whole_list
from customers.preferences.buying import next_open
from vendors.access import ShopRequest, owner
from vendors.models import Vendor

PAPERS = {"a4": "review/list_on_a4.html", "roll": "review/list_on_a_roll.html"}
"""By what an address says as `?paper=a4`."""
WHATSAPP = "https://wa.me/?"


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
