"""What went wrong in the demo shop, small and large, and whether the people were asked afterwards."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from crm.demo.book import Book, some
from crm.demo.kitchens import FARM, MARKET, OF_THE_DAIRY, OF_THE_FARM, Beside
from customers.models import Customer
from customers.promises.models import Problem, ProblemEdit
from customers.visits.models import Visit

What, Remedy, Answer = Problem.What, Problem.Remedy, Problem.Answer


class Scene(NamedTuple):
    """What went wrong with somebody (by place), in a visit about so many visits ago."""

    place: int
    ago: int
    what: str
    remedy: str = ""
    is_asked: bool = False
    text: str = ""
    is_hard: bool = False
    owner: int | None = 1
    due: int | None = None
    was_said: bool = True


OPEN = (
    Scene(0, 0, What.SOFT, text="half of them"),
    Scene(3, 1, What.SHORT, text="200 g less", due=1, owner=2),
    Scene(11, 1, What.WRONG, text="the green ones", due=-1, owner=3),
    Scene(6, 9, What.LATE, text="every Sunday after nine, though promised for eight", is_hard=True, owner=0, due=-3),
    Scene(2, 7, What.OTHER, text="the scale shows different each time", is_hard=True, owner=None),
)
TO_ASK = (
    Scene(1, 1, What.SPOILT, Remedy.REPLACED),
    Scene(4, 2, What.SOFT, Remedy.REFUNDED),
    Scene(7, 1, What.RUDE, Remedy.APOLOGY),
)
CLOSED = tuple(
    Scene(place, ago, what, remedy, is_asked=True, was_said=place % 4 != 3)
    for place, ago, what, remedy in (
        (0, 6, What.SOFT, Remedy.REPLACED),
        (1, 5, What.SHORT, Remedy.CREDITED),
        (2, 8, What.SPOILT, Remedy.REFUNDED),
        (3, 7, What.SOFT, Remedy.REPLACED),
        (5, 4, What.LATE, Remedy.APOLOGY),
        (8, 6, What.SOFT, Remedy.CREDITED),
        (10, 9, What.WRONG, Remedy.REPLACED),
        (12, 5, What.SOFT, Remedy.REPLACED),
    )
)


def write_problems(book: Book, beside: Beside) -> None:
    for number, scene in enumerate((*OPEN, *TO_ASK, *CLOSED)):
        _of_a_visit(book, number, scene, beside.suppliers)
    _not_right_yet(book)
    _noticed(book)


def _of_a_visit(book: Book, number: int, scene: Scene, suppliers: dict[str, Customer]) -> None:
    customer = some(book.people, scene.place)
    visit = some(book.visits(customer), scene.ago)
    had = [] if scene.what in (What.RUDE, What.LATE, What.OTHER) else book.had(visit)[:1]
    product = had[0].product if had else None
    problem = Problem(
        uid=book.uid("problem", number),
        customer=customer,
        visit=visit,
        product=product,
        supplier=_supplier(book, product.name, visit, suppliers) if product else None,
        what=scene.what,
        text=scene.text,
        happened_on=book.vendor.day_of(visit.at),
        is_hard=scene.is_hard,
        was_said=scene.was_said,
        owner=None if scene.owner is None else book.member(scene.owner),
        due_on=None if scene.due is None else book.day(scene.due),
        opened_at=_by_then(book, visit.at + dt.timedelta(hours=5)),
        by=book.member(number),
    )
    steps = [_remedied(book, problem, scene.remedy)] if scene.remedy else []
    if scene.is_asked:
        steps.append(_asked(book, problem, Answer.RIGHT))
    _add(book, problem, steps)


def _supplier(book: Book, name: str, visit: Visit, suppliers: dict[str, Customer]) -> Customer | None:
    """Who brought it on the day of `visit`: the tomatoes are of the farm since three weeks only."""
    is_of_the_farm = name in OF_THE_FARM and (name != "Tomato" or book.vendor.day_of(visit.at) >= book.day(-21))
    return None if name in OF_THE_DAIRY else suppliers[FARM if is_of_the_farm else MARKET]


def _not_right_yet(book: Book) -> None:
    """Put right, asked, and still not right: open again."""
    customer = some(book.people, 9)
    visit = some(book.visits(customer), 4)
    about = {"customer": customer, "visit": visit, "happened_on": book.vendor.day_of(visit.at)}
    problem = Problem(
        uid=book.uid("problem", "not right"),
        what=What.OTHER,
        text="the bag tears, asks for the strong ones",
        opened_at=_by_then(book, visit.at + dt.timedelta(hours=1)),
        owner=book.member(2),
        by=book.member(2),
        **about,
    )
    _add(book, problem, [_remedied(book, problem, Remedy.APOLOGY), _asked(book, problem, Answer.NOT_RIGHT)])


def _noticed(book: Book) -> None:
    """Small things that somebody here noticed, of which nobody complained."""
    grapes = book.products["Green grapes"]
    said = {"was_said": False, "product": grapes, "what": What.SPOILT, "text": "the lower box"}
    opened = {"happened_on": book.day(-2), "opened_at": book.at(-2, 5), "by": book.member(3)}
    _add(book, Problem(uid=book.uid("problem", "noticed"), owner=book.member(3), **said, **opened), [])
    done = {"was_said": False, "what": What.LATE, "text": "opened at eight, three people had waited"}
    opened = {"happened_on": book.day(-9), "opened_at": book.at(-9, 6), "by": book.member(0)}
    problem = Problem(uid=book.uid("problem", "opened late"), owner=book.member(0), **done, **opened)
    _add(book, problem, [_remedied(book, problem, Remedy.APOLOGY)])


Step = tuple[dt.datetime, dict[str, Any], dict[str, Any]]
"""When a step was taken, what it changes, and what was said."""


def _remedied(book: Book, problem: Problem, remedy: str) -> Step:
    at = _by_then(book, problem.opened_at + dt.timedelta(hours=20))
    closed = {"closed_at": at} if problem.customer is None else {}
    return at, {"remedy": str(remedy), "remedied_at": at, **closed}, {"remedy": str(remedy)}


def _asked(book: Book, problem: Problem, answer: str) -> Step:
    at = _by_then(book, problem.opened_at + dt.timedelta(days=3))
    then = {"closed_at": at} if answer == Answer.RIGHT else {"remedy": "", "remedied_at": None}
    return at, {"asked_at": at, "answer": str(answer), **then}, {"answer": str(answer)}


def _by_then(book: Book, at: dt.datetime) -> dt.datetime:
    """`at`, if it is past at any hour of today."""
    return min(at, book.at(0))


def _add(book: Book, problem: Problem, steps: Sequence[Step]) -> None:
    book.add(problem)
    edits = []
    for at, changes, said in steps:
        before = {name: _as_json(getattr(problem, name)) for name in changes}
        for name, value in changes.items():
            setattr(problem, name, value)
        after = said | {name: _as_json(value) for name, value in changes.items()}
        edits.append((at, problem.by, before, after))
    book.edits(problem, ProblemEdit, edits)


def _as_json(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, dt.datetime) else value
