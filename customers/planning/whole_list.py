"""The whole buying list of a day: what people usually take, what is promised, and what they wait for."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from customers.models import Customer
from customers.planning.known_needs import KnownNeeds, Said, known_needs
from customers.preferences.buying import ToBuy, buying_list
from customers.visits.expecting import People
from vendors.models import Product, Vendor

NOTHING = Decimal(0)


@dataclass(frozen=True)
class WholeLine:
    """
    One product, in its unit: `order` is what to buy, and `low` to `high` what eight of ten such days need.

    `usual` are the likeliest of the `usual_people` who usually take it, each with the chance that they do; `mostly` is
    the one person who stands behind more than half of what is expected. What is promised or wished in a unit that
    cannot be compared is in none of the quantities, but in `beside`.
    """

    product: Product
    order: Decimal
    low: Decimal
    high: Decimal
    baskets: float
    usual: tuple[tuple[Customer, float], ...]
    usual_people: int
    promised: tuple[Said, ...]
    wished: tuple[Said, ...]
    mostly: Customer | None

    @property
    def promised_quantity(self) -> Decimal:
        return sum((each.in_unit(self.product.unit) or NOTHING for each in self.promised), NOTHING)

    @property
    def beside(self) -> list[Said]:
        return [each for each in (*self.promised, *self.wished) if not each.fits(self.product.unit)]


@dataclass(frozen=True)
class WholeList:
    """What `day` needs, what most people stand behind first; nothing of a day on which the shop is closed."""

    day: dt.date
    lines: list[WholeLine]
    comers: float
    regulars: int
    why_closed: str = ""


def whole_list(vendor: Vendor, day: dt.date, people: People | None = None) -> WholeList:
    """
    All that `day` will need; `people` are those of the day, if they are read.

    What is promised is certain, and what is wished is said: it is added to what the others usually take. Whoever is
    promised a product or waits for it is not counted among those who usually take it, or they would be counted twice.
    """
    known = known_needs(vendor, day)
    units = dict(Product.objects.filter(vendor=vendor).order_by().values_list("pk", "unit"))
    found = buying_list(vendor, day, people, without=known.people(units))
    if found.why_closed:
        return WholeList(day, [], 0.0, 0, found.why_closed)
    usual = {each.product.pk: each for each in found.lines}
    others = Product.objects.in_bulk((known.promised.keys() | known.wished.keys()) - usual.keys())
    products = {**{pk: each.product for pk, each in usual.items()}, **others}
    lines = [_line(product, usual.get(pk), known) for pk, product in products.items()]
    lines = sorted(lines, key=lambda line: (-line.baskets, line.product.position, line.product.pk))
    return WholeList(day, lines, found.comers, found.regulars)


def _line(product: Product, usual: ToBuy | None, known: KnownNeeds) -> WholeLine:
    promised, wished = known.promised.get(product.pk, ()), known.wished.get(product.pk, ())
    a_basket = usual.need.quantity if usual else product.step
    certain = sum((each.in_unit(product.unit) or NOTHING for each in promised), NOTHING)
    hoped = sum((_wanted(each, product, a_basket) for each in wished), NOTHING)
    order, low, high = (usual.order, usual.low, usual.high) if usual else (NOTHING, NOTHING, NOTHING)
    return WholeLine(
        product=product,
        order=order + certain + hoped,
        low=low + certain,
        high=max(high + certain + hoped, order + certain + hoped),
        baskets=(usual.need.baskets if usual else 0.0) + len(promised) + len(wished),
        usual=usual.people if usual else (),
        usual_people=len(usual.need.people) if usual else 0,
        promised=promised,
        wished=wished,
        mostly=_mostly(product, usual, promised, [(each, _wanted(each, product, a_basket)) for each in wished]),
    )


def _wanted(wish: Said, product: Product, a_basket: Decimal) -> Decimal:
    """How much is bought for a wish: what was said, or what a visit usually takes, in whole steps."""
    if wish.quantity is not None:
        return wish.in_unit(product.unit) or NOTHING
    return (a_basket / product.step).to_integral_value(rounding="ROUND_CEILING") * product.step


def _mostly(
    product: Product, usual: ToBuy | None, promised: tuple[Said, ...], wished: list[tuple[Said, Decimal]]
) -> Customer | None:
    of_each: dict[Customer | None, float] = defaultdict(float)
    for each, quantity in (*((each, each.in_unit(product.unit) or NOTHING) for each in promised), *wished):
        of_each[each.customer] += float(quantity)
    expected = sum(of_each.values())
    of_each.pop(None, None)  # unknown is not one person
    if usual:
        expected += usual.need.baskets * float(usual.need.quantity)
        if usual.most and usual.need.most:
            of_each[usual.most] = usual.need.most[1]
    most = max(of_each, key=lambda who: of_each[who], default=None)
    return most if most and 2 * of_each[most] > expected else None
