"""What goes wrong again and again: problems by product and by a supplier's day, and how many regulars they touched."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.db.models import QuerySet

from customers.models import Customer
from customers.promises.models import Problem
from customers.visits.regulars import regulars_of
from vendors.catalogue import stand_ins
from vendors.models import Product, Vendor

PERIODS = (30, 90)
"""Days that one may look back."""
LEAST_PEOPLE = 3
"""Different people from whom on something is called a trend: two may be chance, and one is one."""


class Trouble(NamedTuple):
    """
    What went wrong with a product, or on a day of a supplier: `touched` of the shop's `regulars` had it.

    `kinds` are (what, how often), the most frequent first; `mostly` is who had more than half of several problems.
    """

    product: Product | None
    supplier: Customer | None
    day: dt.date | None
    problems: int
    people: int
    touched: int
    regulars: int
    kinds: tuple[tuple[str, int], ...]
    mostly: Customer | None

    @property
    def is_repeated(self) -> bool:
        return self.problems > 1

    @property
    def is_trend(self) -> bool:
        return self.people >= LEAST_PEOPLE


class Troubles(NamedTuple):
    """The troubles of some days: what is repeated first, and of that what touched the most people."""

    since: dt.date
    by_product: list[Trouble]
    by_supplier_day: list[Trouble]


def troubles(vendor: Vendor, *, days: int) -> Troubles:
    """What went wrong on the last `days` days of the shop, today among them."""
    today = vendor.today()
    return troubles_between(vendor, today - dt.timedelta(days=days - 1), today)


def troubles_between(vendor: Vendor, since: dt.date, until: dt.date) -> Troubles:
    """What went wrong from one day to another, both among them; six statements, however much it was."""
    counted = counted_problems(vendor).filter(happened_on__gte=since, happened_on__lte=until)
    rows = list(counted.select_related("customer", "product", "supplier"))
    regulars, into = regulars_of(vendor, min(until, vendor.today())), stand_ins(vendor.pk)
    products = Product.objects.in_bulk({into.get(row.product_id, row.product_id) for row in rows if row.product_id})

    def by_product(row: Problem) -> tuple[Product | None, None, None] | None:
        return (products[into.get(row.product_id, row.product_id)], None, None) if row.product_id else None

    def by_supplier_day(row: Problem) -> tuple[None, Customer, dt.date] | None:
        return (None, row.supplier, row.happened_on) if row.supplier else None

    return Troubles(since, _troubles(rows, by_product, regulars), _troubles(rows, by_supplier_day, regulars))


def counted_problems(vendor: Vendor) -> QuerySet[Problem]:
    """The shop's problems without those that were noted by mistake."""
    return Problem.objects.filter(vendor=vendor, is_undone=False)


def _troubles(
    rows: Iterable[Problem], about: Callable[[Problem], tuple | None], regulars: frozenset[int]
) -> list[Trouble]:
    together = defaultdict(list)
    for row in rows:
        if key := about(row):
            together[key].append(row)
    return sorted((_trouble(key, of_key, regulars) for key, of_key in together.items()), key=_most_first)


def _trouble(
    key: tuple[Product | None, Customer | None, dt.date | None], rows: list[Problem], regulars: frozenset[int]
) -> Trouble:
    people = Counter(row.customer for row in rows if row.customer)
    kinds = Counter(row.what for row in rows)
    return Trouble(
        *key,
        problems=len(rows),
        people=len(people),
        touched=sum(person.pk in regulars for person in people),
        regulars=len(regulars),
        kinds=tuple(kinds.most_common()),
        mostly=next((who for who, count in people.most_common(1) if 2 * count > len(rows) > 1), None),
    )


def _most_first(trouble: Trouble) -> tuple[bool, int, int, int]:
    return not trouble.is_repeated, -trouble.people, -trouble.problems, -(trouble.day or dt.date.min).toordinal()
