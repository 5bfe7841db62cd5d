"""
Blank pages, from which a tablet makes those of a person when the shop's computer does not answer.

A blank page is made for nobody, by the templates of the real one. The worker keeps it and puts the uids of the address
in the place of those below; `offline.js` fills in what the tablet knows. Nothing about a person is in it, so it may be
kept by a tablet on which nobody serves.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
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
from customers.promises.open_things import OpenPromise
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
PROMISE = "44444444-4444-4444-4444-444444444444"
"""Stands for each promise that the copy has."""
VISIT = "33333333-3333-3333-3333-333333333333"
"""Stands for the visit that the address names."""
KNOWS_NOTHING = {"seen": ""}
"""How much a page says that it knows of what was told of a person before."""


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
    return {"form": form, "together": "[]", "same": "[]", "goods": _goods(request), "owed": [_owed()]}


def _owed() -> OpenPromise:
    """What the row of a promise is made from, once it is known what was promised."""
    return OpenPromise(UUID(PROMISE), Promise.Side.OURS, "", None, timezone.now(), False, 0, ())


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
    return {"adding": PreferenceForm(vendor=request.vendor), **KNOWS_NOTHING}


def _about_product(request: ShopRequest) -> dict[str, Any]:
    name = format_html("<span data-person>{}</span>", _("this person"))
    person = Customer(vendor=request.vendor, uid=NOBODY, name=name)
    product = Product(vendor=request.vendor, uid=THING)
    said = {"name": _name_of_thing(_("Product")), "manners": manners_often_said()}
    return {"customer": person, "product": product, **said, **KNOWS_NOTHING}


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
        "seen": "",  # which changes the page knows of, it does not say
        "messages": (),  # are for the next page that somebody sees
    }
    return render(request, found.template, context | found.context(request))
