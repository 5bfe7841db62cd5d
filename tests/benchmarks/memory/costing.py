"""
What the memory costs with the ORM on SQLite, in a shop of 1,000 customers and 300 products that is a year old.

python -m tests.benchmarks.memory.costing    with an empty database in the environment; prints `main()` as JSON
"""

import datetime as dt
import json
import random
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from unittest import mock

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - after the set-up above
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from customers.models import Customer  # noqa: E402
from customers.preferences.buying import buying_list  # noqa: E402
from customers.preferences.remembering import remember  # noqa: E402
from customers.visits import recording, tallying  # noqa: E402
from customers.visits.expecting import People  # noqa: E402
from customers.visits.models import Visit, VisitLine  # noqa: E402
from vendors.models import Product, Vendor  # noqa: E402

CUSTOMERS, PRODUCTS, DAYS = 1_000, 300, 365
FAVOURITES, LINES = 15, 5
ROUNDS = 200
REPEATS = 7

Times = tuple[float, float, float]
"""The median of some rounds, and the quarters of them below and above."""


def main() -> dict[str, Times]:
    """Milliseconds more of recording and of a card's memory; seconds of due with demand and of the first find page."""
    call_command("migrate", verbosity=0)
    vendor = _build()
    vendor.refresh_from_db()
    customers = list(Customer.objects.select_related("vendor").filter(vendor=vendor)[:ROUNDS])
    remember(customers[0], now=timezone.now())  # the first of a day also reads what the shop knew before
    return {
        "record": _spread([1000 * _recording(vendor, person) for person in customers]),
        "rank": _spread([1000 * _timed(partial(remember, person, now=timezone.now())) for person in customers]),
        "forecast": _spread([_timed(partial(_forecast, vendor)) for _round in range(REPEATS)]),
        "find": _spread([_timed(partial(_first_find, vendor)) for _round in range(REPEATS)]),
    }


def _recording(vendor: Vendor, person: Customer) -> float:
    """Seconds that a visit with six lines costs more than without the counts: the two take turns."""
    lines = [recording.Line(product, product.step) for product in Product.objects.filter(vendor=vendor)[:6]]

    def record() -> None:
        recording.record(vendor=vendor, customer=person, lines=lines, by=None, uid=uuid.uuid4())

    with mock.patch.object(tallying, "add"):
        without = _timed(record)
    return _timed(record) - without


def _forecast(vendor: Vendor) -> None:
    """Who is due tomorrow, who stays away, and what will be needed: all read anew."""
    tomorrow = vendor.today() + dt.timedelta(days=1)
    people = People(vendor, tomorrow)
    people.staying_away()
    if not buying_list(vendor, tomorrow, people).lines:
        raise ValueError("a shop of 1,000 customers needs something")


def _first_find(vendor: Vendor) -> None:
    """What the first find page of a day reads."""
    People(vendor, vendor.today()).expected()


def _spread(times: list[float]) -> Times:
    low, middle, high = statistics.quantiles(times, n=4)
    return middle, low, high


def _timed(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def _build() -> Vendor:
    """Everybody comes every third day or so and takes some of their favourites."""
    chance = random.Random(2026)
    with transaction.atomic():
        vendor = Vendor.objects.create(name="Costs", slug="costs")
        products = Product.objects.bulk_create(Product(vendor=vendor, name=f"Good {n}") for n in range(PRODUCTS))
        customers = Customer.objects.bulk_create(Customer(vendor=vendor, name=f"P {n}") for n in range(CUSTOMERS))
        tastes = {customer.pk: chance.sample(products, FAVOURITES) for customer in customers}
        planned = sorted(_visits([customer.pk for customer in customers], chance))
        visits = Visit.objects.bulk_create(
            (Visit(vendor=vendor, customer_id=who, at=at, digest=uuid.uuid4().hex * 2) for at, who in planned), 5_000
        )
        VisitLine.objects.bulk_create(
            (
                VisitLine(vendor=vendor, visit=visit, position=place, product=product, quantity=1, unit="kg")
                for visit in visits
                for place, product in enumerate(chance.sample(tastes[visit.customer_id], LINES))
            ),
            5_000,
        )
    tallying.recount_shop(vendor)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return vendor


def _visits(customers: list[int], chance: random.Random) -> Iterator[tuple[dt.datetime, int]]:
    noon = timezone.now().replace(hour=6, minute=0, second=0, microsecond=0)
    for ago in range(1, DAYS + 1):
        for who in customers:
            if chance.random() < 0.3:
                yield noon - dt.timedelta(days=ago, minutes=chance.randrange(240)), who


if __name__ == "__main__":
    print(json.dumps(main()))
