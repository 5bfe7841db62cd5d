"""
Who serves on a shared tablet now, and on which page a tap was made: both signed, nothing of it is stored.

The cookie says whose turn it is and ends by itself when nobody taps; the token of a page says who served when the page
was made, and goes with each entry that is tapped on it, however late that is sent.
"""

import datetime as dt
from typing import NamedTuple

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from vendors.models import Device, Member

COOKIE = "regulars-turn"
COOKIE_SALT = "vendors.turns.cookie"
PAGE_SALT = "vendors.turns.page"  # another one, so that what a page shows opens nothing
MINUTE = 60
GRACE = 60
"""Seconds by which the cookie outlasts the lock that the page itself draws."""


class Turn(NamedTuple):
    """That a member served from `began` on; by id. `device` is None on a page that was opened by an account."""

    vendor: int
    device: int | None
    member: int
    began: dt.datetime


def begin(response: HttpResponse, device: Device, member: Member) -> None:
    """Let `member` serve on `device` until nobody has tapped there for the shop's `lock_after`."""
    age = device.vendor.lock_after * MINUTE + GRACE
    value = f"{device.pk}:{member.pk}"
    response.set_signed_cookie(
        COOKIE, value, salt=COOKIE_SALT, max_age=age, httponly=True, secure=True, samesite="Strict"
    )


def end(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, samesite="Strict")


def member_of(request: HttpRequest, device: Device) -> Member | None:
    """Whose turn it is on `device`; None when it has ended, or they serve no more."""
    age = device.vendor.lock_after * MINUTE + GRACE
    value = request.get_signed_cookie(COOKIE, default="", salt=COOKIE_SALT, max_age=age)
    of, _colon, who = value.partition(":")
    if of != str(device.pk):
        return None
    return Member.objects.serving().filter(vendor=device.vendor_id, pk=who).first()


def page_token(member: Member, device: Device | None) -> str:
    """What a page carries so that taps on it are credited to `member`."""
    said = [member.vendor_id, device.pk if device else None, member.pk, int(timezone.now().timestamp())]
    return signing.dumps(said, salt=PAGE_SALT)


def of_page(token: str) -> Turn | None:
    """What a page's token says, however old; None if this shop's computer did not sign it."""
    try:
        vendor, device, member, began = signing.loads(token, salt=PAGE_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Turn(vendor, device, member, dt.datetime.fromtimestamp(began, dt.UTC))
