"""What goes wrong again and again: problems by product and by a supplier's day, and how many regulars they touched."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

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


_Together = dict[tuple[int | None, int | None, dt.date | None], list[Any]]
"""The rows of problems by what they are about: a product, or a supplier and a day."""


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
    rows = _rows(vendor, since, until)
    regulars, into = regulars_of(vendor, min(until, vendor.today())), stand_ins(vendor.pk)
    by_product = _together(rows, lambda row: row.product and (into.get(row.product, row.product), None, None))
    by_day = _together(rows, lambda row: row.supplier and (None, row.supplier, row.happened_on))
    products = Product.objects.in_bulk([product for product, _supplier, _day in by_product])
    named = {_loudest(of_key) for of_key in (*by_product.values(), *by_day.values())} - {None}
    people = Customer.objects.in_bulk(named | {supplier for _product, supplier, _day in by_day})

    def told(together: _Together) -> list[Trouble]:
        found = (
            _trouble((products.get(product), people.get(supplier), day), of_key, regulars, people)
            for (product, supplier, day), of_key in together.items()
        )
        return sorted(found, key=_most_first)

    return Troubles(since, told(by_product), told(by_day))


def _rows(vendor: Vendor, since: dt.date, until: dt.date) -> list[Any]:
    """In the order in which they were noted, for of as many of two kinds the first is told first."""
    counted = counted_problems(vendor).filter(happened_on__gte=since, happened_on__lte=until)
    return list(counted.values_list("customer", "product", "supplier", "what", "happened_on", named=True))


def counted_problems(vendor: Vendor) -> QuerySet[Problem]:
    """The shop's problems without those that were noted by mistake."""
    return Problem.objects.filter(vendor=vendor, is_undone=False)


def _together(rows: Iterable[Any], about: Callable[[Any], Any]) -> _Together:
    together = defaultdict(list)
    for row in rows:
        if key := about(row):
            together[key].append(row)
    return together


def _loudest(rows: Sequence[Any]) -> int | None:
    """Who had more than half of several problems."""
    people = Counter(row.customer for row in rows if row.customer)
    return next((who for who, count in people.most_common(1) if 2 * count > len(rows) > 1), None)


def _trouble(
    about: tuple[Product | None, Customer | None, dt.date | None],
    rows: Sequence[Any],
    regulars: frozenset[int],
    people: Mapping[int, Customer],
) -> Trouble:
    touched = {row.customer for row in rows} - {None}
    return Trouble(
        *about,
        problems=len(rows),
        people=len(touched),
        touched=len(touched & regulars),
        regulars=len(regulars),
        kinds=tuple(Counter(row.what for row in rows).most_common()),
        mostly=people.get(_loudest(rows)),
    )


def _most_first(trouble: Trouble) -> tuple[bool, int, int, int]:
    return not trouble.is_repeated, -trouble.people, -trouble.problems, -(trouble.day or dt.date.min).toordinal()
