"""What is worth asking "shall we remember this?" of everybody who came of late, and what became of it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q, QuerySet

from customers.models import Customer, Membership
from customers.preferences.models import NoticeAnswer, Preference, PreferenceQuerySet
from customers.preferences.noticing import Noticed, Sign, clearness, is_said
from customers.preferences.signs_in_shop import signs_now
from vendors.catalogue import stand_ins
from vendors.models import Product, Vendor

EACH = 3
"""So many things of one person at most: more of them come when these are answered."""


class Offer(NamedTuple):
    """Something to ask about `customer`; `noticed` has what, with its evidence, and the uid for the answer."""

    customer: Customer
    noticed: Noticed


@dataclass(frozen=True)
class _Known:
    """What holds of everybody: by customer (id) their preferences, what is not to be asked now, and what is sold."""

    standing: Mapping[int, list[Preference]]
    answered: Collection[tuple[int, int, str]]
    sold: Mapping[int, Product]

    def to_ask(self, customer: int, signs: Iterable[Sign]) -> list[Sign]:
        standing = self.standing.get(customer, [])
        return [
            sign
            for sign in signs
            if sign.product in self.sold
            and not is_said(sign, standing)
            and (customer, sign.product, sign.manner.casefold()) not in self.answered
        ][:EACH]


def noticed_in_shop(vendor: Vendor, now: dt.datetime) -> list[Offer]:
    """
    All that is worth asking as of `now`, at most `EACH` of a person; the person whose first is clearest comes first.

    The first one of a person is the one that their card offers.
    """
    found = signs_now(vendor, now)
    known = _known(vendor, vendor.day_of(now), {sign.product for signs in found.values() for sign in signs})
    asked = {customer: some for customer, signs in found.items() if (some := known.to_ask(customer, signs))}
    # Whoever was forgotten or merged since the visits were read is not there.
    people = Customer.objects.own().filter(vendor=vendor).exclude(standing=Customer.Standing.CLOSED).order_by("name")
    ordered = list(people.filter(pk__in=asked))
    ordered.sort(key=lambda person: clearness(asked[person.pk][0]), reverse=True)
    return [
        Offer(person, Noticed(known.sold[sign.product], sign.manner, sign.seen, sign.of))
        for person in ordered
        for sign in asked[person.pk]
    ]


def remembered(vendor: Vendor, first: dt.date, last: dt.date) -> PreferenceQuerySet:
    """What was noticed and confirmed on the days from `first` to `last`, and still holds."""
    found = Preference.objects.standing().filter(vendor=vendor, basis=Preference.Basis.SEEN)
    return found.filter(at__gte=vendor.day_bounds(first)[0], at__lt=vendor.day_bounds(last)[1])


def refused(vendor: Vendor, first: dt.date, last: dt.date) -> QuerySet[NoticeAnswer]:
    """To what was said no for good on these days."""
    found = NoticeAnswer.objects.filter(vendor=vendor, answer=NoticeAnswer.Answer.NO)
    return found.filter(at__gte=vendor.day_bounds(first)[0], at__lt=vendor.day_bounds(last)[1])


def _known(vendor: Vendor, day: dt.date, products: Collection[int]) -> _Known:
    into = stand_ins(vendor.pk)
    answers = NoticeAnswer.objects.filter(Q(until__isnull=True) | Q(until__gt=day), vendor=vendor).order_by()
    return _Known(
        standing=_standing(vendor, products),
        answered={
            (customer, into.get(product, product), manner.casefold())
            for customer, product, manner in answers.values_list("customer", "product", "manner")
        },
        sold=Product.objects.sold().filter(vendor=vendor).in_bulk(products),
    )


def _standing(vendor: Vendor, products: Collection[int]) -> dict[int, list[Preference]]:
    """What holds of `products`; of the first of a kitchen also what must never happen to others who eat there."""
    found: dict[int, list[Preference]] = defaultdict(list)
    said = Preference.objects.standing().filter(vendor=vendor, product__in=products).order_by()
    for preference in said.only("customer", "kind", "product"):
        found[preference.customer_id].append(preference)
    for first, eater in _eating_with(vendor):
        found[first].extend(each for each in found.get(eater, ()) if each.must_never)
    return found


def _eating_with(vendor: Vendor) -> list[tuple[int, int]]:
    """Whose name a kitchen's visits stand under, with each other one who eats there."""
    firsts = Membership.objects.standing().filter(vendor=vendor, is_first=True)
    eaters = firsts.filter(household__memberships__eats=True, household__memberships__left_at__isnull=True)
    pairs = eaters.order_by().values_list("customer", "household__memberships__customer")
    return [(first, eater) for first, eater in pairs if first != eater]
