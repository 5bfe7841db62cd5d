"""Links that open a call or a ready message on the tablet. What is opened may be sent or not: nobody here knows."""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote

from customers.models import ContactPoint

PHONE, WHATSAPP = ContactPoint.Kind.PHONE, ContactPoint.Kind.WHATSAPP


class Way(NamedTuple):
    """One number with the addresses of its links; a number for WhatsApp alone has no `call` and no `sms`."""

    text: str
    whatsapp: str
    sms: str
    call: str


def ways(points: Iterable[ContactPoint], message: str) -> list[Way]:
    """How to reach somebody with `message`: each number once, however often it is written down."""
    of_number: dict[str, list[ContactPoint]] = {}
    for point in points:
        if point.kind in (PHONE, WHATSAPP) and point.number:
            of_number.setdefault(point.number, []).append(point)
    return [_way(number, found, quote(message, safe="")) for number, found in of_number.items()]


def _way(number: str, points: list[ContactPoint], body: str) -> Way:
    is_phone = any(point.kind == PHONE for point in points)
    return Way(
        text=points[0].text,
        whatsapp=f"https://wa.me/{number.removeprefix('+')}?text={body}",
        # RFC 5724 has no "&" here. Android reads it with and without, but iOS knows "&body" alone.
        sms=f"sms:{number}?&body={body}" if is_phone else "",
        call=f"tel:{number}" if is_phone else "",
    )
