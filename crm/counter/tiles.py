"""The tiles of a card: what one tap adds, in the words that stand on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from crm.lib import quantities
from customers.preferences.remembering import Memory, Suggestion
from customers.visits.basket import BasketForm, Entry
from vendors.models import Product


@dataclass(frozen=True)
class Tile:
    """One product on the card, with what is typed for it."""

    product: Product
    name: str
    quantity: Decimal
    """What the first tap adds; further ones add the product's step."""
    manner: str
    reason: str
    entry: Entry
    is_usual: bool
    """Whether it has a place among the tiles from the start; others wait to be looked for or filled in."""

    @property
    def says(self) -> str:
        return amount(self.quantity, self.product.unit)

    @property
    def usual(self) -> str:
        return quantities.plain(self.quantity)

    @property
    def step(self) -> str:
        return quantities.plain(self.product.step)


def amount(quantity: Decimal, unit: str) -> str:
    """A quantity with its unit as it is said: 500 g, 2 kg, and 6 alone for pieces."""
    number, said = quantities.spoken(quantity, unit)
    return number if said == Product.Unit.PIECE else f"{number} {Product.Unit(said).label}"


def tiles(memory: Memory, form: BasketForm, language: str, *, also: Iterable[Product] = ()) -> list[Tile]:
    """The usual first; then what is typed, what was taken last time and the products `also`, each once."""
    shown = {each.product.uid: _usual_tile(each, form, language) for each in memory.usual}
    last = [line.product for visit in memory.last_visits[:1] for line in visit.lines]
    for product in [*(entry.product for entry in form.entries.values()), *last, *also]:
        if product.uid not in shown:
            shown[product.uid] = plain_tile(product, language, form.entries.get(product.uid))
    return list(shown.values())


def plain_tile(product: Product, language: str, entry: Entry | None = None) -> Tile:
    """A product of which nothing is known for this person."""
    return Tile(product, product.name_in(language), product.step, "", "", entry or Entry(product), is_usual=False)


def _usual_tile(suggestion: Suggestion, form: BasketForm, language: str) -> Tile:
    product = suggestion.product
    return Tile(
        product,
        product.name_in(language),
        suggestion.quantity,
        suggestion.manner,
        _reason(suggestion),
        form.entries.get(product.uid) or Entry(product, manner=suggestion.manner),
        is_usual=True,
    )


def _reason(suggestion: Suggestion) -> str:
    if suggestion.times:
        return _("%(times)s of %(of)s visits") % {"times": suggestion.times, "of": suggestion.of}
    return _("likes it") if suggestion.liked else _("popular here")
