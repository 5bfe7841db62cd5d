"""How much is open between the shop and each of its people: of a whole shop at once."""

import datetime as dt
from collections import Counter
from typing import NamedTuple

from django.db.models import Count, Model, QuerySet

from customers.promises.models import Problem, Promise, Wish
from vendors.models import Vendor


class OpenCount(NamedTuple):
    """How many of each are open; promises of either side, problems until they were asked about."""

    promises: int = 0
    problems: int = 0
    wishes: int = 0


NOTHING = OpenCount()


def open_counts(vendor: Vendor, day: dt.date) -> dict[int, OpenCount]:
    """Of everybody (by id) with whom anything is open on the shop's `day`."""
    kinds = Promise.objects.open(), Problem.objects.unclosed(), Wish.objects.open(day)
    counts = [_by_person(rows.filter(vendor=vendor)) for rows in kinds]
    people = {who for counted in counts for who in counted}
    return {who: OpenCount(*(counted[who] for counted in counts)) for who in people - {None}}


def _by_person(rows: QuerySet[Model]) -> Counter[int]:
    return Counter(dict(rows.order_by().values_list("customer").annotate(times=Count("pk"))))
