"""Who stands behind a line of a buying list, and how much it may be, in words."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from crm.counter.wording import amount, unit_label
from crm.lib import quantities
from customers.planning.known_needs import Said
from customers.planning.whole_list import WholeLine

LARGER = {smaller: unit for unit, (smaller, _many) in quantities.SMALLER.items()}
"""In which unit a large quantity of another one is said."""
NAMED = 6
"""People who are named of each kind; of the others it is said how many."""


def behind(line: WholeLine) -> list[str]:
    """All who stand behind it, each kind in a sentence; one of them who makes more than half of it comes first."""
    said = [_("More than half of it: %(name)s") % {"name": line.mostly}] if line.mostly else []
    if line.usual_people:
        usual = ngettext(
            "Usual of %(count)d person: %(names)s", "Usual of %(count)d people: %(names)s", line.usual_people
        )
        names = _listed([str(customer) for customer, _chance in line.usual], line.usual_people)
        said.append(usual % {"count": line.usual_people, "names": names})
    if line.promised:
        said.append(_("Promised: %(names)s") % {"names": _each(line.promised)})
    if line.wished:
        waits = ngettext("%(count)d waits for it: %(names)s", "%(count)d wait for it: %(names)s", len(line.wished))
        said.append(waits % {"count": len(line.wished), "names": _each(line.wished)})
    if line.beside:
        said.append(_("Not in the quantity, it is in another unit: %(names)s") % {"names": _each(line.beside)})
    return said or [_("Nobody in particular: it is popular now.")]


def in_short(line: WholeLine) -> str:
    """How many stand behind it: "usual of 4, promised 2 kg, 1 waits"."""
    said = [_("usual of %(count)d") % {"count": line.usual_people}] if line.usual_people else []
    if line.promised:
        quantity = line.promised_quantity
        much = {"much": heap(quantity, line.product.unit)}
        said.append(_("promised %(much)s") % much if quantity else _("promised in another unit"))
    if line.wished:
        waits = ngettext("%(count)d waits for it", "%(count)d wait for it", len(line.wished))
        said.append(waits % {"count": len(line.wished)})
    return ", ".join(said)


def heap(quantity: Decimal, unit: str) -> str:
    """A quantity of a whole day as it is said: 2 kg for 2000 g, and nothing for none."""
    if not quantity:
        return _("nothing")
    larger = LARGER.get(unit)
    whole = quantities.in_unit(quantity, unit, larger) if larger else None
    return amount(quantity, unit) if larger is None or whole is None or whole < 1 else amount(whole, larger)


def between(low: Decimal, high: Decimal, unit: str) -> str:
    """A range as it is said: "8 to 12 kg", "500 g to 2 kg", "up to 3 kg", "2 kg" when it is none."""
    if low == high:
        return heap(high, unit)
    least, most = heap(low, unit), heap(high, unit)
    number, _space, its_unit = least.partition(" ")
    if not low:
        return _("up to %(high)s") % {"high": most}
    return _("%(low)s to %(high)s") % {"low": number if most.endswith(f" {its_unit}") else least, "high": most}


def unit_said(unit: str) -> str:
    """The unit as it stands behind a field for a quantity."""
    return unit_label(unit, get_language())


def _each(said: Iterable[Said]) -> str:
    words = [" ".join(filter(None, (_name(each), _much(each), each.manner))) for each in said]
    return _listed(words, len(words))


def _name(each: Said) -> str:
    return str(each.customer) if each.customer else _("somebody we do not know")


def _much(each: Said) -> str:
    return "" if each.quantity is None else amount(each.quantity, each.unit)


def _listed(names: list[str], count: int) -> str:
    shown = names[:NAMED]
    more = count - len(shown)
    return ", ".join([*shown, *([_("%(count)d more") % {"count": more}] if more else [])])
