"""Which regulars are likely to come on a day, and at what hours."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from customers.models import Customer
from customers.visits.expecting import HOUR_PRIOR, LATEST, Expected, People, usual_minute
from customers.visits.regulars import regulars_among
from vendors.models import Vendor

NAMED = 12
"""The likeliest people, who are named."""
HOUR = 60


@dataclass(frozen=True)
class Comer:
    """One regular, the chance (0 to 1) that they come, and about which minute of the shop's day."""

    customer: Customer
    chance: float
    minute: int


@dataclass(frozen=True)
class Comers:
    """
    About how many of so many `regulars` come on a day (a sum of chances), and how many of them in each hour.

    The hours are counted from the beginning of the shop's day. `likeliest` are those who are named, in the order in
    which they use to come.
    """

    likely: float
    regulars: int
    by_hour: dict[int, float]
    likeliest: list[Comer]


def comers_of(vendor: Vendor, people: People, *, named: int | None = NAMED) -> Comers:
    """What `people` of a day tell; `named` so many of the likeliest, or all of them."""
    regulars = regulars_among(vendor, people.expected())
    likeliest = sorted(regulars, key=lambda each: (-each.chance, each.customer))[:named]
    customers = Customer.objects.in_bulk([each.customer for each in likeliest])
    weekday = (people.day - 1) % 7
    found = [
        Comer(customers[each.customer], each.chance, usual_minute(each.comings, weekday))
        for each in likeliest
        if each.customer in customers  # or forgotten meanwhile
    ]
    return Comers(
        likely=sum(each.chance for each in regulars),
        regulars=len(regulars),
        by_hour=by_hour(regulars),
        likeliest=sorted(found, key=lambda each: (each.minute, each.customer.pk)),
    )


def by_hour(expected: Sequence[Expected]) -> dict[int, float]:
    """
    How many of `expected` come in each hour: of each the chance, spread as their latest visits were.

    Little is known of who came seldom, so that their hours are mixed with those of all, as `Expected.chance_around`
    does it.
    """
    hours = [Counter(minute // HOUR for minute in each.comings.minutes[-LATEST:]) for each in expected]
    shop = sum(hours, Counter[int]())
    visits = shop.total()
    found = Counter[int]()
    from_all = 0.0
    for each, own in zip(expected, hours, strict=True):
        share = each.chance / (own.total() + HOUR_PRIOR)
        from_all += share * HOUR_PRIOR
        for hour, times in own.items():
            found[hour] += share * times
    return {hour: found[hour] + from_all * shop[hour] / visits for hour in sorted(shop)}
