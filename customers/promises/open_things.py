"""What is open between the shop and one person, and their household: one statement, however much there is."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from crm.lib.moments import in_utc
from customers.models import Customer, Membership

SHOWN = 12
"""Of promises, problems and wishes each: what a person at the counter can take in. Their pages have the rest."""


HAS_PROMISE = "EXISTS (SELECT 1 FROM promises_promise AS p WHERE p.customer_id = c.id AND p.outcome = '')"
"""In SQL: whether any promise is open between the shop and `c`, a row of a customer."""


class Names(NamedTuple):
    """A product as it is called in each language; as `Product.name_in` says it."""

    uid: UUID
    name: str
    name_hi: str
    name_mr: str
    pk: int

    def name_in(self, language: str) -> str:
        """The name in `language` (a code like "hi"), else the shop's own name for it."""
        return {"hi": self.name_hi, "mr": self.name_mr}.get(language.split("-", maxsplit=1)[0], "") or self.name


class OpenLine(NamedTuple):
    """One product of an open promise."""

    product: Names
    quantity: Decimal
    unit: str
    manner: str


class OpenPromise(NamedTuple):
    """A promise without an outcome; `version` is how many amendments it has."""

    uid: UUID
    side: str
    text: str
    amount: Decimal | None
    due_at: dt.datetime
    due_any_time: bool
    version: int
    lines: tuple[OpenLine, ...]


class OpenProblem(NamedTuple):
    """A problem that is not closed: with a `remedy` the person is to be asked, without one it is to be solved."""

    uid: UUID
    what: str
    text: str
    product: Names | None
    happened_on: dt.date
    remedy: str
    is_hard: bool
    was_said: bool


class OpenWish(NamedTuple):
    """A wish that still waits."""

    uid: UUID
    text: str
    product: Names | None
    quantity: Decimal | None
    unit: str
    asked_at: dt.datetime
    came_in_at: dt.datetime | None
    told_at: dt.datetime | None


class Kin(NamedTuple):
    """What one person is in a household: `roles` are names of `Membership.ROLES`."""

    household: UUID
    household_name: str
    customer: UUID
    name: str
    roles: tuple[str, ...]
    is_first: bool
    ask_first: str


@dataclass(frozen=True)
class OpenThings:
    """
    Promises by when they are due, problems by when they were noted, and wishes: those that came in first.

    `kin` are all who are in a household of this person now, themselves among them, by household and its first before
    the others.
    """

    promises: list[OpenPromise] = field(default_factory=list)
    problems: list[OpenProblem] = field(default_factory=list)
    wishes: list[OpenWish] = field(default_factory=list)
    kin: list[Kin] = field(default_factory=list)


class _Row(NamedTuple):
    """One line of a promise, a problem, a wish or a member of a household; what a kind does not have is NULL."""

    kind: str
    sort: str
    uid: str
    position: int | None
    at: str
    then: str | None
    until: str | None
    what: str
    text: str
    amount: str | None
    number: int
    product: str | None
    pk: int | None
    name: str | None
    name_hi: str | None
    name_mr: str | None
    quantity: str | None
    unit: str | None
    manner: str | None


# In SQL and in one statement, because the card has no time for four: the ORM takes longer to put such a query together
# than a database to answer it. Each part reads its few rows from a partial index of what is open.
_PROMISES = """
    SELECT 'promise', CAST(open.due_at AS text), CAST(open.uid AS text),
           line.position, CAST(open.due_at AS text), NULL, NULL, open.side, open.text,
           CAST(open.amount AS text), open.version * 2 + CASE WHEN open.due_any_time THEN 1 ELSE 0 END,
           CAST(product.uid AS text), product.id, product.name, product.name_hi, product.name_mr,
           CAST(line.quantity AS text),
           line.unit, line.manner
    FROM (
        SELECT * FROM promises_promise WHERE customer_id = %(customer)s AND outcome = ''
        ORDER BY due_at, id LIMIT %(shown)s
    ) AS open
    LEFT JOIN promises_promiseline AS line ON line.promise_id = open.id
    LEFT JOIN vendors_product AS product ON product.id = line.product_id"""
_PROBLEMS = """
    SELECT 'problem', CAST(open.opened_at AS text), CAST(open.uid AS text), NULL, CAST(open.happened_on AS text), NULL,
           NULL, open.what, open.text, open.remedy,
           CASE WHEN open.is_hard THEN 2 ELSE 0 END + CASE WHEN open.was_said THEN 1 ELSE 0 END,
           CAST(product.uid AS text), product.id, product.name, product.name_hi, product.name_mr, NULL, NULL, NULL
    FROM (
        SELECT * FROM promises_problem WHERE customer_id = %(customer)s AND closed_at IS NULL
        ORDER BY opened_at, id LIMIT %(shown)s
    ) AS open
    LEFT JOIN vendors_product AS product ON product.id = open.product_id"""
_WISHES = """
    SELECT 'wish', CASE WHEN open.came_in_at IS NULL THEN '1' ELSE '0' END || CAST(open.asked_at AS text),
           CAST(open.uid AS text), NULL, CAST(open.asked_at AS text), CAST(open.came_in_at AS text),
           CAST(open.told_at AS text), '', open.text, NULL, 0,
           CAST(product.uid AS text), product.id, product.name, product.name_hi, product.name_mr,
           CAST(open.quantity AS text),
           open.unit, NULL
    FROM (
        SELECT * FROM promises_wish WHERE customer_id = %(customer)s AND outcome = '' AND until >= %(day)s
        ORDER BY asked_at DESC, id LIMIT %(shown)s
    ) AS open
    LEFT JOIN vendors_product AS product ON product.id = open.product_id"""
_ROLES = " || ".join(f"CASE WHEN member.{role} THEN '{role} ' ELSE '' END" for role in Membership.ROLES)
_KIN = f"""
    SELECT 'kin', home.name, CAST(home.uid AS text), CASE WHEN member.is_first THEN 0 ELSE 1 END, NULL, NULL, NULL,
           {_ROLES}, member.ask_first, NULL, CASE WHEN member.is_first THEN 1 ELSE 0 END,
           CAST(person.uid AS text), person.id, person.name, home.name, NULL, NULL, NULL, NULL
    FROM customers_membership AS own
    JOIN customers_membership AS member ON member.household_id = own.household_id AND member.left_at IS NULL
    JOIN customers_household AS home ON home.id = own.household_id
    JOIN customers_customer AS person ON person.id = member.customer_id
    WHERE own.customer_id = %(customer)s AND own.left_at IS NULL"""  # noqa: S608 - the names of our own columns
_ALL = f"{_PROMISES} UNION ALL {_PROBLEMS} UNION ALL {_WISHES} UNION ALL {_KIN} ORDER BY 1, 2, 3, 4"


def open_things(customer: Customer, *, now: dt.datetime) -> OpenThings:
    """What is open between the shop and `customer`, `SHOWN` of each kind at most; `customer.vendor` is read."""
    day = customer.vendor.day_of(now)
    values = {"customer": customer.pk, "shown": SHOWN, "day": connection.ops.adapt_datefield_value(day)}
    with connection.cursor() as cursor:
        cursor.execute(_ALL, values)
        rows = map(_Row._make, cursor.fetchall())
        by_kind = {kind: list(found) for kind, found in groupby(rows, attrgetter("kind"))}
    return OpenThings(
        promises=[
            _promise(list(lines)) for _uid, lines in groupby(by_kind.get("promise", ()), attrgetter("sort", "uid"))
        ],
        problems=_each(by_kind, "problem", _problem),
        wishes=_each(by_kind, "wish", _wish),
        kin=_each(by_kind, "kin", _kin),
    )


def _each(by_kind: Mapping[str, Iterable[_Row]], kind: str, read: Callable[[_Row], Any]) -> list[Any]:
    return [read(row) for row in by_kind.get(kind, ())]


def _promise(rows: list[_Row]) -> OpenPromise:
    first = rows[0]
    return OpenPromise(
        uid=UUID(first.uid),
        side=first.what,
        text=first.text,
        amount=_decimal(first.amount),
        due_at=in_utc(first.at),
        due_any_time=bool(first.number % 2),
        version=first.number // 2,
        lines=tuple(OpenLine(_names(row), Decimal(row.quantity), row.unit, row.manner) for row in rows if row.product),
    )


def _problem(row: _Row) -> OpenProblem:
    return OpenProblem(
        uid=UUID(row.uid),
        what=row.what,
        text=row.text,
        product=_names(row),
        happened_on=dt.date.fromisoformat(row.at),
        remedy=row.amount or "",
        is_hard=row.number >= 2,
        was_said=bool(row.number % 2),
    )


def _wish(row: _Row) -> OpenWish:
    return OpenWish(
        uid=UUID(row.uid),
        text=row.text,
        product=_names(row),
        quantity=_decimal(row.quantity),
        unit=row.unit or "",
        asked_at=in_utc(row.at),
        came_in_at=row.then and in_utc(row.then),
        told_at=row.until and in_utc(row.until),
    )


def _kin(row: _Row) -> Kin:
    return Kin(
        household=UUID(row.uid),
        household_name=row.name_hi or "",
        customer=UUID(row.product),
        name=row.name or "",
        roles=tuple(row.what.split()),
        is_first=bool(row.number),
        ask_first=row.text,
    )


def _names(row: _Row) -> Names | None:
    return Names(UUID(row.product), row.name, row.name_hi, row.name_mr, row.pk) if row.product else None


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
