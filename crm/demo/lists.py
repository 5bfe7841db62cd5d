"""The demo shop's buying lists of the last weeks, each as it was kept on the evening before and ticked off."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from random import Random
from typing import Any

from crm.demo.book import EVENING, Book
from crm.demo.wanted import Wanted
from customers.planning.keeping_lists import contents
from customers.planning.models import BuyingEdit, BuyingLine, BuyingList
from customers.promises.due import due_day
from customers.promises.models import Promise, PromiseLine, Wish
from customers.visits.outcomes import MISSING
from vendors.models import Product
from vendors.opening.keeping import opening_times

LISTS = 28
"""Open days that have a list, today the last."""
WEEKS = 4
"""What is to be bought for a day is what was wanted on its weekday in so many weeks before."""
MOST_LINES = 40
MARKET = 2.5
"""When somebody is at the market with the list: hours after the day's start."""


class _Demand:
    """What was wanted of each product on each day, and what was promised and asked for besides."""

    def __init__(self, book: Book, wanted: Iterable[Wanted]) -> None:
        self.quantities: dict[tuple[dt.date, int], Decimal] = defaultdict(Decimal)
        self.people: dict[tuple[dt.date, int], set[int]] = defaultdict(set)
        self.missing: set[tuple[dt.date, int]] = set()
        for line in wanted:
            key = line.day, line.product
            self.quantities[key] += line.quantity
            self.people[key].add(line.customer)
            self.missing |= {key} if line.outcome == MISSING else set()
        self.open = {day for day, _product in self.quantities}
        self.promised: dict[tuple[dt.date, int], list[PromiseLine]] = defaultdict(list)
        for line in book.told(PromiseLine):
            if line.promise.side == Promise.Side.OURS:
                due = due_day(book.vendor, line.promise.due_at, any_time=line.promise.due_any_time)
                self.promised[due, line.product_id].append(line)
        self.wishes: dict[int | None, list[Wish]] = defaultdict(list)
        for wish in book.told(Wish):
            self.wishes[wish.product_id].append(wish)

    def promised_for(self, day: dt.date, product: Product, made_at: dt.datetime) -> Decimal:
        known = (line for line in self.promised.get((day, product.pk), ()) if line.promise.made_at < made_at)
        return sum((line.quantity for line in known), Decimal(0))

    def wished_for(self, day: dt.date, product: Product, made_at: dt.datetime) -> int:
        asked = (wish for wish in self.wishes.get(product.pk, ()) if wish.asked_at < made_at and wish.until >= day)
        ends = (wish.came_in_at or wish.closed_at for wish in asked)
        return sum(end is None or end > made_at for end in ends)


def write_lists(book: Book, wanted: Sequence[Wanted]) -> None:
    demand, times = _Demand(book, wanted), opening_times(book.vendor)
    days = [ago for ago in range(2 * LISTS) if times.is_open(book.day(-ago))][:LISTS]
    for ago in days:
        day, made_at = book.day(-ago), book.at(-ago - 1, EVENING)
        made = BuyingList(uid=book.uid("list", day), day=day, made_at=made_at, by=book.member(0))
        lines = [line for product in book.products.values() if (line := _line(book, made, product, demand))]
        lines.sort(key=lambda line: (line.foreseen is None, -line.usual, line.product.name))
        if lines:
            book.add(made)
            _keep(book, lines[:MOST_LINES], demand, Random(f"{book.seed} list {day}"))  # noqa: S311 - a story


def _line(book: Book, made: BuyingList, product: Product, demand: _Demand) -> BuyingLine | None:
    """What the evening foresaw of `product`; what was only asked for is added by hand."""
    days = [made.day - dt.timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    were = [demand.quantities.get((day, product.pk), Decimal(0)) for day in days if day in demand.open]
    promised = demand.promised_for(made.day, product, made.made_at)
    wished = demand.wished_for(made.day, product, made.made_at)
    line = BuyingLine(
        uid=book.uid("line", made.day, product.uid),
        buying_list=made,
        product=product,
        unit=product.unit,
        usual=len(set().union(*(demand.people.get((day, product.pk), set()) for day in days))),
        promised=promised,
        wished=wished,
    )
    if mean := max(sum(were, Decimal(0)) / max(len(were), 1), promised):
        told = mean, min(were, default=mean), max([*were, mean])
        line.foreseen, line.low, line.high = (_in_steps(each, product) for each in told)
        line.quantity = line.foreseen
    elif wished:
        line.quantity = wished * product.step
    else:
        return None
    return line


def _in_steps(quantity: Decimal, product: Product) -> Decimal:
    return (quantity / product.step).to_integral_value(rounding="ROUND_CEILING") * product.step


def _keep(book: Book, lines: Sequence[BuyingLine], demand: _Demand, chance: Random) -> None:
    """One of eight is changed at once; on the market all is ticked off that was to be had there."""
    for place, line in enumerate(lines):
        line.position = place
        book.add(line)
        made = line.buying_list
        if chance.random() < 0.12:
            before, steps = contents(line), chance.choice((-2, -1, 1, 2, 3))
            line.quantity = max(line.quantity + steps * line.product.step, Decimal(0))
            _edit(book, line, "changed", made.made_at + dt.timedelta(minutes=1 + place), before)
        got_at = made.made_at + dt.timedelta(hours=24 - EVENING + MARKET, seconds=45 * place)
        was_there = (made.day, line.product_id) not in demand.missing and chance.random() < 0.94
        if line.quantity and was_there and got_at <= book.now:
            before, line.got_at = contents(line), got_at
            _edit(book, line, "ticked", got_at, before, by=1)


def _edit(book: Book, line: BuyingLine, what: str, at: dt.datetime, before: dict[str, Any], *, by: int = 0) -> None:
    own, after = book.uid("edit", line.uid, what), contents(line)
    book.add(BuyingEdit(uid=own, line=line, at=at, by=book.member(by), before=before, after=after))
