"""Amounts, lines of a visit and rhythms in the shop's words and language."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from django.utils.formats import time_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from crm.lib import quantities
from customers.visits.expecting import Gaps, Standing
from customers.visits.models import VisitLine
from customers.visits.rhythm import State
from vendors.models import Product, Vendor


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


def every(gaps: Gaps) -> str:
    """How often somebody comes: "every day", "every week", "every 3 to 4 days"."""
    if gaps.short == gaps.long:
        regular = {1: _("every day"), 7: _("every week"), 14: _("every two weeks")}
        return regular.get(gaps.long) or _("every %(days)s days") % {"days": gaps.long}
    return _("every %(short)s to %(long)s days") % gaps._asdict()


def silence(state: State, gaps: Gaps | None, days: int) -> str:
    """What is said of somebody who stays away longer than they use to; nothing of others."""
    if gaps is None or state not in SILENCES:
        return ""
    counted = ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
    return SILENCES[state] % {"days": counted, "every": every(gaps)}


def too_early(visits: int) -> str:
    """What is said of how often somebody comes who came so few times."""
    text = ngettext(
        "%(visits)d visit: too early to say how often they come",
        "%(visits)d visits: too early to say how often they come",
        visits,
    )
    return text % {"visits": visits}


def rhythm(standing: Standing) -> str:
    """How often somebody comes, and since when they were not here; nothing of who was here twice at most."""
    if standing.state == State.EARLY:
        return _("%(visits)s visits: too early to say how often they come") % {"visits": standing.visits}
    if standing.gaps is None or standing.away is None:
        return ""
    if standing.state in SILENCES:
        return silence(standing.state, standing.gaps, standing.away)
    ago = ngettext("last %(days)d day ago", "last %(days)d days ago", standing.away) % {"days": standing.away}
    return f"{every(standing.gaps)}; {ago}"


SILENCES = {
    State.OVERDUE: gettext_lazy("away for %(days)s, usually %(every)s"),
    State.WATCH: gettext_lazy("keep an eye: away for %(days)s, usually %(every)s"),
    State.LEFT: gettext_lazy("perhaps quietly left: away for %(days)s, usually %(every)s"),
}


def hour_of(vendor: Vendor, minute: int) -> str:
    """The time of day, to the half hour, that is so many minutes after the shop's day began."""
    start = vendor.day_starts
    halves = round((start.hour * 60 + start.minute + minute) / 30) % 48
    return time_format(dt.time(halves // 2, halves % 2 * 30), "H:i")
