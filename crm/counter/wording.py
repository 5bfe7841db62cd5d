"""Amounts and lines of a visit in the shop's words and language."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.lib import quantities
from customers.visits.models import VisitLine
from vendors.models import Product


class LineOfVisit(Protocol):
    """What `VisitLine` and a remembered line of a visit have in common."""

    product: Product
    quantity: Decimal
    unit: str
    outcome: str
    manner: str


def amount(quantity: Decimal, unit: str) -> str:
    """A quantity with its unit as it is said: 500 g, 2 kg, and 6 alone for pieces."""
    number, said_unit = quantities.spoken(quantity, unit)
    return number if said_unit == Product.Unit.PIECE else f"{number} {unit_label(said_unit, get_language())}"


@lru_cache(maxsize=64)
def unit_label(unit: str, language: str) -> str:  # noqa: ARG001 - the language is the key under which it is kept
    """The name of `unit` in `language`, which is the active one. Kept, because a card says some hundred of them."""
    return str(Product.Unit(unit).label)


def named(product: Product) -> str:
    """The product's name in the language of the page."""
    return product.name_in(get_language() or "")


def said(line: LineOfVisit) -> str:
    """A line of a visit: "Onion 2 kg", "Banana 6 half ripe", "Mango: not here"."""
    name = named(line.product)
    if line.outcome == VisitLine.Outcome.NOT_IN_STOCK:
        return _("%(product)s: not here") % {"product": name}
    words = [name, amount(line.quantity, line.unit), line.manner]
    if line.outcome != VisitLine.Outcome.TAKEN:
        words.append(f"({VisitLine.Outcome(line.outcome).label})")
    return " ".join(word for word in words if word)


def sentence(lines: Iterable[LineOfVisit]) -> str:
    """All lines of a visit, or that there were none."""
    return ", ".join(said(line) for line in lines) or _("came, took nothing")
