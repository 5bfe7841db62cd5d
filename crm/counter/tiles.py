"""The tiles of a card: what one tap adds, in the words that stand on it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.counter.wording import amount, unit_label
from crm.lib import quantities
from customers.preferences.evidence import Evidence
from customers.preferences.remembering import Memory
from customers.preferences.suggesting import Suggestion, Why
from customers.visits.basket import BasketForm, Entry
from vendors.models import Product

SHOWN = 12
"""Tiles in sight from the start: what a tablet shows without scrolling."""


@dataclass(frozen=True)
class Tile:
    """
    One product on the card, with what is typed for it.

    Flat and in words already: a card has a dozen or more, and templates are slow at following dots.
    """

    uid: UUID
    name: str
    picture: str
    unit: str
    unit_label: str
    says: str
    """The amount that the first tap adds, `usual` in words; further taps add `step`."""
    usual: str
    step: str
    remember: str
    """What the button to its likes is called."""
    entry: Entry
    manner: str = ""
    reason: str = ""
    warning: str = ""
    """What speaks against it today: not here, or not its season; and what they take instead."""
    chance: int = 0
    """Of a thousand such visits those that want it; 0 for what is not suggested."""
    find: str = ""
    """Words that find it on a page which is searched without the shop's computer."""
    is_usual: bool = False
    """Whether it has a place among the tiles from the start; others wait to be looked for or filled in."""

    @property
    def data(self) -> SafeString:
        """
        What the script knows of the tile, as attributes.

        Here and not in the template, which takes twice as long for it, thirty times on a card.
        """
        return format_html(
            ' data-uid="{}" data-name="{}" data-usual="{}" data-step="{}" data-unit="{}" data-label="{}"{}{}',
            *(self.uid, self.name, self.usual, self.step, self.unit, self.unit_label),
            format_html(' data-chance="{}"', self.chance) if self.chance else "",
            format_html(' data-find="{}"', self.find) if self.find else "",
        )


def tiles(memory: Memory, form: BasketForm, language: str, *, also: Iterable[Product] = ()) -> list[Tile]:
    """The usual first, `SHOWN` of them in sight; then what is typed, was taken last time or is in `also`; once each."""
    shown = {
        each.product.uid: _usual_tile(each, form, language, is_usual=place < SHOWN)
        for place, each in enumerate(memory.usual)
    }
    last = [line.product for visit in memory.last_visits[:1] for line in visit.lines]
    for product in [*(entry.product for entry in form.entries.values()), *last, *also]:
        if product.uid not in shown:
            shown[product.uid] = plain_tile(product, language, form.entries.get(product.uid))
    return list(shown.values())


def plain_tile(product: Product, language: str, entry: Entry | None = None) -> Tile:
    """A product of which nothing is known for this person."""
    name = product.name_in(language)
    return Tile(
        uid=product.uid,
        name=name,
        picture=product.picture,
        unit=product.unit,
        unit_label=unit_label(product.unit, language),
        says=amount(product.step, product.unit),
        usual=quantities.plain(product.step),
        step=quantities.plain(product.step),
        remember=_("Remember something about %(name)s") % {"name": name},
        entry=entry or Entry(product),
    )


def _usual_tile(suggestion: Suggestion, form: BasketForm, language: str, *, is_usual: bool) -> Tile:
    product, manner = suggestion.product, suggestion.manner
    return replace(
        plain_tile(product, language, form.entries.get(product.uid) or Entry(product, manner=manner)),
        says=amount(suggestion.quantity, product.unit),
        usual=quantities.plain(suggestion.quantity),
        manner=manner,
        reason=reason(suggestion),
        warning=_warning(suggestion, language),
        chance=round(1000 * suggestion.probability),
        is_usual=is_usual,
    )


def together(memory: Memory) -> str:
    """
    How the usual changes with what is in the basket: JSON `[[factor, ...], ...]` in percent.

    Row n has, for the n-th of `memory.usual`, its factor with each one before it: half of a table that is symmetrical.
    """
    products = [suggestion.product.pk for suggestion in memory.usual]
    factor = memory.together.factor
    rows = [[round(100 * factor(one, other)) for other in products[:place]] for place, one in enumerate(products)]
    return json.dumps(rows, separators=(",", ":"))


def reason(suggestion: Suggestion | Evidence) -> str:
    """Why a product is here, in the shop's words."""
    match suggestion.why:
        case Why.OWN:
            counts = {"times": suggestion.times, "of": suggestion.of}
            return _("%(times)s of the last %(of)s visits") % counts if suggestion.of > 1 else _("the last visit")
        case Why.LIKED:
            return _("likes it")
        case Why.SEASON:
            return _("in season, the shop sells much of it")
        case Why.NEW:
            return _("new here: popular today")
    return _("popular here")


def _warning(suggestion: Suggestion, language: str) -> str:
    if suggestion.is_missing and suggestion.instead:
        return _("not here today, else %(product)s") % {"product": suggestion.instead.product.name_in(language)}
    if suggestion.is_missing:
        return _("not here today")
    return "" if suggestion.in_season else _("out of season")
