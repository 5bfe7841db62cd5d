"""The copy: what a paired tablet keeps of the people who may come, to go on without a connection. No more than that."""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import Max, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from crm.counter import presence
from crm.counter.due_words import overdue_said, time_said
from crm.counter.expectations import who_promises
from crm.counter.habits import PERHAPS
from crm.counter.tiles import reason
from crm.counter.wording import amount
from crm.lib.quantities import plain
from crm.lib.sounds import as_data
from crm.templatetags.people import hue, initials, tags
from customers.models import ContactPoint, Customer, SearchKey
from customers.preferences.remembering import Known
from customers.preferences.remembering_many import Remembered, remember_many
from customers.preferences.suggesting import Suggestion
from customers.promises.due import due_day
from customers.promises.models import Promise
from customers.search import DIGITS
from customers.visits.coming_soon import Soon, chance_to_come, coming_soon
from customers.visits.finding import Found
from customers.visits.models import Visit
from vendors.access import ShopRequest, counter
from vendors.models import Vendor

DAYS = 4
"""Days of the shop, today among them, that 72 hours may reach into."""
SEEN_WITHIN = dt.timedelta(days=30)
MOST = 2000
"""People of one copy."""
LEAST = PERHAPS
"""The chance to come on any of these days from which on somebody is in it whom nobody saw of late."""
USUAL = 12
"""Products of each of them."""
AT_ONCE = 24
"""People of one hour: those who are shown, and some to spare for when they were here already."""
LAST_DIGITS = 4
"""Of each phone, as they are shown."""


@require_safe
@counter
def copy(request: ShopRequest) -> HttpResponse:
    """The copy as JSON, or that the tablet's own is still right; nothing (204) where no people may be kept."""
    if request.device is None:
        return HttpResponse(status=204)
    body = json.dumps(copied(request.vendor, timezone.now()), ensure_ascii=False, separators=(",", ":"))
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    response = HttpResponse(body, content_type="application/json", headers={"ETag": etag})
    return get_conditional_response(request, etag=etag, response=response)


def copied(vendor: Vendor, now: dt.datetime) -> dict[str, Any]:
    """
    The people who may come and whom the shop saw of late, best first, and what to fold by what is typed.

    In `days` the people are told by their places in `people`, which has what it takes to find them; `cards` have the
    rest, of the same people in the same order.
    """
    today = vendor.day_of(now)
    soon = coming_soon(vendor, today, DAYS)
    people = _people(vendor, soon, now)
    places = {person.pk: place for place, person in enumerate(people)}
    days = [each.day for each in soon]
    read = list(zip(people, _read(vendor, people, now), strict=True))
    return {
        "days": [_day(vendor, each, places) for each in soon],
        "people": [_person(vendor, *each) for each in read],
        "cards": [_card(vendor, *each, days) for each in read],
        **as_data(_all_said_of(people)),
    }


def _people(vendor: Vendor, soon: Sequence[Soon], now: dt.datetime) -> list[Customer]:
    """At most `MOST`, those who are expected first and then those seen last; of whom the shop is closed to the last."""
    chances = chance_to_come(soon)
    seen = _seen(vendor, now - SEEN_WITHIN, now)
    likely = {customer for customer, chance in chances.items() if chance >= LEAST}
    until = vendor.day_bounds(soon[-1].day)[1]
    due = set(Promise.objects.open().filter(vendor=vendor, due_at__lt=until).values_list("customer", flat=True))
    customers = Customer.objects.own().filter(vendor=vendor).in_bulk(seen.keys() | likely | due)

    def best(person: Customer) -> tuple[bool, float, float, int]:
        last = seen.get(person.pk)
        return person.is_closed, -chances.get(person.pk, 0.0), -last.timestamp() if last else 0.0, person.pk

    return sorted(customers.values(), key=best)[:MOST]


def _seen(vendor: Vendor, since: dt.datetime, now: dt.datetime) -> dict[int, dt.datetime]:
    """When they were last at the counter, for themselves or for another, or were first heard of there."""
    visits = Visit.objects.standing().filter(vendor=vendor, at__gte=since, at__lte=now + Visit.CLOCKS_DIFFER).order_by()
    came = visits.values_list("customer").annotate(last=Max("at"))
    collected = visits.exclude(collected_by=None).values_list("collected_by").annotate(last=Max("at"))
    new = Customer.objects.filter(vendor=vendor, added_at__gte=since, visits=None, added_by__isnull=False)
    return dict(new.values_list("pk", "added_at")) | dict(collected) | dict(came)


def _all_said_of(people: Iterable[Customer]) -> str:
    return "".join(f"{each.name}{each.nickname}{each.landmark}{each.description}" for each in people)


def _day(vendor: Vendor, soon: Soon, places: Mapping[int, int]) -> dict[str, Any]:
    """By hour who is likely then, and of each of them by what one may expect them."""
    hours = soon.by_hour(AT_ONCE)
    likely = {each.customer: each for expected in hours.values() for each in expected if each.customer in places}
    return {
        "day": f"{soon.day:%Y-%m-%d}",
        "starts": _milliseconds(vendor.day_bounds(soon.day)[0]),
        "closed": soon.why_closed,
        "hours": {
            hour: [places[each.customer] for each in expected if each.customer in likely]
            for hour, expected in hours.items()
        },
        "reasons": {
            places[customer]: [presence.reason(vendor, each, soon.day), presence.overdue(each, soon.day)]
            for customer, each in likely.items()
        },
    }


class _Row(NamedTuple):
    """What is read of one person beside themselves."""

    found: Found
    keys: str
    remembered: Remembered
    promises: list[Promise]


def _read(vendor: Vendor, people: Sequence[Customer], now: dt.datetime) -> list[_Row]:
    ids = [person.pk for person in people]
    visits = Visit.objects.standing().filter(customer__in=ids).order_by()
    last = dict(visits.values_list("customer").annotate(Max("at")))
    numbers = _first_of(ContactPoint.objects.filter(customer__in=ids).exclude(number=""), "customer", "number")
    merged = _first_of(Customer.objects.filter(merged_into__in=ids), "merged_into", "name")
    keys, promises = _keys(ids), _promises(ids)
    remembered = remember_many(vendor, ids, now=now, most=USUAL)
    return [
        _Row(_found(person, merged, numbers, last), keys[person.pk], remembered[person.pk], promises[person.pk])
        for person in people
    ]


def _first_of(rows: QuerySet, whose: str, what: str) -> dict[int, str]:
    """Of each whom `rows` are of, that with the lowest id."""
    return dict(rows.order_by("-pk").values_list(whose, what))


def _keys(ids: Sequence[int]) -> dict[int, str]:
    """What they are found by, with a space between; of phones the last digits alone."""
    keys: dict[int, list[str]] = defaultdict(list)
    for customer, key in SearchKey.objects.filter(customer__in=ids).order_by("pk").values_list("customer", "key"):
        said = bytes(key)
        keys[customer].append((said[: 1 + LAST_DIGITS] if said.startswith(DIGITS) else said).decode())
    return defaultdict(str, {customer: " ".join(dict.fromkeys(said)) for customer, said in keys.items()})


def _promises(ids: Sequence[int]) -> dict[int, list[Promise]]:
    """The open ones, as they are due."""
    promises: dict[int, list[Promise]] = defaultdict(list)
    found = Promise.objects.open().filter(customer__in=ids).order_by("due_at", "pk")
    for promise in found.select_related("vendor").prefetch_related("lines__product"):
        promises[promise.customer_id].append(promise)
    return promises


def _found(
    person: Customer, merged: Mapping[int, str], numbers: Mapping[int, str], last: Mapping[int, dt.datetime]
) -> Found:
    said = (person.uid, person.name, person.nickname, person.landmark, person.description, person.kind, person.standing)
    return Found(*said, merged.get(person.pk), numbers.get(person.pk), last.get(person.pk))


def _person(vendor: Vendor, person: Customer, row: _Row) -> dict[str, Any]:
    """What finds one person and tells them from others."""
    called = [f"“{person.nickname}”"] if person.nickname else []
    return {
        "uid": str(person.uid),
        "name": person.name,
        "face": [hue(person.name), initials(person.name)],
        "tags": [*called, *tags(row.found)],
        "keys": row.keys,
        "seen": f"{vendor.day_of(row.found.last_at):%Y-%m-%d}" if row.found.last_at else "",
        "owed": len(row.promises),
    }


def _card(vendor: Vendor, person: Customer, row: _Row, days: Sequence[dt.date]) -> dict[str, Any]:
    """What it takes to serve one person, in the words of the card; under the key by which a tablet keeps it."""
    return {
        "key": str(person.uid),
        "greeting": person.greeting,
        "never": [_never(each) for each in row.remembered.never],
        "usual": [_usual(each) for each in row.remembered.usual],
        "promises": [_promise(vendor, each, days) for each in row.promises],
    }


def _never(known: Known) -> list[str]:
    """What must never happen, and the product of which it is said."""
    preference = known.preference
    kind = preference.get_kind_display()
    whose = f"{kind} ({known.whose.name})" if known.whose else kind
    what = ", ".join(filter(None, (known.product_name, preference.text)))
    return [f"{whose}: {what}", str(preference.product.uid) if preference.product else ""]


def _usual(each: Suggestion) -> list[Any]:
    """Product, quantity and the same in words, manner, how many of a thousand visits want it, and why it is here."""
    quantity = plain(each.quantity), amount(each.quantity, each.product.unit)
    return [str(each.product.uid), *quantity, each.manner, round(1000 * each.probability), reason(each)]


def _promise(vendor: Vendor, promise: Promise, days: Sequence[dt.date]) -> dict[str, Any]:
    """`words` say by when it is due as they are read on each of `days`, as long as it is not late and from then on."""
    any_time = promise.due_any_time
    said = [time_said(vendor, promise.due_at, any_time=any_time, now=vendor.day_bounds(day)[0]) for day in days]
    return {
        "uid": str(promise.uid),
        "what": who_promises(promise, vendor.currency),
        "due": _milliseconds(promise.due_at),
        "day": f"{due_day(vendor, promise.due_at, any_time=any_time):%Y-%m-%d}",
        "words": [[capfirst(due), capfirst(overdue_said(due))] for due in said],
    }


def _milliseconds(moment: dt.datetime) -> int:
    """As a script counts time."""
    return int(moment.timestamp() * 1000)
