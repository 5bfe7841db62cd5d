import datetime as dt
import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.lib import moments
from customers import households, keeping
from customers.households import Part
from customers.models import Clash
from customers.preferences import telling
from customers.preferences.telling import Statement
from customers.promises import amending, closing, handing_over, problems, serving
from customers.promises.terms import Terms
from customers.visits.recording import Line
from tests.factories.customers import ClashFactory, CustomerFactory
from tests.factories.promises import ProblemFactory, PromiseFactory, PromiseLineFactory, WishFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

HTMX = {"HX-Request": "true"}
TAP = dt.datetime(2025, 11, 20, 6, 30, tzinfo=dt.UTC)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao", added_at=TAP - dt.timedelta(days=9))


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Mango", unit="dozen")


@pytest.fixture
def twice(helper):
    """The same written on two tablets: the second is the later tap, and neither page knew of the other."""

    def twice(write, *said):
        for minute, each in enumerate(said):
            with moments.tapped(TAP + dt.timedelta(minutes=minute)):
                write(each, {"by": helper, "uid": uuid4()})
        return Clash.objects.get()

    return twice


def panel(browser, vendor, **more):
    return said(browser.get(f"/green-corner/review/{vendor.today()}/wrong/", headers=HTMX, **more))


def said(response):
    """What the page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def decide(browser, clash, step, uid=None):
    address = f"/green-corner/review/{clash.vendor.today()}/clashes/{clash.uid}/"
    return browser.post(address, {"step": step, "uid": uid or uuid4()}, headers=HTMX)


# One of each kind: how it is written twice, what is told of it, and what the row says once the other is used


def details(twice, sunita, **_more):
    def write(text, who):
        keeping.change(customer=sunita, fields={"landmark": text}, numbers=None, seen=0, **who)

    twice(write, "by the school", "behind the temple")
    return lambda: type(sunita).objects.get(pk=sunita.pk).landmark


def standing(twice, sunita, **_more):
    def write(pair, who):
        fields = dict(zip(("standing", "standing_reason"), pair, strict=True))
        keeping.change(customer=sunita, fields=fields, numbers=None, seen=0, **who)

    twice(write, ("closed", "moved to Pune"), ("lapsed", "ill"))
    return lambda: type(sunita).objects.values_list("standing", "standing_reason").get(pk=sunita.pk)


def preference(twice, sunita, mango, **_more):
    def write(kind, who):
        telling.tell(customer=sunita, statement=Statement(kind, mango), seen=0, **who)

    twice(write, "likes", "dislikes")
    return lambda: sunita.preferences.standing().get().kind


def preference_gone(twice, sunita, mango, **_more):
    with moments.tapped(TAP - dt.timedelta(days=1)):
        told = telling.tell(customer=sunita, statement=Statement("manner", mango, "ripe"), by=None, uid=uuid4())

    def write(text, who):
        if text:
            telling.change(preference=told, statement=Statement("manner", mango, text), **who)
        else:
            telling.take_back(preference=told, **who)

    twice(write, "", "firm")
    return lambda: list(sunita.preferences.standing())


def preference_back(twice, sunita, mango, **_more):
    with moments.tapped(TAP - dt.timedelta(days=1)):
        told = telling.tell(customer=sunita, statement=Statement("manner", mango, "ripe"), by=None, uid=uuid4())

    def write(text, who):
        if text:
            telling.change(preference=told, statement=Statement("manner", mango, text), **who)
        else:
            telling.take_back(preference=told, **who)

    twice(write, "firm", "")
    return lambda: sunita.preferences.standing().get().text


def promise_of(sunita, mango, **said):
    line = PromiseLineFactory(promise__customer=sunita, promise__has_lines=True, product=mango, unit="dozen", **said)
    return line.promise


def amended(name, *values):
    def write_twice(twice, sunita, mango, **_more):
        promise = promise_of(sunita, mango, quantity=2)

        def write(value, who):
            terms = {"due_at": promise.due_at, "text": promise.text, "lines": [Line(mango, Decimal(2))], name: value}
            amending.amend(promise=promise, terms=Terms(**terms), seen=0, **who)

        values_now = [[Line(mango, Decimal(each))] for each in values] if name == "lines" else values
        twice(write, *values_now)

        def now():
            promise.refresh_from_db()
            return promise.lines.get().quantity if name == "lines" else getattr(promise, name)

        return now

    return write_twice


def due_of(hours):
    return timezone.now().replace(microsecond=0) + dt.timedelta(hours=hours)


SOONER, LATER = due_of(30), due_of(60)


def outcome(twice, sunita, mango, **_more):
    promise = promise_of(sunita, mango)

    def write(value, who):
        closing.close(promise=promise, outcome=value, **who)

    twice(write, "kept", "broken")

    def now():
        promise.refresh_from_db()
        return promise.outcome

    return now


def problem_step(name, *values):
    def write_twice(twice, sunita, **_more):
        problem = ProblemFactory(customer=sunita, what="soft")

        def write(value, who):
            if name == "remedy":
                problems.remedy(problem=problem, remedy=value, seen=0, **who)
            else:
                problems.entrust(problem=problem, owner=None, due_on=value, seen=0, **who)

        twice(write, *values)

        def now():
            problem.refresh_from_db()
            return getattr(problem, name)

        return now

    return write_twice


def given(factory):
    def write_twice(twice, sunita, helper, owner, **_more):
        thing = factory(customer=sunita, **({"product": None, "text": "figs"} if factory is WishFactory else {}))

        def write(to, who):
            handing_over.hand_over(thing=thing, to=to, had=None, **who)

        twice(write, helper, owner)

        def now():
            thing.refresh_from_db()
            return thing.owner

        return now

    return write_twice


def visit_part(name):
    def write_twice(twice, sunita, mango, vendor, **_more):
        visit = VisitFactory(customer=sunita, at=TAP)
        VisitLineFactory(visit=visit, product=mango, position=0, quantity=1)
        anu, dev = (CustomerFactory(vendor=vendor, name=each) for each in ("Anu", "Dev"))
        pairs = {"lines": (3, 4), "note": ("by noon", "by six"), "collected_by": (anu, dev)}

        def write(value, who):
            part = {"lines": 1, "note": "", "collected_by": None} | {name: value}
            part["lines"] = [Line(mango, Decimal(part["lines"]))]
            serving.change(visit=visit, seen=0, **part, **who)

        twice(write, *pairs[name])

        def now():
            visit.refresh_from_db()
            return {
                "lines": lambda: visit.lines.get().quantity,
                "note": lambda: visit.note,
                "collected_by": lambda: visit.collected_by.name,
            }[name]()

        return now

    return write_twice


def membership(twice, sunita, vendor, **_more):
    anu = CustomerFactory(vendor=vendor, name="Anu")
    first, other = Part(sunita, frozenset({"decides"})), Part(anu, frozenset({"eats"}))
    with moments.tapped(TAP - dt.timedelta(days=1)):
        home = households.make(vendor=vendor, first=first, others=[other], by=None, uid=uuid4())
    theirs = anu.memberships.select_related("vendor", "household", "customer").get()

    def write(role, who):
        households.change(membership=theirs, roles={role}, ask_first="", **who)

    twice(write, "pays", "helps")
    return lambda: home.memberships.standing().get(customer=anu).roles


KINDS = {
    "details": (details, "Lane or landmark: behind the temple", "by the school", "by the school"),
    "standing": (standing, "Standing: lapsed: ill", "closed: moved to Pune", ("closed", "moved to Pune")),
    "preference": (preference, "Likes and never: Dislikes Mango", "Likes Mango", "likes"),
    "preference gone": (preference_gone, "Likes and never: Likes it so Mango firm", "removed", []),
    "preference back": (preference_back, "Likes and never: removed", "Likes it so Mango firm", "firm"),
    "words": (amended("text", "small", "big"), "Promise, in words: big", "small", "small"),
    "money": (amended("amount", Decimal(100), Decimal(120)), "Promise, money: ₹120", "₹100", Decimal(100)),
    "products": (amended("lines", 3, 4), "Promise, products: Mango 4 dozen", "Mango 3 dozen", 3),
    "due": (amended("due_at", SOONER, LATER), "Promise, by when:", "", SOONER),
    "outcome": (outcome, "What became of a promise: broken", "kept", "kept"),
    "remedy": (
        problem_step("remedy", "replaced", "refunded"),
        "What was done about a problem: refunded",
        "replaced",
        "replaced",
    ),
    "problem's date": (
        problem_step("due_on", dt.date(2100, 1, 1), dt.date(2100, 1, 2)),
        "Problem, by when: 2100-01-02",
        "2100-01-01",
        dt.date(2100, 1, 1),
    ),
    "owner of a promise": (given(PromiseFactory), "Looked after by: Asha", "Ravi", "Ravi"),
    "owner of a problem": (given(ProblemFactory), "Looked after by: Asha", "Ravi", "Ravi"),
    "owner of a wish": (given(WishFactory), "Looked after by: Asha", "Ravi", "Ravi"),
    "visit": (visit_part("lines"), "The visit: Mango 4 dozen", "Mango 3 dozen", 3),
    "note of a visit": (visit_part("note"), "Note of the visit: by six", "by noon", "by noon"),
    "collector": (visit_part("collected_by"), "Collected by: Dev", "Anu", "Anu"),
    "household": (membership, "In the household: helps", "pays", ["pays"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_clash_is_told_and_the_other_can_be_used(evening, owner, helper, vendor, sunita, mango, twice, kind):
    write_twice, stands, aside, used = KINDS[kind]
    now = write_twice(twice=twice, sunita=sunita, mango=mango, vendor=vendor, helper=helper, owner=owner)
    page = panel(evening, vendor)
    assert "Changed on two tablets 1" in page
    assert f"{'Anu' if kind == 'household' else 'Sunita Rao'} {stands}" in page
    assert f"Set aside: {aside}" in page
    clash, uid = Clash.objects.get(), uuid4()
    for _ in range(2):
        assert decide(evening, clash, "use", uid).status_code == 200
    value = now()
    assert getattr(value, "name", value) == used
    clash.refresh_from_db()
    assert clash.decided_by == owner
    assert Clash.objects.count() == 1
    assert "Changed on two tablets" not in panel(evening, vendor)


def test_clash_that_is_kept_as_it_is_changes_nothing(evening, vendor, owner):
    clash = ClashFactory(customer__vendor=vendor, customer__landmark="behind the temple")
    page = said(decide(evening, clash, "keep"))
    assert "✓ Lane or landmark: behind the temple" in page
    assert "Changed on two tablets" not in page
    clash.refresh_from_db()
    clash.customer.refresh_from_db()
    assert (clash.decided_by, clash.customer.landmark) == (owner, "behind the temple")


def test_clash_without_script_leads_back_to_the_review(evening, vendor):
    clash = ClashFactory(customer__vendor=vendor)
    address = f"/green-corner/review/{vendor.today()}/clashes/{clash.uid}/"
    response = evening.post(address, {"step": "use", "uid": uuid4()})
    assert response.url == f"/green-corner/review/{vendor.today()}/#wrong"
    clash.customer.refresh_from_db()
    assert clash.customer.landmark == "by the school"


def test_clash_of_what_is_gone_is_told_and_stays(evening, vendor):
    clash = ClashFactory(customer__vendor=vendor, of="promises.Promise", field="text", row=uuid4(), aside={"text": ""})
    clash.stands = {"text": "big"}
    clash.save()
    response = decide(evening, clash, "use")
    assert response.status_code == 409
    assert "This is not here any more as it was." in said(response)
    assert "Changed on two tablets 1" in panel(evening, vendor)


def test_clash_of_a_time_that_is_over_is_told_and_stays(evening, vendor, sunita, mango):
    promise = promise_of(sunita, mango)
    due = {"due_at": "2026-01-01T12:00:00+00:00", "due_any_time": False}
    clash = ClashFactory(customer=sunita, of="promises.Promise", field="due", row=promise.uid, stands=due, aside=due)
    response = decide(evening, clash, "use")
    assert response.status_code == 409
    assert "That time is over." in said(response)
    assert "Changed on two tablets 1" in panel(evening, vendor)


@pytest.mark.parametrize("field", ["lines", "collected_by", "roles"])
def test_clash_of_rows_that_are_gone_meanwhile_is_told(evening, vendor, sunita, field):
    if field == "roles":
        anu = CustomerFactory(vendor=vendor)
        parts = Part(sunita, frozenset({"decides"})), Part(anu, frozenset({"eats"}))
        home = households.make(vendor=vendor, first=parts[0], others=[parts[1]], by=None, uid=uuid4())
        row, said_of = anu.memberships.get(), {"of": "customers.Membership", "stands": ["eats"], "aside": ["pays"]}
        households.end(household=home, by=None)
    else:
        row = VisitFactory(customer=sunita)
        gone = [{"product": "Figs", "quantity": "1", "unit": "kg", "outcome": "taken", "manner": ""}]
        said_of = {"of": "visits.Visit", "stands": [], "aside": gone}
        if field == "collected_by":
            said_of |= {"stands": None, "aside": str(uuid4())}
    clash = ClashFactory(customer=sunita, row=row.uid, field=field, **said_of)
    response = decide(evening, clash, "use")
    assert response.status_code == (200 if field == "collected_by" else 409)


def test_clash_asks_what_to_do(evening, vendor):
    clash = ClashFactory(customer__vendor=vendor)
    response = decide(evening, clash, "other")
    assert response.status_code == 422
    assert "Tap “Keep as it is” or “Use the other”." in said(response)


def test_clash_is_no_matter_of_a_helper_or_another_shop(counter, evening, vendor):
    assert decide(counter, ClashFactory(customer__vendor=vendor), "keep").status_code == 403
    assert "Changed on two tablets" in panel(evening, vendor)
    strange = ClashFactory()
    address = f"/green-corner/review/{vendor.today()}/clashes/{strange.uid}/"
    assert evening.post(address, {"step": "keep", "uid": uuid4()}).status_code == 404


def test_clash_of_a_small_thing_is_of_somebody_unknown(evening, vendor):
    ClashFactory(
        customer=None, vendor=vendor, row=uuid4(), of="promises.Problem", field="is_hard", stands=True, aside=False
    )
    assert "Somebody we do not know Hard to put right: hard" in panel(evening, vendor)


def test_panel_asks_as_much_for_many_clashes_as_for_one(evening, vendor):
    panel(evening, vendor)
    counts = []
    for number in (1, 2):
        for _ in range(number):
            ClashFactory(customer__vendor=vendor)
        with CaptureQueriesContext(connection) as queries:
            panel(evening, vendor)
        counts.append(len(queries))
    assert counts[0] == counts[1]
