"""
One person, edited on two tablets that do not know of each other, in any order of taps and of arrivals.

`edits()` is what hypothesis draws from; `check()` plays them and says what must hold whatever comes first: of each
thing the last tap stands, each word that was lost is listed for the owner, and no allergy is dropped. Each tablet goes
by what it saw when it was connected last; then it also sends what was tapped on it since, in its order.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st

from crm.lib import moments
from customers import households, keeping
from customers.households import Part
from customers.models import Clash, Customer
from customers.preferences import telling
from customers.preferences.models import Preference
from customers.preferences.telling import Statement
from customers.promises import amending, problems
from customers.promises.terms import Terms
from customers.visits import recording
from customers.visits.recording import Line
from tests.factories.customers import CustomerFactory
from tests.factories.promises import ProblemFactory, PromiseFactory
from tests.factories.vendors import MemberFactory, ProductFactory, VendorFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

START = dt.datetime(2026, 11, 20, 4, 30, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
FIELDS = {
    "landmark": ("", "by the school", "behind the temple"),
    "greeting": ("", "Namaste", "Salaam"),
    "standing": (("", ""), ("closed", "moved"), ("lapsed", "ill")),
    "manner": ("ripe", "firm", "small", None),
    "taste": ("likes", "dislikes"),
    "text": ("words", "other words", "more words"),
    "amount": (Decimal(100), Decimal(120), None),
    "remedy": ("", "replaced", "refunded"),
    "is_hard": (False, True),
    "note": ("", "by noon", "by six"),
    "lines": (1, 2, 3),
    "roles": (("eats",), ("eats", "pays"), ("helps",)),
}
"""What may be changed, and what it may be changed to: the first is what stands in the beginning, None is taken back."""
ALLERGIES = ("peanuts", "milk", "sesame")


@dataclass(frozen=True)
class Edit:
    """What happens on one of the two tablets: a change of `what` is tapped, or an allergy, or it is connected."""

    tablet: int
    what: str
    value: Any = None


CONNECTED = "connected"


def edits(most: int = 12) -> st.SearchStrategy[tuple[list[Edit], int]]:
    """Taps and connections in their order, and which tablet is heard first in the end."""
    change = st.sampled_from([(what, value) for what, values in FIELDS.items() for value in values])
    told = st.tuples(st.just("allergy"), st.sampled_from(ALLERGIES))
    dropped = st.tuples(st.just("drop"), st.sampled_from(ALLERGIES))
    connected = st.just((CONNECTED, None))
    done = st.one_of(change, change, change, connected, told, dropped)
    taps = st.lists(st.builds(lambda tablet, each: Edit(tablet, *each), st.integers(0, 1), done), max_size=most)
    return st.tuples(taps, st.integers(0, 1))


def edits_of_one(most: int = 8) -> st.SearchStrategy[tuple[list[Edit], int]]:
    """As `edits`, of one thing alone, where orders meet more often."""

    def of(what: str) -> st.SearchStrategy[list[Edit]]:
        done = st.one_of(st.sampled_from([(what, value) for value in FIELDS[what]]), st.just((CONNECTED, None)))
        return st.lists(st.builds(lambda tablet, each: Edit(tablet, *each), st.integers(0, 1), done), max_size=most)

    return st.tuples(st.sampled_from(list(FIELDS)).flatmap(of), st.integers(0, 1))


@dataclass
class Shop:
    """A person with something of each kind, and what a page about them knew."""

    customer: Customer
    product: Any
    promise: Any
    problem: Any
    visit: Any
    home: Any
    preference: Preference

    @classmethod
    def open(cls) -> "Shop":
        vendor = VendorFactory()
        product = ProductFactory(vendor=vendor)
        customer = CustomerFactory(vendor=vendor, added_at=START)
        child = CustomerFactory(vendor=vendor, added_at=START)
        with moments.tapped(START):
            parts = Part(child, frozenset({"decides"})), Part(customer, frozenset({"eats"}))
            home = households.make(vendor=vendor, first=parts[0], others=[parts[1]], by=None, uid=uuid4())
            told = telling.tell(customer=customer, statement=Statement("manner", product, "ripe"), by=None, uid=uuid4())
            promise = PromiseFactory(customer=customer, text="words", amount=100, due_at=START + dt.timedelta(days=9))
            problem = ProblemFactory(customer=customer, what="soft")
            visit = VisitFactory(customer=customer, at=START)
            VisitLineFactory(visit=visit, product=product, quantity=1, position=0)
        return cls(customer, product, promise, problem, visit, home, told)

    def look(self) -> dict[str, Any]:
        """How much a page that is made now knows: of some things how many changes, of others which row."""
        customer = Customer.objects.get(pk=self.customer.pk)
        self.promise.refresh_from_db()
        standing = Preference.objects.standing().filter(customer=customer, kind="manner").order_by("pk").last()
        return {
            "person": customer.edits.count(),
            "manner": standing or self.preference,
            "told": customer.preferences.count(),
            "promise": self.promise.version,
            "terms": amending.terms_of(self.promise),
            "problem": self.problem.edits.count(),
            "visit": self.visit.edits.count(),
            "said_of_visit": (self._visit().note, self._visit().lines.get().quantity),
            "role": self._role(),
            "now": self.now(),
        }

    def _visit(self) -> Any:
        return type(self.visit).objects.get(pk=self.visit.pk)

    def _role(self) -> Any:
        return (
            self.home.memberships.standing()
            .select_related("vendor", "household", "customer")
            .get(customer=self.customer)
        )

    def now(self) -> dict[str, Any]:
        """What is said of each thing."""
        customer = Customer.objects.get(pk=self.customer.pk)
        self.promise.refresh_from_db()
        self.problem.refresh_from_db()
        standing = customer.preferences.standing()
        return {
            "landmark": customer.landmark,
            "greeting": customer.greeting,
            "standing": (customer.standing, customer.standing_reason),
            "manner": standing.filter(kind="manner").values_list("text", flat=True).first(),
            "taste": standing.filter(kind__in=("likes", "dislikes")).values_list("kind", flat=True).first(),
            "text": self.promise.text,
            "amount": self.promise.amount,
            "remedy": self.problem.remedy,
            "is_hard": self.problem.is_hard,
            "note": self._visit().note,
            "lines": int(self._visit().lines.get().quantity),
            "roles": tuple(sorted(self._role().roles)),
        }


def write(shop: Shop, knew: dict[str, Any], edit: Edit, who: dict[str, Any]) -> None:
    """Send what a page that `knew` so much wants to be said."""
    WRITES.get(edit.what, _describe)(shop, knew, edit, who)


def _describe(shop: Shop, knew: dict[str, Any], edit: Edit, who: dict[str, Any]) -> None:
    """The whole form is sent, as its page showed it but for the one field."""
    names = {name: knew["now"][name] for name in ("landmark", "greeting")}
    fields = {**names, edit.what: edit.value}
    customer = Customer.objects.get(pk=shop.customer.pk)
    keeping.change(customer=customer, fields=fields, numbers=None, seen=knew["person"], **who)


def _stand(shop: Shop, knew: dict[str, Any], edit: Edit, who: dict[str, Any]) -> None:
    fields = dict(zip(keeping.TOGETHER, edit.value, strict=True))
    customer = Customer.objects.get(pk=shop.customer.pk)
    keeping.change(customer=customer, fields=fields, numbers=None, seen=knew["person"], **who)


def _like_so(shop: Shop, knew: dict[str, Any], edit: Edit, who: dict[str, Any]) -> None:
    preference = Preference.objects.select_related("customer", "product").get(pk=knew["manner"].pk)
    if edit.value is None:
        telling.take_back(preference=preference, **who)
    else:
        telling.change(preference=preference, statement=Statement("manner", shop.product, edit.value), **who)


def _like(shop: Shop, knew: dict[str, Any], edit: Edit, who: dict[str, Any]) -> None:
    telling.tell(customer=shop.customer, statement=Statement(edit.value, shop.product), seen=knew["told"], **who)


def _fear(shop: Shop, _knew: dict[str, Any], edit: Edit, who: dict[str, Any]) -> None:
    statement = Statement("allergy", None, edit.value, consent=True)
    telling.tell(customer=shop.customer, statement=statement, **who)


def _drop(shop: Shop, _knew: dict[str, Any], edit: Edit, who: dict[str, Any]) -> None:
    """A helper tries to remove an allergy, and to make something else of it."""
    allergy = Preference.objects.standing().filter(customer=shop.customer, kind="allergy", text=edit.value).first()
    if allergy is None:
        return
    for attempt in (
        lambda: telling.take_back(preference=allergy, **who),
        lambda: telling.change(preference=allergy, statement=Statement("wish", None, edit.value), **who),
    ):
        try:
            attempt()
        except telling.OwnersOnly:
            continue
        raise AssertionError("An allergy was removed by a helper.")


def _promise(shop: Shop, knew: dict[str, Any], edit: Edit, who: dict[str, Any]) -> None:
    terms: Terms = knew["terms"]
    said = {name: getattr(terms, name) for name in ("due_at", "due_any_time", "text", "amount", "lines")}
    terms = Terms(**{**said, edit.what: edit.value})
    amending.amend(promise=shop.promise, terms=terms, seen=knew["promise"], **who)


def _remedy(shop: Shop, knew: dict[str, Any], edit: Edit, who: dict[str, Any]) -> None:
    problems.remedy(problem=shop.problem, remedy=edit.value, seen=knew["problem"], **who)


def _hard(shop: Shop, knew: dict[str, Any], edit: Edit, who: dict[str, Any]) -> None:
    problems.set_hard(problem=shop.problem, is_hard=edit.value, seen=knew["problem"], **who)


def _visit(shop: Shop, knew: dict[str, Any], edit: Edit, who: dict[str, Any]) -> None:
    note, quantity = knew["said_of_visit"]
    note, quantity = (edit.value, quantity) if edit.what == "note" else (note, Decimal(edit.value))
    recording.change(visit=shop.visit, lines=[Line(shop.product, quantity)], note=note, seen=knew["visit"], **who)


def _be(shop: Shop, knew: dict[str, Any], edit: Edit, who: dict[str, Any]) -> None:
    households.change(membership=knew["role"], roles=edit.value, ask_first="", **who)


WRITES: dict[str, Callable[[Shop, dict[str, Any], Edit, dict[str, Any]], None]] = {
    "standing": _stand,
    "manner": _like_so,
    "taste": _like,
    "allergy": _fear,
    "drop": _drop,
    "text": _promise,
    "amount": _promise,
    "remedy": _remedy,
    "is_hard": _hard,
    "note": _visit,
    "lines": _visit,
    "roles": _be,
}


class _Tablet:
    """What is queued, and what its pages know."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.knew = shop, shop.look()
        self.by = MemberFactory(vendor=shop.customer.vendor)
        self.queue: list[tuple[dt.datetime, dict[str, Any], Edit]] = []

    def tap(self, at: dt.datetime, edit: Edit) -> None:
        self.queue.append((at, self.knew, edit))

    def send(self) -> None:
        for at, knew, edit in self.queue:
            with moments.tapped(at):
                write(self.shop, knew, edit, {"by": self.by, "uid": uuid4()})
        self.queue = []

    def shows(self, what: str) -> Any:
        return self.knew["now"][what]


def check(played: tuple[list[Edit], int]) -> int:
    """Play the edits and check what came of them; how many words were set aside."""
    taps, first = played
    shop = Shop.open()
    tablets = [_Tablet(shop), _Tablet(shop)]
    words: dict[str, list[Any]] = {}
    replaced: dict[str, list[Any]] = {what: [values[0]] for what, values in FIELDS.items()}
    allergies = set()
    for number, edit in enumerate(taps, 1):
        tablet = tablets[edit.tablet]
        if edit.what == CONNECTED:
            tablet.send()
            tablet.knew = shop.look()
            continue
        if edit.what == "manner" and tablet.shows("manner") is None:
            continue  # what is gone has no form
        if edit.what == "allergy":
            allergies.add(edit.value)
        elif edit.what in FIELDS and (edit.what == "taste" or edit.value != tablet.shows(edit.what)):
            words.setdefault(edit.what, []).append(edit.value)
            replaced[edit.what].append(tablet.shows(edit.what))  # known to who says something else
        tablet.tap(START + number * MINUTE, edit)
    for tablet in (tablets[first], tablets[1 - first]):
        tablet.send()
    now = shop.now()
    clashes = [clash.aside for clash in Clash.objects.filter(vendor=shop.customer.vendor)]
    for what, said in words.items():
        assert now[what] == said[-1], f"{what}: {now[what]!r} stands, and {said[-1]!r} was tapped last"
        for value in said:
            is_known = value == now[what] or value in replaced[what]
            assert is_known or any(_says(what, value, aside) for aside in clashes), f"{what}: {value!r} is lost"
    standing = shop.customer.preferences.standing().filter(kind="allergy")
    assert set(standing.values_list("text", flat=True)) == allergies, "An allergy was dropped."
    return len(clashes)


def _says(what: str, value: Any, aside: Any) -> bool:
    """Whether a word that was set `aside` is the `value` of `what`."""
    said = aside if isinstance(aside, dict) else {}
    return {
        "landmark": lambda: aside == [value],
        "greeting": lambda: aside == [value],
        "standing": lambda: aside == list(value),
        "roles": lambda: aside == list(value),
        "manner": lambda: aside is None if value is None else said.get("text") == value,
        "taste": lambda: said.get("kind") == value,
        "text": lambda: said.get("text") == value,
        "amount": lambda: "amount" in said and said["amount"] == (value and str(value)),
        "lines": lambda: isinstance(aside, list) and [line.get("quantity") for line in aside] == [str(value)],
    }.get(what, lambda: aside == value)()
