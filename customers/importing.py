"""Taking over customers from a table (docs/importing.md); the words that every import of the shop uses."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm.lib.spreadsheet import Column, Row, Sheet
from customers import keeping, phones, search
from customers.models import ContactPoint, Customer, CustomerEdit
from vendors.models import Member, Vendor

COLUMNS = (
    Column("key", ("customer key", "customer id", "id", "code", "customer code", "customer number"), required=True),
    Column("name", ("customer name", "full name", "customer"), required=True),
    Column("nickname", ("also called", "alias")),
    Column("phones", ("phone", "phone number", "phone numbers", "mobile", "mobile number", "telephone")),
    Column("landmark", ("lane or landmark", "lane", "address", "area")),
    Column("description", ("how to recognise", "recognise")),
    Column("note", ("notes", "remark", "remarks", "comment", "comments")),
)
BATCH = 100
"""Customers of one transaction: each writes some fifteen rows with its search keys, and the counter is waiting."""
LONGEST_KEY = 200
NAMESPACE = UUID("1f0c5b1e-6a53-5b0e-9d8b-5f2f3a7c4d10")


class Fault(NamedTuple):
    """Why a row of the file was left out: the line where it starts, and its column (empty: the row as a whole)."""

    line: int
    column: str
    reason: str


class BadCell(Exception):
    """A cell that cannot be used: its column, and why in the shopkeeper's words."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column, self.reason = column, reason


@dataclass
class Counts:
    """What became of the customers (or visits) of a file, and how many of its rows were left out."""

    new: int = 0
    same: int = 0
    changed: int = 0
    bad: int = 0


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """Who is told of an import while it runs: of each row left out, and of the line reached after each transaction."""

    fault: Callable[[Fault], None] = lambda _fault: None
    reached: Callable[[int], None] = lambda _line: None


@dataclass(frozen=True)
class Said:
    """What one row says of a customer. Only the columns that the file has are in `fields`; no phones column is None."""

    line: int
    uid: UUID
    fields: dict[str, str]
    numbers: list[str] | None


def uid_of(kind: str, key: str) -> UUID:
    """The uid of what a file calls `key`: always the same, so that a file read twice meets its own rows.

    Uids are unique within a shop, so the shop is no part of it: a shop that moved to another machine still meets them.
    """
    return uuid5(NAMESPACE, f"{kind}:{key}")


def key_of(text: str, column: str) -> str:
    """A key as it stands in the file, or BadCell."""
    if not text:
        raise BadCell(column, _("is empty"))
    return short_enough(text, column, LONGEST_KEY)


def short_enough(text: str, column: str, most: int) -> str:
    if len(text) > most:
        raise BadCell(column, _("is longer than %(most)d characters") % {"most": most})
    return text


def import_customers(
    *, vendor: Vendor, sheet: Sheet, by: Member | None = None, dry_run: bool = False, watcher: Watcher | None = None
) -> Counts:
    """Take over the customers of `sheet`, opened with `COLUMNS`; `dry_run` finds and counts all, and writes nothing.

    Each transaction holds `BATCH` customers with their phones and search keys. A customer whom the file calls by a
    known key is changed to what the file says now, with a `CustomerEdit`; what an older run of the same file said
    already is not said again, so that it never undoes what the shop changed since.
    """
    watcher = watcher or Watcher()
    counts = Counts()
    people = _people(sheet, vendor, counts, watcher)
    while batch := list(islice(people, BATCH)):
        with transaction.atomic():
            _keep(vendor, batch, by, counts)
            transaction.set_rollback(dry_run)
        watcher.reached(batch[-1].line)
    return counts


# Reading


def _people(sheet: Sheet, vendor: Vendor, counts: Counts, watcher: Watcher) -> Iterator[Said]:
    first_lines: dict[UUID, int] = {}
    for row in sheet.rows():
        try:
            said = _said(row, vendor)
            if said.uid in first_lines:
                raise BadCell("key", _("stands on line %(line)d already") % {"line": first_lines[said.uid]})
        except BadCell as bad:
            counts.bad += 1
            watcher.fault(Fault(row.line, bad.column, bad.reason))
        else:
            first_lines[said.uid] = row.line
            yield said


def _said(row: Row, vendor: Vendor) -> Said:
    if row.fault:
        raise BadCell("", row.fault)
    cells = dict(row.cells)
    uid = uid_of("customer", key_of(cells.pop("key"), "key"))
    numbers = _numbers(cells.pop("phones"), vendor.phone_region) if "phones" in cells else None
    fields = {column: _field(column, text) for column, text in cells.items()}
    if not fields["name"]:
        raise BadCell("name", _("is empty"))
    return Said(row.line, uid, fields, numbers)


def _field(column: str, text: str) -> str:
    """Only a note may have lines; elsewhere a line break is an accident of the spreadsheet."""
    text = text if column == "note" else " ".join(text.split())
    return short_enough(text, column, Customer._meta.get_field(column).max_length)


def _numbers(text: str, region: str) -> list[str]:
    """The phones of a cell, as they are written; several stand apart by ; or / or on lines of their own."""
    numbers = [" ".join(number.split()) for number in re.split(r"[;/\n]", text)]
    numbers = list(dict.fromkeys(number for number in numbers if number))
    for number in numbers:
        try:
            phones.e164(short_enough(number, "phones", ContactPoint._meta.get_field("text").max_length), region)
        except phones.NotAPhoneNumber as error:
            raise BadCell("phones", _("“%(number)s” is not a phone number") % {"number": number}) from error
    return numbers


# Writing


def _keep(vendor: Vendor, batch: Sequence[Said], by: Member | None, counts: Counts) -> None:
    known = {customer.uid: customer for customer in _known(vendor, [said.uid for said in batch])}
    new = [said for said in batch if said.uid not in known]
    _add(vendor, new, by)
    changed = sum(_change(known[said.uid], said, by) for said in batch if said.uid in known)
    counts.new += len(new)
    counts.changed += changed
    counts.same += len(known) - changed


def _known(vendor: Vendor, uids: Sequence[UUID]) -> QuerySet[Customer]:
    """Unordered: to have the usual order for nothing, SQLite would read all customers of the shop."""
    found = Customer.objects.filter(vendor=vendor, uid__in=uids).order_by()
    return found.select_related("vendor").prefetch_related("contact_points")


def _add(vendor: Vendor, people: Sequence[Said], by: Member | None) -> None:
    customers = Customer.objects.bulk_create(
        Customer(vendor=vendor, uid=said.uid, added_by=by, **said.fields) for said in people
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(vendor=vendor, customer=customer, text=text, number=phones.e164(text, vendor.phone_region))
        for customer, said in zip(customers, people, strict=True)
        for text in said.numbers or []
    )
    search.index(customers)


def _change(customer: Customer, said: Said, by: Member | None) -> bool:
    """Whether the file says something new of `customer`, which is then kept with its trace."""
    told = _as_told(said)
    if told in (_now(customer, told), _at_first(customer, told)):
        return False
    numbers = keeping.phones_of(customer) if said.numbers is None else said.numbers
    uid = uid_of("customer edit", f"{customer.uid} {sorted(told.items())}")
    if CustomerEdit.objects.filter(vendor=customer.vendor, uid=uid).exists():
        return False
    return keeping.change(customer=customer, fields=said.fields, numbers=numbers, by=by, uid=uid) is not None


def _as_told(said: Said) -> dict[str, str]:
    phones_told = {} if said.numbers is None else {keeping.PHONES: keeping.PHONES_APART.join(said.numbers)}
    return {**said.fields, **phones_told}


def _now(customer: Customer, told: dict[str, str]) -> dict[str, str]:
    known = {name: getattr(customer, name) for name in told if name != keeping.PHONES}
    if keeping.PHONES in told:
        known[keeping.PHONES] = keeping.PHONES_APART.join(keeping.phones_of(customer))
    return known


def _at_first(customer: Customer, told: dict[str, str]) -> dict[str, str]:
    """What was known of `customer` before its first change: the oldest word of its edits, else what is known now."""
    first = _now(customer, told)
    for edit in CustomerEdit.objects.filter(customer=customer).order_by("-at", "-id"):
        first |= {name: value for name, value in edit.before.items() if name in told}
    return first
