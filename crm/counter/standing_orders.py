"""The standing orders of a person, in the sheet of the card and as a page: made, changed, paused, resumed and ended."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from crm.counter import repeating
from crm.counter.person import person_of
from crm.lib.once import OnceForm
from crm.lib.quantities import plain
from customers.models import Customer
from customers.preferences.remembering import remember
from customers.promises import standing_orders as keeping
from customers.promises.choosing import Choice, choices_of
from customers.promises.due_orders import ONE_DAY, next_days
from customers.promises.models import StandingOrder
from customers.promises.ordering import OrderForm, PauseForm, initial_of
from vendors.access import ShopRequest, counter
from vendors.opening.keeping import opening_times
from vendors.opening.times import OpeningTimes

ORDERS, ORDER = "counter/_standing_orders.html", "counter/_standing_order.html"
OFFERED = 8
"""Products of their usual that a new order offers with one tap each."""
ENDED = 3
"""The latest ended orders that can be put back from the list."""
WEEKS = 1, 2
"""For so many weeks an order is paused with one tap."""


@dataclass(frozen=True)
class Row:
    """An order as the list shows it."""

    order: StandingOrder
    rule: str
    things: str
    days: Sequence[str]
    is_paused: bool


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def standing_orders(request: ShopRequest, customer: UUID) -> HttpResponse:
    """The standing orders of a person; with `?add`, or where there are none, the form for one; POST makes it."""
    person = person_of(request, customer)
    if request.method == "POST":
        return _make(request, person)
    return _orders(request, person)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@counter
def standing_order(request: ShopRequest, customer: UUID, standingorder: UUID) -> HttpResponse:
    """Change one order. One that has ended can be put back here."""
    person = person_of(request, customer)
    found = _order(person, standingorder)
    if request.method == "POST":
        return _change(request, person, found)
    return _order_form(request, person, found, _form(request, person, found))


@require_POST
@vary_on_headers("HX-Request")
@counter
def pause_order(request: ShopRequest, customer: UUID, standingorder: UUID) -> HttpResponse:
    """Let it come again from a day on."""
    person = person_of(request, customer)
    found, form = _order(person, standingorder), PauseForm(request.POST)
    said = {"order": found, "by": request.member}
    if _kept(form, lambda: keeping.pause(**said, until=form.cleaned_data["until"], uid=form.cleaned_data["uid"])):
        return _changed(request, person, _("Paused. What was promised for the days until then is released."))
    return _orders(request, person, status=422, pausing=found.uid, pause_form=form)


@require_POST
@vary_on_headers("HX-Request")
@counter
def resume_order(request: ShopRequest, customer: UUID, standingorder: UUID) -> HttpResponse:
    """Let it come again from now on."""
    return _one_tap(request, customer, standingorder, keeping.resume, _("It comes again."))


@require_POST
@vary_on_headers("HX-Request")
@counter
def end_order(request: ShopRequest, customer: UUID, standingorder: UUID) -> HttpResponse:
    """Let it come no more; with the field `put_back`, let it come again."""
    if "put_back" in request.POST:
        return _one_tap(request, customer, standingorder, keeping.put_back, _("It comes again."))
    text = _("Ended. What it had promised for the days ahead is released.")
    return _one_tap(request, customer, standingorder, keeping.end, text)


def _one_tap(
    request: ShopRequest, customer: UUID, standingorder: UUID, write: Callable[..., object], text: str
) -> HttpResponse:
    person = person_of(request, customer)
    found, form = _order(person, standingorder), OnceForm(request.POST)
    if not _kept(form, lambda: write(order=found, by=request.member, uid=form.cleaned_data["uid"])):
        return _orders(request, person, status=422, errors=[*form.non_field_errors(), *form.errors.get("uid", [])])
    found.refresh_from_db()
    if found.ended_at and not request.htmx:
        messages.success(request, text)
        return redirect("counter:standing_order", request.vendor.slug, person.uid, found.uid)
    return _changed(request, person, text, about=found if found.ended_at else None)


def _order(person: Customer, uid: UUID) -> StandingOrder:
    found = StandingOrder.objects.filter(vendor=person.vendor_id, customer=person).prefetch_related("lines__product")
    return get_object_or_404(found, uid=uid)


def _make(request: ShopRequest, person: Customer) -> HttpResponse:
    form = _form(request, person)
    said = {"customer": person, "by": request.member}
    made: list[StandingOrder] = []
    if _asks_for_more(request, form) or not _kept(
        form, lambda: made.append(keeping.order(**said, wanted=form.wanted, uid=form.cleaned_data["uid"]))
    ):
        return _orders(request, person, status=422 if form.errors else 200, form=form)
    row = _row(made[0], person.vendor.today(), opening_times(person.vendor))
    return _changed(request, person, _next_said(row), about=made[0])


def _change(request: ShopRequest, person: Customer, found: StandingOrder) -> HttpResponse:
    form = _form(request, person, found)

    def write() -> None:
        said = {name: form.cleaned_data[name] for name in ("seen", "uid")}
        try:
            keeping.change(order=found, wanted=form.wanted, by=request.member, **said)
        except keeping.ChangedMeanwhile:
            form.saw(found.edits.count())  # the page that goes back shows it
            raise

    if _asks_for_more(request, form) or not _kept(form, write):
        return _order_form(request, person, found, form, status=422 if form.errors else 200)
    row = _row(_order(person, found.uid), person.vendor.today(), opening_times(person.vendor))
    return _changed(request, person, _next_said(row))


def _asks_for_more(request: ShopRequest, form: OrderForm) -> bool:
    """Whether the form is sent to have it back with one more product in it; it is judged when it is kept."""
    if "more" not in request.POST:
        return False
    form.choose_another()
    return True


def _kept(form: OnceForm, write: Callable[[], object]) -> bool:
    """Whether `form` was valid and `write` kept it; why not is among the form's errors."""
    if not form.is_valid():
        return False
    try:
        write()
    except keeping.OrderError as error:
        form.add_error(None, error.said)
        form.renew()  # nothing was written under this uid
    except (IntegrityError, StandingOrder.DoesNotExist) as error:
        # Forgotten on another tablet between our look and our write.
        raise Http404 from error
    return form.is_valid()


def _form(request: ShopRequest, person: Customer, found: StandingOrder | None = None) -> OrderForm:
    offered = choices_of(found.lines.all()) if found else []
    known = {choice.product.uid for choice in offered}
    usual = remember(person, now=timezone.now()).usual[:OFFERED]
    offered += [
        Choice(each.product, take=plain(each.quantity), manner=each.manner)
        for each in usual
        if each.product.uid not in known
    ]
    initial = initial_of(found, found.edits.count()) if found else None
    data = request.POST if request.method == "POST" else None
    return OrderForm(data, vendor=request.vendor, offered=offered, initial=initial)


def _changed(request: ShopRequest, person: Customer, text: str, **context: Any) -> HttpResponse:
    if request.htmx:
        return trigger_client_event(_orders(request, person, said=text, **context), "promises-changed")
    messages.success(request, text)
    return redirect("counter:standing_orders", request.vendor.slug, person.uid)


def _orders(request: ShopRequest, person: Customer, *, status: int = 200, **context: Any) -> HttpResponse:
    orders = list(person.standing_orders.prefetch_related("lines__product").order_by("-pk"))
    standing, ended = ([each for each in orders if bool(each.ended_at) is is_over] for is_over in (False, True))
    if request.method != "POST" and ("add" in request.GET or not standing):
        context["form"] = _form(request, person)
    today, times = person.vendor.today(), opening_times(person.vendor)
    context |= {
        "rows": [_row(order, today, times) for order in standing],
        "ended_rows": [_row(order, today, times) for order in ended[:ENDED]],
        "pauses": [(weeks, today + dt.timedelta(weeks=weeks)) for weeks in WEEKS],
        "tomorrow": today + ONE_DAY,
    }
    return _show(request, ORDERS, person, status=status, **context)


def _row(order: StandingOrder, today: dt.date, times: OpeningTimes) -> Row:
    days = [repeating.day_said(day) for day in next_days(order, today - ONE_DAY, times=times)]
    is_paused = bool(order.paused_until and order.paused_until > today)
    return Row(order, repeating.said(order.rule), repeating.things(order), days, is_paused)


def _next_said(row: Row) -> str:
    """What is told after an order was made or changed: the days that come next."""
    return _("Kept. Next: %(days)s.") % {"days": ", ".join(row.days)} if row.days else _("Kept.")


def _order_form(
    request: ShopRequest, person: Customer, found: StandingOrder, form: OrderForm, *, status: int = 200
) -> HttpResponse:
    row = _row(_order(person, found.uid), person.vendor.today(), opening_times(person.vendor))
    return _show(request, ORDER, person, status=status, order=found, row=row, form=form)


def _show(request: ShopRequest, fragment: str, person: Customer, *, status: int = 200, **context: Any) -> HttpResponse:
    """The fragment for htmx, and for a browser without script the same in a page. Each `new_uid` is another uid."""
    context |= {"customer": person, "fragment": fragment, "new_uid": uuid4}
    template = fragment if request.htmx else "counter/standing_order.html"
    return render(request, template, context, status=status)
