"""Leaving somebody alone who stays away: they are not shown as missed before a day, unless that is taken back."""

import datetime as dt
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import merging
from customers.models import Customer
from customers.planning.models import LeftAlone
from vendors.models import Member, Vendor

LONGEST = dt.timedelta(days=366)
"""For longer nobody is left alone: who is not to come back at all is closed, with a reason."""


class LeavingAloneError(Exception):
    """Nothing was written; `said` tells the shopkeeper why."""

    said = _("This was not saved. Tap once more.")


class DayIsOver(LeavingAloneError):
    """It would end before it begins."""

    said = _("That day has come already. Choose a later one.")


class TooLong(LeavingAloneError):
    """Longer than anybody remembers why."""

    said = _("That is more than a year ahead. Choose an earlier day, or close them with a reason.")


class LeftOtherwise(LeavingAloneError):
    """What was sent under this uid before was of somebody else, or of another day or reason."""

    said = _("This form was saved before with other words. To save this as well, tap once more.")


class LeftAloneAlready(LeavingAloneError):
    """Somebody else leaves them alone, until another day."""

    said = _("Somebody has left them alone meanwhile, until another day. Nothing was changed: look there first.")


def leave_alone(*, customer: Customer, until: dt.date, reason: str = "", by: Member | None, uid: UUID) -> LeftAlone:
    """
    Let nobody ask after `customer` before the shop's day `until`; written once however often it is sent.

    Who is left alone until that day already, is: that row is given. Raises a `LeavingAloneError`, and `IntegrityError`
    when the customer was forgotten meanwhile.
    """
    row = LeftAlone(vendor_id=customer.vendor_id, customer=customer, until=until, reason=reason.strip(), by=by, uid=uid)
    try:
        with transaction.atomic():
            return _sent_before(row) or _leave(row)
    except IntegrityError:
        # Another connection was quicker with the same uid.
        if found := _sent_before(row):
            return found
        raise


def take_back(*, left_alone: LeftAlone, by: Member | None) -> bool:
    """
    Let the person be shown again, whatever else holds of them, as of two who were put together; whether it changed it.

    Sent twice it changes nothing.
    """
    holding = LeftAlone.objects.filter(customer=left_alone.customer_id, ended_at__isnull=True)
    return bool(holding.update(ended_at=timezone.now(), ended_by=by))


@transaction.atomic
def put_back(*, left_alone: LeftAlone) -> bool:
    """Let `left_alone`, which was taken back, hold again; whether this changed anything."""
    merging.of_today(left_alone.customer)  # of two who put it back at once, the second finds it done
    if LeftAlone.objects.filter(customer=left_alone.customer_id, ended_at__isnull=True, until__gt=_today(left_alone)):
        return False
    ended = LeftAlone.objects.filter(pk=left_alone.pk, ended_at__isnull=False)
    return bool(ended.update(ended_at=None, ended_by=None))


def left_alone(vendor: Vendor, day: dt.date) -> dict[int, LeftAlone]:
    """By customer (id) who is left alone on the shop's `day`, with what holds longest of them."""
    holding = LeftAlone.objects.holding(day).filter(vendor=vendor).select_related("by").order_by("until", "pk")
    return {row.customer_id: row for row in holding}


def _leave(row: LeftAlone) -> LeftAlone:
    today = _today(row)
    if row.until <= today:
        raise DayIsOver
    if row.until > today + LONGEST:
        raise TooLong
    row.customer = merging.of_today(row.customer)
    if found := LeftAlone.objects.holding(today).filter(customer=row.customer).order_by("-until", "pk").first():
        if found.until != row.until:
            raise LeftAloneAlready
        return found
    row.save(force_insert=True)
    return row


def _sent_before(row: LeftAlone) -> LeftAlone | None:
    found = LeftAlone.objects.filter(vendor=row.vendor_id, uid=row.uid).first()
    if found is None:
        return None
    is_theirs = found.customer_id == merging.stand_in(row.customer).pk
    if not is_theirs or (found.until, found.reason) != (row.until, row.reason):
        raise LeftOtherwise
    return found


def _today(row: LeftAlone) -> dt.date:
    return row.customer.vendor.today()
