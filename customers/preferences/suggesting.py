"""The tiles of a card, put together from what was ranked, what was told and what the shop has today."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from customers.preferences.models import Preference
from customers.preferences.noticing import AGAINST
from customers.preferences.substitutes import Substitute
from customers.preferences.tasting import Today
from customers.preferences.usual import Usual
from vendors.models import Product

RISING = 1.25
"""How much more of a product the shop must sell than it used to, to say that this is why it is here."""


class Why(StrEnum):
    """What a product of the usual is here for."""

    OWN = "own"
    LIKED = "liked"
    SEASON = "season"
    NEW = "new"
    POPULAR = "popular"


@dataclass(frozen=True)
class Instead:
    """What this person takes when something is not there: in `times` of `of` such visits."""

    product: Product
    times: int
    of: int


@dataclass(frozen=True)
class Suggestion:
    """
    One tile: wanted with `probability` (0 to 1) in a visit now, and in `times` of the last `of` visits.

    `in_season` is what the shop says of the product, `is_missing` that the last who asked for it today got none.
    """

    product: Product
    probability: float
    quantity: Decimal
    manner: str
    why: Why
    times: int
    of: int
    in_season: bool
    is_missing: bool
    instead: Instead | None


def liked_of(standing: Iterable[Preference]) -> set[int]:
    """The products (ids) that they said they like."""
    return {each.product_id for each in standing if each.kind == Preference.Kind.LIKES and each.product_id is not None}


def against_of(standing: Iterable[Preference]) -> set[int | None]:
    """The products (ids) that they must or would rather not be given; None stands for what is said of no product."""
    return {preference.product_id for preference in standing if preference.kind in AGAINST}


class Suggesting:
    """Puts the ranked products and what is known of each together into tiles."""

    def __init__(
        self,
        products: Mapping[int, Product],
        standing: Collection[Preference],
        today: Today,
        instead: Mapping[int, Substitute],
        month: int,
    ) -> None:
        self.products, self.today, self.instead, self.month = products, today, instead, month
        self.manners, self.liked = _manners(standing), liked_of(standing)

    def of(self, ranked: Iterable[Usual]) -> list[Suggestion]:
        return [self._suggestion(usual, self.products[usual.product]) for usual in ranked]

    def _suggestion(self, usual: Usual, product: Product) -> Suggestion:
        return Suggestion(
            product=product,
            probability=usual.probability,
            quantity=_quantity(usual, product),
            manner=self.manners.get(product.pk, usual.manner),
            why=why_of(usual, is_liked=usual.product in self.liked),
            times=usual.times,
            of=usual.of,
            in_season=product.in_season(self.month),
            is_missing=product.pk in self.today.missing,
            instead=self._instead(product),
        )

    def _instead(self, product: Product) -> Instead | None:
        found = self.instead.get(product.pk)
        return found and Instead(self.products[found.product], found.times, found.of)


def why_of(usual: Usual, *, is_liked: bool) -> Why:
    """What the product is here for. A told like says so where nothing was counted yet."""
    if usual.times:
        return Why.OWN
    if is_liked:
        return Why.LIKED
    if usual.season >= RISING:
        return Why.SEASON
    return Why.POPULAR if usual.of else Why.NEW


def _quantity(usual: Usual, product: Product) -> Decimal:
    """What they usually take; the product's step when they never did, or when it is sold in another unit now."""
    return usual.quantity if usual.quantity and usual.unit == product.unit else product.step


def _manners(standing: Collection[Preference]) -> dict[int, str]:
    """The manner to serve each product in: what was told beats what was seen, and the newest of them counts."""
    manners = [preference for preference in standing if preference.kind == Preference.Kind.MANNER]
    manners.sort(key=lambda preference: (preference.basis == Preference.Basis.TOLD, preference.at))
    return {preference.product_id: preference.text for preference in manners}
