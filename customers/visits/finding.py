"""
Finding a customer at the counter: one statement, whatever the size of the shop.

At most `CAP` keys of each kind are read from the index, and the same beginning is looked for among the people of the
latest visits, so that a short beginning in a large shop still finds whom one is likely to mean.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.dateparse import parse_datetime

from customers import search
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
    kind: str
    standing: str
    """As it was said by hand; nothing when it is read from their visits."""
    merged: str | None
    """Another name that they were found by before: of somebody who was put together with them."""
    number: str | None
    """A phone in E.164."""
    last_at: dt.datetime | None
    is_marked: bool = False


def find(vendor: Vendor, text: str, *, mark: str = "1 = 0") -> list[Found]:
    """
    At most `SHOWN` people for whom each word of `text` begins something; best, then latest, first, closed last.

    `mark` is a condition in SQL on `c`, a row of a customer, which tells who `is_marked`.
    """
    tokens = search.tokens(text)
    if not tokens:
        return []
    sql, params = _statement(vendor, tokens, mark)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [
            Found(UUID(str(uid)), *texts, _moment(last_at), bool(marked))
            for uid, *texts, last_at, marked in cursor.fetchall()
        ]


def _statement(vendor: Vendor, tokens: list[Token], mark: str) -> tuple[str, list[Any]]:
    """
    Written by hand, not by the ORM: the planner follows the indexes only from a union of short ranges, and building
    such a query anew for each letter that is typed would cost more than running it.
    """
    first, *others = tokens
    begun = " UNION ALL ".join([_CAPPED] * len(first.beginnings) + [_RECENT.format(ranges=_ranges(first))])
    params = _rank_params(first)
    for beginning in first.beginnings:
        params += [vendor.pk, *_range(beginning), CAP_OF_SEVERAL_WORDS if others else CAP]
    params += [vendor.pk, CAP, *_bounds(first)]
    met = _MET.format(rank=_rank(first, "begun"), begun=begun)
    for other in others:
        met = _ALSO.format(rank=_rank(other, "k"), ranges=_ranges(other), met=met)
        params = [*_rank_params(other), *_bounds(other), *params]
    return _SELECT.format(met=met, mark=mark), [*params, SHOWN]


def _rank(token: Token, keys: str) -> str:
    """The rank of a row of `keys` that `token` began, 0 the best; `_rank_params` are its parameters."""
    exact = " ".join([f"WHEN {keys}.key = %s THEN %s"] * len(token.exact))
    begun = " ".join(["WHEN %s THEN %s"] * len(token.begun))
    return f"CASE {exact} ELSE CASE substr({keys}.key, 1, 1) {begun} END END"


def _rank_params(token: Token) -> list[Any]:
    return [each for ranks in (token.exact, token.begun) for pair in ranks.items() for each in pair]


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
_MET = """
SELECT begun.customer_id, MIN({rank}) AS rank FROM ({begun}) AS begun GROUP BY begun.customer_id"""
_ALSO = """
SELECT customer_id, rank + other AS rank FROM (
    SELECT met.customer_id, met.rank, (
        SELECT MIN({rank}) FROM customers_searchkey k WHERE k.customer_id = met.customer_id AND ({ranges})
    ) AS other FROM ({met}) AS met
) AS both_words WHERE other IS NOT NULL"""
_SELECT = """
SELECT c.uid, c.name, c.nickname, c.landmark, c.description, c.kind, c.standing, (
    SELECT m.name FROM customers_customer m WHERE m.merged_into_id = c.id ORDER BY m.id LIMIT 1
), (
    SELECT p.number FROM customers_contactpoint p WHERE p.customer_id = c.id AND p.number <> '' ORDER BY p.id LIMIT 1
), best.last_at, CASE WHEN {mark} THEN 1 ELSE 0 END
FROM (
    SELECT met.customer_id, met.rank, CASE they.standing WHEN 'closed' THEN 1 ELSE 0 END AS is_closed, (
        SELECT v.at FROM visits_visit v
        WHERE v.customer_id = met.customer_id AND v.voided_at IS NULL ORDER BY v.at DESC LIMIT 1
    ) AS last_at
    FROM ({met}) AS met JOIN customers_customer they ON they.id = met.customer_id
    ORDER BY is_closed, met.rank, last_at DESC NULLS LAST, met.customer_id LIMIT %s
) AS best JOIN customers_customer c ON c.id = best.customer_id
ORDER BY best.is_closed, best.rank, best.last_at DESC NULLS LAST, best.customer_id"""


def _moment(value: dt.datetime | str | None) -> dt.datetime | None:
    """SQLite gives the result of a subquery as the text that it keeps, in UTC."""
    if isinstance(value, str):
        value = parse_datetime(value)
    return value.replace(tzinfo=dt.UTC) if value is not None and value.tzinfo is None else value
