"""The tablets of a shop: paired by a code, known by a cookie, unpaired in one tap."""

import datetime as dt
import hashlib

from django.http import HttpRequest
from django.utils import timezone

from vendors.models import Device, Member

COOKIE = "regulars-device"


def digest_of(secret: str) -> str:
    """What is kept of a token or a code, which both are long and random: nobody gets back from it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def device_of(request: HttpRequest, shop: str) -> Device | None:
    """The tablet of `shop` that asks, also one that is unpaired by now; None for any other browser."""
    token = request.COOKIES.get(COOKIE)
    if not token:
        return None
    return Device.objects.select_related("vendor").filter(token=digest_of(token), vendor__slug=shop).first()


def revoke(device: Device, by: Member | None) -> None:
    """Unpair: nothing that the tablet asks for is answered from the next request on. Once more changes nothing."""
    Device.objects.paired().filter(pk=device.pk).update(revoked_at=timezone.now(), revoked_by=by)


def seen(device: Device, unsent: int, unsent_since: dt.datetime | None) -> None:
    """Keep that the tablet is there, and what waits on it, as it tells."""
    Device.objects.filter(pk=device.pk).update(seen_at=timezone.now(), unsent=unsent, unsent_since=unsent_since)
