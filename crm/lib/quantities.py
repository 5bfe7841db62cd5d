"""Quantities as people type and read them."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

SMALLER = {"kg": ("g", 1000), "l": ("ml", 1000)}
"""The unit in which less than one of a unit is said, and how many of it make one."""

MADE_OF = {**SMALLER, "dozen": ("piece", 12)}
"""Of which other unit, and how many of it, one of a unit is made."""

_DECIMAL_COMMA = re.compile(r"^(\d+),(\d{1,2})$")


class NotAQuantity(ValueError):
    """The text is no number, or one that can be read in two ways, such as 1,500."""


def read(text: str) -> Decimal:
    """The number that `text` says, in any script's digits; a comma before one or two digits is a decimal point."""
    plain = _DECIMAL_COMMA.sub(r"\1.\2", unicodedata.normalize("NFKC", text).strip())
    try:
        value = Decimal(plain)
    except InvalidOperation as error:
        raise NotAQuantity(text) from error
    if not value.is_finite():
        raise NotAQuantity(text)
    return value


def plain(quantity: Decimal) -> str:
    """`quantity` in its shortest form: 2, 0.5."""
    return f"{quantity.normalize():f}"


def spoken(quantity: Decimal, unit: str) -> tuple[str, str]:
    """Number and unit as a shopkeeper says them: ("500", "g") for half a kg, ("2", "kg")."""
    if unit in SMALLER and quantity < 1:
        smaller, many = SMALLER[unit]
        return plain(quantity * many), smaller
    return plain(quantity), unit


def in_unit(quantity: Decimal, unit: str, wanted: str) -> Decimal | None:
    """`quantity` of a `unit` in the `wanted` one, in thousandths: 0.5 kg for 500 g, and None for 2 bunches in kg."""
    if unit == wanted:
        return quantity
    smaller, many = MADE_OF.get(unit, ("", 1))
    if smaller == wanted:
        return quantity * many
    smaller, many = MADE_OF.get(wanted, ("", 1))
    return round(quantity / many, 3) if smaller == unit else None
