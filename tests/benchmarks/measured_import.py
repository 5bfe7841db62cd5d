"""What bench_import.py runs in a fresh data folder: the import, paused at each slice for the plain insert of it."""

import csv
import multiprocessing
import os
import resource
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from multiprocessing.connection import Connection
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - models need the set-up above
from django.db import transaction  # noqa: E402

from crm.lib.spreadsheet import open_sheet  # noqa: E402
from customers import importing as customers_importing  # noqa: E402
from customers.importing import Watcher, import_customers  # noqa: E402
from customers.models import Customer  # noqa: E402
from customers.visits import finding, recording  # noqa: E402
from customers.visits import importing as visits_importing  # noqa: E402
from customers.visits.importing import BATCH, import_visits  # noqa: E402
from customers.visits.models import Visit, VisitLine  # noqa: E402
from tests.benchmarks.budgets import said  # noqa: E402
from vendors.models import Product, Vendor  # noqa: E402

SLICE = 15_000  # lines between two changes of sides
RATE, MEMORY = 0.6, 300  # of the plain insert; MB


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 0.0
        self.go()

    def go(self) -> None:
        self.started = time.perf_counter()

    def stop(self) -> None:
        self.seconds += time.perf_counter() - self.started


def measure(customers_csv: Path, visits_csv: Path) -> None:
    call_command("migrate", verbosity=0)
    shops = [
        Vendor.objects.create(name=slug, slug=slug, time_zone="America/New_York", phone_region="US")
        for slug in ("imported", "plain")
    ]
    _import_customers(shops, customers_csv)
    _report(*_import_visits(shops[0], visits_csv))
    _serve(shops[0])


def _import_customers(shops: Iterable[Vendor], path: Path) -> None:
    for vendor in shops:
        started = time.perf_counter()
        sheet = open_sheet(path, customers_importing.COLUMNS)
        counts = import_customers(vendor=vendor, sheet=sheet)
        print(f"customers: {counts.new / (time.perf_counter() - started):,.0f} rows/s ({counts})")


def _import_visits(vendor: Vendor, path: Path) -> tuple[float, list[float], visits_importing.VisitCounts]:
    """Seconds of the import and of each plain slice. While one side works the other waits."""
    ours, theirs = multiprocessing.Pipe()
    plain = multiprocessing.get_context("spawn").Process(target=insert_slices, args=(theirs, path))
    plain.start()
    ours.recv()  # it is set up
    plain_seconds: list[float] = []
    watch = Stopwatch()

    def reached(line: int) -> None:
        if line >= SLICE * (len(plain_seconds) + 1):
            change_sides(SLICE * (len(plain_seconds) + 1))

    def change_sides(until: float) -> None:
        watch.stop()
        ours.send(until)
        plain_seconds.append(ours.recv())
        watch.go()

    sheet = open_sheet(path, visits_importing.COLUMNS)
    counts = import_visits(vendor=vendor, sheet=sheet, watcher=Watcher(reached=reached))
    change_sides(float("inf"))
    watch.stop()
    ours.send(None)
    plain.join()
    return watch.seconds, plain_seconds, counts


def insert_slices(orders: Connection, path: Path) -> None:
    """The other process: for each line number it is sent, insert the rows up to there and answer with the seconds."""
    vendor = Vendor.objects.get(slug="plain")
    customers = dict(Customer.objects.filter(vendor=vendor).values_list("uid", "id"))
    products: dict[str, int] = {}
    visits = _parsed(path, customers)
    orders.send("ready")
    while (until := orders.recv()) is not None:
        batches = list(_batches(_until(visits, until)))
        watch = Stopwatch()
        for batch in batches:
            _insert(vendor, batch, products)
        watch.stop()
        orders.send(watch.seconds)


def _parsed(path: Path, customers: dict[uuid.UUID, int]) -> Iterator[tuple]:
    """(last line, customer, time, [(product, quantity)]) of each visit: what a plain script would have in its hands."""
    with path.open(newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for _key, group in groupby(enumerate(rows, start=2), key=lambda row: row[1][0]):
            lines = list(group)
            number, (_visit, customer, at, *_line) = lines[-1]
            customer_id = customers[customers_importing.uid_of("customer", customer)]
            sold = [(row[3], Decimal(row[4])) for _number, row in lines]
            yield number, customer_id, datetime.fromisoformat(at), sold


def _until(visits: Iterator[tuple], last_line: float) -> Iterator[tuple]:
    for visit in visits:
        yield visit
        if visit[0] >= last_line:
            return


def _batches(visits: Iterable[tuple]) -> Iterator[list[tuple]]:
    """Transactions of the same size as those of the import."""
    batch: list[tuple] = []
    size = 0
    for visit in visits:
        rows = 1 + len(visit[-1])
        if batch and size + rows > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(visit)
        size += rows
    if batch:
        yield batch


@transaction.atomic
def _insert(vendor: Vendor, batch: list[tuple], products: dict[str, int]) -> None:
    unknown = {name for *_visit, sold in batch for name, _quantity in sold} - products.keys()
    added = Product.objects.bulk_create(Product(vendor=vendor, name=name, unit="piece") for name in unknown)
    products.update((product.name, product.pk) for product in added)
    visits = Visit.objects.bulk_create(
        Visit(vendor=vendor, customer_id=customer_id, at=at) for _line, customer_id, at, _sold in batch
    )
    VisitLine.objects.bulk_create(
        VisitLine(
            vendor=vendor,
            visit=visit,
            position=position,
            product_id=products[name],
            quantity=quantity,
            unit="piece",
        )
        for visit, (_line, _customer, _at, sold) in zip(visits, batch, strict=True)
        for position, (name, quantity) in enumerate(sold)
    )


def _report(seconds: float, plain_seconds: list[float], counts: visits_importing.VisitCounts) -> None:
    rows = counts.new + counts.lines
    ratio = sum(plain_seconds) / seconds
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    print(f"visits: {counts}")
    print(f"import: {counts.lines / seconds:,.0f} lines/s, {rows / seconds:,.0f} rows/s ({seconds:.1f} s)")
    print(f"plain bulk_create: {rows / sum(plain_seconds):,.0f} rows/s ({sum(plain_seconds):.1f} s)")
    said("import speed to plain bulk_create", f"{ratio:.2f}", f"at least {RATE}", met=ratio >= RATE)
    said("import peak memory", f"{memory:.0f} MB", f"under {MEMORY} MB", met=memory < MEMORY)
    for what, rows_of in (("visit lines", VisitLine.objects), ("visits", Visit.objects)):
        imported, plain = (rows_of.filter(vendor__slug=slug).count() for slug in ("imported", "plain"))
        said(f"imported {what}", str(imported), f"{plain} by the plain insert", met=imported == plain)


def _serve(vendor: Vendor) -> None:
    """A person from the file is found by four letters of the name and served."""
    found = finding.find(vendor, "aart")[0]
    customer = Customer.objects.get(vendor=vendor, uid=found.uid)
    usual = customer.visits.latest_first()[0].lines.first().product
    line = recording.Line(product=usual, quantity=Decimal(1))
    visit = recording.record(vendor=vendor, customer=customer, lines=[line], by=None, uid=uuid.uuid4())
    print(f"{customer.name}, {customer.landmark}: {customer.visits.count()} visits, takes {usual.name}")
    served = customer.name.startswith("Aarti") and customer.visits.standing().latest_first()[0] == visit
    said("a person of the file is served", "yes" if served else "no", "yes", met=served)


if __name__ == "__main__":
    measure(*map(Path, sys.argv[1:]))
