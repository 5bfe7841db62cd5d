"""Standing orders made, changed, paused and ended: their only writers."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from crm.lib import moments, quantities
from customers import merging
from customers.models import Customer
from customers.promises.due_orders import make_until_today
from customers.promises.following import follow
from customers.promises.models import StandingOrder, StandingOrderEdit, StandingOrderLine
from customers.promises.order_terms import FARTHEST, OrderError, Wanted, check
from customers.promises.terms import in_units_of
from customers.visits.recording import Line
from vendors.catalogue import stand_ins
from vendors.models import Member, Product


class NoDayAhead(OrderError):
    """A pause ends on a day ahead, within a year."""

    said = _("Choose a day from tomorrow on, at most a year from now. For longer, end the order.")


class SaidOtherwise(OrderError):
    """What was sent under this uid before says something else."""

    said = _("This form was saved before with other words. To save this as well, tap once more.")


class ChangedMeanwhile(OrderError):
    """Somebody else changed the order after the page was made."""

    said = _("Somebody else has changed this order meanwhile. Look at what it says now; to save yours, tap once more.")


class HasEnded(OrderError):
    """An order that has ended is put back before it is changed."""

    said = _("This order has ended. Put it back first.")


def order(*, customer: Customer, wanted: Wanted, by: Member | None, uid: UUID) -> StandingOrder:
    """
    The standing order of `customer` kept under `uid`, written once however often it is sent.

    Its promises of today and tomorrow are made at once. Of a customer who was put together with another while the page
    was open it is an order of that one. Raises an `OrderError`, and `IntegrityError` when the customer
    was forgotten meanwhile.
    """
    try:
        with transaction.atomic():
            one = merging.of_today(customer)
            return _made_before(one, wanted, uid) or _make(one, wanted, by, uid)
    except IntegrityError:
        # Another connection was quicker with the same uid.
        with transaction.atomic():
            if found := _made_before(merging.of_today(customer), wanted, uid):
                return found
        raise


@transaction.atomic
def change(
    *, order: StandingOrder, wanted: Wanted, seen: int, by: Member | None, uid: UUID
) -> StandingOrderEdit | None:
    """
    Let `order` say what is `wanted`; what it said is kept. None when there is no difference.

    `seen` is how many changes were known to who sends it. The promises of days ahead that nobody has amended by hand
    say the new, and are released where the order does not come any more.
    """
    locked = _locked(order)
    lines = in_units_of(_rows(locked, wanted.lines), list(locked.lines.select_related("product")))
    if found := _sent_before(locked, _said(wanted, lines), uid):
        return found
    if locked.edits.count() > seen:
        raise ChangedMeanwhile
    check(wanted, today=locked.vendor.today(), kept=locked.starts_on)
    return _amended(locked, _fields(wanted), "changed", by, uid, lines=lines)


@transaction.atomic
def pause(*, order: StandingOrder, until: dt.date, by: Member | None, uid: UUID) -> StandingOrderEdit | None:
    """Let `order` count again from `until` on; what it has promised for the days before is released."""
    locked = _locked(order)
    if found := _sent_before(locked, {"paused_until": until.isoformat()}, uid):
        return found
    today = locked.vendor.today()
    if not today < until <= today + FARTHEST:
        raise NoDayAhead
    return _amended(locked, {"paused_until": until}, "paused", by, uid)


@transaction.atomic
def resume(*, order: StandingOrder, by: Member | None, uid: UUID) -> StandingOrderEdit | None:
    """Let `order` count again from now on; what the pause released and is still ahead is open again."""
    locked = _locked(order)
    if found := _sent_before(locked, {"paused_until": None}, uid):
        return found
    return _amended(locked, {"paused_until": None}, "resumed", by, uid)


@transaction.atomic
def end(*, order: StandingOrder, by: Member | None, uid: UUID) -> StandingOrderEdit | None:
    """Let `order` come no more; what it has promised for days ahead is released."""
    locked = _locked(order)
    if found := _sent_before(locked, {"has_ended": True}, uid):
        return found
    if locked.ended_at:
        return None
    return _amended(locked, {"ended_at": moments.now()}, "ended", by, uid)


@transaction.atomic
def put_back(*, order: StandingOrder, by: Member | None, uid: UUID) -> StandingOrderEdit | None:
    """Let an order that has ended come again as it was."""
    locked = _locked(order)
    if found := _sent_before(locked, {"has_ended": False}, uid):
        return found
    return _amended(locked, {"ended_at": None}, "put back", by, uid)


def contents(order: StandingOrder) -> dict[str, Any]:
    """What `order` says now, as JSON."""
    lines = StandingOrderLine.objects.filter(standing_order=order).select_related("product")
    return {
        **_said(order, lines),
        "paused_until": _iso(order.paused_until),
        "has_ended": order.ended_at is not None,
    }


def _said(wanted: Wanted | StandingOrder, lines: Iterable[StandingOrderLine]) -> dict[str, Any]:
    return {
        "rule": getattr(wanted.rule, "text", wanted.rule),
        "starts_on": _iso(wanted.starts_on),
        "ends_on": _iso(wanted.ends_on),
        "at_time": _iso(wanted.at_time),
        "text": wanted.text,
        "lines": [
            {
                "product": str(line.product.uid),
                "quantity": quantities.plain(line.quantity),
                "unit": line.unit,
                "manner": line.manner,
            }
            for line in lines
        ],
    }


def _iso(value: dt.date | dt.time | None) -> str | None:
    return value and value.isoformat()


def _made_before(customer: Customer, wanted: Wanted, uid: UUID) -> StandingOrder | None:
    found = StandingOrder.objects.filter(vendor=customer.vendor_id, uid=uid).first()
    if found is None:
        return None
    first = found.edits.order_by("pk").first()
    as_made = first.before if first else contents(found)
    said = _said(wanted, _rows(found, wanted.lines))
    if found.customer_id != customer.pk or any(as_made[name] != value for name, value in said.items()):
        raise SaidOtherwise
    return found


def _sent_before(order: StandingOrder, said: dict[str, Any], uid: UUID) -> StandingOrderEdit | None:
    found = StandingOrderEdit.objects.filter(vendor=order.vendor_id, uid=uid).first()
    if found is None:
        return None
    if found.standing_order_id != order.pk or any(found.after[name] != value for name, value in said.items()):
        raise SaidOtherwise
    return found


def _make(customer: Customer, wanted: Wanted, by: Member | None, uid: UUID) -> StandingOrder:
    check(wanted, today=customer.vendor.today())
    now = moments.now()
    made = StandingOrder(
        vendor_id=customer.vendor_id, customer=customer, uid=uid, by=by, made_at=now, **_fields(wanted)
    )
    made.save(force_insert=True)
    StandingOrderLine.objects.bulk_create(_rows(made, wanted.lines))
    make_until_today(StandingOrder.objects.filter(pk=made.pk), customer.vendor)
    return made


def _fields(wanted: Wanted) -> dict[str, Any]:
    names = ("starts_on", "ends_on", "at_time", "text")
    return {"rule": wanted.rule.text, **{name: getattr(wanted, name) for name in names}}


def _rows(order: StandingOrder, lines: Sequence[Line]) -> list[StandingOrderLine]:
    """`lines` as rows of `order`; of a product that was merged while the page was open, with the one it went into."""
    # Read anew: nobody merges one of them from here on until the transaction is over.
    products = Product.objects.select_for_update(no_key=True).filter(pk__in=[line.product.pk for line in lines])
    found = {product.pk: product for product in products.order_by("pk")}
    if any(product.merged_into_id for product in found.values()):
        into = stand_ins(order.vendor_id)
        last = Product.objects.in_bulk([into.get(pk, pk) for pk in found])
        found = {pk: last[into.get(pk, pk)] for pk in found}
    return [
        StandingOrderLine(
            vendor_id=order.vendor_id,
            standing_order=order,
            position=position,
            product=found[line.product.pk],
            quantity=line.quantity,
            unit=line.product.unit,
            manner=line.manner,
        )
        for position, line in enumerate(lines)
    ]


def _locked(order: StandingOrder) -> StandingOrder:
    return StandingOrder.objects.select_for_update(no_key=True, of=("self",)).select_related("vendor").get(pk=order.pk)


def _amended(
    order: StandingOrder,
    fields: dict[str, Any],
    what: str,
    by: Member | None,
    uid: UUID,
    *,
    lines: list[StandingOrderLine] | None = None,
) -> StandingOrderEdit | None:
    """The edit that puts `fields` and `lines` into the locked `order`, whose promises follow; None if it says so."""
    if order.ended_at and "ended_at" not in fields:
        raise HasEnded
    before = contents(order)
    for name, value in fields.items():
        setattr(order, name, value)
    order.save(update_fields=list(fields))
    if lines is not None:
        order.lines.all().delete()
        StandingOrderLine.objects.bulk_create(lines)
    after = contents(order)
    if after == before:
        return None
    edit = StandingOrderEdit.objects.create(
        vendor_id=order.vendor_id, standing_order=order, by=by, uid=uid, at=moments.now(), before=before, after=after
    )
    follow(order=order, what=what, by=by)
    make_until_today(StandingOrder.objects.filter(pk=order.pk), order.vendor)
    return edit
