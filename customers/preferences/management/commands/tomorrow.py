"""`python manage.py tomorrow --vendor SLUG`: the buying list of the shop's next open day."""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from crm.lib import quantities
from customers.preferences.buying import BuyingList, ToBuy, buying_list, next_open
from vendors.management.shop_command import ShopCommand

FARTHEST = 14
"""Days ahead that a list may be asked for: what is farther depends on too much that is not known."""


class Command(ShopCommand):
    help = "Print what the next day of the shop will probably need, with the people who stand behind it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--day", type=dt.date.fromisoformat, help="another day, as 2026-11-21 (the next open one)")

    def handle(self, *, vendor: str, day: dt.date | None, **options: Any) -> None:
        shop = self.shop_of(vendor)
        today = shop.today()
        if day and not today <= day <= today + dt.timedelta(days=FARTHEST):
            raise CommandError(f"{day} is not one of the next {FARTHEST} days. Leave it out for the next open one.")
        for line in in_words(buying_list(shop, day or next_open(shop, today))):
            self.stdout.write(line)


def in_words(found: BuyingList) -> list[str]:
    if found.why_closed:
        return [f"{found.day:%A, %d %B %Y}: closed. {found.why_closed}"]
    if not found.lines:
        return [f"{found.day:%A, %d %B %Y}: nothing is known yet. The list begins with the first visits."]
    head = f"{found.day:%A, %d %B %Y}: about {found.comers:.0f} of {found.regulars} regulars are likely to come."
    return [head, "", *map(_line, found.lines)]


def _line(each: ToBuy) -> str:
    low, high, order = (_amount(quantity, each.product.unit) for quantity in (each.low, each.high, each.order))
    people = ", ".join(customer.name for customer, _chance in each.people[:3])
    behind = f"{len(each.need.people)} people: {people}" if people else "nobody in particular"
    return f"{each.product.name:24} {order:>10}   ({low} to {high})   {behind}"


def _amount(quantity: Any, unit: str) -> str:
    number, said = quantities.spoken(quantity, unit)
    return f"{number} {said}"
