"""What the demo shop and its people promised each other: in every state, and changed on the way."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import uuid5

from crm.demo.book import Book, some
from crm.demo.kitchens import FARM, MARKET, Beside
from crm.lib.quantities import plain
from customers.models import Customer
from customers.promises.due import due_moment
from customers.promises.models import (
    Amendment,
    Promise,
    PromiseLine,
    StandingOrder,
    StandingOrderEdit,
    StandingOrderLine,
)
from customers.visits.models import Visit, VisitLine
from vendors.models import Product

OURS, THEIRS = Promise.Side
Outcome = Promise.Outcome
KEPT_BEFORE = (6, 6, 5, 5, 5, 2, 2, 1, 3, 1)
"""How many of our promises were closed with each of the most frequent people: of some too few to say a rate."""
Line = tuple[Product, Decimal, str]
Change = tuple[dict[str, Any], dict[str, Any]]
"""What a promise says after a change, and who asked and agreed to it, with a charge."""


def write_promises(book: Book, beside: Beside) -> None:
    _closed_with_visits(book)
    _ended_otherwise(book)
    _open(book)
    _changed_twice(book)
    _ahead_by_phone(book)
    _with_suppliers(book, beside)
    _standing_orders(book)


def _closed_with_visits(book: Book) -> None:
    """Promised a few days before a visit and given in it: nearly always in time, now and then a day late."""
    for place, (customer, count) in enumerate(zip(book.people, KEPT_BEFORE, strict=False)):
        for number, visit in enumerate(book.visits(customer)[1 : 1 + 2 * count : 2]):
            _given(book, customer, visit, place + number, is_late=(place + number) % 6 == 5)
            if number == 0 and place < 6:
                _paid(book, customer, visit, place)


def _given(book: Book, customer: Customer, visit: Visit, place: int, *, is_late: bool) -> None:
    day = book.vendor.day_of(visit.at)
    due = day - dt.timedelta(days=1) if is_late else day
    lines = [_line(line) for line in book.had(visit)[:1]]
    _promise(
        book,
        customer,
        *("given", visit.uid),
        lines=lines,
        text="" if lines else "the bag that was forgotten",
        due=due,
        made=due_moment(book.vendor, due - dt.timedelta(days=2), dt.time(10, 15)),
        owner=place,
        outcome=Outcome.LATE if is_late else Outcome.KEPT,
        closed=visit.at,
        visit=visit,
    )


def _paid(book: Book, customer: Customer, visit: Visit, place: int) -> None:
    """They had promised money, and brought it."""
    day = book.vendor.day_of(visit.at)
    _promise(
        book,
        customer,
        *("paid", visit.uid),
        side=THEIRS,
        amount=Decimal(80 + 20 * place),
        text="for the last time",
        due=day,
        made=due_moment(book.vendor, day - dt.timedelta(days=3), dt.time(11)),
        owner=place,
        outcome=Outcome.KEPT,
        closed=visit.at,
        visit=visit,
    )


def _ended_otherwise(book: Book) -> None:
    """In part, broken, and released by the other side; and one that they did not keep."""
    scenes = (
        (2, OURS, "sweet limes for juice, 5 kg", Outcome.PART),
        (4, OURS, "the big pumpkin, kept aside", Outcome.BROKEN),
        (8, OURS, "white brinjals", Outcome.BROKEN),
        (5, OURS, "delivery to the office", Outcome.RELEASED),
        (7, THEIRS, "bring the crate back", Outcome.BROKEN),
        (3, THEIRS, "bring the two bottles back", Outcome.KEPT),
    )
    for number, (place, side, text, outcome) in enumerate(scenes):
        customer, due = some(book.people, place), book.day(-6 - 5 * number)
        late = outcome in (Outcome.PART, Outcome.BROKEN)
        moment = due_moment(book.vendor, due, None)
        closed = moment + dt.timedelta(hours=7) if late else moment - dt.timedelta(hours=9)
        made = moment - dt.timedelta(days=3, hours=10)
        said = {"side": side, "text": text, "due": due, "made": made, "owner": number}
        _promise(book, customer, "ended", number, outcome=outcome, closed=closed, **said)


def _open(book: Book) -> None:
    """Due today, tomorrow and later, and overdue; some by a time, one that nobody looks after."""
    soon = min(book.now + dt.timedelta(hours=2), book.at(1) - dt.timedelta(minutes=1)).astimezone(book.vendor.tz)
    later = soon.replace(minute=soon.minute // 15 * 15, second=0, microsecond=0).time()
    banana, pear, coriander = (book.products[name] for name in ("Banana", "Pear", "Coriander"))
    _promise(book, some(book.people, 1), "today", lines=[(banana, Decimal(12), "half ripe")], due=book.day(0), owner=1)
    _promise(book, some(book.people, 3), "by then", text="call when the fresh sack is open", due=book.day(0), at=later)
    _promise(book, some(book.people, 6), "tomorrow", lines=[(pear, Decimal(1), "soft")], due=book.day(1), owner=2)
    _promise(book, some(book.people, 0), "overdue", text="the bill of last month", due=book.day(-2), owner=0)
    _promise(
        book,
        some(book.people, 9),
        "forgotten",
        lines=[(coriander, Decimal(2), "with roots")],
        due=book.day(-1),
        owner=3,
    )
    _promise(book, some(book.people, 10), "of nobody", text="new price list", due=book.day(3), owner=None)
    theirs, since = {"side": THEIRS, "owner": 1}, "since the feast"
    _promise(book, some(book.people, 0), "crate", text="bring the crate back", due=book.day(2), **theirs)
    _promise(book, some(book.people, 11), "pays", amount=Decimal(120), due=book.day(0), **theirs)
    _promise(book, some(book.people, 12), "owes", amount=Decimal(240), text=since, due=book.day(-4), **theirs)


def _changed_twice(book: Book) -> None:
    """An order for a feast: more of it, then earlier, for which an extra charge was agreed."""
    customer, apple, lemon = some(book.people, 2), book.products["Apple"], book.products["Lemon"]
    agreed = {"asked_by": customer.name, "agreed_by": book.member(0).name}
    early = {"at": dt.time(8, 30)}
    _promise(
        book,
        customer,
        "feast",
        lines=[(apple, Decimal(3), ""), (lemon, Decimal(20), "")],
        due=book.day(2),
        owner=0,
        channel="phone",
        changes=[
            ({"lines": [(apple, Decimal(5), ""), (lemon, Decimal(20), "")]}, agreed),
            (early, {**agreed, "charge": Decimal(40), "charge_for": "brought before nine"}),
        ],
    )


def _ahead_by_phone(book: Book) -> None:
    """Orders of what they use to take, to be ready when they come."""
    for number, place in enumerate((4, 13, 7)):
        customer = some(book.people, place)
        lines = next((had for visit in book.visits(customer) if (had := book.had(visit))), [])
        said = {"due": book.day(number % 2), "owner": number, "channel": ("phone", "message")[number % 2]}
        text = "" if lines else "as always"
        _promise(book, customer, "ahead", number, text=text, lines=[_line(line) for line in lines[:4]], **said)


def _with_suppliers(book: Book, beside: Beside) -> None:
    market, farm = beside.suppliers[MARKET], beside.suppliers[FARM]
    crates = {"side": THEIRS, "text": "two crates of the small onions", "owner": 0}
    _promise(book, market, "crates", due=book.day(1), at=dt.time(7), **crates)
    _promise(book, market, "pay", amount=Decimal(3400), text="last week’s bill", due=book.day(3), owner=0)
    late = {"side": THEIRS, "text": "tomatoes before seven", "outcome": Outcome.LATE}
    made, due = book.at(-9, 9), book.day(-8)
    _promise(book, farm, "late", due=due, at=dt.time(7), made=made, closed=book.at(-8, 7), **late)
    kept = {"side": THEIRS, "text": "sorted carrots", "outcome": Outcome.KEPT}
    _promise(book, farm, "kept", due=book.day(-5), made=book.at(-7, 9), closed=book.at(-5, 4), **kept)
    _promise(book, beside.colleague, "scale", side=THEIRS, text="repair the small scale", due=book.day(1), owner=0)


@dataclass(frozen=True)
class Pledge:
    """What is promised, who looks after it (by place), how it changed, and how it ended."""

    due: dt.date
    side: str = OURS
    at: dt.time | None = None
    made: dt.datetime | None = None
    """On the day before the present one, or before it is due, if nothing is said."""
    lines: Sequence[Line] = ()
    text: str = ""
    amount: Decimal | None = None
    owner: int | None = 1
    channel: str = "counter"
    changes: Sequence[Change] = ()
    outcome: str = ""
    closed: dt.datetime | None = None
    visit: Visit | None = None
    standing_order: StandingOrder | None = None


def _promise(book: Book, customer: Customer, *what: object, **said: Any) -> Promise:
    """A promise (see `Pledge`) with an amendment for each change, and for its outcome."""
    first = last = Pledge(**said)
    owner = None if first.owner is None else book.member(first.owner)
    by = owner or book.member(0)
    made, steps = first.made or book.at(min(-1, (first.due - book.today).days - 1), 8), []
    for number, (change, agreed) in enumerate(first.changes):
        before, last = last, replace(last, **change)
        at = made + dt.timedelta(hours=2 + number)
        steps.append((at, by, _contents(book, before), _contents(book, last), agreed))
    if last.outcome:
        open_yet = _contents(book, replace(last, outcome="", closed=None))
        steps.append((last.closed, by, open_yet, _contents(book, last)))
    promise = Promise(
        uid=book.uid("promise", *what),
        customer=customer,
        side=last.side,
        text=last.text,
        amount=last.amount,
        has_lines=bool(last.lines),
        due_at=due_moment(book.vendor, last.due, last.at),
        due_any_time=last.at is None,
        channel=last.channel,
        made_at=made,
        by=by,
        owner=owner,
        standing_order=last.standing_order,
        for_day=last.due if last.standing_order else None,
        version=len(steps),
        outcome=last.outcome,
        closed_at=last.closed,
        closed_by=by if last.outcome else None,
        closed_in=last.visit,
    )
    book.add(promise)
    for position, line in enumerate(_rows(last.lines)):
        book.add(PromiseLine(promise=promise, position=position, **line))
    book.edits(promise, Amendment, steps)
    return promise


def _contents(book: Book, says: Pledge) -> dict[str, Any]:
    """As a promise is kept in an amendment; open in those that change it."""
    return {
        "text": says.text,
        "amount": None if says.amount is None else str(says.amount),
        "due_at": due_moment(book.vendor, says.due, says.at).isoformat(),
        "due_any_time": says.at is None,
        "lines": _said(says.lines),
        "outcome": says.outcome,
        "closed_at": says.closed and says.closed.isoformat(),
    }


def _said(lines: Sequence[Line]) -> list[dict[str, str]]:
    return [
        {"product": str(product.uid), "quantity": plain(quantity), "unit": product.unit, "manner": manner}
        for product, quantity, manner in lines
    ]


def _rows(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [
        {"product": product, "quantity": quantity, "unit": product.unit, "manner": manner}
        for product, quantity, manner in lines
    ]


def _line(line: VisitLine) -> Line:
    return line.product, line.quantity, line.manner


# Orders that come again


def _standing_orders(book: Book) -> None:
    """Milk every day, with its promises of today and tomorrow; and one twice a week, paused over a journey."""
    milk, eggs = book.products["Milk"], book.products["Eggs"]
    daily = _standing_order(book, some(book.people, 5), "daily", rule="FREQ=DAILY", lines=[(milk, Decimal(1), "")])
    for days in (0, 1):
        said = {"due": book.day(days), "lines": [(milk, Decimal(1), "")], "made": book.at(-1, days)}
        promise = _promise(book, daily.customer, "daily", days, owner=0, standing_order=daily, **said)
        promise.uid = uuid5(daily.uid, book.day(days).isoformat())
    twice = {"rule": "FREQ=WEEKLY;BYDAY=TU,FR", "lines": [(milk, Decimal(2), ""), (eggs, Decimal(6), "")]}
    _standing_order(book, some(book.people, 8), "paused", **twice, paused_until=book.day(9))


def _standing_order(
    book: Book, customer: Customer, what: str, *, rule: str, lines: Sequence[Line], paused_until: dt.date | None = None
) -> StandingOrder:
    order = StandingOrder(
        uid=book.uid("standing order", what),
        customer=customer,
        rule=rule,
        starts_on=book.day(-60),
        paused_until=paused_until,
        made_at=book.at(-61, 9),
        by=book.member(0),
    )
    book.add(order)
    for position, line in enumerate(_rows(lines)):
        book.add(StandingOrderLine(standing_order=order, position=position, **line))
    if paused_until:
        after = _order_contents(order, lines)
        before = after | {"paused_until": None}
        book.edits(order, StandingOrderEdit, [(book.at(-2, 9), book.member(1), before, after)])
    return order


def _order_contents(order: StandingOrder, lines: Sequence[Line]) -> dict[str, Any]:
    """As a standing order is kept in its edits."""
    return {
        "rule": order.rule,
        "starts_on": order.starts_on.isoformat(),
        "ends_on": None,
        "at_time": None,
        "text": "",
        "lines": _said(lines),
        "paused_until": order.paused_until.isoformat() if order.paused_until else None,
        "has_ended": False,
    }
