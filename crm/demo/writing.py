"""Writing what was drawn for the demo shop, in transactions that hold nobody up."""

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from itertools import islice
from uuid import UUID, uuid5

from django.db import transaction

from crm.demo.habits import Item, Outing
from crm.demo.opinions import Opinion
from crm.demo.regulars import Regular
from customers import phones, search
from customers.models import ContactPoint, Customer
from customers.preferences.models import Preference
from customers.visits import tallying
from customers.visits.models import Visit, VisitLine
from vendors.models import Member, Vendor

BATCH = 500
"""Visits of one transaction."""
NAMESPACE = UUID("6a1e3a52-7f0c-5d55-9d0e-3c1b7f3a9a10")

Progress = Callable[[int, int], None]
"""Told how many visits are written, of how many."""


def uid(seed: int, *what: object) -> UUID:
    """Always the same of the same words, so that the same shop can be made twice."""
    return uuid5(NAMESPACE, " ".join(map(str, (seed, *what))))


class Writer:
    """Writes regulars into `vendor`, which has its members; nothing of theirs is later than `now`."""

    def __init__(self, vendor: Vendor, seed: int, now: dt.datetime) -> None:
        self.vendor, self.seed, self.now = vendor, seed, now
        self.members = list(Member.objects.filter(vendor=vendor).order_by("pk"))

    def write(self, regulars: Sequence[Regular], progress: Progress) -> None:
        customers = self._write_customers(regulars)
        pairs = list(zip(regulars, customers, strict=True))
        Preference.objects.bulk_create(
            self._preference(opinion, customer, regular.number, place)
            for regular, customer in pairs
            for place, opinion in enumerate(regular.opinions)
        )
        drawn = ((outing, customer) for regular, customer in pairs for outing in regular.outings)
        past = [(outing, customer) for outing, customer in drawn if self._moment(outing.at) <= self.now]
        # In the order of time, as a shop writes them: the last row is the person served last.
        past.sort(key=lambda pair: (pair[0].at, pair[1].pk))
        self._write_visits(past, progress)
        tallying.recount_shop(self.vendor)

    def _moment(self, local: dt.datetime) -> dt.datetime:
        return local.replace(tzinfo=self.vendor.tz).astimezone(dt.UTC)

    @transaction.atomic
    def _write_customers(self, regulars: Sequence[Regular]) -> list[Customer]:
        customers = Customer.objects.bulk_create(self._customer(regular) for regular in regulars)
        ContactPoint.objects.bulk_create(
            self._phone(text, customer, regular.number)
            for regular, customer in zip(regulars, customers, strict=True)
            for text in regular.person.phones
        )
        search.index(customers)
        return customers

    def _customer(self, regular: Regular) -> Customer:
        return Customer(
            vendor=self.vendor,
            uid=uid(self.seed, "customer", regular.number),
            name=regular.person.name,
            nickname=regular.person.nickname,
            greeting=regular.person.greeting,
            landmark=regular.person.landmark,
            description=regular.person.description,
            added_at=self.vendor.day_bounds(regular.habit.first)[0],
            added_by=self.members[0],
        )

    def _phone(self, text: str, customer: Customer, number: int) -> ContactPoint:
        return ContactPoint(
            vendor=self.vendor,
            uid=uid(self.seed, "phone", number, text),
            customer=customer,
            text=text,
            number=phones.e164(text, self.vendor.phone_region),
        )

    def _preference(self, opinion: Opinion, customer: Customer, number: int, place: int) -> Preference:
        said_at = max(self._days_ago(opinion.days_ago), customer.added_at)
        return Preference(
            vendor=self.vendor,
            uid=uid(self.seed, "preference", number, place),
            customer=customer,
            kind=opinion.kind,
            product=opinion.product,
            text=opinion.text,
            basis=opinion.basis,
            seen=opinion.seen,
            seen_of=opinion.seen_of,
            at=said_at,
            by=self.members[(number + place) % len(self.members)],
            consent_at=said_at if opinion.kind == Preference.Kind.ALLERGY else None,
            confirmed_at=opinion.confirmed and max(said_at, self._days_ago(opinion.confirmed)),
        )

    def _days_ago(self, days: int) -> dt.datetime:
        """At the start of that day of the shop, whatever the hour is now."""
        return self.vendor.day_bounds(self.vendor.day_of(self.now) - dt.timedelta(days=days))[0]

    def _write_visits(self, past: Sequence[tuple[Outing, Customer]], progress: Progress) -> None:
        waiting, done = iter(past), 0
        while batch := list(islice(waiting, BATCH)):
            self._write_batch(batch)
            done += len(batch)
            progress(done, len(past))

    @transaction.atomic
    def _write_batch(self, batch: Sequence[tuple[Outing, Customer]]) -> None:
        visits = Visit.objects.bulk_create(self._visit(outing, customer) for outing, customer in batch)
        VisitLine.objects.bulk_create(
            self._line(item, visit, position)
            for (outing, _customer), visit in zip(batch, visits, strict=True)
            for position, item in enumerate(outing.items)
        )

    def _visit(self, outing: Outing, customer: Customer) -> Visit:
        own, at = uid(self.seed, "visit", customer.uid, outing.at), self._moment(outing.at)
        return Visit(
            vendor=self.vendor,
            uid=own,
            customer=customer,
            at=at,
            recorded_at=at,
            channel=outing.channel,
            by=self.members[own.bytes[-1] % len(self.members)],
            note=outing.note,
            # No tablet has sent it, so none can send the same again.
            digest=hashlib.sha256(own.bytes).hexdigest(),
        )

    def _line(self, item: Item, visit: Visit, position: int) -> VisitLine:
        return VisitLine(
            vendor=self.vendor,
            visit=visit,
            position=position,
            product=item.product,
            quantity=item.quantity,
            unit=item.product.unit,
            outcome=item.outcome,
            manner=item.manner,
        )
