"""What the demo shop does otherwise from a day on, and whom of its regulars that touches."""

import datetime as dt
from calendar import day_name
from collections import defaultdict
from collections.abc import Iterable, Sequence

from crm.demo.book import EVENING, Book
from crm.demo.wanted import Wanted
from customers.planning.missing_it import About, WhoWouldMiss, who_would_miss
from customers.planning.models import Decision, DecisionPerson, DecisionProduct
from vendors.models import Product

LOOKED_AT_NOW, FRESH = 33, 2
"""Days since the two decisions."""
OFTEN = 7
"""Times that something was wanted in the weeks before, of which one may say that it is wanted no more."""
LATE = dt.time(20), dt.time(21)
"""The last hour in which the shop is open."""


def write_decisions(book: Book, wanted: Sequence[Wanted]) -> None:
    """One of which the review asks by now what became of its people, and one of these days; of nobody there is none."""
    if product := _given_up(book, wanted):
        missing = who_would_miss(book.vendor, About(products=(product,)), book.day(-LOOKED_AT_NOW))
        text, reason = f"{product.name} only for who orders it", "half a crate was thrown away every week"
        _decide(book, missing, LOOKED_AT_NOW, text, reason)
    if late := _late(book):
        missing = min(late, key=lambda each: (len(each.people), each.about.weekday))
        text = f"Close at eight on {day_name[missing.about.weekday]}s"
        _decide(book, missing, FRESH, text, "the last hour is long and hardly anybody comes")


def _late(book: Book) -> list[WhoWouldMiss]:
    """Of the weekdays that come next, who would miss the last hour of one; where anybody would."""
    weekdays = [book.day(days).weekday() for days in range(1, 5)]
    found = [who_would_miss(book.vendor, About(weekday=each, hours=LATE), book.day(-FRESH)) for each in weekdays]
    return [each for each in found if each.people]


def _given_up(book: Book, wanted: Iterable[Wanted]) -> Product | None:
    """The product of which has been wanted least since then, beside what was wanted before."""
    then = book.day(-LOOKED_AT_NOW)
    before: dict[int, int] = defaultdict(int)
    since: dict[int, int] = defaultdict(int)
    for line in wanted:
        (before if line.day < then else since)[line.product] += 1
    sold = [product for product in book.products.values() if before[product.pk] >= OFTEN]
    return min(sold, key=lambda each: (since[each.pk] / before[each.pk], each.name), default=None)


def _decide(book: Book, missing: WhoWouldMiss, ago: int, text: str, reason: str) -> None:
    if not missing.people:
        return
    opens, closes = missing.about.hours or (None, None)
    decision = Decision(
        uid=book.uid("decision", ago),
        about=missing.about.kind,
        weekday=missing.about.weekday,
        opens=opens,
        closes=closes,
        text=text,
        reason=reason,
        decided_on=missing.last,
        look_on=missing.last + Decision.LOOK_AFTER,
        made_at=book.at(-ago, EVENING),
        by=book.member(0),
        regulars=missing.regulars,
        touched=len(missing.people),
    )
    book.add(decision)
    for product in missing.about.products:
        book.add(DecisionProduct(decision=decision, product=product))
    for each in missing.people:
        book.add(DecisionPerson(decision=decision, customer=each.customer, days=missing.days, **each.part._asdict()))
