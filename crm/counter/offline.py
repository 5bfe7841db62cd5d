"""What makes the counter an app that goes on without a connection: its worker and its manifest."""

import hashlib
import json
from functools import cache

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from crm.counter.blanks import BLANKS, FRESH, NOBODY, THING, VISIT
from vendors.access import ShopRequest, device
from vendors.models import Member, Product, Vendor

GROUND = "#faf6ee"
STATIC = ("crm/regulars.css", "crm/icon.svg", "crm/goods.svg", "django_htmx/htmx-2.min.js")
STATIC += tuple(f"crm/{script}.js" for script in ("counter", "queue", "tablet", "offline", "lock", "waiting"))
"""All that the pages ask for."""
GOODS = ("uid", "name", "name_hi", "name_mr", "unit", "step", "picture")


@require_safe
@device
def worker(request: ShopRequest) -> HttpResponse:
    """
    What the worker has to know of this shop, and then the worker.

    A browser looks for a new one whenever a page is loaded. A new one keeps all pages and files anew, and drops those
    of the last one when it has them: they always fit together.
    """
    shop = request.vendor.slug
    blanks = {name: reverse("counter:blank", args=[shop, name]) for name in BLANKS}
    find = reverse("counter:find", args=[shop])
    said = {
        **{"CUSTOMER": NOBODY, "FRESH": FRESH, "THING": THING, "VISIT": VISIT},
        "SHOP": find,
        "ZONE": request.vendor.time_zone,
        "VERSION": f"{find} {_version(request.vendor)}",
        "FILES": [*map(static, STATIC), *blanks.values()],
        "PAGES": _places(shop, blanks, are_fragments=False) | {"away": blanks["away"]},
        "SHEETS": _places(shop, blanks, are_fragments=True)
        | {"away": blanks["not-here"], _any(reverse("counter:products", args=[shop, NOBODY])): blanks["card"]},
        "QUEUE": static("crm/queue.js"),
        "COPY": static("crm/offline.js"),
    }
    lines = [f"const {name} = {json.dumps(value)};" for name, value in said.items()]
    script = "\n".join([*lines, f"importScripts({json.dumps(static('crm/worker.js'))});\n"])
    etag = f'"{_digest(script.encode())}"'
    headers = {"Cache-Control": "no-cache, private", "ETag": etag}
    response = HttpResponse(script, content_type="text/javascript", headers=headers)
    return get_conditional_response(request, etag=etag, response=response)


def _places(shop: str, blanks: dict[str, str], *, are_fragments: bool) -> dict[str, str]:
    """The address of each blank page by the place where it stands, with a star for each uid."""
    return {
        _any(blank.address(shop)): blanks[name] for name, blank in BLANKS.items() if blank.is_fragment == are_fragments
    }


def _any(address: str) -> str:
    return address.replace(NOBODY, "*").replace(THING, "*")


def _version(vendor: Vendor) -> str:
    """Another one each day, and when anything has changed that the blank pages say."""
    sold = Product.objects.sold().filter(vendor=vendor).values_list(*GOODS)
    people = Member.objects.serving().filter(vendor=vendor).values_list("uid", "name")
    said = [_files() if settings.DEBUG else _files_at_start(), vendor.name, vendor.language, vendor.today()]
    return _digest(repr([*said, *sold, *people]).encode())


def _files() -> str:
    folders = {"templates": "*.html", "crm/static/crm": "*.*", "crm/locale": "*.mo"}
    files = [file for folder, named in folders.items() for file in sorted((settings.BASE_DIR / folder).rglob(named))]
    return _digest(b"".join(file.read_bytes() for file in files))


_files_at_start = cache(_files)


def _digest(said: bytes) -> str:
    return hashlib.sha256(said).hexdigest()[:12]


@require_safe
@device
def manifest(request: ShopRequest) -> HttpResponse:
    """What makes the counter an app on the tablet's home screen."""
    counter = reverse("counter:find", args=[request.vendor.slug])
    drawn = {"src": static("crm/icon.svg"), "type": "image/svg+xml", "sizes": "any"}
    icons = [
        {
            "src": static(f"crm/icon-{size}.png"),
            "type": "image/png",
            "sizes": f"{size}x{size}",
            "purpose": "any maskable",
        }
        for size in (192, 512)
    ]
    said = {
        **{"name": request.vendor.name, "short_name": request.vendor.name, "lang": get_language()},
        **{"id": counter, "start_url": counter, "scope": counter, "display": "standalone"},
        **{"background_color": GROUND, "theme_color": GROUND, "icons": [drawn, *icons]},
    }
    headers = {"Cache-Control": "no-cache, private"}
    return JsonResponse(said, content_type="application/manifest+json", headers=headers)
