"""Promises, problems and wishes in a few words, in the language of the page."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext as _

from crm.counter.wording import amount, named
from customers.promises.models import Problem, Promise, Wish
from customers.promises.open_things import OpenPromise


class PromisedLine(Protocol):
    """What a `PromiseLine` and an `OpenLine` have in common."""

    product: Any
    quantity: Decimal
    unit: str
    manner: str


SIGNS = {"INR": "₹", "EUR": "€", "USD": "$", "GBP": "£", "BDT": "৳", "LKR": "රු", "NPR": "रू"}
"""Of currencies that everybody knows by their sign; the others are called by their three letters."""


def promised(promise: Promise) -> str:
    """What was promised: "Mango 2 kg ripe, Onion 1 kg, 120 INR, at the gate"."""
    return things_said(promise.lines.all(), promise.amount, promise.text, promise.vendor.currency)


def who_promises(promise: Promise | OpenPromise, currency: str) -> str:
    """Who promises what: "We: Mango 2 dozen", "They: pay 120 INR"."""
    lines = promise.lines.all() if isinstance(promise, Promise) else promise.lines
    amount_alone = promise.amount is not None and not lines
    what = things_said(lines, promise.amount, promise.text, currency)
    what = _("pay %(what)s") % {"what": what} if amount_alone else what
    return (_("We: %(what)s") if promise.side == Promise.Side.OURS else _("They: %(what)s")) % {"what": what}


def things_said(lines: Iterable[PromisedLine], money: Decimal | None, text: str, currency: str) -> str:
    """Products, money and words in one line."""
    each = (
        " ".join(filter(None, (named(line.product), amount(line.quantity, line.unit), line.manner))) for line in lines
    )
    return ", ".join(filter(None, (*each, money_said(money, currency), text)))


def money_said(money: Decimal | None, currency: str) -> str:
    """An amount of the shop's money: "₹120", "₹12.50", "12.50 CHF"; nothing for none."""
    if money is None:
        return ""
    number = f"{money:.0f}" if money == round(money) else f"{money:.2f}"
    return f"{SIGNS[currency]}{number}" if currency in SIGNS else f"{number} {currency}"


def went_wrong(problem: Problem) -> str:
    """What went wrong: "Tomato: soft, half of them"."""
    kind = "" if problem.what == Problem.What.OTHER else problem.get_what_display()
    what = ", ".join(filter(None, (kind, problem.text)))
    return f"{named(problem.product)}: {what}" if problem.product else what


def asked_for(wish: Wish) -> str:
    """What was asked for: "Mango 2 kg, for Sunday"."""
    much = amount(wish.quantity, wish.unit) if wish.quantity is not None else ""
    name = named(wish.product) if wish.product else ""
    return ", ".join(filter(None, (" ".join(filter(None, (name, much))), wish.text)))


def next_of(thing: Promise | Problem | Wish) -> str:
    """What to do about it next."""
    if isinstance(thing, Promise):
        return _("Keep it")
    if isinstance(thing, Wish):
        return _("It is here: tell them")
    return _("Ask whether it is right again") if thing.remedy else _("Put it right")


def words_of(thing: Promise | Problem | Wish) -> str:
    """What it is about, whatever it is."""
    match thing:
        case Promise():
            return promised(thing)
        case Problem():
            return went_wrong(thing)
        case _:
            return asked_for(thing)
