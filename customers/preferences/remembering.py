"""What the shop remembers of a person, for the card: five short queries, however long they have been coming."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import groupby, islice
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import get_language

from crm.lib.moments import in_utc
from customers.models import Customer
from customers.preferences.models import Preference, PreferenceQuerySet
from customers.preferences.noticing import Noticed, Sign, to_offer
from customers.preferences.popularity import Taste
from customers.preferences.substitutes import Substitute, substitute
from customers.preferences.suggesting import Suggesting, Suggestion, against_of, liked_of
from customers.preferences.tasting import Today, taste_of, today_of, together_before
from customers.preferences.together import Together
from customers.preferences.usual import PastLine, PastVisit, Usual, chances, describe
from customers.visits.coming import comings_at, window
from customers.visits.expecting import Standing, standing_by
from customers.visits.models import Visit, VisitLine
from vendors.models import Product, Vendor

SUGGESTED = 24
"""So many are ranked: the tiles, and what takes the place of those that were tapped."""
SPARE = 12
"""So many more are looked up, in case that some of the best are not sold any more."""
SHOWN_VISITS = 6
VISITS = 60
"""How far back the usual is read: what came before weighs less than a twentieth of the latest visit."""
LINES = 400
"""The most lines that are read of those visits."""
SHOP_VISITS = 200
"""How many of the shop's latest visits tell how things are wanted."""
MANNERS = 6


class PastProduct(NamedTuple):
    """One line of a past visit, for display and for "same as last time"."""

    product: Product
    quantity: Decimal
    unit: str
    outcome: str
    manner: str


class DatedVisit(NamedTuple):
    """A past visit as the usual is read from it; `collected_by` is the name of who came, if it was another."""

    at: dt.datetime
    lines: list[PastLine]
    collected_by: str = ""


@dataclass(frozen=True)
class RememberedVisit:
    uid: UUID
    at: dt.datetime
    note: str
    lines: tuple[PastProduct, ...]
    collected_by: str = ""
    """The name of who came, if another than the customer."""


class Whose(NamedTuple):
    """Whose a preference is: the uid and name of a customer."""

    uid: UUID
    name: str


@dataclass(frozen=True)
class Known:
    """
    A preference, and whether it was told so long ago that it should be asked again.

    `whose` it is, if it is that of another who eats in the same kitchen: what is never to be brought there.
    """

    preference: Preference
    is_stale: bool
    whose: Whose | None = None

    @property
    def product_name(self) -> str:
        """The name of the product in the language of the page, or nothing."""
        product = self.preference.product
        return product.name_in(get_language() or "") if product else ""


@dataclass(frozen=True)
class Memory:
    """
    What the card shows. `known` has the allergies first and then what to avoid; other lists are best first.

    `together` tells how the usual changes with what is in the basket, `rhythm` how often they came before today.
    """

    known: list[Known]
    usual: list[Suggestion]
    together: Together
    last_visits: list[RememberedVisit]
    noticed: Noticed | None
    rhythm: Standing
    also: list[Product] = field(default_factory=list)

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
    took longer than the query. A row without `visit` says only at what time they came.
    """

    visit: int | None
    uid: str
    at: str
    note: str
    collected_by: str | None
    position: int | None
    product: int | None
    quantity: str
    unit: str
    outcome: str
    manner: str
    is_sold: bool


# In SQL, because the ORM took 1.7 of its 2.7 ms to put this query together, every time that a card is opened; and with
# the times of `WINDOW` in the same statement, because a card has no time for another.
LATEST_LINES = """
    SELECT * FROM (
        SELECT latest.id, CAST(latest.uid AS text), CAST(latest.at AS text), latest.note, collector.name, line.position,
               line.product_id, CAST(line.quantity AS text), line.unit, line.outcome, line.manner, product.is_sold
        FROM (
            SELECT id, uid, at, note, collected_by_id FROM visits_visit
            WHERE customer_id = %s AND voided_at IS NULL AND at <= %s
            ORDER BY at DESC, id DESC LIMIT %s
        ) AS latest
        LEFT JOIN customers_customer AS collector ON collector.id = latest.collected_by_id
        LEFT JOIN visits_visitline AS line ON line.visit_id = latest.id
        LEFT JOIN vendors_product AS product ON product.id = line.product_id
        ORDER BY latest.at DESC, latest.id DESC, line.position LIMIT %s
    ) AS lines
    UNION ALL
    SELECT NULL, NULL, CAST(at AS text), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM visits_visit
    WHERE customer_id = %s AND voided_at IS NULL AND at >= %s AND at < %s
    ORDER BY 3 DESC, 1 DESC, 6
"""
# A union, for which the database looks into its index, where it would read all preferences for an "or".
EATERS = """
    SELECT id FROM customers_customer WHERE id = %s
    UNION SELECT eater.customer_id FROM customers_membership AS own
    JOIN customers_membership AS eater ON eater.household_id = own.household_id
    WHERE own.customer_id = %s AND own.is_first AND own.left_at IS NULL AND eater.eats AND eater.left_at IS NULL
"""


def remember(
    customer: Customer, *, now: dt.datetime, also: Collection[int] = (), shares_kitchen: bool = True
) -> Memory:
    """
    Everything that the shop remembers of `customer`'s taste, as of `now`; and the products with the ids `also`.

    `shares_kitchen` is False of somebody who is known to be in no household: then nobody who eats there is looked for.
    """
    day = customer.vendor.day_of(now)
    known = known_of(customer, now=now, shares_kitchen=shares_kitchen)
    standing = [each.preference for each in known]
    rows, times = _rows(customer, now)
    visits = [list(lines) for _, lines in groupby(rows, key=lambda row: row.visit)]
    history = _history(visits)
    sold = {row.product for row in rows if row.is_sold}
    today = today_of(customer.vendor, day)
    taste = taste_of(customer.vendor, day, today)
    likeliest = dict(islice(offered(history, taste, standing).items(), SUGGESTED + SPARE))
    ranked = describe(history, likeliest, taste)
    instead = _instead(ranked, history, today, standing)
    # What a child collects tells nothing of how the one who decides likes it.
    own = [lines for rows, lines in zip(visits, history, strict=True) if not rows[0].collected_by]
    sign = to_offer(customer, own, standing=standing, sold=sold, today=day)
    products = _products(customer, [*(usual.product for usual in ranked), *also], instead, history[:SHOWN_VISITS], sign)
    usual = [each for each in ranked if products[each.product].is_sold][:SUGGESTED]
    return Memory(
        known=known,
        usual=Suggesting(products, standing, today, instead, day.month).of(usual),
        together=together_before(customer.vendor, day),
        last_visits=[
            _remembered(rows[0], lines, products) for rows, lines in zip(visits[:SHOWN_VISITS], history, strict=False)
        ],
        noticed=sign and Noticed(products[sign.product], sign.manner, sign.seen, sign.of),
        rhythm=standing_by(comings_at(customer.vendor, day, times), customer.vendor, day),
        also=[products[product] for product in also],
    )


def visits_of(customer: Customer, *, now: dt.datetime) -> list[DatedVisit]:
    """The visits that all of `remember` is read from, the latest first: at most `VISITS`."""
    visits = [list(rows) for _, rows in groupby(_rows(customer, now)[0], key=lambda row: row.visit)]
    return [
        DatedVisit(in_utc(rows[0].at), lines, rows[0].collected_by or "")
        for rows, lines in zip(visits, _history(visits), strict=True)
    ]


def known_of(customer: Customer, *, now: dt.datetime, shares_kitchen: bool = True) -> list[Known]:
    """
    What holds of `customer`, with product and member: allergies first, then what to avoid, then the rest.

    Of one whose name a kitchen's visits stand under, also what must never happen to others who eat there.
    """
    found = Preference.objects.standing()
    found = _of_all_who_eat(found, customer) if shares_kitchen else found.filter(customer=customer)
    ordered = sorted(found.select_related("product", "by").order_by("id"), key=gravest_first)
    return [Known(each, each.is_stale(now), _whose(each, customer)) for each in ordered]


def gravest_first(preference: Preference) -> int:
    """Sorts allergies before what to avoid, and that before the rest."""
    return list(Preference.Kind).index(preference.kind)


def _whose(preference: Preference, customer: Customer) -> Whose | None:
    if preference.customer_id == customer.pk:
        return None
    return Whose(preference.whose_uid, preference.whose_name)


def _of_all_who_eat(found: PreferenceQuerySet, customer: Customer) -> PreferenceQuerySet:
    eaters = RawSQL(EATERS, [customer.pk, customer.pk])  # noqa: S611 - a statement of our own
    found = found.filter(customer__in=eaters).filter(Q(customer=customer) | Q(kind__in=Preference.NEVER))
    # Two columns of the person and not all: most are the customer's own.
    return found.annotate(whose_uid=F("customer__uid"), whose_name=F("customer__name"))


def manners_known(vendor: Vendor, product: Product) -> list[str]:
    """How people of this shop have lately wanted things, `product` first and what is said most before the rest."""
    lines = VisitLine.objects.filter(visit__in=_latest_of_shop(vendor.pk)).exclude(manner="")
    said = Counter()
    for manner, of in lines.values_list("manner", "product_id"):
        said[manner.strip().lower()] += SHOP_VISITS if of == product.pk else 1
    return [manner for manner, _ in said.most_common(MANNERS)]


def _rows(customer: Customer, now: dt.datetime) -> tuple[list[_Row], list[str]]:
    """
    The lines of the customer's latest standing visits, the latest visit first and each in its order.

    And, as the database writes them, the times at which they came within `WINDOW` before today, rising.
    """
    latest = connection.ops.adapt_datetimefield_value(now + Visit.CLOCKS_DIFFER)
    since, until = window(customer.vendor, customer.vendor.day_of(now))
    with connection.cursor() as cursor:
        cursor.execute(LATEST_LINES, [customer.pk, latest, VISITS, LINES, customer.pk, since, until])
        rows = cursor.fetchall()
    return [_Row._make(row) for row in rows if row[0]], [row[2] for row in reversed(rows) if not row[0]]


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


def offered(history: Sequence[PastVisit], taste: Taste, standing: Collection[Preference]) -> dict[int, float]:
    """By product how likely one of whom `standing` holds wants it, the likeliest first; not what they do not want."""
    chance, against = chances(history, taste, liked_of(standing)), against_of(standing)
    return {product: probability for product, probability in chance.items() if product not in against}


def _instead(
    ranked: Iterable[Usual], history: Sequence[PastVisit], today: Today, standing: Collection[Preference]
) -> dict[int, Substitute]:
    """What they take instead of what is missing today; never what they do not want any more."""
    missing = (usual.product for usual in ranked if usual.product in today.missing)
    found = {product: substitute(history, product) for product in missing}
    against = against_of(standing)
    return {product: each for product, each in found.items() if each and each.product not in against}


def _latest_of_shop(vendor_id: int) -> QuerySet[Visit]:
    return Visit.objects.standing().filter(vendor=vendor_id).latest_first()[:SHOP_VISITS].values("pk")


def _products(
    customer: Customer,
    ranked: Iterable[int],
    instead: Mapping[int, Substitute],
    shown: Iterable[PastVisit],
    sign: Sign | None,
) -> dict[int, Product]:
    wanted = {*ranked, *(each.product for each in instead.values())}
    wanted.update(line.product for visit in shown for line in visit)
    if sign:
        wanted.add(sign.product)
    return Product.objects.filter(vendor=customer.vendor_id).in_bulk(wanted)


def _remembered(visit: _Row, lines: PastVisit, products: Mapping[int, Product]) -> RememberedVisit:
    shown = tuple(PastProduct(products[line.product], *line[1:]) for line in lines)
    return RememberedVisit(UUID(visit.uid), in_utc(visit.at), visit.note, shown, visit.collected_by or "")
