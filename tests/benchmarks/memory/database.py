"""
The same shop once through the product's database: what the card, the find page and the buying list then say must be
what the pure functions say of the same visits.

python -m tests.benchmarks.memory.database    with an empty database in the environment; prints `differences()` as JSON
"""

import datetime as dt
import json
import subprocess
import sys
import tempfile
import uuid
from itertools import islice
from pathlib import Path

from tests.benchmarks.memory.bootstrap import Estimate
from tests.benchmarks.memory.dealing import Shop, shops
from tests.benchmarks.memory.gates import Gate
from tests.benchmarks.memory.households import TIME_ZONE, view
from tests.benchmarks.memory.plots import Chart
from tests.benchmarks.memory.product_coming import EVE, Expecting
from tests.benchmarks.memory.product_demand import Demand
from tests.benchmarks.memory.product_usual import Regulars
from tests.benchmarks.shops import ROOT, environment

DAY = 330
"""The day on whose morning all is asked."""
CARDS = 40
LEAST = 1e-9
"""What adding up in another order may make."""


def report() -> tuple[list[Gate], list[Chart]]:
    """Compare in a process with a database of its own, and print."""
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        command = [sys.executable, "-m", "tests.benchmarks.memory.database"]
        database = environment(Path(folder) / "household.sqlite3")
        found = subprocess.run(command, check=True, cwd=ROOT, env=database, stdout=subprocess.PIPE)
    print("\nThe same through the database, in a shop of 100: figures, and by how much they differ at the most\n")
    gates = []
    for name, (count, most, other) in json.loads(found.stdout).items():
        print(f"{name}: {count}, {most:.1e}")
        gates.append(
            Gate(f"of {count} {name} otherwise through the database", Estimate(other, other, other), 0, 0, "", False)
        )
    return gates, []


def differences() -> dict[str, tuple[int, float, int]]:
    """By kind how many figures were compared, the largest difference, and how many differ by more than `LEAST`."""
    import django

    django.setup()
    from django.core.management import call_command

    from customers.models import Customer
    from customers.preferences.buying import buying_list
    from customers.preferences.remembering import remember
    from customers.visits.expecting import People

    call_command("migrate", verbosity=0)
    shop = shops(view("greengrocer"), "100")[0]
    vendor, customers, products = _write(shop)
    day = dt.date.fromordinal(EVE + DAY)
    morning = dt.datetime.combine(day, dt.time(8), vendor.tz)
    usual, expecting, demand = Regulars(shop), Expecting(shop, range(DAY, DAY + 1)), Demand(shop, range(DAY, DAY + 1))
    for on, baskets in islice(shop.days(), DAY - 1):
        usual.end_day(baskets)
        expecting.end_day(on, baskets)
        demand.end_day(on, baskets)
    seen = [household for household in shop.customers if usual.histories[household]][:CARDS]
    scores = usual.scores(seen)
    cards: list[float] = []
    for household, row in zip(seen, scores, strict=True):
        person = Customer.objects.select_related("vendor").get(pk=customers[household])
        for suggestion in remember(person, now=morning).usual:
            cards.append(abs(suggestion.probability - float(row[products[suggestion.product.pk]])))
    chances = expecting.chances(DAY, expecting.crowd(DAY))
    household_of = {pk: household for household, pk in customers.items()}
    people = [abs(each.chance - chances[household_of[each.customer]]) for each in People(vendor, day).expected()]
    baskets = demand.tomorrow(DAY).tolist()
    lines = [abs(line.need.baskets - baskets[products[line.product.pk]]) for line in buying_list(vendor, day).lines]
    found = {"tiles of cards": cards, "chances to come": people, "products to buy": lines}
    return {name: (len(each), max(each), sum(value > LEAST for value in each)) for name, each in found.items()}


def _write(shop: Shop):
    """The shop's visits before `DAY` in the database; the shop, its customers by household and its products by id."""
    from customers.models import Customer
    from customers.visits import tallying
    from customers.visits.models import Visit, VisitLine
    from vendors.models import Product, Vendor

    vendor = Vendor.objects.create(name="Households", slug="households", time_zone=TIME_ZONE)
    names = shop.view.products
    products = Product.objects.bulk_create(Product(vendor=vendor, name=name, unit="piece") for name in names)
    people = Customer.objects.bulk_create(Customer(vendor=vendor, name=f"{number}") for number in shop.customers)
    customers = dict(zip(shop.customers, (person.pk for person in people), strict=True))
    baskets = [
        (dt.datetime.combine(dt.date.fromordinal(EVE + day), dt.time(12), vendor.tz), customers[household], basket)
        for day, found in islice(shop.days(), DAY - 1)
        for household, basket in found.items()
    ]
    visits = Visit.objects.bulk_create(
        Visit(vendor=vendor, customer_id=customer, at=at, digest=uuid.uuid4().hex * 2)
        for at, customer, _basket in baskets
    )
    VisitLine.objects.bulk_create(
        VisitLine(vendor=vendor, visit=visit, position=place, product=products[product], quantity=1, unit="piece")
        for visit, (_at, _customer, basket) in zip(visits, baskets, strict=True)
        for place, product in enumerate(basket)
    )
    tallying.recount_shop(vendor)
    vendor.refresh_from_db()
    return vendor, customers, {product.pk: number for number, product in enumerate(products)}


if __name__ == "__main__":
    print(json.dumps(differences()))
