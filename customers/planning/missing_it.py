"""Who would miss it: the regulars whom it touches when a product, a weekday or an hour is given up."""

import datetime as dt
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Sum

from customers.models import Customer
from customers.planning.models import Decision
from customers.promises.troubles import LEAST_PEOPLE
from customers.visits.models import VisitLine
from customers.visits.outcomes import TAKEN
from customers.visits.regulars import regulars_of
from customers.visits.rhythm import EARLY
from vendors.catalogue import stand_ins
from vendors.models import Product, Vendor
from vendors.opening.times import DAY, Span, minutes

DAYS = 90
"""So many days are looked back, the one asked about among them."""

# A line counts that was taken, or asked for and not had. In SQL, because a shop has 100,000 of them in three months.
VISITS = """
    SELECT visit.customer_id, CAST(visit.at AS text), COUNT(line.id),
        COUNT(CASE WHEN line.product_id IN ({products}) THEN 1 END)
    FROM visits_visit AS visit LEFT JOIN visits_visitline AS line
        ON line.visit_id = visit.id AND line.outcome IN ('taken', 'replaced', 'not-in-stock')
    WHERE visit.vendor_id = %s AND visit.voided_at IS NULL AND visit.at >= %s AND visit.at < %s
    GROUP BY visit.id"""


@dataclass(frozen=True)
class About:
    """
    What is thought of giving up: products, or a weekday (0 is Monday), or hours of it, or these hours of every day.

    `hours` are by the shop's clock and within one day of the shop: what closes earlier than it opens ends after
    midnight (`vendors.opening.times`).
    """

    products: tuple[Product, ...] = ()
    weekday: int | None = None
    hours: Span | None = None

    @property
    def kind(self) -> Decision.About:
        if self.products:
            return Decision.About.PRODUCTS
        return Decision.About.HOURS if self.hours else Decision.About.WEEKDAY


class Part(NamedTuple):
    """So many visits, and lines of them, and how many of each it touches."""

    visits: int
    touched_visits: int
    lines: int
    touched_lines: int

    @property
    def of_visits(self) -> int:
        """In per cent."""
        return _per_cent(self.touched_visits, self.visits)

    @property
    def of_lines(self) -> int:
        """In per cent."""
        return _per_cent(self.touched_lines, self.lines)

    @property
    def is_on_all_visits(self) -> bool:
        return 0 < self.touched_visits == self.visits

    @property
    def is_on_most_visits(self) -> bool:
        return 2 * self.touched_visits > self.visits


class Amount(NamedTuple):
    """How much of a product was taken, of what was sold in the product's present unit."""

    product: Product
    quantity: Decimal


@dataclass(frozen=True)
class Touched:
    """One regular who would miss it."""

    customer: Customer
    part: Part
    amounts: tuple[Amount, ...]


@dataclass(frozen=True)
class WhoWouldMiss:
    """
    The people whom it touches, those who lose most first, of all the `regulars`; `others` are people who are none.

    `part` is of the people touched together, and `amounts` are what they took of the products.
    """

    about: About
    first: dt.date
    last: dt.date
    regulars: int
    people: list[Touched]
    others: int
    part: Part
    amounts: tuple[Amount, ...]

    early = EARLY
    """Days on which somebody came from which on they may be a regular."""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def on_most_visits(self) -> list[Touched]:
        """Who would lose something on more than half of their visits."""
        return [each for each in self.people if each.part.is_on_most_visits]

    @property
    def on_all_visits(self) -> list[Touched]:
        return [each for each in self.people if each.part.is_on_all_visits]

    @property
    def mostly(self) -> Touched | None:
        """Who alone has more than half of what it touches."""
        whole = self.part.touched_lines
        return next((each for each in self.people[:1] if 2 * each.part.touched_lines > whole > 1), None)

    @property
    def is_trend(self) -> bool:
        return len(self.people) >= LEAST_PEOPLE


def who_would_miss(vendor: Vendor, about: About, day: dt.date, days: int = DAYS) -> WhoWouldMiss:
    """Whom it would touch to give up what `about` says, by the last `days` days until `day`: six statements at most."""
    first = day - dt.timedelta(days=days - 1)
    into = _into(vendor, about)
    regulars = regulars_of(vendor, day)
    parts = _parts(vendor, about, into, first, day)
    touched = {person: part for person, part in parts.items() if part.touched_visits}
    ours = touched.keys() & regulars
    names = _named(vendor, ours)
    amounts = _amounts(vendor, about, into, first, day) if about.products else {}
    found = [
        Touched(names[person], touched[person], _in_order(about, amounts.get(person, {})))
        for person in ours
        if person in names  # whoever was forgotten since the visits were read is not named
    ]
    return WhoWouldMiss(
        about=about,
        first=first,
        last=day,
        regulars=len(regulars),
        people=sorted(found, key=_most_first),
        others=len(touched.keys() - regulars),
        part=Part(*(sum(column) for column in zip(*(each.part for each in found), strict=True))) if found else NOTHING,
        amounts=_in_order(about, _together(amounts[person] for person in ours if person in amounts)),
    )


NOTHING = Part(0, 0, 0, 0)


def _most_first(touched: Touched) -> tuple[int, int, str]:
    return -touched.part.touched_lines, -touched.part.touched_visits, touched.customer.name


def _per_cent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _into(vendor: Vendor, about: About) -> dict[int, int]:
    """By the id of a product that was merged into one of those asked about, or is one: the id of that one."""
    if not about.products:
        return {}
    asked = {product.pk for product in about.products}
    merged = {pk: into for pk, into in stand_ins(vendor.pk).items() if into in asked}
    return merged | {pk: pk for pk in asked}


def _named(vendor: Vendor, people: Iterable[int]) -> dict[int, Customer]:
    known = Customer.objects.filter(vendor=vendor).only("vendor_id", "uid", "name", "landmark")
    wanted = set(people)
    return {each.pk: each for each in known.order_by() if each.pk in wanted}


def _parts(vendor: Vendor, about: About, products: Mapping[int, int], first: dt.date, last: dt.date) -> dict[int, Part]:
    """By customer (id), of everybody who came."""
    is_then = _is_then(vendor, about, first, last)
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for customer, at, lines, of_products in _visits(vendor, products, first, last):
        count = counts[customer]
        count[0] += 1
        count[2] += lines
        if of_products or (is_then and is_then(at)):
            count[1] += 1
            count[3] += of_products if products else lines
    return {customer: Part(*count) for customer, count in counts.items()}


def _visits(
    vendor: Vendor, products: Iterable[int], first: dt.date, last: dt.date
) -> Iterator[tuple[int, str, int, int]]:
    ids = list(products)
    between = (vendor.day_bounds(first)[0], vendor.day_bounds(last)[1])
    query = VISITS.format(products=", ".join(["%s"] * len(ids)) or "NULL")
    with connection.cursor() as cursor:
        cursor.execute(query, [*ids, vendor.pk, *map(connection.ops.adapt_datetimefield_value, between)])
        yield from cursor.fetchall()


def _is_then(vendor: Vendor, about: About, first: dt.date, last: dt.date) -> Callable[[str], bool] | None:
    """Whether a time, as the database writes it in UTC, is on the weekday and within the hours; None of products."""
    if about.products:
        return None
    days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    starts = [f"{vendor.day_bounds(day)[0]:%Y-%m-%d %H:%M:%S}" for day in days]
    weekdays, tz, asked = [day.weekday() for day in days], vendor.tz, about.weekday
    begin, end = minutes(about.hours, vendor.day_starts) if about.hours else (0, DAY)
    start = vendor.day_starts.hour * 60 + vendor.day_starts.minute

    def is_then(at: str) -> bool:
        if asked is not None and weekdays[bisect_right(starts, at[:19]) - 1] != asked:
            return False
        if about.hours is None:
            return True
        # By the clock on the wall, which is put forward and back.
        clock = dt.datetime.fromisoformat(at[:19]).replace(tzinfo=dt.UTC).astimezone(tz)
        return begin <= (clock.hour * 60 + clock.minute - start) % DAY < end

    return is_then


def _amounts(
    vendor: Vendor, about: About, into: Mapping[int, int], first: dt.date, last: dt.date
) -> dict[int, Counter[int]]:
    """By customer and product (ids) how much they took."""
    units = {product.pk: product.unit for product in about.products}
    taken = VisitLine.objects.filter(
        vendor=vendor,
        product__in=into,
        outcome__in=TAKEN,
        visit__voided_at__isnull=True,
        visit__at__gte=vendor.day_bounds(first)[0],
        visit__at__lt=vendor.day_bounds(last)[1],
    )
    found: dict[int, Counter[int]] = defaultdict(Counter)
    sums = taken.order_by().values_list("visit__customer", "product", "unit").annotate(Sum("quantity"))
    for customer, product, unit, quantity in sums:
        if unit == units[into[product]]:
            found[customer][into[product]] += quantity
    return found


def _together(amounts: Iterable[Counter[int]]) -> Counter[int]:
    whole: Counter[int] = Counter()
    for each in amounts:
        whole.update(each)
    return whole


def _in_order(about: About, quantities: Mapping[int, Decimal]) -> tuple[Amount, ...]:
    return tuple(Amount(each, quantities[each.pk]) for each in about.products if each.pk in quantities)
