import datetime as dt
import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.promises import handing_over
from customers.promises.handing_over import hand_over
from customers.promises.models import Amendment, Promise
from tests.factories.customers import CustomerFactory
from tests.factories.promises import ProblemFactory, PromiseFactory, PromiseLineFactory, WishFactory
from tests.factories.vendors import MemberFactory, ProductFactory

HTMX = {"HX-Request": "true"}
DAY = dt.timedelta(days=1)
ADDRESS = "/green-corner/counter/follow-ups/"


@pytest.fixture
def customer(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def meena(vendor):
    return MemberFactory(vendor=vendor, name="Meena")


@pytest.fixture
def promise(customer, helper):
    return PromiseFactory(customer=customer, owner=helper, text="the ripe ones")


def body(response):
    return " ".join(response.content.decode().split())


def given(thing, to, **more):
    said = {"uid": uuid4(), "kind": thing._meta.model_name, "thing": thing.uid, "to": to.uid if to else ""}
    return {**said, **more}


def owner_of(thing):
    return type(thing).objects.get(pk=thing.pk).owner


def test_follow_ups_tells_who_what_and_by_when(counter, vendor, customer, helper):
    now, today = timezone.now(), vendor.today()
    mango = ProductFactory(vendor=vendor, name="Mango")
    promise = PromiseFactory(
        customer=customer,
        owner=helper,
        text="at the gate",
        amount=120,
        has_lines=True,
        due_at=vendor.day_bounds(today)[1],
        due_any_time=True,
    )
    PromiseLineFactory(promise=promise, product=mango, manner="ripe")
    ProblemFactory(customer=customer, owner=helper, product=mango, text="half of them", due_on=today - DAY)
    solved = {"remedy": "replaced", "remedied_at": now, "opened_at": now - 9 * DAY}
    ProblemFactory(customer=None, vendor=vendor, owner=helper, product=None, what="other", text="opened late", **solved)
    ProblemFactory(customer=customer, owner=helper, product=mango, what="short")
    WishFactory(customer=customer, owner=helper, product=mango, quantity=2, unit="kg", came_in_at=now)
    WishFactory(customer=customer, owner=helper, product=None, text="black rice", came_in_at=now - 9 * DAY)
    page = body(counter.get(ADDRESS))
    assert "Mango 2 kg ripe, ₹120, at the gate<small" in page
    assert "Keep it · by today" in page
    assert 'Mango: soft, half of them<small class="said">Put it right · <b class="overdue">! overdue since' in page
    assert "Mango: short" in page
    assert "noted today, no date" in page
    assert "<b>Somebody we do not know</b> opened late" in page
    assert "Ask whether it is right again · noted 9 days ago, no date" in page
    assert "Mango 2 kg<small" in page
    assert "It is here: tell them · here since today" in page
    assert "black rice" in page
    assert reverse("counter:card", args=[vendor.slug, customer.uid]) in page


def test_follow_ups_says_the_time_that_was_promised(counter, vendor, customer, helper):
    start = vendor.day_bounds(vendor.today() + 2 * DAY)[0]
    PromiseFactory(customer=customer, owner=helper, due_at=start + dt.timedelta(hours=15), amount="99.50")
    page = body(counter.get(ADDRESS))
    assert ", 18:00" in page
    assert "₹99.50" in page


def test_follow_ups_are_mine_or_nobodys_or_everybodys(counter, customer, promise, meena):
    PromiseFactory(customer=customer, text="of nobody")
    PromiseFactory(customer=customer, text="of Meena", owner=meena)
    mine, nobodys, everybodys = (body(counter.get(f"{ADDRESS}?of={of}")) for of in ("mine", "nobodys", "everybodys"))
    assert [("the ripe" in page, "of nobody" in page, "of Meena" in page) for page in (mine, nobodys, everybodys)] == [
        (True, False, False),
        (False, True, False),
        (True, True, True),
    ]
    for page in (mine, nobodys, everybodys):
        assert "Mine <b>1</b>" in page
        assert "Nobody’s <b>1</b>" in page
        assert "Everybody’s <b>3</b>" in page
    assert 'aria-current="page"><b aria-hidden="true">!</b> Nobody’s' in nobodys
    assert "Keep it · Meena ·" in everybodys
    assert "Keep it · nobody yet ·" in everybodys


def test_follow_ups_of_one_who_serves_no_more_stay(counter, customer, meena):
    PromiseFactory(customer=customer, owner=meena)
    meena.is_active = False
    meena.save()
    page = body(counter.get(f"{ADDRESS}?of=nobodys"))
    assert "Meena, who serves no more" in page
    assert ">Ravi</button>" in page
    assert ">Meena</button>" not in page


@pytest.mark.parametrize(
    ("of", "says"),
    [("mine", "Nothing waits for you"), ("nobodys", "somebody who looks"), ("everybodys", "Nothing is open")],
)
def test_follow_ups_of_nothing_says_so(counter, of, says):
    assert says in body(counter.get(f"{ADDRESS}?of={of}"))


def test_follow_ups_says_how_many_more_there_are(counter, customer, helper, monkeypatch):
    monkeypatch.setattr(handing_over, "SHOWN", 1)
    for _ in range(3):
        PromiseFactory(customer=customer, owner=helper)
    assert "and 2 more" in body(counter.get(ADDRESS))


def test_follow_ups_is_a_fragment_for_htmx(counter, promise):
    fragment = counter.get(ADDRESS, headers=HTMX)
    assert fragment.content.startswith(b'<section class="panel follow-ups" id="follow-ups"')
    assert "<h1>To do</h1>" in body(counter.get(ADDRESS))
    assert fragment.headers["Vary"].startswith("HX-Request")


def test_follow_ups_gives_in_place_and_can_be_undone(counter, promise, helper, meena):
    page = body(counter.post(ADDRESS, given(promise, meena), headers=HTMX))
    assert owner_of(promise) == meena
    assert "With Meena now: the ripe ones" in page
    assert f'name="to" value="{helper.uid}">Undo' in page
    assert Amendment.objects.get().by == helper
    page = body(counter.post(ADDRESS, given(promise, helper), headers=HTMX))
    assert owner_of(promise) == helper
    assert "With Ravi now" in page


def test_follow_ups_gives_without_script(counter, promise, meena):
    response = counter.post(f"{ADDRESS}?of=everybodys", given(promise, meena))
    assert response.url == f"{ADDRESS}?of=everybodys&kind=promise&given={Amendment.objects.get().uid}"
    assert "With Meena now: the ripe ones" in body(counter.get(response.url))


def test_follow_ups_gives_back_to_nobody_what_was_nobodys(counter, customer, meena):
    problem = ProblemFactory(customer=customer)
    page = body(counter.post(ADDRESS, given(problem, meena), headers=HTMX))
    assert 'name="to" value="">Undo' in page
    page = body(counter.post(ADDRESS, given(problem, None), headers=HTMX))
    assert owner_of(problem) is None
    assert "With nobody yet now" in page


def test_follow_ups_sent_twice_gives_once(counter, promise, meena):
    data = given(promise, meena)
    first, second = (counter.post(ADDRESS, data, headers=HTMX) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert "With Meena now" in body(second)
    assert Amendment.objects.count() == 1


def test_follow_ups_given_to_whom_it_belongs_says_nothing(counter, promise, helper):
    assert "With Ravi now" not in body(counter.post(ADDRESS, given(promise, helper), headers=HTMX))
    assert counter.post(ADDRESS, given(promise, helper)).url == f"{ADDRESS}?of=mine"


def test_follow_ups_under_a_known_uid_for_another_is_told(counter, promise, helper, meena):
    data = given(promise, meena)
    counter.post(ADDRESS, data)
    response = counter.post(ADDRESS, {**data, "to": ""}, headers=HTMX)
    assert response.status_code == 409
    assert "given to somebody else before" in body(response)
    assert owner_of(promise) == meena


def test_follow_ups_to_one_who_serves_no_more_is_told(counter, promise, helper, meena):
    meena.is_active = False
    meena.save()
    response = counter.post(ADDRESS, given(promise, meena), headers=HTMX)
    assert response.status_code == 409
    assert "do not serve here any more" in body(response)
    assert owner_of(promise) == helper


def test_follow_ups_of_what_is_closed_is_told(counter, promise, meena):
    Promise.objects.update(outcome="kept", closed_at=promise.due_at)
    response = counter.post(ADDRESS, given(promise, meena), headers=HTMX)
    assert response.status_code == 409
    assert "closed already" in body(response)


@pytest.mark.parametrize(
    "data", [{}, {"uid": "17"}, {"kind": "likes"}, {"thing": "17"}, {"thing": uuid4()}, {"to": "\0"}, {"to": uuid4()}]
)
def test_follow_ups_bad_input_is_told_and_gives_nothing(counter, promise, helper, meena, data):
    response = counter.post(ADDRESS, {**given(promise, meena), **data} if data else {}, headers=HTMX)
    assert response.status_code == 422
    assert 'class="errors"' in body(response)
    assert owner_of(promise) == helper


def test_follow_ups_gives_nothing_of_another_shop(counter, helper, meena):
    theirs = PromiseFactory()
    assert counter.post(ADDRESS, given(theirs, meena)).status_code == 422
    assert owner_of(theirs) is None


def test_follow_ups_gives_nothing_to_another_shop(counter, promise, helper):
    assert counter.post(ADDRESS, given(promise, MemberFactory())).status_code == 422
    assert owner_of(promise) == helper


@pytest.mark.parametrize("query", ["kind=promise&given=17", "kind=likes&given=", f"kind=wish&given={uuid4()}"])
def test_follow_ups_of_no_handing_over_tells_of_none(counter, promise, query):
    assert "now:" not in body(counter.get(f"{ADDRESS}?{query}"))


def test_follow_ups_tells_nothing_of_what_another_shop_gave(counter):
    theirs = PromiseFactory(text="secret")
    edit = hand_over(thing=theirs, to=MemberFactory(vendor=theirs.vendor), by=None, uid=uuid4())
    assert "secret" not in body(counter.get(f"{ADDRESS}?kind=promise&given={edit.uid}"))


@pytest.mark.parametrize("rows", [1, 3])
def test_follow_ups_costs_the_same_for_any_number(counter, customer, helper, meena, rows):
    for _ in range(rows):
        PromiseLineFactory(promise__customer=customer, promise__owner=helper)
        ProblemFactory(customer=customer, owner=meena)
        WishFactory(customer=customer, came_in_at=timezone.now())
    counter.get(ADDRESS)
    with CaptureQueriesContext(connection) as queries:
        counter.get(f"{ADDRESS}?of=everybodys")
    assert len(queries) == 14


def test_follow_ups_tells_how_often_the_shop_keeps_its_word(counter, vendor, customer):
    due = timezone.now() - DAY
    for outcome in ("kept",) * 4 + ("broken",):
        PromiseFactory(customer__vendor=vendor, due_at=due, outcome=outcome, closed_at=due)
    PromiseFactory(customer=customer, side="theirs", due_at=due)
    page = re.sub("<[^>]+>", "", body(counter.get(ADDRESS)))
    assert "We promise 30 days: 4 of 5 · 365 days: 4 of 5" in page
    assert "They promise 30 days: too early to say (0) · 365 days: too early to say (0) · ! 1 overdue" in page
