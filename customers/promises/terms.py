"""What a promise says: put together before it is one, and as an amendment keeps it."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from crm.lib import quantities
from customers.promises.models import Promise, PromiseLine
from customers.promises.models.ordered import OrderedLine
from customers.visits.recording import Line
from vendors.catalogue import stand_in, stand_ins
from vendors.models import Product

Row = TypeVar("Row", bound=OrderedLine)
DUE = ("due_at", "due_any_time")
TERMS = ("text", "amount", "lines", *DUE)
"""What an amendment may change; the rest of `contents` is what became of the promise."""


@dataclass(frozen=True)
class Terms:
    """What is promised, in words, money of the shop or products in their units, and by when (see `due.due_moment`)."""

    due_at: dt.datetime
    due_any_time: bool = False
    text: str = ""
    amount: Decimal | None = None
    lines: Sequence[Line] = ()


def rows_of(promise: Promise, lines: Iterable[Line]) -> list[PromiseLine]:
    """The rows of `lines`; a product that was merged while the page was open is promised as what it went into."""
    lines = list(lines)
    into = _merged(promise, lines)
    return [
        PromiseLine(
            vendor_id=promise.vendor_id,
            promise=promise,
            position=position,
            product=into.get(line.product.pk, line.product),
            quantity=line.quantity,
            unit=line.product.unit,
            manner=line.manner,
        )
        for position, line in enumerate(lines)
    ]


def _merged(promise: Promise, lines: Sequence[Line]) -> dict[int, Product]:
    if not any(line.product.merged_into_id for line in lines):
        return {}
    into = stand_ins(promise.vendor_id)
    found = Product.objects.in_bulk({into[line.product.pk] for line in lines if line.product.pk in into})
    return {line.product.pk: found[into[line.product.pk]] for line in lines if line.product.pk in into}


def in_units_of(rows: list[Row], before: Collection[Row]) -> list[Row]:
    """`rows`, in which as much of a product as `before` is so in the unit of then: nobody has changed it."""
    for row in rows:
        said = [line for line in before if stand_in(line.product) == row.product]
        if len(said) == 1 and said[0].quantity == row.quantity:
            row.unit = said[0].unit
    return rows


def contents(promise: Promise, lines: Iterable[PromiseLine] | None = None) -> dict[str, Any]:
    """
    What `promise` says and what became of it, as JSON values.

    A product is named by its uid and as it was called then; `closed_in` is the uid of the visit. `lines` are read when
    they are not given.
    """
    if lines is None:
        lines = promise.lines.select_related("product").order_by("position")
    return {
        "text": promise.text,
        "amount": None if promise.amount is None else quantities.plain(promise.amount),
        "due_at": _moment(promise.due_at),
        "due_any_time": promise.due_any_time,
        "lines": [_line(line) for line in lines],
        "outcome": str(promise.outcome),
        "closed_at": promise.closed_at and _moment(promise.closed_at),
        "closed_in": str(promise.closed_in.uid) if promise.closed_in else None,
    }


def is_same(vendor_id: int, one: Any, other: Any) -> bool:
    """
    Whether two values of `contents` say the same.

    Of a product it does not count what it was called, into which it was merged since, and its unit: nobody types that.
    """
    if one == other or not isinstance(one, list):
        return one == other
    into = _stand_ins_by_uid(vendor_id)
    return [_asked(line, into) for line in one] == [_asked(line, into) for line in other]


def _asked(line: dict[str, str], into: dict[str, str]) -> tuple[str, str, str]:
    return into.get(line["product"], line["product"]), line["quantity"], line["manner"]


def _stand_ins_by_uid(vendor_id: int) -> dict[str, str]:
    into = stand_ins(vendor_id)
    uids = dict(Product.objects.filter(pk__in={*into, *into.values()}).order_by().values_list("pk", "uid"))
    return {str(uids[merged]): str(uids[last]) for merged, last in into.items()}


def _line(line: PromiseLine) -> dict[str, str]:
    return {
        "product": str(line.product.uid),
        "name": line.product.name,
        "quantity": quantities.plain(line.quantity),
        "unit": line.unit,
        "manner": line.manner,
    }


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat()


def put(promise: Promise, terms: Terms, before: Collection[PromiseLine] = ()) -> list[PromiseLine]:
    """Let `promise`, which is not saved here, say `terms`; its new lines, in the units of those `before`."""
    rows = in_units_of(rows_of(promise, terms.lines), before)
    promise.text, promise.amount, promise.has_lines = terms.text, terms.amount, bool(rows)
    promise.due_at, promise.due_any_time = terms.due_at, terms.due_any_time
    return rows
