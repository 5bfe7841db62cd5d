"""The tablets of a shop: paired by a code, known by a cookie, unpaired in one tap."""

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from vendors.models import Device, Member, Pairing, Vendor

COOKIE = "regulars-device"
COOKIE_AGE = dt.timedelta(days=3653)
"""Browsers keep a cookie for 400 days at most: it is set anew as the tablet is used (see `vendors.access`)."""
PROBE = "regulars-keeps-cookies"
"""A cookie of the same kind, by which a browser shows that it will keep that of a tablet."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The 32 signs of Crockford: eight of them are 40 bits, and none looks like another."""
LENGTH = 8
LOOK_ALIKES = str.maketrans("OIL", "011", "- ")
CODE_SALT = "vendors.pairing.code"
GOOD_FOR = dt.timedelta(minutes=10)
MOST_WRONG = 20
"""Wrong codes of a shop that close those which are good: nobody gets further by guessing than 20 in 2 ** 40."""
RARELY = dt.timedelta(minutes=1)
""""Seen" is written no oftener while there is no news."""


class CodeRefused(Exception):
    """The tablet is not paired; the text says why and what to do."""


def digest_of(secret: str) -> str:
    """What is kept of a token, which is long and random: nobody gets back from it."""
    return hashlib.sha256(secret.encode()).hexdigest()


# --- the code


def invite(*, vendor: Vendor, device_name: str, by: Member | None) -> tuple[Pairing, str]:
    """A new code for one tablet, once and soon; as people read it, XXXX-XXXX. Nobody can show it again."""
    code = "".join(secrets.choice(ALPHABET) for _sign in range(LENGTH))
    pairing = Pairing.objects.create(
        vendor=vendor, device_name=device_name, code=_code_digest(code), made_by=by, ends_at=timezone.now() + GOOD_FOR
    )
    return pairing, f"{code[:4]}-{code[4:]}"


def read_code(typed: str) -> str | None:
    """The code in what a person typed, in small letters, with O for 0 or I for 1; None if there is none in it."""
    code = typed.upper().translate(LOOK_ALIKES)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def is_code_of(pairing: Pairing, typed: str) -> bool:
    code = read_code(typed)
    return code is not None and _code_digest(code) == pairing.code


def refusal(pairing: Pairing) -> str:
    """Why a tablet cannot be paired with this code any more, in words; empty while it can."""
    if pairing.device_id:
        return _("This code was used already: each is good for one tablet.")
    if pairing.wrong >= MOST_WRONG:
        return _("Wrong codes were typed too often meanwhile, so this code is closed. Nothing was let in.")
    if pairing.ends_at <= timezone.now():
        return _("This code is too old: it is good for ten minutes.")
    return ""


def _code_digest(code: str) -> str:
    return salted_hmac(CODE_SALT, code, algorithm="sha256").hexdigest()


# --- the tablet


def pair(*, shop: str, code: str, before: Device | None = None) -> tuple[Device, str]:
    """
    Use up a `code` (as `read_code` gives it) of the shop of this address: the tablet, and the token it keeps.

    `before` is what the same browser was paired as until now. Raises `CodeRefused`; who does not know a code of the
    shop gets the same words as for a shop that does not exist.
    """
    with transaction.atomic():
        asked = Pairing.objects.select_for_update(of=["self"]).select_related("vendor").filter(vendor__slug=shop)
        pairing = asked.filter(code=_code_digest(code)).first()
        if pairing is None:
            _count_wrong(shop)
            why = _("This code is wrong. Compare it with the one that the owner sees, sign by sign.")
        elif not (why := refusal(pairing)):
            return _make_device(pairing, before)
    raise CodeRefused(why)


def _count_wrong(shop: str) -> None:
    good = Pairing.objects.filter(vendor__slug=shop, device=None, ends_at__gt=timezone.now(), wrong__lt=MOST_WRONG)
    good.update(wrong=F("wrong") + 1)


def _make_device(pairing: Pairing, before: Device | None) -> tuple[Device, str]:
    now, token = timezone.now(), secrets.token_urlsafe(32)
    device = Device.objects.create(
        vendor=pairing.vendor,
        name=pairing.device_name,
        token=digest_of(token),
        paired_at=now,
        paired_by=pairing.made_by,
        seen_at=now,
    )
    pairing.device = device
    pairing.save(update_fields=["device"])
    if before and before.vendor_id == device.vendor_id:
        revoke(before, by=pairing.made_by)
        # What waits on the tablet is told by its new row from now on.
        Device.objects.filter(pk=before.pk).update(unsent=0, unsent_since=None)
    return device, token


def revoke(device: Device, by: Member | None) -> None:
    """Unpair: nothing that the tablet asks for is answered from the next request on. Once more changes nothing."""
    Device.objects.paired().filter(pk=device.pk).update(revoked_at=timezone.now(), revoked_by=by)


def seen(device: Device, unsent: int, unsent_since: dt.datetime | None) -> None:
    """Keep that the tablet is there and what waits on it, as it tells; without news not more than once a minute."""
    now = timezone.now()
    if unsent != device.unsent or device.seen_at is None or now - device.seen_at >= RARELY:
        Device.objects.filter(pk=device.pk).update(seen_at=now, unsent=unsent, unsent_since=unsent_since)


# --- the cookie


def remember(response: HttpResponse, token: str) -> None:
    """Let the browser be the tablet of this token."""
    _set_cookie(response, COOKIE, token, COOKIE_AGE)


def try_cookies(response: HttpResponse) -> None:
    """Find out whether the browser keeps a tablet's cookie, before a code is used up for one that does not."""
    _set_cookie(response, PROBE, "yes", dt.timedelta(days=1))


def keeps_cookies(request: HttpRequest) -> bool:
    return PROBE in request.COOKIES


def _set_cookie(response: HttpResponse, name: str, value: str, age: dt.timedelta) -> None:
    response.set_cookie(name, value, max_age=age, httponly=True, secure=True, samesite="Strict")


def device_of(request: HttpRequest, shop: str | None = None) -> Device | None:
    """The tablet (of `shop`) that asks, also one that is unpaired by now; None for any other browser."""
    token = request.COOKIES.get(COOKIE)
    if not token:
        return None
    devices = Device.objects.select_related("vendor").filter(token=digest_of(token))
    return (devices if shop is None else devices.filter(vendor__slug=shop)).first()
