import datetime as dt
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.lib import moments
from customers.models import Clash
from customers.promises import handing_over
from customers.promises.due_orders import make_due
from customers.promises.handing_over import Counts, counts, follow_ups, given, hand_over, left_by
from customers.promises.models import Amendment, Problem, ProblemEdit, Promise, Wish, WishEdit
from customers.promises.wishing import Asked, follow, wish
from customers.visits import recording
from customers.visits.recording import Line
from tests.factories.customers import CustomerFactory
from tests.factories.promises import (
    ProblemFactory,
    PromiseFactory,
    PromiseLineFactory,
    StandingOrderFactory,
    WishFactory,
)
from tests.factories.vendors import MemberFactory, ProductFactory

NOW = timezone.now()
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
EDITS = {Promise: Amendment, Problem: ProblemEdit, Wish: WishEdit}


@pytest.fixture
def customer(vendor):
    return CustomerFactory(vendor=vendor)


@pytest.fixture
def meena(vendor):
    return MemberFactory(vendor=vendor, name="Meena")


@pytest.fixture(params=["promise", "problem", "wish"])
def thing(request, customer, helper):
    if request.param == "promise":
        return PromiseFactory(customer=customer, owner=helper)
    if request.param == "problem":
        return ProblemFactory(customer=customer, owner=helper)
    return WishFactory(customer=customer, owner=helper, came_in_at=NOW)


def closed(thing):
    said = {
        Promise: {"outcome": "kept", "closed_at": thing.due_at} if isinstance(thing, Promise) else {},
        Problem: {"remedy": "apology", "remedied_at": NOW, "asked_at": NOW, "answer": "right", "closed_at": NOW},
        Wish: {"outcome": "took", "closed_at": NOW},
    }
    type(thing).objects.filter(pk=thing.pk).update(**said[type(thing)])
    return thing


def switch_off(member, *, account=False):
    if account:
        member.user.is_active = False
        member.user.save()
    else:
        member.is_active = False
        member.save()


# Handing over


def test_hand_over_keeps_who_looked_after_it_before(thing, helper, meena):
    uid = uuid4()
    edit = hand_over(thing=thing, to=meena, by=helper, uid=uid)
    thing.refresh_from_db()
    assert thing.owner == meena
    assert EDITS[type(thing)].objects.get() == edit
    assert (edit.uid, edit.by) == (uid, helper)
    assert edit.before == {"owner": str(helper.uid), "owner_name": "Ravi"}
    assert edit.after == {"owner": str(meena.uid), "owner_name": "Meena"}


def test_hand_over_raises_the_version_of_a_promise(customer, helper, meena):
    promise = PromiseFactory(customer=customer, owner=helper, version=3)
    hand_over(thing=promise, to=meena, by=helper, uid=uuid4())
    promise.refresh_from_db()
    assert promise.version == 4


def test_hand_over_sent_twice_changes_nothing(thing, helper, meena):
    uid = uuid4()
    first, second = (hand_over(thing=thing, to=meena, by=helper, uid=uid) for _ in range(2))
    assert first == second
    assert EDITS[type(thing)].objects.count() == 1


def test_hand_over_answers_as_the_first_time_after_it_was_given_on(thing, helper, meena):
    uid = uuid4()
    first = hand_over(thing=thing, to=meena, by=helper, uid=uid)
    hand_over(thing=thing, to=helper, by=meena, uid=uuid4())
    assert hand_over(thing=thing, to=meena, by=helper, uid=uid) == first
    thing.refresh_from_db()
    assert thing.owner == helper


def test_hand_over_to_another_under_the_same_uid_is_refused(thing, helper, meena):
    uid = uuid4()
    hand_over(thing=thing, to=meena, by=helper, uid=uid)
    with pytest.raises(handing_over.GivenOtherwise):
        hand_over(thing=thing, to=None, by=helper, uid=uid)


def test_hand_over_of_another_thing_under_the_same_uid_is_refused(customer, helper, meena):
    uid = uuid4()
    hand_over(thing=PromiseFactory(customer=customer), to=meena, by=helper, uid=uid)
    with pytest.raises(handing_over.GivenOtherwise):
        hand_over(thing=PromiseFactory(customer=customer), to=meena, by=helper, uid=uid)


def test_hand_over_to_whom_it_belongs_changes_nothing(thing, helper):
    assert hand_over(thing=thing, to=helper, by=helper, uid=uuid4()) is None
    assert EDITS[type(thing)].objects.count() == 0


def test_hand_over_to_nobody_in_particular(thing, helper):
    edit = hand_over(thing=thing, to=None, by=helper, uid=uuid4())
    thing.refresh_from_db()
    assert thing.owner is None
    assert edit.after == {"owner": None, "owner_name": None}


@pytest.mark.parametrize("account", [False, True])
def test_hand_over_to_one_who_serves_no_more_is_told(thing, helper, meena, account):
    switch_off(meena, account=account)
    with pytest.raises(handing_over.ServesNoMore):
        hand_over(thing=thing, to=meena, by=helper, uid=uuid4())
    thing.refresh_from_db()
    assert thing.owner == helper


def test_hand_over_to_another_shop_is_told(thing, helper):
    with pytest.raises(handing_over.ServesNoMore):
        hand_over(thing=thing, to=MemberFactory(), by=helper, uid=uuid4())


def test_hand_over_of_what_is_closed_is_told(thing, helper, meena):
    with pytest.raises(handing_over.NoLongerOpen):
        hand_over(thing=closed(thing), to=meena, by=helper, uid=uuid4())


def test_hand_over_loses_a_race_with_itself_quietly(thing, helper, meena, monkeypatch):
    uid = uuid4()
    first = hand_over(thing=thing, to=meena, by=helper, uid=uid)
    look, looked = handing_over._given_before, []

    def too_early(*args):
        looked.append(args)
        return None if len(looked) == 1 else look(*args)

    monkeypatch.setattr(handing_over, "_given_before", too_early)
    hand = {"thing": thing, "by": helper, "uid": uid}
    type(thing).objects.update(owner=helper)
    assert hand_over(to=meena, **hand) == first


def test_hand_over_says_when_the_database_refuses_it(thing, helper, meena, monkeypatch):
    def refused(*_):
        raise IntegrityError

    monkeypatch.setattr(handing_over, "_give", refused)
    with pytest.raises(IntegrityError):
        hand_over(thing=thing, to=meena, by=helper, uid=uuid4())


def test_given_finds_handing_over_and_nothing_else(thing, vendor, helper, meena):
    edit = hand_over(thing=thing, to=meena, by=helper, uid=uuid4())
    other = EDITS[type(thing)].objects.create(
        **{thing._meta.model_name: thing}, vendor=vendor, before={"text": "a"}, after={"text": "b"}
    )
    assert given(vendor, type(thing), edit.uid) == edit
    assert given(vendor, type(thing), other.uid) is None
    assert given(meena.vendor, type(thing), uuid4()) is None


# Whose it is from the beginning


def test_wish_is_looked_after_by_who_noted_it(vendor, customer, helper):
    noted = wish(vendor=vendor, customer=customer, asked=Asked(text="black rice"), by=helper, uid=uuid4())
    line = Line(ProductFactory(vendor=vendor), Decimal(1), "not-in-stock")
    visit = recording.record(vendor=vendor, customer=customer, lines=[line], by=helper, uid=uuid4())
    follow(visit=visit, by=helper, lines=[line])
    assert [noted.owner, Wish.objects.get(visit=visit).owner] == [helper, helper]


def test_promise_of_a_standing_order_is_looked_after_by_who_noted_that(vendor, customer, helper):
    today = vendor.today()
    order = StandingOrderFactory(customer=customer, rule="FREQ=DAILY", by=helper, text="milk", made_at=NOW - 9 * DAY)
    make_due(vendor, today + DAY)
    assert {promise.owner for promise in order.promises.all()} == {helper}


# The lists


def test_follow_ups_has_what_is_open_and_ours_alone(vendor, customer):
    promise, problem = PromiseFactory(customer=customer), ProblemFactory(customer=customer)
    wish = WishFactory(customer=customer, came_in_at=NOW)
    PromiseFactory(customer=customer, side="theirs")
    WishFactory(customer=customer)
    WishFactory(customer=customer, came_in_at=NOW, told_at=NOW)
    WishFactory(customer=customer, came_in_at=NOW, until=vendor.today() - dt.timedelta(days=1))
    for thing in (PromiseFactory(customer=customer), ProblemFactory(customer=customer)):
        closed(thing)
    closed(WishFactory(customer=customer, came_in_at=NOW))
    PromiseFactory()
    found = {(each.kind, each.thing) for each in follow_ups(vendor, now=NOW)}
    assert found == {("promise", promise), ("problem", problem), ("wish", wish)}


def test_follow_ups_has_the_overdue_first_and_each_by_its_day(vendor, customer):
    today, day = vendor.day_of(NOW), dt.timedelta(days=1)
    later = PromiseFactory(customer=customer, due_at=NOW + 3 * day)
    noted = ProblemFactory(customer=customer, opened_at=NOW - 9 * day)
    overdue = ProblemFactory(customer=customer, due_on=today - day)
    soon = ProblemFactory(customer=customer, due_on=today + day)
    older = PromiseFactory(customer=customer, due_at=NOW - 3 * day)
    here = WishFactory(customer=customer, came_in_at=NOW - 2 * day)
    found = follow_ups(vendor, now=NOW)
    assert [each.thing for each in found] == [older, overdue, noted, here, soon, later]
    assert [each.is_overdue for each in found] == [True, True, False, False, False, False]
    assert [each.has_date for each in found] == [True, True, False, False, True, True]


def test_follow_ups_of_any_time_is_of_that_day(vendor, customer):
    end = vendor.day_bounds(vendor.day_of(NOW))[1]
    PromiseFactory(customer=customer, due_at=end, due_any_time=True)
    (found,) = follow_ups(vendor, now=NOW)
    assert (found.day, found.is_overdue) == (vendor.day_of(NOW), False)


def test_follow_ups_of_one_member_are_theirs(vendor, customer, helper, meena):
    mine = PromiseFactory(customer=customer, owner=helper)
    ProblemFactory(customer=customer, owner=meena)
    WishFactory(customer=customer, came_in_at=NOW)
    assert [each.thing for each in follow_ups(vendor, now=NOW, of=helper)] == [mine]


@pytest.mark.parametrize("account", [False, True])
def test_follow_ups_of_one_who_is_switched_off_are_nobodys(vendor, customer, helper, meena, thing, account):
    assert follow_ups(vendor, now=NOW, nobodys=True) == []
    assert counts(vendor, meena, now=NOW) == Counts(mine=0, nobodys=0, everybodys=1)
    assert left_by(helper, now=NOW) == 1
    switch_off(helper, account=account)
    assert [each.thing for each in follow_ups(vendor, now=NOW, nobodys=True)] == [thing]
    assert counts(vendor, meena, now=NOW) == Counts(mine=0, nobodys=1, everybodys=1)


def test_follow_ups_without_an_owner_are_nobodys(vendor, customer, helper):
    promise = PromiseFactory(customer=customer)
    assert [each.thing for each in follow_ups(vendor, now=NOW, nobodys=True)] == [promise]
    assert counts(vendor, helper, now=NOW) == Counts(mine=0, nobodys=1, everybodys=1)


def test_follow_ups_shows_so_many_and_counts_all(vendor, customer, helper, monkeypatch):
    monkeypatch.setattr(handing_over, "SHOWN", 2)
    for hour in range(3):
        PromiseFactory(customer=customer, due_at=NOW + hour * HOUR, owner=helper)
    first, second, _third = Promise.objects.order_by("due_at")
    assert [each.thing for each in follow_ups(vendor, now=NOW - HOUR)] == [first, second]
    assert counts(vendor, helper, now=NOW).mine == 3


@pytest.mark.parametrize("rows", [1, 3])
def test_follow_ups_costs_the_same_for_any_number(vendor, customer, helper, rows):
    for _ in range(rows):
        PromiseLineFactory(promise__customer=customer, promise__owner=helper)
        ProblemFactory(customer=customer, owner=helper)
        WishFactory(customer=customer, came_in_at=NOW)
    with CaptureQueriesContext(connection) as queries:
        found = follow_ups(vendor, now=NOW)
        assert len([(each.thing.customer.name, each.thing.owner) for each in found]) == 3 * rows
    assert len(queries) == 4


@pytest.mark.parametrize("minute", [3, 1], ids=["later", "earlier"])
def test_of_two_who_give_it_on_two_tablets_the_later_stands(thing, helper, meena, minute):
    asha = MemberFactory(vendor=thing.vendor, name="Asha")
    for tapped, to in ((2, meena), (minute, asha)):
        with moments.tapped(NOW - HOUR + dt.timedelta(minutes=tapped)):
            hand_over(thing=thing, to=to, by=helper, uid=uuid4(), had=helper)
    thing.refresh_from_db()
    stands, aside = (asha, meena) if minute == 3 else (meena, asha)
    assert thing.owner == stands
    clash = Clash.objects.values_list("field", "stands", "aside").get()
    assert clash == ("owner", str(stands.uid), str(aside.uid))


def test_given_by_who_knew_whose_it_was_is_no_clash(thing, helper, meena):
    hand_over(thing=thing, to=meena, by=helper, uid=uuid4(), had=helper)
    hand_over(thing=thing, to=None, by=helper, uid=uuid4(), had=meena)
    assert not Clash.objects.exists()
