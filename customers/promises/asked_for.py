"""What was asked for and not had on some days: by product or in words, by how many different people, and who waits."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from customers.models import Customer
from customers.promises.fulfilling import folded
from customers.promises.models import Wish, WishEdit
from customers.promises.models.wish import WishQuerySet
from customers.promises.troubles import LEAST_PEOPLE
from customers.promises.wish_steps import AGAIN
from customers.visits.models import Visit, VisitLine
from customers.visits.regulars import regulars_of
from vendors.catalogue import stand_ins
from vendors.models import Product, Vendor

ROW = "pk", "uid", "product", "text", "customer", "asked_at", "until", "outcome", "came_in_at", "told_at"


class Days(NamedTuple):
    """Days of the shop on end, the last one included."""

    first: dt.date
    last: dt.date


class Waits(NamedTuple):
    """Somebody who waits, or somebody unknown, since when; `wish` is the last of their wishes, in part (see `ROW`)."""

    customer: Customer | None
    wish: Any
    since: dt.datetime

    @property
    def is_to_tell(self) -> bool:
        return is_to_tell(self.wish)


@dataclass
class AskedFor:
    """
    A product, or `text` in words, of which `wish` is one.

    `people` asked for it on the days asked about, and `lately` on those counted, of whom `touched` are regulars;
    `mostly` is who asked more than half of several times. `missing` counts the lines of visits that found none.
    """

    product: Product | None
    text: str = ""
    wish: Any = None
    people: int = 0
    lately: int = 0
    touched: int = 0
    mostly: Customer | None = None
    missing: int = 0
    waiting: int = 0
    to_tell: int = 0
    is_awaited: bool = False
    """Whether some of those who wait do so for what did not come in."""
    who_waits: list[Waits] = field(default_factory=list)
    """To be told of first, then who waited longest; not more than were asked for."""

    @property
    def is_trend(self) -> bool:
        return self.lately >= LEAST_PEOPLE


class Asked(NamedTuple):
    """Different people in all, and what they asked for: at first what can be told of, then what most asked for."""

    people: int
    waiting: int
    to_tell: int
    missing: int
    regulars: int
    things: list[AskedFor]
    more: int


@dataclass
class _Thing:
    """What was asked for, as it is counted: rows of wishes, and (who, when) of each time of asking."""

    key: Any
    rows: list[Any] = field(default_factory=list)
    asks: list[tuple[int | None, dt.datetime]] = field(default_factory=list)
    missing: int = 0


def different(customers: Iterable[int | None]) -> int:
    """How many people these are; each unknown one is somebody else."""
    people = list(customers)
    return len(set(people) - {None}) + people.count(None)


def is_open(wish: Any, today: dt.date) -> bool:
    return not wish.outcome and wish.until >= today


def is_to_tell(wish: Any) -> bool:
    """Whether it came in, for somebody who can be told and does not know yet."""
    return bool(wish.customer and wish.came_in_at and not wish.told_at)


def wishes_of(vendor: Vendor) -> WishQuerySet:
    """The shop's wishes without those that were noted by mistake."""
    return Wish.objects.filter(vendor=vendor).exclude(outcome=Wish.Outcome.UNDONE)


def asked_on(vendor: Vendor, days: Days) -> Q:
    """Wishes that were asked for on these days, for the first time or again."""
    start, end = vendor.day_bounds(days.first)[0], vendor.day_bounds(days.last)[1]
    return Q(asked_at__gte=start, asked_at__lt=end) | Q(pk__in=_again(vendor, days).values("wish"))


def _again(vendor: Vendor, days: Days) -> QuerySet[WishEdit]:
    start, end = vendor.day_bounds(days.first)[0], vendor.day_bounds(days.last)[1]
    return WishEdit.objects.filter(vendor=vendor, at__gte=start, at__lt=end, after__step=AGAIN).order_by()


def missing_lines(vendor: Vendor, days: Days) -> QuerySet[VisitLine]:
    """What visits of these days found none of; voided ones are none."""
    start, end = vendor.day_bounds(days.first)[0], vendor.day_bounds(days.last)[1]
    # Not by a join, which is read from the side of the lines: through all that the shop ever sold.
    visits = Visit.objects.standing().filter(vendor=vendor, at__gte=start, at__lt=end)
    return VisitLine.objects.filter(vendor=vendor, outcome=VisitLine.Outcome.NOT_IN_STOCK, visit__in=visits)


def asked_for(vendor: Vendor, days: Days, *, counted: Days, today: dt.date, most: int) -> Asked:
    """
    What was asked for on `days`, or is waited for `today` of what was asked by then; `most` things, `most` people each.

    `counted` are the days, with those among them, on which it is counted how many different people asked.
    """
    start, end = vendor.day_bounds(days.first)[0], vendor.day_bounds(days.last)[1]
    into = stand_ins(vendor.pk)
    things = list(_things(vendor, counted, end, today, into).values())
    missing = _count_missing(vendor, days, things, into)
    on_days = {each.key: [who for who, at in each.asks if start <= at < end] for each in things}
    things = [each for each in things if on_days[each.key] or each.missing or _open(each, today)]
    products = Product.objects.in_bulk([each.key for each in things if isinstance(each.key, int)])
    made = [(_asked_for(each, products, on_days[each.key], today), each) for each in things]
    made.sort(key=lambda pair: _most_first(pair[0]))
    regulars = _told_of(vendor, made[:most], counted, today, most)
    waiting = [row for each in things for row in _open(each, today)]
    return Asked(
        people=different(who for asks in on_days.values() for who in asks),
        waiting=different(row.customer for row in waiting),
        to_tell=different(row.customer for row in waiting if is_to_tell(row)),
        missing=missing,
        regulars=regulars,
        things=[each for each, _thing in made[:most]],
        more=len(made[most:]),
    )


def _things(
    vendor: Vendor, counted: Days, end: dt.datetime, today: dt.date, into: Mapping[int, int]
) -> dict[Any, _Thing]:
    """By product (its id; a merged one is what stands for it) or words; three statements."""
    start = vendor.day_bounds(counted.first)[0]
    again = list(_again(vendor, counted).values_list("wish", "at"))
    wishes = wishes_of(vendor).order_by().values_list(*ROW, named=True)
    asked = Q(asked_at__gte=start, asked_at__lt=end) | Q(pk__in={wish for wish, _at in again})
    # Two statements, for each goes by an index of its own; one of both would go through all wishes of the shop.
    rows = {row.pk: row for found in (asked, Q(outcome="", until__gte=today)) for row in wishes.filter(found)}
    things: dict[Any, _Thing] = {}
    of_wish: dict[int, tuple[_Thing, int | None]] = {}
    for row in sorted(rows.values(), key=lambda row: (row.asked_at, row.pk)):
        if row.asked_at >= end:
            break
        key = into.get(row.product, row.product) or folded(row.text)
        thing = things.setdefault(key, _Thing(key))
        thing.rows.append(row)
        thing.asks += [(row.customer, row.asked_at)] if row.asked_at >= start else []
        of_wish[row.pk] = thing, row.customer
    for wish, at in again:
        if wish in of_wish:
            of_wish[wish][0].asks.append((of_wish[wish][1], at))
    return things


def _count_missing(vendor: Vendor, days: Days, things: list[_Thing], into: Mapping[int, int]) -> int:
    """Lay to each of `things` how often visits found none of it; what nobody wishes for is added to them."""
    by_key = {each.key: each for each in things}
    found = missing_lines(vendor, days).order_by().values_list("product").annotate(lines=Count("pk"))
    for product, lines in found:
        key = into.get(product, product)
        if key not in by_key:
            by_key[key] = _Thing(key)
            things.append(by_key[key])
        by_key[key].missing += lines
    return sum(each.missing for each in things)


def _open(thing: _Thing, today: dt.date) -> list[Any]:
    return [row for row in thing.rows if is_open(row, today)]


def _asked_for(thing: _Thing, products: Mapping[int, Product], on_days: list[int | None], today: dt.date) -> AskedFor:
    waiting = _open(thing, today)
    return AskedFor(
        product=products.get(thing.key),
        text=thing.rows[0].text if thing.rows else "",
        wish=thing.rows[-1].uid if thing.rows else None,
        people=different(on_days),
        lately=different(who for who, _at in thing.asks),
        missing=thing.missing,
        waiting=different(row.customer for row in waiting),
        to_tell=different(row.customer for row in waiting if is_to_tell(row)),
        is_awaited=any(row.came_in_at is None for row in waiting),
    )


def _most_first(each: AskedFor) -> tuple[bool, int, int, int, str]:
    name = each.product.name if each.product else each.text
    return not each.to_tell, -each.people, -each.waiting, -each.missing, name.casefold()


def _told_of(vendor: Vendor, made: list[tuple[AskedFor, _Thing]], counted: Days, today: dt.date, most: int) -> int:
    """Say of these things which regulars, and by name who asked most and who waits; how many regulars there are."""
    regulars = regulars_of(vendor, min(counted.last, today))
    waiting = {thing.key: _in_order(_open(thing, today))[:most] for _each, thing in made}
    loud = {thing.key: _loudest(thing) for _each, thing in made}
    ids = {row.customer for rows in waiting.values() for row, _since in rows} | set(loud.values())
    people = Customer.objects.prefetch_related("contact_points").in_bulk(ids - {None})
    for each, thing in made:
        each.touched = len({who for who, _at in thing.asks} & regulars)
        each.mostly = people.get(loud[thing.key])
        each.who_waits = [Waits(people.get(row.customer), row, since) for row, since in waiting[thing.key]]
    return len(regulars)


def _loudest(thing: _Thing) -> int | None:
    """Who asked more than half of several times."""
    times = Counter(who for who, _at in thing.asks if who)
    return next((who for who, count in times.most_common(1) if 2 * count > len(thing.asks) > 1), None)


def _in_order(rows: list[Any]) -> list[tuple[Any, dt.datetime]]:
    """The last wish of each person with when they asked first."""
    of_person: dict[Any, list[Any]] = {}
    for row in rows:
        of_person.setdefault(row.customer or f"wish {row.pk}", []).append(row)
    found = [(of_one[-1], of_one[0].asked_at) for of_one in of_person.values()]
    return sorted(found, key=lambda pair: (not is_to_tell(pair[0]), pair[1]))
