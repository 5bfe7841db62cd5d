"""
Finding a customer by the beginning of any word said of them, by its sound, or by the last digits of a phone.

`index` keeps the keys, `find` looks them up. One query, whatever the size of the shop: at most `CAP` keys of each
kind are read from the index, and the same beginning is looked for among the people of the latest visits, so that a
short beginning in a large shop still finds whom one is likely to mean.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db import models, transaction

from crm.lib.sounds import sound, sound_prefix, words
from customers.models import ContactPoint, Customer, SearchKey
from vendors.models import Vendor

CAP = 120
"""Keys of one kind that are read from the index at most, and latest visits whose people are looked through."""
SHOWN = 12
LONGEST = 39
"""Characters of a word that count, so that a key with its kind fits its column."""
MOST_WORDS = 6
"""Words of a query that count."""

WORD, SOUND, PLACE, DIGITS = b"=", b"~", b"@", b"#"
"""Kinds of keys: a word of a name, its sound, the sound of a word that describes, a phone's digits from the last."""


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


def keys_of(customer: Customer, numbers: Iterable[str]) -> set[bytes]:
    """The search keys of `customer`, whose phone numbers are `numbers` (E.164)."""
    called = words(f"{customer.name} {customer.nickname}")
    described = words(f"{customer.landmark} {customer.description}")
    return (
        {_key(WORD, word) for word in called}
        | {_key(SOUND, sound(word)) for word in called}
        | {_key(PLACE, sound(word)) for word in described}
        | {_key(DIGITS, number[:0:-1]) for number in numbers if number}
    )


def _key(kind: bytes, text: str) -> bytes:
    return kind + text[:LONGEST].encode()


@transaction.atomic
def index(customers: Collection[Customer]) -> None:
    """Rewrite the search keys of saved `customers`."""
    numbers = ContactPoint.objects.filter(customer__in=customers).order_by("customer").values_list("customer", "number")
    numbers_of = {pk: [number for _pk, number in rows] for pk, rows in groupby(numbers, key=lambda row: row[0])}
    SearchKey.objects.filter(customer__in=customers).delete()
    SearchKey.objects.bulk_create(
        SearchKey(vendor_id=customer.vendor_id, customer=customer, key=key)
        for customer in customers
        for key in sorted(keys_of(customer, numbers_of.get(customer.pk, [])))
    )


class Token:
    """One word of a query, with the beginnings of keys that it may meet and their rank: 0 is best."""

    def __init__(self, word: str) -> None:
        self.word = word
        heard = sound_prefix(word)
        self.beginnings = [_key(WORD, word), _key(SOUND, heard), _key(PLACE, heard)]
        if word.isdigit():
            self.beginnings = [_key(DIGITS, word[::-1]), _key(WORD, word), _key(PLACE, word)]
        self.exact = {_key(WORD, word): 0, _key(SOUND, sound(word)): 2}
        self.begun = {WORD: 1, DIGITS: 1, PLACE: 3, SOUND: 4}

    def condition(self) -> models.Q:
        return models.Q.create([_begins(beginning) for beginning in self.beginnings], connector=models.Q.OR)

    def rank(self, key: bytes) -> int:
        """How well `key`, one of those that this word began, answers it."""
        return self.exact.get(key, self.begun[key[:1]])

    def best_rank(self, keys: Iterable[bytes]) -> int:
        return min((self.rank(key) for key in keys if key.startswith(tuple(self.beginnings))), default=4)


def _begins(beginning: bytes) -> models.Q:
    return models.Q(key__gte=beginning, key__lt=beginning + b"\xff")


def find(vendor: Vendor, text: str, *, visits: models.QuerySet) -> list[Found]:
    """
    At most `SHOWN` customers of `vendor` for whom each word of `text` is the beginning of something, best first.

    `visits` are the shop's visits, latest first: they say who is likelier to be meant and when each came last.
    """
    tokens = _tokens(text)
    if not tokens:
        return []
    best: dict[UUID, tuple[tuple, Found]] = {}
    for key, *fields in _candidates(vendor, tokens, visits):
        found = Found(*fields)
        order = _order(tokens, bytes(key), found)
        if found.uid not in best or order < best[found.uid][0]:
            best[found.uid] = order, found
    ranked = sorted(best.values(), key=lambda pair: pair[0])
    return [found for _order_of, found in ranked[:SHOWN]]


def _tokens(text: str) -> list[Token]:
    """The words of a query, the longest first; digits that were typed in groups (98 76, 98-76) are one."""
    found = words(text[:200])
    if found and all(word.isdigit() for word in found):
        found = ["".join(found)]
    return [Token(word[:LONGEST]) for word in sorted(found, key=len, reverse=True)[:MOST_WORDS]]


def _candidates(vendor: Vendor, tokens: list[Token], visits: models.QuerySet) -> Iterable[tuple]:
    """Rows of a key that the first token began, followed by the fields of `Found`."""
    first, *others = tokens
    keys = SearchKey.objects.filter(vendor=vendor)
    capped = [models.Q(pk__in=keys.filter(_begins(beginning)).values("pk")[:CAP]) for beginning in first.beginnings]
    recent = models.Q(customer__in=visits.values("customer")[:CAP]) & first.condition()
    matching = keys.filter(models.Q.create([*capped, recent], connector=models.Q.OR))
    for other in others:
        same_person = SearchKey.objects.filter(customer=models.OuterRef("customer"))
        matching = matching.filter(models.Exists(same_person.filter(other.condition())))
    phones = ContactPoint.objects.filter(customer=models.OuterRef("customer")).exclude(number="")
    latest = visits.filter(customer=models.OuterRef("customer"))
    fields = ("uid", "name", "nickname", "landmark", "description")
    return matching.values_list(
        "key",
        *(f"customer__{field}" for field in fields),
        models.Subquery(phones.order_by("pk").values("number")[:1]),
        models.Subquery(latest.values("at")[:1]),
    )


def _order(tokens: list[Token], key: bytes, found: Found) -> tuple:
    first, *others = tokens
    rank = first.rank(key)
    if others:
        said = Customer(
            name=found.name, nickname=found.nickname, landmark=found.landmark, description=found.description
        )
        keys = keys_of(said, [])
        rank += sum(other.best_rank(keys) for other in others)
    return rank, -found.last_at.timestamp() if found.last_at else 0.0, found.name, found.uid
