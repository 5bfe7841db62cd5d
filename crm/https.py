"""The page of set-up that shows how a tablet comes to the shop over https."""

import hashlib
import ssl

from django.conf import settings
from django.contrib import admin
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.front_door import AUTHORITY
from crm.lib import network, qr
from vendors.administration import SetUpRequest


@require_safe
def https(request: SetUpRequest) -> HttpResponse:
    """The address of the front door to point a camera at; where there is none, how to start with it."""
    context = {**admin.site.each_context(request), "title": _("Tablets over https")}
    if settings.FRONT_DOOR:
        page = f"http://{network.host_for_tablets(request)}:{settings.FRONT_DOOR}/"
        context |= {"page": page, "code": qr.svg(page), "fingerprint": fingerprint()}
    return TemplateResponse(request, "admin/https.html", context)


def fingerprint() -> str:
    """Of the shop's certificate authority, as tablets show it: SHA-256 in pairs of digits."""
    authority = (settings.TLS_DIR / AUTHORITY).read_text()
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(authority)).digest().hex(":").upper()
