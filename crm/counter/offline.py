"""
What lets a tablet go on without a connection: its worker, the manifest, and blank pages.

A blank page is made for nobody, by the templates of the real one. The worker keeps it and answers with it when the
shop's computer does not: then the uids below are replaced by those of the address, and `offline.js` fills in what the
tablet knows. Nothing about a person is in it, so it may be kept by a tablet on which nobody serves.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.counter.due_words import Due, due_choices_of_any_day
from crm.counter.liking import manners_often_said
from crm.counter.promising import Row, outcomes
from crm.counter.tiles import Tile, plain_tile
from crm.lib.sounds import words
from customers.forms import NewCustomerForm
from customers.models import Customer
from customers.preferences.forms import PreferenceForm
from customers.promises.asking import WishForm
from customers.promises.forms import PromiseForm
from customers.promises.models import Promise
from customers.promises.problem_forms import PersonsProblemForm
from customers.promises.serving_form import ServingForm
from customers.visits.models import Visit
from vendors.access import ShopRequest, device
from vendors.asking_who import Person, people_of
from vendors.models import Product

NOBODY = "00000000-0000-0000-0000-000000000000"
"""Stands for the customer."""
FRESH = "11111111-1111-1111-1111-111111111111"
"""Stands for a uid that was never used, each time for another."""
THING = "22222222-2222-2222-2222-222222222222"
"""Stands for the product or promise that the address names."""
VISIT = "33333333-3333-3333-3333-333333333333"
"""Stands for the visit that the address names."""
GROUND, GREEN = "#faf6ee", "#1f5c3d"
WORKER = settings.BASE_DIR / "crm" / "static" / "crm" / "worker.js"


class Blank(NamedTuple):
    """A blank page, or a fragment as htmx gets it, and the view (with its arguments) in whose place it stands."""

    template: str
    context: Callable[[ShopRequest], dict[str, Any]]
    view: str
    args: tuple[str, ...] = ()
    query: str = ""
    is_fragment: bool = True

    def address(self, shop: str) -> str:
        return reverse(f"counter:{self.view}", args=[shop, *self.args]) + self.query


def _page(template: str, context: Callable[[ShopRequest], dict[str, Any]], view: str, *args: str) -> Blank:
    return Blank(template, context, view, args, is_fragment=False)


def _nothing(_request: ShopRequest) -> dict[str, Any]:
    return {}


def _card(request: ShopRequest) -> dict[str, Any]:
    form = ServingForm(vendor=request.vendor, initial={"uid": FRESH})
    return {"form": form, "together": "[]", "same": "[]", "goods": _goods(request)}


def _goods(request: ShopRequest) -> list[Tile]:
    """All that the shop sells, with the words that find it."""
    sold = Product.objects.sold().filter(vendor=request.vendor)
    return [replace(plain_tile(product, request.vendor.language), find=_find_by(product)) for product in sold]


def _find_by(product: Product) -> str:
    names = f"{product.name} {product.name_hi} {product.name_mr}"
    return " ".join(dict.fromkeys([*names.casefold().split(), *words(names)]))


def _who(request: ShopRequest) -> dict[str, Any]:
    """Everybody, as a name is only said there, and nothing is checked."""
    return {"people": [Person(person.member, "") for person in people_of(request)]}


def _new_customer(_request: ShopRequest) -> dict[str, Any]:
    return {"form": NewCustomerForm(initial={"uid": FRESH})}


def _likes(request: ShopRequest) -> dict[str, Any]:
    return {"adding": PreferenceForm(vendor=request.vendor)}


def _about_product(request: ShopRequest) -> dict[str, Any]:
    name = format_html("<span data-person>{}</span>", _("this person"))
    person = Customer(vendor=request.vendor, uid=NOBODY, name=name)
    product = Product(vendor=request.vendor, uid=THING)
    said = {"name": _name_of_thing(_("Product")), "manners": manners_often_said()}
    return {"customer": person, "product": product, **said}


def _name_of_thing(else_said: str) -> SafeString:
    """Where the page puts the name of the product, if there is one."""
    return format_html('<span data-product="{}">{}</span>', THING, else_said)


def _ask(request: ShopRequest) -> dict[str, Any]:
    return {"form": WishForm(vendor=request.vendor, initial={"uid": FRESH})}


def _promises(request: ShopRequest) -> dict[str, Any]:
    form = PromiseForm(vendor=request.vendor, initial={"uid": FRESH})
    return {"form": form, "due_choices": due_choices_of_any_day()}


def _promise(request: ShopRequest) -> dict[str, Any]:
    what = format_html('<span data-promise="{}">{}</span>', THING, _("Promise"))
    promise = Promise(vendor=request.vendor, uid=THING)
    return {"row": Row(promise, what, Due("", "", ""), ""), "outcomes": outcomes()}


def _new_problem(request: ShopRequest) -> dict[str, Any]:
    about = {"uid": FRESH, "visit": VISIT, "product": THING}
    form = PersonsProblemForm(vendor=request.vendor, visits=Visit.objects.none(), initial=about)
    return {"form": form, "title": _name_of_thing(_("Today"))}


BLANKS = {
    "find": _page("counter/find.html", _nothing, "find"),
    "card": _page("counter/card.html", _card, "card", NOBODY),
    "who": _page("counter/who.html", _who, "who"),
    "tablet": _page("counter/tablet.html", _nothing, "tablet"),
    "new": _page("counter/new_customer.html", _new_customer, "new_customer"),
    "away": _page("counter/away.html", _nothing, "blank", "away"),
    "likes": Blank("counter/_likes.html", _likes, "likes", (NOBODY,), "?add=1"),
    "about": Blank("counter/_about_product.html", _about_product, "about_product", (NOBODY, THING)),
    "ask": Blank("counter/_ask.html", _ask, "ask", (NOBODY,)),
    "promises": Blank("counter/_promises.html", _promises, "promises", (NOBODY,)),
    "promise": Blank("counter/_promise.html", _promise, "promise", (NOBODY, THING)),
    "problem": Blank("counter/_new_problem.html", _new_problem, "new_problem", (NOBODY,)),
    "not-here": Blank("counter/_away.html", _nothing, "blank", ("not-here",)),
}
"""By name; instead of all others "away", and in the sheet "not-here", say that it needs the shop's computer."""
STATIC = ("crm/regulars.css", "crm/icon.svg", "crm/goods.svg", "django_htmx/htmx-2.min.js")
STATIC += tuple(f"crm/{script}.js" for script in ("counter", "queue", "tablet", "offline", "lock"))
"""All that the pages ask for."""


@require_safe
@device
def blank(request: ShopRequest, name: str) -> HttpResponse:
    """The page of this name, made for nobody by nobody."""
    found = BLANKS.get(name)
    if found is None:
        raise Http404
    request.member, request.decides, request.htmx = None, False, found.is_fragment
    nobody = Customer(vendor=request.vendor, uid=NOBODY)
    context = {
        "blank": name,
        "customer": nobody,
        "new_uid": FRESH,
        "messages": (),  # are for the next page that somebody sees
        "csrf_token": "NOTPROVIDED",  # would be an old one when it is sent: the queue asks for a new one
    }
    return render(request, found.template, context | found.context(request))


@require_safe
@device
def worker(request: ShopRequest) -> HttpResponse:
    """
    The worker, after what it has to know of this shop.

    A browser looks for a new one whenever a page is loaded. There is one each day, and when a page has changed: it
    keeps all its pages and files anew, and so they always fit together.
    """
    shop = request.vendor.slug
    blanks = {name: reverse("counter:blank", args=[shop, name]) for name in BLANKS}
    find = reverse("counter:find", args=[shop])
    said = {
        **{"CUSTOMER": NOBODY, "FRESH": FRESH, "THING": THING, "VISIT": VISIT},
        "SHOP": find,
        "VERSION": f"{find} {request.vendor.today()} {_version()}",
        "FILES": [*map(static, STATIC), *blanks.values()],
        "PAGES": _places(shop, blanks, are_fragments=False) | {"away": blanks["away"]},
        "SHEETS": _places(shop, blanks, are_fragments=True)
        | {"away": blanks["not-here"], _any(reverse("counter:products", args=[shop, NOBODY])): blanks["card"]},
        "QUEUE": static("crm/queue.js"),
    }
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in said.items())
    script = head + WORKER.read_text(encoding="utf-8")
    return HttpResponse(script, content_type="text/javascript", headers={"Cache-Control": "no-cache, private"})


def _places(shop: str, blanks: dict[str, str], *, are_fragments: bool) -> dict[str, str]:
    """The address of each blank page by the place where it stands, with a star for each uid."""
    return {
        _any(blank.address(shop)): blanks[name] for name, blank in BLANKS.items() if blank.is_fragment == are_fragments
    }


def _any(address: str) -> str:
    return address.replace(NOBODY, "*").replace(THING, "*")


def _version() -> str:
    """Another one when anything has changed that the blank pages are made of."""
    return _digest() if settings.DEBUG else _digest_at_start()


def _digest() -> str:
    folders = {"templates": "*.html", "crm/static/crm": "*.*", "crm/locale": "*.mo"}
    files = [file for folder, named in folders.items() for file in sorted((settings.BASE_DIR / folder).rglob(named))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


_digest_at_start = cache(_digest)


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
