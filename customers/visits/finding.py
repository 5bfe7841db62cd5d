"""
Finding a customer at the counter: one statement, whatever the size of the shop.

At most `CAP` keys of each kind are read from the index, and the same beginning is looked for among the people of the
latest visits, so that a short beginning in a large shop still finds whom one is likely to mean.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.dateparse import parse_datetime

from customers import search
from customers.models import Customer
from customers.search import Token
from vendors.models import Vendor

CAP = 120
CAP_OF_SEVERAL_WORDS = 1000
"""More keys are worth reading where the other words then leave few of them."""
SHOWN = 12


@dataclass(frozen=True)
class Found:
    """One row of the answer, with what tells people of one name apart."""

    uid: UUID
    name: str
    nickname: str
    landmark: str
    description: str
    number: str | None
    """A phone in E.164."""
    last_at: dt.datetime | None


def find(vendor: Vendor, text: str) -> list[Found]:
    """At most `SHOWN` customers for whom each word of `text` begins something; best, then latest, first."""
    tokens = search.tokens(text)
    if not tokens:
        return []
    best: dict[UUID, tuple[tuple, Found]] = {}
    for key, found in _candidates(vendor, tokens):
        order = _order(tokens, key, found)
        if found.uid not in best or order < best[found.uid][0]:
            best[found.uid] = order, found
    ranked = sorted(best.values(), key=lambda pair: pair[0])
    return [found for _order_of, found in ranked[:SHOWN]]


def _order(tokens: list[Token], key: bytes, found: Found) -> tuple:
    first, *others = tokens
    rank = first.rank(key)
    if others:
        said = Customer(
            name=found.name, nickname=found.nickname, landmark=found.landmark, description=found.description
        )
        keys = search.keys_of(said, [])
        rank += sum(other.best_rank(keys) for other in others)
    return rank, -found.last_at.timestamp() if found.last_at else 0.0, found.name, found.uid


def _candidates(vendor: Vendor, tokens: list[Token]) -> Iterable[tuple[bytes, Found]]:
    """Keys that the first token began, each with its customer, of whom every other token began some key too."""
    sql, params = _statement(vendor, tokens)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for key, uid, *texts, number, last_at in cursor.fetchall():
            yield bytes(key), Found(UUID(str(uid)), *texts, number, _moment(last_at))


def _statement(vendor: Vendor, tokens: list[Token]) -> tuple[str, list[Any]]:
    """
    Written by hand, not by the ORM: the planner follows the indexes only from a union of short ranges, and building
    such a query anew for each letter that is typed would cost more than running it.
    """
    first, *others = tokens
    begun = " UNION ".join([_CAPPED] * len(first.beginnings) + [_RECENT.format(ranges=_ranges(first))])
    params: list[Any] = []
    for beginning in first.beginnings:
        params += [vendor.pk, *_range(beginning), CAP_OF_SEVERAL_WORDS if others else CAP]
    params += [vendor.pk, CAP, *_bounds(first)]
    also = "".join(_ALSO.format(ranges=_ranges(other)) for other in others)
    for other in others:
        params += _bounds(other)
    return _SELECT.format(begun=begun, also=also), params


def _ranges(token: Token) -> str:
    return " OR ".join(["(k.key >= %s AND k.key < %s)"] * len(token.beginnings))


def _bounds(token: Token) -> list[bytes]:
    return [bound for beginning in token.beginnings for bound in _range(beginning)]


def _range(beginning: bytes) -> tuple[bytes, bytes]:
    """Where the keys with this beginning start and end: no key has a byte above those of ASCII."""
    return beginning, beginning + b"\xff"


_CAPPED = """
SELECT * FROM (
    SELECT customer_id, key FROM customers_searchkey WHERE vendor_id = %s AND key >= %s AND key < %s LIMIT %s
) AS capped"""
_RECENT = """
SELECT k.customer_id, k.key FROM (
    SELECT customer_id FROM visits_visit WHERE vendor_id = %s AND voided_at IS NULL ORDER BY at DESC LIMIT %s
) AS recent JOIN customers_searchkey k ON k.customer_id = recent.customer_id WHERE {ranges}"""
_ALSO = """
AND EXISTS (SELECT 1 FROM customers_searchkey k WHERE k.customer_id = c.id AND ({ranges}))"""
_SELECT = """
SELECT begun.key, c.uid, c.name, c.nickname, c.landmark, c.description,
    (SELECT p.number FROM customers_contactpoint p WHERE p.customer_id = c.id AND p.number <> '' ORDER BY p.id LIMIT 1),
    (SELECT v.at FROM visits_visit v WHERE v.customer_id = c.id AND v.voided_at IS NULL ORDER BY v.at DESC LIMIT 1)
FROM ({begun}) AS begun JOIN customers_customer c ON c.id = begun.customer_id WHERE TRUE {also}"""


def _moment(value: dt.datetime | str | None) -> dt.datetime | None:
    """SQLite gives the result of a subquery as the text that it keeps, in UTC."""
    if isinstance(value, str):
        value = parse_datetime(value)
    return value.replace(tzinfo=dt.UTC) if value is not None and value.tzinfo is None else value
