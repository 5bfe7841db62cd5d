"""
What a customer can be found by: the beginning of any word said of them, its sound, or the last digits of a phone.

`index` keeps the keys of a customer and `tokens` reads what is typed; `customers.visits.finding` brings them together.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby

from django.db import transaction

from crm.lib.sounds import sound, sound_prefix, words
from customers.models import ContactPoint, Customer, SearchKey

LONGEST = 39
"""Characters of a word that count, so that a key with its kind fits its column."""
MOST_WORDS = 6
"""Words of a query that count."""

WORD, SOUND, PLACE, DIGITS = b"=", b"~", b"@", b"#"
"""Kinds of keys: a word of a name, its sound, the sound of a word that describes, a phone's digits from the last."""


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
def index(customers: Iterable[Customer]) -> None:
    """
    Rewrite the search keys of saved `customers`.

    Whoever was merged into another is found no more themselves; the other is found by all that was said of them.
    """
    found = {customer.pk: customer for customer in customers}
    also = _merged_into(found.keys())
    told = [*found.values(), *(customer for several in also.values() for customer in several)]
    numbers = ContactPoint.objects.filter(customer__in=told).order_by("customer").values_list("customer", "number")
    numbers_of = {pk: [number for _pk, number in rows] for pk, rows in groupby(numbers, key=lambda row: row[0])}
    SearchKey.objects.filter(customer__in=found).delete()
    SearchKey.objects.bulk_create(
        SearchKey(vendor_id=customer.vendor_id, customer=customer, key=key)
        for customer in found.values()
        if customer.merged_into_id is None
        for key in sorted({key for each in (customer, *also[customer.pk]) for key in _keys(each, numbers_of)})
    )


def _keys(customer: Customer, numbers_of: Mapping[int, list[str]]) -> set[bytes]:
    return keys_of(customer, numbers_of.get(customer.pk, []))


def _merged_into(customers: Iterable[int]) -> dict[int, list[Customer]]:
    """By id of one of `customers` all who were merged into them, directly or not."""
    found: dict[int, list[Customer]] = defaultdict(list)
    last = {customer: customer for customer in customers}
    while last:
        merged = list(Customer.objects.filter(merged_into__in=last).order_by())
        for customer in merged:
            found[last[customer.merged_into_id]].append(customer)
        last = {customer.pk: last[customer.merged_into_id] for customer in merged}
    return found


class Token:
    """One word of a query, with the beginnings of keys that it may meet and their rank: 0 is best."""

    def __init__(self, word: str) -> None:
        self.word = word
        heard = sound_prefix(word)
        self.beginnings = [_key(WORD, word)]
        if heard:  # the first letter alone may sound like anything, and nothing is the beginning of everything
            self.beginnings += [_key(SOUND, heard), _key(PLACE, heard)]
        if word.isdigit():
            self.beginnings = [_key(DIGITS, word[::-1]), _key(WORD, word), _key(PLACE, word)]
        self.exact = {_key(WORD, word): 0, _key(SOUND, sound(word)): 2}
        self.begun = {WORD: 1, DIGITS: 1, PLACE: 3, SOUND: 4}


def tokens(text: str) -> list[Token]:
    """The words of a query, the longest first; digits that were typed in groups (98 76, 98-76) are one."""
    found = words(text[:200])
    if found and all(word.isdigit() for word in found):
        found = ["".join(found)]
    return [Token(word[:LONGEST]) for word in sorted(found, key=len, reverse=True)[:MOST_WORDS]]
