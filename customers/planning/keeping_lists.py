"""Keeping a buying list: the only writers of it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib import quantities
from customers.planning.models import BuyingEdit, BuyingLine, BuyingList
from customers.planning.whole_list import WholeLine, WholeList, whole_list
from customers.visits.expecting import People
from vendors.catalogue import stand_in
from vendors.models import Member, Product, Vendor
from vendors.opening.keeping import opening_times

T = TypeVar("T")

FARTHEST = dt.timedelta(days=14)
"""Days ahead for which a list may be kept: what is farther depends on too much that is not known."""
MOST = Decimal("999999.999")
"""What the column of a quantity holds."""


class ListError(Exception):
    """Nothing was written; `said` tells the shopkeeper why."""

    said = _("This was not saved. Tap once more.")


class DayIsOver(ListError):
    """A list is what was to be bought: after its day it stays as it was, so that it can be said how it did."""

    said = _("The day of this list is over, so it stays as it was. Nothing was changed.")


class TooFarAhead(ListError):
    said = _("This day is too far ahead to know what it needs. Keep its list when it is nearer.")


class ClosedThen(ListError):
    said = _("The shop is closed on that day, so there is no list. Nothing was kept.")


class SentOtherwise(ListError):
    """With this uid something else was sent before."""

    said = _("This was saved before with something else in it. To save this as well, tap once more.")


class ChangedMeanwhile(ListError):
    """Somebody else changed the quantity since the page was made."""

    said = _("Somebody else has changed this meanwhile, so yours was not saved. Look, then change it again.")


class OnTheList(ListError):
    said = _("This is on the list already. Change its quantity there.")


@dataclass(frozen=True)
class Change:
    """
    What a line shall say: `quantity` and whether it was `got`, each None for as it is.

    `seen` is the quantity that stood there for whoever changes it.
    """

    quantity: Decimal | None = None
    got: bool | None = None
    seen: Decimal | None = None


def kept(vendor: Vendor, day: dt.date) -> BuyingList | None:
    """The list of a day, if there is one."""
    return BuyingList.objects.filter(vendor=vendor, day=day).first()


def keep(*, vendor: Vendor, day: dt.date, by: Member | None, uid: UUID, people: People | None = None) -> BuyingList:
    """
    The list of `day`, made of what is foreseen now when there is none yet.

    Who keeps it second gets the first one's, and so does who sends it twice. Raises `DayIsOver`, `TooFarAhead`,
    `ClosedThen` and `SentOtherwise`. `people` are those of the day, if they are read.
    """
    today = vendor.today()
    if day < today:
        raise DayIsOver
    if day > today + FARTHEST:
        raise TooFarAhead
    if opening_times(vendor).why_closed(day):
        raise ClosedThen
    if found := _kept_before(vendor, day, uid):
        return found
    foreseen = whole_list(vendor, day, people)  # not in the transaction: others need not wait for it
    return _once(lambda: _kept_before(vendor, day, uid), lambda: _make(vendor, foreseen, by, uid))


def change(*, line: BuyingLine, to: Change, by: Member | None, uid: UUID) -> BuyingEdit | None:
    """
    Let `line` say what `to` does; the change that keeps what it said before, if it is one.

    Sent twice it changes nothing. Raises `DayIsOver`, `ChangedMeanwhile` and `SentOtherwise`.
    """
    if to.quantity == to.seen:
        to = replace(to, quantity=None)  # left as it stood there
    return _once(lambda: _changed_before(line, to, uid), lambda: _change(line, to, by, uid))


def add(*, buying_list: BuyingList, product: Product, quantity: Decimal, by: Member | None, uid: UUID) -> BuyingLine:
    """
    A line for a `product` that nobody foresaw, at the end.

    One that was added before and taken off is put back. Sent twice it changes nothing. Raises `DayIsOver`,
    `OnTheList` and `SentOtherwise`.
    """
    product = stand_in(product)
    return _once(
        lambda: _added_before(buying_list, product, quantity, uid),
        lambda: _add(buying_list, product, quantity, by, uid),
    )


def contents(line: BuyingLine) -> dict[str, str | bool]:
    """What an edit says of a line."""
    return {"quantity": quantities.plain(line.quantity), "got": line.got_at is not None}


def _once(before: Callable[[], T | None], write: Callable[[], T]) -> T:
    """What was written `before` under the same uid, else what `write` writes, in one transaction."""
    try:
        with transaction.atomic():
            return before() or write()
    except IntegrityError:
        # Another connection was quicker.
        if found := before():
            return found
        raise


def _kept_before(vendor: Vendor, day: dt.date, uid: UUID) -> BuyingList | None:
    sent = BuyingList.objects.filter(vendor=vendor, uid=uid).first()
    if sent and sent.day != day:
        raise SentOtherwise
    return sent or kept(vendor, day)


def _make(vendor: Vendor, foreseen: WholeList, by: Member | None, uid: UUID) -> BuyingList:
    made = BuyingList.objects.create(vendor=vendor, day=foreseen.day, by=by, uid=uid)
    BuyingLine.objects.bulk_create(_line(made, place, each) for place, each in enumerate(foreseen.lines))
    return made


def _line(made: BuyingList, place: int, each: WholeLine) -> BuyingLine:
    order, low, high, promised = (
        min(quantity, MOST) for quantity in (each.order, each.low, each.high, each.promised_quantity)
    )
    return BuyingLine(
        vendor_id=made.vendor_id,
        buying_list=made,
        position=place,
        product=each.product,
        unit=each.product.unit,
        foreseen=order,
        low=low,
        high=high,
        usual=each.usual_people,
        promised=promised,
        wished=len(each.wished),
        quantity=order,
    )


def _changed_before(line: BuyingLine, to: Change, uid: UUID) -> BuyingEdit | None:
    found = BuyingEdit.objects.filter(vendor=line.vendor_id, uid=uid).first()
    if found is None:
        return None
    said = {} if to.quantity is None else {"quantity": quantities.plain(to.quantity)}
    said |= {} if to.got is None else {"got": to.got}
    if found.line_id != line.pk or {name: found.after[name] for name in said} != said:
        raise SentOtherwise
    return found


def _change(line: BuyingLine, to: Change, by: Member | None, uid: UUID) -> BuyingEdit | None:
    held = BuyingLine.objects.select_for_update(of=("self",)).select_related("buying_list__vendor").get(pk=line.pk)
    _refuse_after(held.buying_list)
    before = contents(held)
    if to.quantity not in (None, held.quantity):
        if to.seen not in (None, held.quantity):
            raise ChangedMeanwhile
        held.quantity = to.quantity
    if to.got is not None and to.got != (held.got_at is not None):
        held.got_at = timezone.now() if to.got else None
    if contents(held) == before:
        return None
    held.save(update_fields=["quantity", "got_at"])
    return BuyingEdit.objects.create(
        vendor_id=held.vendor_id, line=held, by=by, uid=uid, before=before, after=contents(held)
    )


def _added_before(buying_list: BuyingList, product: Product, quantity: Decimal, uid: UUID) -> BuyingLine | None:
    edit = BuyingEdit.objects.filter(vendor=buying_list.vendor_id, uid=uid).select_related("line").first()
    if edit is None:
        return None
    line = edit.line
    said = (buying_list.pk, product.pk, quantities.plain(quantity))
    if (line.buying_list_id, line.product_id, edit.after["quantity"]) != said:
        raise SentOtherwise
    return line


def _add(buying_list: BuyingList, product: Product, quantity: Decimal, by: Member | None, uid: UUID) -> BuyingLine:
    # Locked, so that two who add find the next place one after the other.
    held = BuyingList.objects.select_for_update(of=("self",)).select_related("vendor").get(pk=buying_list.pk)
    _refuse_after(held)
    lines = {line.product_id: line for line in held.lines.all()}
    line = lines.get(product.pk)
    if line and line.quantity:
        raise OnTheList
    place = max((each.position for each in lines.values()), default=-1) + 1
    line = line or BuyingLine(
        vendor_id=held.vendor_id,
        buying_list=held,
        position=place,
        product=product,
        unit=product.unit,
        quantity=Decimal(0),
    )
    before = contents(line)
    line.quantity = quantity
    line.save()
    BuyingEdit.objects.create(vendor_id=held.vendor_id, line=line, by=by, uid=uid, before=before, after=contents(line))
    return line


def _refuse_after(buying_list: BuyingList) -> None:
    if buying_list.day < buying_list.vendor.today():
        raise DayIsOver
