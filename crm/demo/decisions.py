"""What the demo shop does otherwise from a day on, and whom of its regulars that touches."""

import datetime as dt
from calendar import day_name
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from crm.demo.book import EVENING, Book
from crm.demo.wanted import Wanted
from customers.planning.models import Decision, DecisionPerson, DecisionProduct
from customers.visits.outcomes import TAKEN
from customers.visits.regulars import regulars_of
from vendors.models import Product

COUNTED = 56
"""Days before a decision of which is counted whom it touches."""
LOOKED_AT_NOW, FRESH = 33, 2
"""Days since the two decisions."""
LATE = dt.time(20), dt.time(21)
"""The last hour in which the shop is open."""


def write_decisions(book: Book, wanted: Sequence[Wanted]) -> None:
    """One of which the review asks by now what became of its people, and one of these days; of nobody there is none."""
    taken = _Taken(book, wanted, LOOKED_AT_NOW)
    product = _given_up(book, wanted)
    if product and (people := taken.touched(lambda line: line.product == product.pk)):
        text, reason = f"{product.name} only for who orders it", "half a crate was thrown away every week"
        decision = _decide(book, taken, people, about="products", text=text, reason=reason)
        book.add(DecisionProduct(decision=decision, product=product))
    taken = _Taken(book, wanted, FRESH)
    if late := _late(book, taken):
        weekday = min(late, key=lambda each: (len(late[each]), each))
        text, reason = f"Close at eight on {day_name[weekday]}s", "the last hour is long and hardly anybody comes"
        hour = {"weekday": weekday, "opens": LATE[0], "closes": LATE[1]}
        _decide(book, taken, late[weekday], about="hours", text=text, reason=reason, **hour)


class _Taken:
    """What the regulars of a day so many days `ago` took in the weeks before."""

    def __init__(self, book: Book, wanted: Iterable[Wanted], ago: int) -> None:
        self.ago, self.day = ago, book.day(-ago)
        self.regulars = regulars_of(book.vendor, self.day)
        since = self.day - dt.timedelta(days=COUNTED)
        self.lines: dict[int, list[Wanted]] = defaultdict(list)
        for line in wanted:
            if line.outcome in TAKEN and since <= line.day < self.day and line.customer in self.regulars:
                self.lines[line.customer].append(line)

    def touched(self, is_touched: Callable[[Wanted], bool]) -> list[DecisionPerson]:
        """Who would lose the lines of which it is said."""
        parts = ((customer, lines, list(filter(is_touched, lines))) for customer, lines in sorted(self.lines.items()))
        return [
            DecisionPerson(
                customer_id=customer,
                days=COUNTED,
                visits=len({line.visit for line in lines}),
                touched_visits=len({line.visit for line in touched}),
                lines=len(lines),
                touched_lines=len(touched),
            )
            for customer, lines, touched in parts
            if touched
        ]


def _late(book: Book, taken: _Taken) -> dict[int, list[DecisionPerson]]:
    """By weekday, of those that come next, who takes something in the last hour; where anybody does."""
    weekdays = [book.day(days).weekday() for days in range(1, 5)]
    late = {
        weekday: taken.touched(lambda line, weekday=weekday: line.day.weekday() == weekday and _is_late(book, line))
        for weekday in weekdays
    }
    return {weekday: people for weekday, people in late.items() if people}


def _is_late(book: Book, line: Wanted) -> bool:
    return LATE[0] <= line.at.astimezone(book.vendor.tz).time() < LATE[1]


def _given_up(book: Book, wanted: Iterable[Wanted]) -> Product | None:
    """The product of which has been wanted least since then, beside what was wanted before."""
    then = book.day(-LOOKED_AT_NOW)
    before: dict[int, int] = defaultdict(int)
    since: dict[int, int] = defaultdict(int)
    for line in wanted:
        (before if line.day < then else since)[line.product] += 1
    sold = [product for product in book.products.values() if before[product.pk] >= COUNTED // 8]
    return min(sold, key=lambda each: (since[each.pk] / before[each.pk], each.name), default=None)


def _decide(book: Book, taken: _Taken, people: Sequence[DecisionPerson], **said: Any) -> Decision:
    decision = Decision(
        uid=book.uid("decision", taken.ago),
        decided_on=taken.day,
        look_on=taken.day + Decision.LOOK_AFTER,
        made_at=book.at(-taken.ago, EVENING),
        by=book.member(0),
        regulars=len(taken.regulars),
        touched=len(people),
        **said,
    )
    book.add(decision)
    for person in people:
        person.decision = decision
        book.add(person)
    return decision
