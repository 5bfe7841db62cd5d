"""
What a customer can be found by: the beginning of any word said of them, its sound, or the last digits of a phone.

`index` keeps the keys of a customer and `tokens` reads what is typed; `customers.visits.finding` brings them together.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db import transaction
from django.db.models import F, Q

from crm.lib.sounds import sound, sound_prefix, words
from customers.models import ContactPoint, Customer, Membership, SearchKey
from vendors.models import Vendor

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
    Rewrite the search keys of saved `customers`: each is found by the phones of all who share their kitchen, too.

    Whoever was merged into another is found no more themselves; the other is found by all that was said of them.
    """
    found = {customer.pk: customer for customer in customers}
    also = _merged_into(found.keys())
    numbers_of = defaultdict(set)
    for customer, number in _numbers([*found.values(), *(each for several in also.values() for each in several)]):
        numbers_of[customer].add(number)
    SearchKey.objects.filter(customer__in=found).delete()
    SearchKey.objects.bulk_create(
        SearchKey(vendor_id=customer.vendor_id, customer=customer, key=key)
        for customer in found.values()
        if customer.merged_into_id is None
        for key in sorted(_keys([customer, *also[customer.pk]], numbers_of))
    )


def _keys(customers: Iterable[Customer], numbers_of: Mapping[int, Iterable[str]]) -> set[bytes]:
    return {key for customer in customers for key in keys_of(customer, numbers_of[customer.pk])}


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


def index_all_who_share(customer: Customer) -> None:
    """Rewrite the search keys of `customer` and of all who share a kitchen: what is written when a phone changes."""
    homes = Membership.objects.standing().filter(customer=customer).values("household")
    sharing = Customer.objects.filter(memberships__household__in=homes, memberships__left_at__isnull=True)
    index([customer, *sharing.exclude(pk=customer.pk).distinct()])


def _numbers(customers: Collection[Customer]) -> Iterable[tuple[int, str]]:
    """Of each of `customers` (by id) their own phones and those of their households."""
    own = ContactPoint.objects.filter(customer__in=customers).order_by().values_list("customer", "number")
    shared = Membership.objects.standing().filter(customer__in=customers, household__memberships__left_at__isnull=True)
    number = F("household__memberships__customer__contact_points__number")
    return own.union(shared.order_by().annotate(number=number).exclude(number=None).values_list("customer", "number"))


def everybody(vendor: Vendor, text: str) -> set[int]:
    """The ids of all for whom each word of `text` begins something; of nothing searchable nobody. In no order."""
    found: list[set[int]] = []
    for token in tokens(text):
        begun = Q()
        for beginning in token.beginnings:
            begun |= Q(key__gte=beginning, key__lt=beginning + b"\xff")  # no key has a byte above those of ASCII
        found.append(set(SearchKey.objects.filter(begun, vendor=vendor).values_list("customer", flat=True)))
    return set.intersection(*found) if found else set()


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
