"""The form of the card: a basket, and what is fulfilled with it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import QueryDict

from customers.promises.models import Promise, PromiseLine
from customers.visits.basket import BasketForm
from customers.visits.recording import Line

KEEP, WISH = "keep", "wish"
"""Names of its fields, each as often as there are: `keep` a promise that is kept, `wish` one that the page showed."""


class ServingForm(BasketForm):
    """A `BasketForm` with the uids of the promises that it `keeps`, and of the open `wishes` that its page showed."""

    def __init__(self, data: QueryDict | None = None, **said: Any) -> None:
        super().__init__(data, **said)
        self.keeps = _uids(data, KEEP)
        self.wishes = _uids(data, WISH)

    def take_order(self, promise: Promise) -> None:
        """Put what was ordered into the basket, in the units of today, and let the promise be kept with it."""
        ordered = promise.lines.select_related("product").order_by("position")
        self.fill(Line(line.product, _much(line), manner=line.manner) for line in ordered)
        self.keeps.add(promise.uid)


def _much(line: PromiseLine) -> Decimal:
    """As it was ordered; of a product that is sold in another unit since then, its step: the number would be wrong."""
    return line.quantity if line.unit == line.product.unit else line.product.step


def _uids(data: QueryDict | None, name: str) -> set[UUID]:
    """What is no uid was made by no page of ours."""
    found = set()
    for text in data.getlist(name) if data is not None else ():
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found
