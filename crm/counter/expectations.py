"""Promises, problems and wishes in a few words, in the language of the page."""

from decimal import Decimal

from django.utils.translation import gettext as _

from crm.counter.wording import amount, named
from customers.promises.models import Problem, Promise, Wish


def promised(promise: Promise) -> str:
    """What was promised: "Mango 2 kg ripe, Onion 1 kg, 120 INR, at the gate"."""
    lines = (
        " ".join(filter(None, (named(line.product), amount(line.quantity, line.unit), line.manner)))
        for line in promise.lines.all()
    )
    money = f"{_money(promise.amount)} {promise.vendor.currency}" if promise.amount is not None else ""
    return ", ".join(filter(None, (*lines, money, promise.text)))


def _money(amount: Decimal) -> str:
    """Without the small coin where there is none: 120, 120.50."""
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:.2f}"


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
