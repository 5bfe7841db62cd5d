"""What standing orders come to: their next days, and a promise for each day as it comes near."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, takewhile
from typing import NamedTuple
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from crm.lib import moments
from customers.models import Customer
from customers.promises.due import due_moment
from customers.promises.models import Promise, PromiseLine, StandingOrder, StandingOrderEdit
from customers.promises.models.standing_order import StandingOrderQuerySet
from customers.promises.recurring import days_from
from vendors.catalogue import stand_ins
from vendors.models import Vendor
from vendors.opening.keeping import opening_times
from vendors.opening.times import OpeningTimes
from vendors.past import while_past_stands

ONE_DAY = dt.timedelta(days=1)
LOOKED_THROUGH = 60
"""Days of an order of which the next open ones are looked for: of a shop that never opens on them there are none."""
CLOSED_NAMED = 6
"""The most closed days that are named before the next open ones."""

_last_change = StandingOrderEdit.objects.filter(standing_order=OuterRef("pk")).order_by("-pk").values("at")[:1]


class OrderDay(NamedTuple):
    """A day of an order, and why the shop is closed on it, if it is: nothing is promised for that."""

    day: dt.date
    why_closed: str


def counts_on(order: StandingOrder, day: dt.date) -> bool:
    """Whether something is ordered for `day`, be the shop open or not."""
    return next(_days(order, day), None) == day


def next_days(order: StandingOrder, after: dt.date, count: int = 3, *, times: OpeningTimes) -> list[OrderDay]:
    """The next `count` days after `after` on which the shop is open, and those between on which it is closed."""
    found: list[OrderDay] = []
    for day in islice(_days(order, after + ONE_DAY), LOOKED_THROUGH):
        found.append(OrderDay(day, times.why_closed(day)))
        if sum(not each.why_closed for each in found) == count:
            break
        if sum(bool(each.why_closed) for each in found) == CLOSED_NAMED:
            break
    return found


def _days(order: StandingOrder, since: dt.date) -> Iterator[dt.date]:
    """All days of `order` from `since` on, leaving out those for which it is paused or ended."""
    if order.ended_at:
        return iter(())
    since = max(since, order.starts_on, order.paused_until or since)
    last = order.ends_on or dt.date.max
    return takewhile(lambda day: day <= last, days_from(order.rule, order.starts_on, since))


@while_past_stands
def made_for(vendor: Vendor, day: dt.date) -> None:
    """
    See to it that what is ordered for the shop's `day` and the day after is promised.

    Asked by the first pages of the counter: the first of the day makes them, and to ask again costs nothing. Another
    past makes them anew, because with it the days may have changed on which the shop is open.
    """
    make_due(vendor, day)


def make_due(vendor: Vendor, day: dt.date) -> None:
    """Make the promises of `day` and the day after for all standing orders of the shop; each is made once."""
    make_for(StandingOrder.objects.filter(vendor=vendor), vendor, day)


def make_until_today(orders: StandingOrderQuerySet, vendor: Vendor) -> None:
    """As `make_for`, from the day on which these `orders` were tapped until the present one."""
    day, today = vendor.today(), vendor.day_of(timezone.now())
    for ahead in range((today - day).days + 1):
        make_for(orders, vendor, day + ahead * ONE_DAY)


@transaction.atomic
def make_for(orders: StandingOrderQuerySet, vendor: Vendor, day: dt.date) -> None:
    """
    Make the promises of `orders`, all of `vendor`, for `day` and the day after; each is made once.

    What was due before the order was made or changed last is not promised by it, and nothing to a person who is closed.
    The orders are locked in their order:
    whoever else makes, changes or pauses them waits, and finds what was made.
    """
    days = day, day + ONE_DAY
    near = orders.standing().filter(starts_on__lte=days[1]).exclude(ends_on__lt=day)
    near = near.exclude(customer__standing=Customer.Standing.CLOSED)
    locked = (
        near.select_for_update(no_key=True, of=("self",)).annotate(changed_at=Subquery(_last_change)).order_by("pk")
    )
    wanted = list(_wanted(locked.prefetch_related("lines__product"), vendor, days))
    if not wanted:
        return
    made = set(
        Promise.objects.filter(standing_order__in={order for order, _day in wanted}, for_day__in=days)
        .order_by()
        .values_list("standing_order", "for_day")
    )
    promises = [_promise(vendor, order, on) for order, on in wanted if (order.pk, on) not in made]
    if promises:
        Promise.objects.bulk_create(promises)
        PromiseLine.objects.bulk_create(_lines(promises, vendor))


def _wanted(
    orders: StandingOrderQuerySet, vendor: Vendor, days: Iterable[dt.date]
) -> Iterator[tuple[StandingOrder, dt.date]]:
    says_something = [order for order in orders if order.text or order.lines.all()]
    found = [(order, day) for order in says_something for day in days if counts_on(order, day)]
    times = opening_times(vendor) if found else None
    for order, day in found:
        known_at = max(order.made_at, order.changed_at or order.made_at)
        if times and times.is_open(day) and due_moment(vendor, day, order.at_time) > known_at:
            yield order, day


def uid_of(order: StandingOrder, day: dt.date) -> UUID:
    """Of the promise for `day`: the same from whatever process makes it."""
    return uuid5(order.uid, day.isoformat())


def _promise(vendor: Vendor, order: StandingOrder, day: dt.date) -> Promise:
    return Promise(
        vendor=vendor,
        customer_id=order.customer_id,
        uid=uid_of(order, day),
        text=order.text,
        has_lines=bool(order.lines.all()),
        due_at=due_moment(vendor, day, order.at_time),
        due_any_time=order.at_time is None,
        made_at=moments.now(),
        by_id=order.by_id,
        owner_id=order.by_id,
        standing_order=order,
        for_day=day,
    )


def _lines(promises: Iterable[Promise], vendor: Vendor) -> list[PromiseLine]:
    orders = [promise.standing_order for promise in promises]
    into = into_of(orders, vendor)
    return [line for promise in promises for line in lines_of(promise, promise.standing_order, into)]


def into_of(orders: Iterable[StandingOrder], vendor: Vendor) -> Mapping[int, int]:
    """By id what stands for the products of `orders` that were merged."""
    is_merged = any(line.product.merged_into_id for order in orders for line in order.lines.all())
    return stand_ins(vendor.pk) if is_merged else {}


def lines_of(promise: Promise, order: StandingOrder, into: Mapping[int, int]) -> list[PromiseLine]:
    """What `order` says as lines of `promise`, `into` what stands for merged products."""
    return [
        PromiseLine(
            vendor_id=promise.vendor_id,
            promise=promise,
            position=line.position,
            product_id=into.get(line.product_id, line.product_id),
            quantity=line.quantity,
            unit=line.unit,
            manner=line.manner,
        )
        for line in order.lines.all()
    ]
