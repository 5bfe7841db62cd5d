"""What was asked for and not had in the demo shop: of the visits, as the counter keeps it, and told besides."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import uuid5

from crm.demo.book import Book, some
from customers.models import Customer
from customers.promises.models import Wish, WishEdit
from customers.visits.models import Visit, VisitLine
from vendors.models import Product

WANTED_FOR = dt.timedelta(days=7)
ASKED_LATELY = 30
"""Days whose missing things are wishes."""
Outcome = Wish.Outcome


def write_wishes(book: Book) -> None:
    _of_visits(book)
    _waiting(book)
    _came_in(book)
    _in_words(book)


def _of_visits(book: Book) -> None:
    """What was missing in a visit is a wish, taken with the next visit in which they had it."""
    products = {product.pk: product for product in book.products.values()}
    lines = VisitLine.objects.filter(
        vendor=book.vendor, visit__at__gte=book.at(-ASKED_LATELY), visit__at__lt=book.at(0)
    )
    asked = lines.filter(outcome=VisitLine.Outcome.NOT_IN_STOCK).select_related("visit").order_by("visit", "position")
    missing = {(line.visit_id, line.product_id): line for line in asked}.values()
    had = _had_after(book, {line.visit.customer_id for line in missing})
    for line in missing:
        visit = line.visit
        later = (had_in for had_in in had[visit.customer_id, line.product_id] if had_in.at > visit.at)
        wish = Wish(
            uid=uuid5(visit.uid, str(products[line.product_id].uid)),
            customer_id=visit.customer_id,
            product_id=line.product_id,
            text=line.manner,
            visit=visit,
            asked_at=visit.at,
            until=book.vendor.day_of(visit.at) + WANTED_FOR,
            by_id=visit.by_id,
            owner_id=visit.by_id,
        )
        _add(book, wish, took_in=next(later, None))


def _had_after(book: Book, customers: set[int]) -> dict[tuple[int, int], list[Visit]]:
    """By customer and product the visits of these days in which they had it, the first first."""
    taken = VisitLine.objects.filter(visit__customer__in=customers, outcome=VisitLine.Outcome.TAKEN)
    these = taken.filter(visit__at__gte=book.at(-ASKED_LATELY), visit__at__lt=book.at(0)).select_related("visit")
    found = defaultdict(list)
    for line in these.order_by("visit__at", "visit"):
        found[line.visit.customer_id, line.product_id].append(line.visit)
    return found


def _waiting(book: Book) -> None:
    """Several people wait for one product, two of them unknown."""
    mango = book.products["Alphonso mango"]
    for number, place in enumerate((0, 3, 7, 14, None, None)):
        customer = None if place is None else some(book.people, place)
        _told(book, ("mango", number), customer, mango, days=-1 - 2 * number, until=60)


def _came_in(book: Book) -> None:
    """It is here: two are to be told, one was told, and one has it."""
    product = book.products["Strawberry"]
    here = book.at(-1, 5)
    for number, (place, steps) in enumerate(((1, 0), (9, 0), (4, 1), (2, 2))):
        told = book.at(-1, 7) if steps else None
        took = book.at(-1, 14) if steps > 1 else None
        said = {"days": -5 - number, "until": 6, "came_in_at": here, "told_at": told, "took_at": took}
        _told(book, ("strawberry", number), some(book.people, place), product, quantity=2, **said)


def _in_words(book: Book) -> None:
    """What the shop does not sell; one that nobody wants any more, and one that was noted by mistake."""
    scenes = (
        (6, "black rice", ""),
        (None, "black rice", ""),
        (8, "oyster mushrooms", "dropped"),
        (5, "plums", "undone"),
    )
    for number, (place, text, outcome) in enumerate(scenes):
        customer = None if place is None else some(book.people, place)
        _told(book, ("words", number), customer, None, text=text, days=-2 - number, until=12, outcome=outcome)


def _told(
    book: Book,
    what: Sequence[object],
    customer: Customer | None,
    product: Product | None,
    *,
    days: int,
    until: int,
    **said: Any,
) -> None:
    """A wish of so many `days` from now on, wanted `until` as many; how much and its steps are `said`."""
    quantity, text = said.pop("quantity", None), said.pop("text", "")
    wish = Wish(
        uid=book.uid("wish", *what),
        customer=customer,
        product=product,
        text=text,
        quantity=quantity,
        unit=product.unit if product and quantity else "",
        until=book.day(until),
        asked_at=book.at(days, 8),
        by=book.member(-days),
        owner=book.member(-days),
    )
    _add(book, wish, **said)


def _add(
    book: Book,
    wish: Wish,
    *,
    took_in: Visit | None = None,
    took_at: dt.datetime | None = None,
    came_in_at: dt.datetime | None = None,
    told_at: dt.datetime | None = None,
    outcome: str = "",
) -> None:
    """The wish with a step for each time that is given, as they came."""
    book.add(wish)
    took = took_in.at if took_in else took_at
    steps: list[tuple[str, dt.datetime, dict[str, Any]]] = []
    if came_in_at:
        steps.append(("came-in", came_in_at, {"came_in_at": came_in_at}))
    if told_at:
        steps.append(("told", told_at, {"told_at": told_at}))
    if took:
        here = {} if came_in_at else {"came_in_at": took}
        steps.append(("took", took, {**here, "came_at": took, "outcome": Outcome.TOOK.value, "closed_at": took}))
    if outcome:
        at = wish.asked_at + dt.timedelta(hours=5)
        steps.append(({"undone": "mistaken"}.get(outcome, outcome), at, {"outcome": outcome, "closed_at": at}))
    edits = [(at, wish.by_id, *_step(wish, step, changes, took_in)) for step, at, changes in steps]
    by = {member.pk: member for member in book.members}
    book.edits(wish, WishEdit, [(at, by.get(member), before, after) for at, member, before, after in edits])


def _step(wish: Wish, step: str, changes: dict[str, Any], visit: Visit | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the wish said before and after, which it says from now on."""
    before = {field: _as_json(getattr(wish, field)) for field in changes}
    for field, value in changes.items():
        setattr(wish, field, value)
    about = {"visit": str(visit.uid)} if visit and step == "took" else {}
    return before, {"step": step, **about, **{field: _as_json(value) for field, value in changes.items()}}


def _as_json(value: Any) -> str | None:
    return value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value
