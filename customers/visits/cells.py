"""What the cells of a table of visits say (docs/importing.md): quantities, times, units and outcomes."""

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from crm.lib import quantities
from customers.importing import BadCell, short_enough
from customers.visits.models import VisitLine
from vendors.models import Product

NOON = dt.time(12)
MOST = Decimal("99999.999")  # what the column holds
OLDEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)

UNITS = {
    spelling: unit
    for unit, spellings in {
        Product.Unit.KG: "kg kgs kilo kilos kilogram kilograms",
        Product.Unit.G: "g gm gms gram grams",
        Product.Unit.PIECE: "piece pieces pc pcs no nos",
        Product.Unit.DOZEN: "dozen dozens doz dz",
        Product.Unit.BUNCH: "bunch bunches",
        Product.Unit.PACKET: "packet packets pkt pkts",
        Product.Unit.LITRE: "l litre litres liter liters ltr ltrs",
        Product.Unit.ML: "ml",
    }.items()
    for spelling in spellings.split()
}
OUTCOMES = {
    "": VisitLine.Outcome.TAKEN,
    "taken": VisitLine.Outcome.TAKEN,
    "replaced": VisitLine.Outcome.REPLACED,
    "not in stock": VisitLine.Outcome.NOT_IN_STOCK,
    "out of stock": VisitLine.Outcome.NOT_IN_STOCK,
    "refused": VisitLine.Outcome.REFUSED,
}


class SaidLine(NamedTuple):
    """What one row says of a product: its name, and the same without regard to case; no `unit` means the product's."""

    product: str
    name: str
    quantity: Decimal
    unit: str
    outcome: str


def parse_quantity(text: str) -> Decimal:
    """A quantity that a line can hold, as `quantities.read` reads it; ValueError gives the reason."""
    try:
        quantity = quantities.read(text)
    except quantities.NotAQuantity as error:
        raise ValueError(_("“%(text)s” is not a quantity. Write it like 2 or 0.5.") % {"text": text[:40]}) from error
    if not 0 < quantity <= MOST:
        raise ValueError(_("must be more than 0 and at most %(most)s") % {"most": MOST})
    if quantity != round(quantity, 3):
        raise ValueError(_("has more than three decimals"))
    return quantity


def parse_time(text: str, zone: ZoneInfo) -> dt.datetime:
    """An ISO 8601 time in UTC; ValueError gives the reason.

    Without an offset it is a time of `zone`: one that the clock showed twice is the first of the two, one that it
    skipped is read with the offset before the skip. A date alone is its noon.
    """
    try:
        moment = dt.datetime.fromisoformat(text)
        if len(text) <= len("2026-11-21"):  # no form of a time with a date is as short
            moment = dt.datetime.combine(moment, NOON)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        reason = _("“%(text)s” is not a time. Write it like 2026-11-21 18:30.") % {"text": text[:40]}
        raise ValueError(reason) from error
    if moment < OLDEST:
        raise ValueError(_("is too long ago"))
    return moment


@lru_cache(maxsize=10_000)  # a shop says the same few thousand things again and again
def parse_line(product: str, quantity: str, unit: str, outcome: str) -> SaidLine:
    """The cells of one product of a visit, or BadCell."""
    name = " ".join(product.split())
    if not name:
        raise BadCell("product", _("is empty"))
    try:
        amount = parse_quantity(quantity)
    except ValueError as error:
        raise BadCell("quantity", str(error)) from error
    return SaidLine(
        short_enough(name, "product", Product._meta.get_field("name").max_length),
        folded(name),
        amount,
        _word(unit, "unit", {"": "", **UNITS}),
        _word(outcome, "outcome", OUTCOMES),
    )


def _word(text: str, column: str, words: dict[str, str]) -> str:
    folded = " ".join(text.casefold().replace("-", " ").replace("_", " ").rstrip(".").split())
    if folded not in words:
        raise BadCell(column, _("“%(text)s” is not one of: %(words)s") % {"text": text[:40], "words": _listed(words)})
    return str(words[folded])


def _listed(words: dict[str, str]) -> str:
    return ", ".join(dict.fromkeys(value.replace("-", " ") for value in words.values() if value))


def folded(name: str) -> str:
    return " ".join(name.casefold().split())
