"""What the shop remembers of a person, for the card: five short queries, however long they have been coming."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from customers.models import Customer
from customers.preferences.models import Preference
from customers.preferences.noticing import AGAINST, Noticed, Sign, to_offer
from customers.preferences.usual import WANTED, PastLine, PastVisit, Usual, rank
from customers.visits.models import Visit, VisitLine
from vendors.models import Product, Vendor

TILES = 12
"""So many are filled with what is popular when their own are fewer."""
SUGGESTED = 24
"""So many of their own are ranked: the tiles, and what takes the place of those that were tapped."""
SHOWN_VISITS = 10
VISITS = 60
"""How far back the usual is read: what came before weighs less than a twentieth of the latest visit."""
LINES = 400
"""The most lines that are read of those visits."""
SHOP_VISITS = 200
"""How many of the shop's latest visits tell what is popular."""
MANNERS = 6


@dataclass(frozen=True)
class Suggestion:
    """One tile: wanted in `times` of the last `of` visits; `liked` when they said that they like it."""

    product: Product
    quantity: Decimal
    manner: str
    times: int
    of: int
    liked: bool

    @property
    def popular(self) -> bool:
        """Whether it is here for the shop's taste and not for theirs."""
        return not self.times and not self.liked


class PastProduct(NamedTuple):
    """One line of a past visit, for display and for "same as last time"."""

    product: Product
    quantity: Decimal
    unit: str
    outcome: str
    manner: str


@dataclass(frozen=True)
class RememberedVisit:
    uid: UUID
    at: dt.datetime
    note: str
    lines: tuple[PastProduct, ...]


@dataclass(frozen=True)
class Known:
    """A preference, and whether it was told so long ago that it should be asked again."""

    preference: Preference
    is_stale: bool

    @property
    def product_name(self) -> str:
        """The name of the product in the language of the page, or nothing."""
        product = self.preference.product
        return product.name_in(get_language() or "") if product else ""


@dataclass(frozen=True)
class Memory:
    """What the card shows. `known` has the allergies first and then what to avoid; other lists are best first."""

    known: list[Known]
    usual: list[Suggestion]
    last_visits: list[RememberedVisit]
    noticed: Noticed | None

    @property
    def must_never(self) -> list[Preference]:
        return [each.preference for each in self.known if each.preference.must_never]

    @property
    def preferences(self) -> list[Preference]:
        """What is known besides what must never happen."""
        return [each.preference for each in self.known if not each.preference.must_never]


class _Row(NamedTuple):
    """
    A line of a visit after the values of the visit itself; `product` is None in the one row of a visit without lines.

    `uid`, `at` and `quantity` are text: of 400 rows few such values are used, and Django's conversion of all of them
    took longer than the query.
    """

    visit: int
    uid: str
    at: str
    note: str
    product: int | None
    quantity: str
    unit: str
    outcome: str
    manner: str
    is_sold: bool


# In SQL, because the ORM took 1.7 of its 2.7 ms to put this query together, every time that a card is opened.
LATEST_LINES = """
    SELECT latest.id, CAST(latest.uid AS text), CAST(latest.at AS text), latest.note,
           line.product_id, CAST(line.quantity AS text), line.unit, line.outcome, line.manner, product.is_sold
    FROM (
        SELECT id, uid, at, note FROM visits_visit
        WHERE customer_id = %s AND voided_at IS NULL
        ORDER BY at DESC, id DESC LIMIT %s
    ) AS latest
    LEFT JOIN visits_visitline AS line ON line.visit_id = latest.id
    LEFT JOIN vendors_product AS product ON product.id = line.product_id
    ORDER BY latest.at DESC, latest.id DESC, line.position LIMIT %s
"""


def remember(customer: Customer, *, now: dt.datetime) -> Memory:
    """Everything that the shop remembers of `customer`'s taste, as of `now`."""
    known = known_of(customer, now=now)
    standing = [each.preference for each in known]
    rows = _rows(customer)
    visits = [list(lines) for _, lines in groupby(rows, key=lambda row: row.visit)]
    history = _history(visits)
    sold = {row.product for row in rows if row.is_sold}
    ranked = _ranked(customer, history, sold, standing)
    sign = to_offer(customer, history, standing=standing, sold=sold, today=timezone.localdate(now))
    products = _products(customer, ranked, history[:SHOWN_VISITS], sign)
    return Memory(
        known=known,
        usual=_suggestions(ranked, products, standing),
        last_visits=[
            _remembered(rows[0], lines, products) for rows, lines in zip(visits[:SHOWN_VISITS], history, strict=False)
        ],
        noticed=sign and Noticed(products[sign.product], sign.manner, sign.seen, sign.of),
    )


def known_of(customer: Customer, *, now: dt.datetime) -> list[Known]:
    """What holds of `customer`, with product and member: allergies first, then what to avoid, then the rest."""
    found = Preference.objects.standing().filter(customer=customer).select_related("product", "by").order_by("id")
    order = list(Preference.Kind)
    ordered = sorted(found, key=lambda preference: order.index(preference.kind))
    return [Known(preference, preference.is_stale(now)) for preference in ordered]


def manners_known(vendor: Vendor, product: Product) -> list[str]:
    """How people of this shop have lately wanted things, `product` first and what is said most before the rest."""
    lines = VisitLine.objects.filter(visit__in=_latest_of_shop(vendor.pk)).exclude(manner="")
    said = Counter()
    for manner, of in lines.values_list("manner", "product_id"):
        said[manner.strip().lower()] += SHOP_VISITS if of == product.pk else 1
    return [manner for manner, _ in said.most_common(MANNERS)]


def _rows(customer: Customer) -> list[_Row]:
    """The lines of the customer's latest standing visits, the latest visit first and each in its order."""
    with connection.cursor() as cursor:
        cursor.execute(LATEST_LINES, [customer.pk, VISITS, LINES])
        return [_Row._make(row) for row in cursor.fetchall()]


def _history(visits: Iterable[Sequence[_Row]]) -> list[list[PastLine]]:
    quantities = cache(Decimal)  # the same few quantities come again and again
    return [
        [
            PastLine(row.product, quantities(row.quantity), row.unit, row.outcome, row.manner)
            for row in visit
            if row.product
        ]
        for visit in visits
    ]


def _ranked(
    customer: Customer, history: Sequence[PastVisit], sold: Set[int], standing: Collection[Preference]
) -> list[Usual]:
    """The best for the tiles; the shop's popular products are asked for only when their own do not fill them."""
    against = {preference.product_id for preference in standing if preference.kind in AGAINST}
    liked = {each.product_id for each in standing if _is_liked(each)} - against
    own = [usual for usual in rank(history, {}, liked) if usual.product in (sold | liked) - against]
    if len(own) >= TILES:
        return own[:SUGGESTED]
    popular = _popularity(customer.vendor_id)
    offered = (sold | liked | set(popular)) - against
    return [usual for usual in rank(history, popular, liked) if usual.product in offered][:TILES]


def _is_liked(preference: Preference) -> bool:
    return preference.kind == Preference.Kind.LIKES and preference.product is not None and preference.product.is_sold


def _popularity(vendor_id: int) -> dict[int, float]:
    """The share of the shop's latest visits that wanted each product it sells."""
    lines = (
        VisitLine.objects.filter(visit__in=_latest_of_shop(vendor_id), outcome__in=WANTED, product__is_sold=True)
        .order_by()
        .values_list("visit_id", "product_id")
    )
    pairs = set(lines)
    visits = len({visit for visit, _ in pairs})
    return {product: times / visits for product, times in Counter(product for _, product in pairs).most_common()}


def _latest_of_shop(vendor_id: int) -> QuerySet[Visit]:
    return Visit.objects.standing().filter(vendor=vendor_id).latest_first()[:SHOP_VISITS].values("pk")


def _products(
    customer: Customer, ranked: Iterable[Usual], shown: Iterable[PastVisit], sign: Sign | None
) -> dict[int, Product]:
    wanted = {usual.product for usual in ranked} | {line.product for visit in shown for line in visit}
    if sign:
        wanted.add(sign.product)
    return Product.objects.filter(vendor=customer.vendor_id).in_bulk(wanted)


def _suggestions(
    ranked: Iterable[Usual], products: Mapping[int, Product], standing: Collection[Preference]
) -> list[Suggestion]:
    manners = _manners(standing)
    liked = {preference.product_id for preference in standing if preference.kind == Preference.Kind.LIKES}
    return [
        Suggestion(
            product=products[usual.product],
            quantity=_quantity(usual, products[usual.product]),
            manner=manners.get(usual.product, usual.manner),
            times=usual.times,
            of=usual.of,
            liked=usual.product in liked,
        )
        for usual in ranked
    ]


def _quantity(usual: Usual, product: Product) -> Decimal:
    """What they usually take; the product's step when they never did, or when it is sold in another unit now."""
    return usual.quantity if usual.quantity and usual.unit == product.unit else product.step


def _manners(standing: Collection[Preference]) -> dict[int, str]:
    """The manner to serve each product in: what was told beats what was seen, and the newest of them counts."""
    manners = [preference for preference in standing if preference.kind == Preference.Kind.MANNER]
    manners.sort(key=lambda preference: (preference.basis == Preference.Basis.TOLD, preference.at))
    return {preference.product_id: preference.text for preference in manners}


def _remembered(visit: _Row, lines: PastVisit, products: Mapping[int, Product]) -> RememberedVisit:
    shown = tuple(PastProduct(products[line.product], *line[1:]) for line in lines)
    return RememberedVisit(UUID(visit.uid), _in_utc(visit.at), visit.note, shown)


def _in_utc(text: str) -> dt.datetime:
    """The time that a database wrote as `text`: without an offset by SQLite, with one by PostgreSQL."""
    moment = dt.datetime.fromisoformat(text)
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
