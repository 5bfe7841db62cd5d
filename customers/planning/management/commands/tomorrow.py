"""`python manage.py tomorrow --vendor SLUG`: the buying list of the shop's next open day."""

import datetime as dt
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import CommandError

from crm.lib import quantities
from customers.planning.whole_list import WholeLine, WholeList, whole_list
from customers.preferences.buying import next_open
from vendors.management.shop_command import ShopCommand

FARTHEST = 14
"""Days ahead that a list may be asked for: what is farther depends on too much that is not known."""


class Command(ShopCommand):
    help = "Print what the next day of the shop will probably need, with the people who stand behind it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--day", type=_day, help="another day, as 2026-11-21 (the next open one)")

    def handle(self, *, vendor: str, day: dt.date | None, **options: Any) -> None:
        shop = self.shop_of(vendor)
        today = shop.today()
        if day and not today <= day <= today + dt.timedelta(days=FARTHEST):
            raise CommandError(f"{day} is not one of the next {FARTHEST} days. Leave it out for the next open one.")
        for line in in_words(whole_list(shop, day or next_open(shop, today))):
            self.stdout.write(line)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}” is not a day. Write it like 2026-11-21.") from error


def in_words(found: WholeList) -> list[str]:
    if found.why_closed:
        return [f"{found.day:%A, %d %B %Y}: closed. {found.why_closed}"]
    head = f"{found.day:%A, %d %B %Y}: about {found.comers:.0f} of {found.regulars} regulars are likely to come."
    if found.lines:
        return [head, "", *map(_line, found.lines)]
    if found.regulars:
        return [head, "", "Nothing is likely enough to be asked for that it should be bought for this day."]
    return [f"{found.day:%A, %d %B %Y}: too little is known yet. The list begins with the first regulars."]


def _line(each: WholeLine) -> str:
    low, high, order = (_amount(quantity, each.product.unit) for quantity in (each.low, each.high, each.order))
    return f"{each.product.name:24} {order:>10}   ({low} to {high})   {_behind(each)}"


def _behind(each: WholeLine) -> str:
    """Who stands behind it: "4 people: Asha, Ravi, Sunita; promised: Joshi 2 kg; 1 waits for it"."""
    people = ", ".join(customer.name for customer, _chance in each.usual[:3])
    number = each.usual_people
    said = [f"{number} {'person' if number == 1 else 'people'}: {people}"] if people else []
    promised = ", ".join(f"{one.customer} {_amount(one.quantity, one.unit)}" for one in each.promised)
    said += [f"promised: {promised}"] if promised else []
    waiting = len(each.wished)
    said += [f"{waiting} {'waits' if waiting == 1 else 'wait'} for it"] if waiting else []
    said += [f"more than half of it for {each.mostly}"] if each.mostly and len(said) + number > 2 else []
    return "; ".join(said) or "nobody in particular"


def _amount(quantity: Any, unit: str) -> str:
    number, said = quantities.spoken(quantity, unit)
    return f"{number} {said}"
