import datetime as dt
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.utils import timezone

from customers.planning import keeping_lists
from customers.planning.keeping_lists import (
    Change,
    ChangedMeanwhile,
    ClosedThen,
    DayIsOver,
    OnTheList,
    SentOtherwise,
    TooFarAhead,
    add,
    change,
    keep,
)
from customers.planning.models import BuyingEdit, BuyingLine, BuyingList
from customers.preferences.merging import merge_products
from tests.customers.planning.test_whole_list import NOW, TOMORROW, promised, wished
from tests.factories.planning import BuyingLineFactory, BuyingListFactory
from tests.factories.vendors import ClosureFactory, OwnerFactory, ProductFactory


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion", step=Decimal("0.5"))


@pytest.fixture
def line(vendor, onion):
    return BuyingLineFactory(buying_list=BuyingListFactory(vendor=vendor), product=onion, quantity=2)


def kept(vendor, owner, day=TOMORROW, uid=None):
    vendor.refresh_from_db()
    return keep(vendor=vendor, day=day, by=owner, uid=uid or uuid4())


def again(line):
    line.refresh_from_db()
    return line.quantity, line.got_at


def test_keep_writes_down_what_is_foreseen(vendor, owner, onion):
    promised(vendor, onion, 2)
    wished(vendor, onion, quantity=1, unit="kg")
    found = kept(vendor, owner)
    assert (found.day, found.by) == (TOMORROW, owner)
    (line,) = found.lines.all()
    said = (line.product, line.unit, line.quantity, line.foreseen, line.low, line.high)
    assert said == (onion, "kg", 3, 3, 2, 3)
    assert (line.usual, line.promised, line.wished, line.got_at) == (0, 2, 1, None)


def test_list_sent_twice_and_of_two_owners_is_one(vendor, owner, onion):
    uid = uuid4()
    first = kept(vendor, owner, uid=uid)
    promised(vendor, onion)
    assert kept(vendor, owner, uid=uid) == first
    assert kept(vendor, OwnerFactory(vendor=vendor)) == first
    assert (BuyingList.objects.count(), BuyingLine.objects.count()) == (1, 0)


def test_uid_of_another_days_list_is_refused(vendor, owner):
    uid = uuid4()
    kept(vendor, owner, uid=uid)
    with pytest.raises(SentOtherwise):
        kept(vendor, owner, TOMORROW + dt.timedelta(days=1), uid=uid)


def test_two_lists_of_a_day_made_at_once_are_one(vendor, owner, monkeypatch):
    made, before = [], keeping_lists._kept_before

    def slow(vendor, day, uid):
        """Does not see what another connection is about to write."""
        if len(made) == 2:
            return before(vendor, day, uid)
        made.append(uid)
        return None

    first = BuyingListFactory(vendor=vendor, day=TOMORROW)
    monkeypatch.setattr(keeping_lists, "_kept_before", slow)
    assert kept(vendor, owner) == first


def test_list_that_can_never_be_kept_says_so(vendor, owner, monkeypatch):
    monkeypatch.setattr(keeping_lists, "_kept_before", lambda *_: None)
    BuyingListFactory(vendor=vendor, day=TOMORROW)
    with pytest.raises(IntegrityError):
        kept(vendor, owner)


def test_list_is_kept_of_near_open_days_only(vendor, owner):
    with pytest.raises(DayIsOver):
        kept(vendor, owner, TOMORROW - dt.timedelta(days=2))
    with pytest.raises(TooFarAhead):
        kept(vendor, owner, TOMORROW + dt.timedelta(days=14))
    ClosureFactory(vendor=vendor, first_day=TOMORROW)
    with pytest.raises(ClosedThen):
        kept(vendor, owner)
    assert not BuyingList.objects.exists()


def test_change_keeps_what_the_line_said_before(line, owner):
    edit = change(line=line, to=Change(quantity=Decimal("3.5"), seen=Decimal(2)), by=owner, uid=uuid4())
    assert (edit.by, edit.before, edit.after) == (
        owner,
        {"quantity": "2", "got": False},
        {"quantity": "3.5", "got": False},
    )
    assert again(line) == (Decimal("3.5"), None)


def test_line_is_ticked_off_and_back(line, owner):
    change(line=line, to=Change(got=True), by=owner, uid=uuid4())
    assert again(line) == (2, NOW)
    change(line=line, to=Change(got=False), by=owner, uid=uuid4())
    assert again(line) == (2, None)
    assert BuyingEdit.objects.count() == 2


def test_change_sent_twice_is_one_and_something_else_under_its_uid_is_refused(line, owner):
    uid, to = uuid4(), Change(quantity=Decimal(3), got=True, seen=Decimal(2))
    first = change(line=line, to=to, by=owner, uid=uid)
    change(line=line, to=Change(quantity=Decimal(5)), by=owner, uid=uuid4())
    assert change(line=line, to=to, by=owner, uid=uid) == first
    assert again(line) == (5, NOW)
    for other in (Change(quantity=Decimal(4)), Change(got=False)):
        with pytest.raises(SentOtherwise):
            change(line=line, to=other, by=owner, uid=uid)
    with pytest.raises(SentOtherwise):
        change(line=BuyingLineFactory(buying_list=line.buying_list), to=to, by=owner, uid=uid)


def test_change_to_what_it_says_already_is_none(line, owner):
    for to in (Change(quantity=Decimal(2)), Change(got=False), Change()):
        assert change(line=line, to=to, by=owner, uid=uuid4()) is None
    assert not BuyingEdit.objects.exists()


def test_quantity_that_another_changed_meanwhile_is_told_and_stays(line, owner):
    change(line=line, to=Change(quantity=Decimal(5), seen=Decimal(2)), by=OwnerFactory(vendor=line.vendor), uid=uuid4())
    with pytest.raises(ChangedMeanwhile):
        change(line=line, to=Change(quantity=Decimal(3), seen=Decimal(2)), by=owner, uid=uuid4())
    assert again(line)[0] == 5
    # Who only ticks it off changes no quantity, and who wants the same gets it.
    uid = uuid4()
    for _twice in range(2):
        change(line=line, to=Change(quantity=Decimal(2), got=True, seen=Decimal(2)), by=owner, uid=uid)
    assert again(line) == (5, NOW)
    assert change(line=line, to=Change(quantity=Decimal(5), seen=Decimal(2)), by=owner, uid=uuid4()) is None


def test_list_stays_as_it_was_after_its_day(line, owner, onion):
    BuyingList.objects.update(day=NOW.date() - dt.timedelta(days=1))
    line = BuyingLine.objects.get()
    with pytest.raises(DayIsOver):
        change(line=line, to=Change(got=True), by=owner, uid=uuid4())
    with pytest.raises(DayIsOver):
        add(buying_list=line.buying_list, product=ProductFactory(vendor=line.vendor), quantity=1, by=owner, uid=uuid4())
    assert again(line) == (2, None)


def test_added_product_is_the_last_line(line, owner):
    kale, uid = ProductFactory(vendor=line.vendor, name="Kale", unit="bunch"), uuid4()
    for _twice in range(2):
        added = add(buying_list=line.buying_list, product=kale, quantity=Decimal(4), by=owner, uid=uid)
    assert list(line.buying_list.lines.all()) == [line, added]
    assert (added.product, added.unit, added.quantity, added.foreseen) == (kale, "bunch", 4, None)
    assert BuyingEdit.objects.get().before == {"quantity": "0", "got": False}
    with pytest.raises(SentOtherwise):
        add(buying_list=line.buying_list, product=kale, quantity=Decimal(5), by=owner, uid=uid)


def test_first_product_of_an_empty_list_is_added(vendor, owner, onion):
    added = add(buying_list=BuyingListFactory(vendor=vendor), product=onion, quantity=Decimal(1), by=owner, uid=uuid4())
    assert added.position == 0


def test_product_on_the_list_is_not_added_again_unless_it_was_taken_off(line, owner, onion):
    with pytest.raises(OnTheList):
        add(buying_list=line.buying_list, product=onion, quantity=Decimal(1), by=owner, uid=uuid4())
    change(line=line, to=Change(quantity=Decimal(0)), by=owner, uid=uuid4())
    assert add(buying_list=line.buying_list, product=onion, quantity=Decimal(1), by=owner, uid=uuid4()) == line
    assert again(line)[0] == 1


def test_merged_product_is_added_as_what_stands_for_it(line, owner, onion):
    red = ProductFactory(vendor=line.vendor, name="Red onion")
    merge_products(product=red, into=onion, by=owner)
    red.refresh_from_db()
    with pytest.raises(OnTheList):
        add(buying_list=line.buying_list, product=red, quantity=Decimal(1), by=owner, uid=uuid4())


@pytest.mark.parametrize("values", [{"quantity": -1}, {"foreseen": 2}, {"foreseen": 2, "low": 1}])
def test_line_that_cannot_be_is_refused_by_the_database(line, values):
    with pytest.raises(IntegrityError):
        BuyingLineFactory(buying_list=line.buying_list, **values)


def test_second_list_of_a_day_is_refused_by_the_database(line):
    with pytest.raises(IntegrityError):
        BuyingListFactory(vendor=line.vendor, day=line.buying_list.day)


def test_second_line_of_a_product_is_refused_by_the_database(line, onion):
    with pytest.raises(IntegrityError):
        BuyingLineFactory(buying_list=line.buying_list, product=onion)
