"""
The shop as one person lived it: what they came for, asked and had not, were promised, and what went wrong.

Pure but for `shoes_of`, which fetches the rows. Facts with their days; nothing is weighed into one number.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Prefetch, Q

from customers.models import Customer
from customers.promises.models import Problem, Promise, PromiseLine, Wish
from customers.visits.models import Visit, VisitLine
from customers.visits.outcomes import MISSING, TAKEN, WANTED
from vendors.catalogue import stand_ins
from vendors.models import Member, Product, Vendor

DAYS = 90
"""So many days of the shop are looked back on, the present one among them."""
EARLY = 5
"""Under so many visits with a member it is too early to compare."""
USUAL_TIMES = 3
"""A usual product was wanted in so many visits at least, and in at least every third of those that wanted something."""


class Asking(NamedTuple):
    """A product (by id) in one visit: `had` is whether it was carried home, `missing` whether there was none."""

    product: int
    had: bool
    missing: bool


class Came(NamedTuple):
    """One visit under this person's name, who served in it, and who came for them, if another did."""

    pk: int
    at: dt.datetime
    by: Member | None
    collected_by: Customer | None
    asked: tuple[Asking, ...]

    @property
    def is_complete(self) -> bool:
        """Whether they had all that they asked for."""
        return all(asking.had for asking in self.asked)

    @property
    def missed(self) -> list[int]:
        return [asking.product for asking in self.asked if not asking.had]


class AskedInVain(NamedTuple):
    """Asked for and not had: in a visit, or told as a wish, or both, which is one asking."""

    at: dt.datetime
    product: Product | None
    text: str
    wish: Wish | None


class ServedBy(NamedTuple):
    """What one member served: visits, those that asked for something, the complete ones of these, and problems."""

    member: Member | None
    visits: int
    asking: int
    complete: int
    problems: int

    @property
    def is_early(self) -> bool:
        return self.visits < EARLY


class Completeness(NamedTuple):
    """How often something was complete: the number of visits that it is of, and those in which it was not."""

    of: int
    lacking: list[tuple[Came, list[int]]]
    """With the products (by id) that they did not have."""

    @property
    def complete(self) -> int:
        return self.of - len(self.lacking)


@dataclass(frozen=True)
class Shoes:
    """
    The days from `since` to `until`; each list with the latest first.

    `all_asked` counts the visits in which they asked for something, complete when they had all of it as asked.
    `usual` counts those in which they asked for one of their usual products (see `USUAL_TIMES`), complete when they had
    each of these that they asked for. `collected` are the visits in which they came for somebody else.
    """

    vendor: Vendor
    since: dt.date
    until: dt.date
    came: list[Came]
    collected: list[Visit]
    in_vain: list[AskedInVain]
    promises: list[Promise]
    problems: list[Problem]
    all_asked: Completeness
    usual: Completeness
    served: list[ServedBy]
    products: Mapping[int, Product]

    @property
    def is_empty(self) -> bool:
        return not (self.came or self.collected or self.in_vain or self.promises or self.problems)

    @property
    def collected_by_others(self) -> list[Came]:
        return [each for each in self.came if each.collected_by]

    def promises_that(self, side: str, *outcomes: str) -> list[Promise]:
        return [each for each in self.promises if each.side == side and each.outcome in outcomes]

    @property
    def asked_afterwards(self) -> list[Problem]:
        return [each for each in self.problems if each.asked_at]


# Reckoning


def completeness(came: Iterable[Came]) -> Completeness:
    asking = [each for each in came if each.asked]
    return Completeness(len(asking), [(each, each.missed) for each in asking if not each.is_complete])


def usual_products(came: Iterable[Came]) -> set[int]:
    """What they want in `USUAL_TIMES` visits at least, and in every third of those that asked for something."""
    asking = [{asking.product for asking in each.asked} for each in came if each.asked]
    times = Counter(product for products in asking for product in products)
    return {product for product, count in times.items() if count >= USUAL_TIMES and count * 3 >= len(asking)}


def usual_completeness(came: Sequence[Came]) -> Completeness:
    usual = usual_products(came)
    theirs = (each._replace(asked=tuple(asking for asking in each.asked if asking.product in usual)) for each in came)
    return completeness(theirs)


def served_by(came: Iterable[Came], troubled: Collection[int]) -> list[ServedBy]:
    """By who served, the most visits first; `troubled` has the visit of each problem once for each."""
    by_member: dict[int | None, list[Came]] = defaultdict(list)
    for each in came:
        by_member[each.by and each.by.pk].append(each)
    problems = Counter(troubled)
    rows = [
        ServedBy(
            member=visits[0].by,
            visits=len(visits),
            asking=completeness(visits).of,
            complete=completeness(visits).complete,
            problems=sum(problems[each.pk] for each in visits),
        )
        for visits in by_member.values()
    ]
    return sorted(rows, key=lambda row: (-row.visits, row.member.name if row.member else ""))


def in_vain(
    came: Iterable[Came],
    wishes: Iterable[Wish],
    products: Mapping[int, Product],
    into: Mapping[int, int],
    day_of: Callable[[dt.datetime], dt.date],
) -> list[AskedInVain]:
    """
    Each asking once, the latest first: a missing line of a visit, or a wish.

    What was missing and wished for on one day of the shop is the same asking. `into` has what merged products became.
    """
    found: dict[object, AskedInVain] = {
        (day_of(each.at), asking.product): AskedInVain(each.at, products[asking.product], "", None)
        for each in came
        for asking in each.asked
        if asking.missing
    }
    for wish in wishes:
        product = wish.product_id and into.get(wish.product_id, wish.product_id)
        key = (day_of(wish.asked_at), product or wish.text)
        at = found[key].at if key in found else wish.asked_at
        found[key] = AskedInVain(at, wish.product, wish.text, wish)
    return sorted(found.values(), key=lambda each: each.at, reverse=True)


# Fetching


def shoes_of(customer: Customer, *, now: dt.datetime) -> Shoes:
    """The last `DAYS` of the shop as `customer` lived them; `customer.vendor` is read."""
    vendor = customer.vendor
    until = vendor.day_of(now)
    since = until - dt.timedelta(days=DAYS - 1)
    start = vendor.day_bounds(since)[0]
    into = stand_ins(vendor.pk)
    visits = _visits(customer, start, now)
    came = [_came(visit, into) for visit in visits if visit.customer_id == customer.pk]
    wishes = list(_wishes(customer, start, now))
    problems = list(_problems(customer, since, until))
    products = Product.objects.filter(vendor=vendor).in_bulk({asking.product for each in came for asking in each.asked})
    return Shoes(
        vendor=vendor,
        since=since,
        until=until,
        came=came,
        collected=[visit for visit in visits if visit.customer_id != customer.pk],
        in_vain=in_vain(came, wishes, products, into, vendor.day_of),
        promises=_promises(customer, start, now),
        problems=problems,
        all_asked=completeness(came),
        usual=usual_completeness(came),
        served=served_by(came, [each.visit_id for each in problems if each.visit_id]),
        products=products,
    )


def _visits(customer: Customer, start: dt.datetime, now: dt.datetime) -> list[Visit]:
    """Those under their name, and those in which they came for somebody else."""
    theirs = Visit.objects.standing().filter(Q(customer=customer) | Q(collected_by=customer), vendor=customer.vendor_id)
    lines = Prefetch("lines", VisitLine.objects.filter(outcome__in=WANTED))
    found = theirs.filter(at__gte=start, at__lte=now + Visit.CLOCKS_DIFFER).latest_first()
    return list(found.select_related("customer", "collected_by", "by").prefetch_related(lines))


def _came(visit: Visit, into: Mapping[int, int]) -> Came:
    """A product of two lines is one asking: had if one of them was."""
    outcomes: dict[int, set[str]] = defaultdict(set)
    for line in visit.lines.all():
        outcomes[into.get(line.product_id, line.product_id)].add(line.outcome)
    asked = (Asking(product, bool(said & TAKEN), said == {MISSING}) for product, said in outcomes.items())
    return Came(visit.pk, visit.at, visit.by, visit.collected_by, tuple(asked))


def _wishes(customer: Customer, start: dt.datetime, now: dt.datetime) -> Iterable[Wish]:
    asked = Wish.objects.filter(customer=customer, asked_at__gte=start, asked_at__lte=now + Visit.CLOCKS_DIFFER)
    return asked.exclude(outcome=Wish.Outcome.UNDONE).select_related("product").order_by("-asked_at")


def _promises(customer: Customer, start: dt.datetime, now: dt.datetime) -> list[Promise]:
    """Those closed in this time, and the open ones that are overdue."""
    lines = Prefetch("lines", PromiseLine.objects.select_related("product"))
    ended = Q(closed_at__gte=start, closed_at__lte=now + Visit.CLOCKS_DIFFER) | Q(outcome="", due_at__lt=now)
    found = list(Promise.objects.filter(ended, customer=customer).prefetch_related(lines).order_by("-due_at", "-pk"))
    for each in found:
        each.vendor = customer.vendor  # is the same, and was read already
    return found


def _problems(customer: Customer, since: dt.date, until: dt.date) -> Iterable[Problem]:
    found = Problem.objects.filter(customer=customer, happened_on__gte=since, happened_on__lte=until, is_undone=False)
    return found.select_related("product", "visit", "visit__by").order_by("-happened_on", "-pk")
