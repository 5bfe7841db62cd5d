"""The tablets of a shop: paired by a code, known by a cookie, unpaired in one tap."""

import hashlib

from django.http import HttpRequest

from vendors.models import Device

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
