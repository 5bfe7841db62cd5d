"""What a person waits for, as the card says it."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import template

from crm.counter import wording
from customers.promises.open_things import OpenWish
from vendors.models import Vendor

register = template.Library()


@register.filter
def shop_day(moment: dt.datetime, vendor: Vendor) -> dt.date:
    """The shop's day of `moment`, which is not always that of the calendar."""
    return vendor.day_of(moment)


@register.filter
def one_each(wishes: Iterable[OpenWish]) -> list[OpenWish]:
    """Of each product that they asked for again and again the wish that came in, else the first."""
    found: dict[Any, OpenWish] = {}
    for wish in wishes:
        found.setdefault(wish.product or wish.uid, wish)
    return list(found.values())


@register.filter
def wished(wish: Any) -> str:
    """What is waited for, by product or in words, and how much of it: "Mango 2 dozen, ripe"."""
    name = wording.named(wish.product) if wish.product else wish.text
    much = wording.amount(wish.quantity, wish.unit) if wish.quantity is not None else ""
    said = f"{name} {much}".strip()
    return f"{said}, {wish.text}" if wish.product and wish.text else said
