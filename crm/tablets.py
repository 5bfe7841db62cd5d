"""Letting tablets in over https: what is made ready before the server starts."""

from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from crm import serving
from crm.certificates import keep, make_ready, spoken_for
from crm.front_door import AUTHORITY, PAGE, WAY_ON
from crm.lib import network
from vendors.models import Vendor


class Way(NamedTuple):
    """Two addresses: of the page that helps a tablet to trust the shop, and of the shop."""

    page: str
    shop: str


def prepare(host: str, port: int, https_port: int, *, tell: Callable[[str], None]) -> Way:
    """
    Make certificates and front door ready for a server on `host`; how a tablet comes in.

    Raises CertificateError when there is nothing to serve https with.
    """
    certified = make_ready(settings.TLS_DIR, _called(host), now=timezone.now(), tell=tell)
    others = network.addresses() if host in serving.EVERY_INTERFACE else [host]
    best = next(name for name in [*others, network.local_name(), *certified] if name in certified)
    way = Way(f"http://{network.in_url(best)}:{port}/", f"https://{network.in_url(best)}:{https_port}/")
    shop = Vendor.objects.order_by("pk").last()
    with translation.override(shop.language if shop else settings.LANGUAGE_CODE):
        page = render_to_string("front_door.html", {"shop": way.shop, "authority": AUTHORITY, "on": WAY_ON})
    with spoken_for(settings.TLS_DIR):
        keep(settings.TLS_DIR / PAGE, page.encode())
    return way


def _called(host: str) -> list[str]:
    """The names of a server on `host`, as far as a certificate can have them."""
    plain = [name for name in serving.allowed_hosts(host) if name.isascii() and not name.startswith((".", "*"))]
    return [name.strip("[]") for name in plain]
