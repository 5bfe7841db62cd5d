"""
Why a statement about a person and a product is made: the very visits and days that it counts, as rows.

All but the shop's own counts is read from `remembering.visits_of`, the visits that the card is made of.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from customers.models import Customer
from customers.preferences.models import Preference
from customers.preferences.noticing import Sign, is_said, signs
from customers.preferences.remembering import DatedVisit, Known, known_of, visits_of
from customers.preferences.substitutes import Substitute, substitute, taken_instead, was_missing
from customers.preferences.suggesting import Why, why_of
from customers.preferences.tasting import taste_of, today_of
from customers.preferences.usual import (
    RECENT,
    PastLine,
    PastVisit,
    Usual,
    describe,
    recently_taken,
    usual_manner,
    usual_quantity,
)
from customers.visits.models import ProductDay, ShopDay
from customers.visits.outcomes import TAKEN, WANTED
from customers.visits.rhythm import EARLY
from vendors.models import Product, Vendor

WEEKS = 12
"""So many weeks of the shop show how much a product is wanted, ..."""
LATE_WEEKS = 2
"""... and so many of them are "lately"."""


@dataclass(frozen=True)
class Row:
    """One visit at `at`: whether it counts for what is said, and the lines that tell so."""

    at: dt.datetime
    counts: bool
    lines: tuple[PastLine, ...]


@dataclass(frozen=True)
class Week:
    """Of the shop's visits from `first` to `last`, both included, those that wanted the product."""

    first: dt.date
    last: dt.date
    visits: int
    wanted: int


@dataclass(frozen=True)
class Evidence:
    """
    All that is said of a product on a card, with its rows; those of visits are the latest first.

    `counted` has `usual.times` rows of `usual.of` that count. `signs` are what was noticed and nobody has said yet.
    `asked_in_vain` is when today's last one found none.
    """

    product: Product
    visits: int
    known: list[Known]
    usual: Usual
    why: Why
    counted: list[Row]
    amounts: list[Row]
    manners: list[Row]
    weeks: list[Week]
    signs: list[tuple[Sign, list[Row]]]
    instead: Substitute | None
    without: list[Row]
    others: dict[int, Product]
    asked_in_vain: dt.datetime | None

    @property
    def times(self) -> int:
        return self.usual.times

    @property
    def of(self) -> int:
        return self.usual.of

    @property
    def is_early(self) -> bool:
        """Whether they came too seldom yet for more than a guess."""
        return self.visits < EARLY


def evidence_of(customer: Customer, product: Product, *, now: dt.datetime) -> Evidence:
    """What the card says of `product` for `customer` as of `now`, in seven queries at most."""
    vendor, day = customer.vendor, customer.vendor.day_of(now)
    visits = visits_of(customer, now=now)
    history = [visit.lines for visit in visits]
    own = [visit for visit in visits if not visit.collected_by]
    known = [each for each in known_of(customer, now=now) if each.preference.product_id == product.pk]
    (usual,) = describe(history, {product.pk: 0.0}, taste_of(vendor, day, today_of(vendor, day)))
    instead = substitute(history, product.pk)
    without = instead_rows(instead, product.pk, visits) if instead else []
    return Evidence(
        product=product,
        visits=len(visits),
        known=known,
        usual=usual,
        why=why_of(usual, is_liked=any(each.preference.kind == Preference.Kind.LIKES for each in known)),
        counted=usual_rows(usual, visits),
        amounts=amount_rows(product.pk, visits),
        manners=manner_rows(product.pk, visits),
        weeks=week_rows(vendor, product, day),
        signs=[(sign, sign_rows(sign, own)) for sign in _unsaid(product.pk, [visit.lines for visit in own], known)],
        instead=instead,
        without=without,
        others=Product.objects.filter(vendor=vendor).in_bulk({line.product for row in without for line in row.lines}),
        asked_in_vain=asked_in_vain(vendor, product, day),
    )


def usual_rows(usual: Usual, visits: Sequence[DatedVisit]) -> list[Row]:
    """The visits of "9 of the last 12", with what each had of the product."""
    return [_row(visit, usual.product) for visit in visits[: usual.of]]


def amount_rows(product: int, visits: Sequence[DatedVisit]) -> list[Row]:
    """The last amounts that were taken; the one that counts is the middle one, which the first tap adds."""
    lines = _lines(product, visits)
    quantity, _unit = usual_quantity(lines)
    recent = recently_taken(lines)
    middle = next((place for place, line in enumerate(recent) if line.quantity == quantity), None)
    return [Row(line.at, place == middle, (line.past,)) for place, line in enumerate(recent)]


def manner_rows(product: int, visits: Sequence[DatedVisit]) -> list[Row]:
    """The last times it was wanted, if most of these wanted it in one manner; those count that did."""
    recent = _lines(product, visits)[:RECENT]
    manner = usual_manner(recent)
    return _in_manner(manner, recent) if manner else []


def sign_rows(sign: Sign, visits: Sequence[DatedVisit]) -> list[Row]:
    """What was noticed: `sign.of` rows, of which `sign.seen` count."""
    if not sign.manner:
        return [_row(visit, sign.product) for visit in visits[: sign.of]]
    return _in_manner(sign.manner, _lines(sign.product, visits)[: sign.of])


def instead_rows(found: Substitute, product: int, visits: Sequence[DatedVisit]) -> list[Row]:
    """The `found.of` visits that asked for the product in vain, with what they took; `found.times` took that one."""
    without = [visit for visit in visits if was_missing(visit.lines, product)]
    counts = taken_instead([visit.lines for visit in without], found.product)
    taken = [tuple(line for line in visit.lines if line.outcome in TAKEN) for visit in without]
    return [Row(visit.at, *said) for visit, *said in zip(without, counts, taken, strict=True)]


def week_rows(vendor: Vendor, product: Product, day: dt.date) -> list[Week]:
    """The shop's last weeks up to `day`, the latest first, none from before its first visit in that time."""
    ends = [day - dt.timedelta(weeks=ago) for ago in range(WEEKS)]
    within = {"vendor": vendor, "day__gt": day - dt.timedelta(weeks=WEEKS), "day__lte": day}
    shop = dict(ShopDay.objects.filter(**within).values_list("day", "visits"))
    wanted = dict(ProductDay.objects.filter(**within, product=product).values_list("day", "visits"))
    begun = min(shop, default=dt.date.max)
    return [_week(last, shop, wanted) for last in ends if last >= begun]


def asked_in_vain(vendor: Vendor, product: Product, day: dt.date) -> dt.datetime | None:
    """When on `day` it was last asked for, if there was none then: what "not here today" is said by."""
    found = ProductDay.objects.filter(vendor=vendor, product=product, day=day, is_missing=True)
    return found.values_list("asked_at", flat=True).first()


def _unsaid(product: int, history: Sequence[PastVisit], known: Iterable[Known]) -> list[Sign]:
    standing = [each.preference for each in known]
    return [sign for sign in signs(history) if sign.product == product and not is_said(sign, standing)]


class _Line(NamedTuple):
    """A `PastLine` (it has the same fields) that knows when."""

    product: int
    quantity: Decimal
    unit: str
    outcome: str
    manner: str
    at: dt.datetime

    @property
    def past(self) -> PastLine:
        return PastLine(*self[:-1])


def _lines(product: int, visits: Sequence[DatedVisit]) -> list[_Line]:
    """The lines that wanted the product, as `usual.wanted_lines` has them."""
    lines = ((visit.at, line) for visit in visits for line in visit.lines)
    return [_Line(*line, at) for at, line in lines if line.product == product and line.outcome in WANTED]


def _week(last: dt.date, shop: Mapping[dt.date, int], wanted: Mapping[dt.date, int]) -> Week:
    days = [last - dt.timedelta(days=ago) for ago in range(7)]
    visits, times = (sum(counted.get(day, 0) for day in days) for counted in (shop, wanted))
    return Week(days[-1], last, visits, times)


def _row(visit: DatedVisit, product: int) -> Row:
    lines = tuple(line for line in visit.lines if line.product == product)
    return Row(visit.at, any(line.outcome in WANTED for line in lines), lines)


def _in_manner(manner: str, lines: Sequence[_Line]) -> list[Row]:
    return [Row(line.at, line.manner.casefold() == manner.casefold(), (line.past,)) for line in lines]
