"""Taking over visits from a table (docs/importing.md), at the speed of a plain bulk insert."""

import datetime as dt
import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib import quantities
from crm.lib.gathering import gathered
from crm.lib.spreadsheet import Column, Row, Sheet
from customers import merging
from customers.importing import BadCell, Counts, Fault, Watcher, key_of, uid_of
from customers.models import Customer
from customers.visits import tallying
from customers.visits.cells import SaidLine, folded, parse_line, parse_time
from customers.visits.models import Visit, VisitEdit
from customers.visits.recording import contents
from vendors.catalogue import stand_ins
from vendors.models import Member, Product, Vendor

COLUMNS = (
    Column("visit", ("visit key", "visit id", "bill", "bill number", "bill no", "receipt", "basket"), required=True),
    Column("customer", ("customer key", "customer id", "key"), required=True),
    Column("time", ("date", "date and time", "datetime", "when", "at"), required=True),
    Column("product", ("product name", "item", "item name"), required=True),
    Column("quantity", ("qty",), required=True),
    Column("unit", ("units",)),
    Column("outcome", ("result",)),
)
BATCH = 500
"""Rows of one transaction, visits and lines together; only a longer visit has a longer one of its own."""
GIVES_WAY = 0.25
"""So long, beside each transaction, nothing is written: with a slow disk as with a quick one."""
INSERT_LINE = (
    "INSERT INTO visits_visitline "
    "(vendor_id, visit_id, position, product_id, sold_as_id, quantity, unit, outcome, manner) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '')"
)


@dataclass
class VisitCounts(Counts):
    """`Counts` of visits, with the lines of all of them and the products that the shop did not know."""

    lines: int = 0
    products: int = 0


@dataclass
class Said:
    """A visit as the file says it: its rows brought together."""

    line: int
    key: str
    customer: str
    time: str
    uid: UUID
    customer_id: int
    at: dt.datetime
    lines: list[SaidLine] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """SHA-256 of the meaning, not the spelling: the same visit from the same file again is known by it at once."""
        meanings = [self.customer, self.at.isoformat(), *map(_meaning, self.lines)]
        return hashlib.sha256("\n".join(meanings).encode()).hexdigest()


@lru_cache(maxsize=10_000)
def _meaning(line: SaidLine) -> str:
    return f"{line.name}\t{quantities.plain(line.quantity)}\t{line.unit}\t{line.outcome}"


def import_visits(
    *, vendor: Vendor, sheet: Sheet, by: Member | None = None, dry_run: bool = False, watcher: Watcher | None = None
) -> VisitCounts:
    """Take over the visits of `sheet`, opened with `COLUMNS`; `dry_run` finds and counts all, and writes nothing.

    A visit is written whole or not at all, in transactions of at most `BATCH` rows, so that the counter never waits
    for long and an import that was stopped is finished by running it again. A visit that says something else than
    before is changed with a `VisitEdit`; one that the file says as before is left alone, whatever the shop made of it.
    """
    watcher = watcher or Watcher()
    counts = VisitCounts()
    shop = Shop(vendor)
    for batch in _batches(_visits(gathered(sheet, "visit"), shop, counts, watcher)):
        began = time.monotonic()
        _keep(shop, batch, by, dry_run, counts, watcher)
        # SQLite gives its lock to whoever asks at the right moment, not to whoever waits: leave the counter a moment.
        time.sleep(GIVES_WAY * (time.monotonic() - began))
        watcher.reached(batch[-1].line)
    return counts


# Reading: pure, but for what the shop knows


class Shop:
    """What the shop knows already, by the words of the file: ids of customers, ids and units of products."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.zone = vendor.tz
        self.opened_at = timezone.now()
        self.refresh()

    def refresh(self) -> None:
        into = merging.stand_ins(self.vendor)
        people = Customer.objects.filter(vendor=self.vendor).values_list("uid", "id")
        self.customers = {uid: into.get(pk, pk) for uid, pk in people}
        self.products: dict[str, int] = {}
        """Each product by its own names, also one that was merged: `in_use` says what it is recorded as."""
        self.into: dict[int, int] = {}
        self.units: dict[str, str] = {}
        products = Product.objects.filter(vendor=self.vendor).values_list("id", "unit", "name_mr", "name_hi", "name")
        for pk, unit, *names in products:
            self.products.update({folded(name): pk for name in names if name})
            self.units.update({folded(name): unit for name in names if name})

    def look_for_merges(self, names: Iterable[str]) -> None:
        """Learn what stands for what; of the products of `names` this stays so until the transaction is over."""
        products = {self.products[name] for name in names if name in self.products}
        known = Product.objects.select_for_update(no_key=True).filter(pk__in=products).order_by("pk")
        self.into = stand_ins(self.vendor.pk) if any(known.values_list("merged_into", flat=True)) else {}

    def in_use(self, name: str) -> int:
        """The id of the product as which what the file calls `name` is recorded now."""
        product = self.products[name]
        return self.into.get(product, product)

    def visit(self, row: Row) -> Said:
        """The visit that `row` begins, without its lines, or BadCell."""
        cells = row.cells
        key, customer = key_of(cells["visit"], "visit"), key_of(cells["customer"], "customer")
        customer_id = self.customers.get(uid_of("customer", customer))
        if customer_id is None:
            raise BadCell("customer", _("no customer of the shop has the key “%(key)s”") % {"key": customer[:40]})
        at = self._moment(cells["time"])
        return Said(row.line, key, customer, cells["time"], uid_of("visit", key), customer_id, at)

    def _moment(self, text: str) -> dt.datetime:
        try:
            moment = parse_time(text, self.zone)
        except ValueError as error:
            raise BadCell("time", str(error)) from error
        if moment > self.opened_at:
            raise BadCell("time", _("is in the future"))
        return moment

    def line(self, row: Row) -> SaidLine:
        """The product of `row`, or BadCell; the first row of an unknown product tells its unit."""
        cells = row.cells
        said = parse_line(cells["product"], cells["quantity"], cells.get("unit", ""), cells.get("outcome", ""))
        if said.name not in self.units:
            if not said.unit:
                raise BadCell("unit", _("is needed, because the shop does not know this product yet"))
            self.units[said.name] = said.unit
        return said


def _visits(rows: Iterable[Row], shop: Shop, counts: VisitCounts, watcher: Watcher) -> Iterator[Said]:
    """The visits of `rows`, which are gathered by visit. A row that contradicts its visit's first good row is bad."""
    said: Said | None = None
    for row in rows:
        try:
            if row.fault:
                raise BadCell("", row.fault)
            if said is None or said.key != row.cells["visit"]:
                if said and said.lines:
                    yield said
                said = None
                said = shop.visit(row)
            _agree(said, row)
            said.lines.append(shop.line(row))
        except BadCell as bad:
            counts.bad += 1
            watcher.fault(Fault(row.line, bad.column, bad.reason))
    if said and said.lines:
        yield said


def _agree(said: Said, row: Row) -> None:
    for column in ("customer", "time"):
        if row.cells[column] != getattr(said, column):
            reason = _("is not what line %(line)d says of the same visit") % {"line": said.line}
            raise BadCell(column, reason)


# Writing


def _batches(visits: Iterable[Said]) -> Iterator[list[Said]]:
    """Whole visits, with their lines at most `BATCH` rows together."""
    batch: list[Said] = []
    size = 0
    for said in visits:
        rows = 1 + len(said.lines)
        if batch and size + rows > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(said)
        size += rows
    if batch:
        yield batch


def _keep(
    shop: Shop, batch: Sequence[Said], by: Member | None, dry_run: bool, counts: VisitCounts, watcher: Watcher
) -> None:
    try:
        _write(shop, batch, by, dry_run, counts)
    except IntegrityError:
        # Since we looked, the counter added a product that we were about to add, or someone was forgotten.
        shop.refresh()
        _write(shop, list(_still_known(shop, batch, counts, watcher)), by, dry_run, counts)


def _still_known(shop: Shop, batch: Sequence[Said], counts: VisitCounts, watcher: Watcher) -> Iterator[Said]:
    known = set(shop.customers.values())
    for said in batch:
        if said.customer_id in known:
            yield said
        else:
            counts.bad += len(said.lines)
            watcher.fault(Fault(said.line, "customer", _("was removed from the shop meanwhile")))


def _write(shop: Shop, batch: Sequence[Said], by: Member | None, dry_run: bool, counts: VisitCounts) -> None:
    """One transaction. The counts change only after it, or they would count twice what is tried twice."""
    digests = {said.uid: said.digest for said in batch}
    with transaction.atomic():
        known = dict(_known_rows(shop, digests).values_list("uid", "digest"))
        new = [said for said in batch if said.uid not in known]
        other = [said for said in batch if known.get(said.uid, digests[said.uid]) != digests[said.uid]]
        shop.look_for_merges({line.name for said in (*new, *other) for line in said.lines})
        products = _add_products(shop, [*new, *other])
        _add(shop, new, digests, by)
        changes = [_change(shop, said, digests[said.uid], by) for said in other]
        _count(shop, new, [moment for change in changes for moment in change])
        transaction.set_rollback(dry_run)
    counts.new += len(new)
    changed = sum(map(bool, changes))
    counts.changed += changed
    counts.same += len(known) - changed
    counts.lines += sum(len(said.lines) for said in batch)
    counts.products += products


def _count(shop: Shop, new: Sequence[Said], changed: Sequence[dt.datetime]) -> None:
    # After all visits are written and all at once: the counter takes the same locks in this order, and none waits for
    # another that waits for it.
    if changed:
        tallying.recount(shop.vendor, [*changed, *(said.at for said in new)])
    else:
        tallying.add(shop.vendor, [_counted(shop, said) for said in new])


def _counted(shop: Shop, said: Said) -> tallying.Counted:
    return tallying.Counted.of(said.at, ((shop.in_use(line.name), line.outcome) for line in said.lines))


def _known_rows(shop: Shop, uids: Iterable[UUID]) -> QuerySet[Visit]:
    """Unordered: to have the usual order for nothing, SQLite would read all visits of the shop."""
    return Visit.objects.filter(vendor=shop.vendor, uid__in=uids).order_by()


def _add_products(shop: Shop, visits: Iterable[Said]) -> int:
    """Create what the shop does not know, named as in its first row and counted in the unit told there."""
    names = {line.name: line.product for said in reversed(visits) for line in reversed(said.lines)}
    unknown = [name for name in names if name not in shop.products]
    products = Product.objects.bulk_create(
        Product(vendor=shop.vendor, uid=uid_of("product", name), name=names[name], unit=shop.units[name])
        for name in unknown
    )
    shop.products.update(zip(unknown, (product.pk for product in products), strict=True))
    return len(products)


def _add(shop: Shop, visits: Sequence[Said], digests: dict[UUID, str], by: Member | None) -> None:
    rows = Visit.objects.bulk_create(
        Visit(
            vendor_id=shop.vendor.pk,
            customer_id=said.customer_id,
            at=said.at,
            by_id=by and by.pk,
            uid=said.uid,
            digest=digests[said.uid],
        )
        for said in visits
    )
    _add_lines(shop, [(row.pk, said.lines) for row, said in zip(rows, visits, strict=True)])


def _add_lines(shop: Shop, lines_of: Sequence[tuple[int, Sequence[SaidLine]]]) -> None:
    """Insert by plain SQL: making model instances for a bulk_create costs several times what the database does."""
    rows = [
        (
            shop.vendor.pk,
            visit_id,
            position,
            shop.in_use(line.name),
            shop.products[line.name] if shop.products[line.name] in shop.into else None,
            line.quantity,
            line.unit or shop.units[line.name],
            line.outcome,
        )
        for visit_id, lines in lines_of
        for position, line in enumerate(lines)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(INSERT_LINE, rows)


def _change(shop: Shop, said: Said, digest: str, by: Member | None) -> list[dt.datetime]:
    """Make the visit say what the file says now, and keep what it said; the times of both when they differ."""
    visit = Visit.objects.select_related("customer").get(vendor=shop.vendor, uid=said.uid)
    before, at = _contents(visit), visit.at
    visit.lines.all().delete()
    _add_lines(shop, [(visit.pk, said.lines)])
    visit.customer_id, visit.at, visit.digest = said.customer_id, said.at, digest
    visit.save(update_fields=["customer", "at", "digest"])
    after = _contents(visit)
    if before == after:
        return []
    VisitEdit.objects.create(vendor=shop.vendor, visit=visit, by=by, before=before, after=after)
    return [at, said.at]


def _contents(visit: Visit) -> dict:
    """A file may also move a visit to another customer or time, which no change at the counter can."""
    return {**contents(visit), "customer": str(visit.customer.uid), "at": visit.at.isoformat()}
