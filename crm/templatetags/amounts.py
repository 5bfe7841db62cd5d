"""Amounts and lines of a visit in words."""

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.counter.tiles import amount
from customers.visits.models import VisitLine

register = template.Library()


@register.filter
def said(line: VisitLine) -> str:
    """A line of a visit: "Onion 2 kg", "Banana 6 half ripe", "Mango not in stock"."""
    name = line.product.name_in(get_language() or "")
    if line.outcome == VisitLine.Outcome.NOT_IN_STOCK:
        return _("%(product)s: not here") % {"product": name}
    words = [name, amount(line.quantity, line.unit), line.manner]
    if line.outcome != VisitLine.Outcome.TAKEN:
        words.append(f"({VisitLine.Outcome(line.outcome).label})")
    return " ".join(word for word in words if word)
