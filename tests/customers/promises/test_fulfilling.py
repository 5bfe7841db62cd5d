import datetime as dt
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.preferences.merging import merge_products
from customers.promises import fulfilling
from customers.promises.fulfilling import came, came_in, drop, name, not_in, tell, took, undo
from customers.promises.models import Wish, WishEdit
from customers.promises.wish_steps import ToldOtherwise, last_step
from tests.factories.customers import CustomerFactory
from tests.factories.promises import WishEditFactory, WishFactory
from tests.factories.vendors import ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Mango", unit="dozen")


@pytest.fixture
def waits(customer, mango):
    return WishFactory(customer=customer, product=mango)


def now_of(wish):
    """Which steps `wish` has taken, and how it ended."""
    wish.refresh_from_db()
    times = {"came in": wish.came_in_at, "told": wish.told_at, "came": wish.came_at}
    return [*(step for step, at in times.items() if at), *([wish.outcome] if wish.outcome else [])]


def test_steps_from_came_in_to_taken(vendor, waits, mango, helper):
    assert came_in(vendor=vendor, product=mango, by=helper, uid=uuid4()) == 1
    assert now_of(waits) == ["came in"]
    for step, expected in ((tell, ["told"]), (came, ["told", "came"]), (took, ["told", "came", "took"])):
        step(wish=waits, by=helper, uid=uuid4())
        assert now_of(waits) == ["came in", *expected]
    assert [edit.after["step"] for edit in waits.edits.all()] == ["came-in", "told", "came", "took"]
    assert {edit.by for edit in waits.edits.all()} == {helper}
    assert waits.closed_at is not None


def test_steps_in_another_order(waits, helper):
    tell(wish=waits, by=helper, uid=uuid4())
    assert now_of(waits) == ["came in", "told"]
    drop(wish=waits, by=helper, uid=uuid4())
    assert now_of(waits) == ["came in", "told", "dropped"]


def test_came_alone_says_nothing_of_what_is_here(waits, helper):
    came(wish=waits, by=helper, uid=uuid4())
    assert now_of(waits) == ["came"]
    took(wish=waits, by=helper, uid=uuid4())
    assert now_of(waits) == ["came in", "came", "took"]


@pytest.mark.parametrize("step", [tell, came, took, drop])
def test_step_sent_twice_is_taken_once(waits, helper, step):
    uid = uuid4()
    step(wish=waits, by=helper, uid=uid)
    before = Wish.objects.values().get()
    step(wish=waits, by=helper, uid=uid)
    step(wish=waits, by=helper, uid=uuid4())
    assert Wish.objects.values().get() == before
    assert waits.edits.get().uid == uid


def test_step_under_the_uid_of_another_is_refused(waits, customer, helper):
    uid = uuid4()
    tell(wish=waits, by=helper, uid=uid)
    with pytest.raises(ToldOtherwise):
        took(wish=waits, by=helper, uid=uid)
    with pytest.raises(ToldOtherwise):
        tell(wish=WishFactory(customer=customer), by=helper, uid=uid)
    assert now_of(waits) == ["came in", "told"]


def test_step_of_what_somebody_else_closed_is_told(waits, helper):
    drop(wish=waits, by=helper, uid=uuid4())
    for step in (tell, came, took):
        with pytest.raises(fulfilling.NoLongerWaits):
            step(wish=waits, by=helper, uid=uuid4())
    assert now_of(waits) == ["dropped"]


def test_step_is_of_all_that_this_person_waits_for_of_the_same(vendor, waits, customer, mango, helper):
    alphonso = ProductFactory(vendor=vendor, name="Alphonso")
    merged = WishFactory(customer=customer, product=alphonso)
    merge_products(product=alphonso, into=mango, by=helper)
    others = [
        WishFactory(customer=customer, product=ProductFactory(vendor=vendor)),
        WishFactory(customer=CustomerFactory(vendor=vendor), product=mango),
        WishFactory(customer=None, vendor=vendor, product=mango),
    ]
    took(wish=waits, by=helper, uid=uuid4())
    assert (now_of(waits), now_of(merged)) == (["came in", "came", "took"],) * 2
    assert [now_of(other) for other in others] == [[]] * 3
    undo(wish=merged, by=helper, uid=uuid4())
    assert (now_of(waits), now_of(merged)) == ([], [])


def test_step_of_nobody_known_is_of_this_wish_alone(vendor, mango, helper):
    one, other = (WishFactory(customer=None, vendor=vendor, product=mango) for _ in range(2))
    took(wish=one, by=helper, uid=uuid4())
    assert (now_of(one), now_of(other)) == (["came in", "came", "took"], [])
    undo(wish=one, by=helper, uid=uuid4())
    assert now_of(one) == []


def test_undo_of_nobody_known_is_of_this_wish_alone(vendor, mango, helper):
    one, other = (WishFactory(customer=None, vendor=vendor, product=mango) for _ in range(2))
    came_in(vendor=vendor, product=mango, by=helper, uid=uuid4())
    undo(wish=one, by=helper, uid=uuid4())
    assert (now_of(one), now_of(other)) == ([], ["came in"])


# --- came in


def test_came_in_is_for_all_who_wait_still(vendor, waits, mango, helper):
    alphonso = ProductFactory(vendor=vendor, name="Alphonso")
    merged = WishFactory(customer=CustomerFactory(vendor=vendor), product=alphonso)
    merge_products(product=alphonso, into=mango, by=helper)
    nobody = WishFactory(customer=None, vendor=vendor, product=mango)
    closed = WishFactory(customer=waits.customer, product=mango, outcome="dropped", closed_at=timezone.now())
    over = WishFactory(customer=waits.customer, product=mango, until=vendor.today() - dt.timedelta(days=1))
    other = WishFactory(customer=waits.customer, product=ProductFactory(vendor=vendor))
    alphonso.refresh_from_db()
    assert came_in(vendor=vendor, product=alphonso, by=helper, uid=uuid4()) == 3
    assert [now_of(each) for each in (waits, merged, nobody)] == [["came in"]] * 3
    assert [now_of(each) for each in (closed, over, other)] == [["dropped"], [], []]


def test_came_in_sent_twice_is_kept_once(vendor, waits, mango, helper):
    uid = uuid4()
    assert [came_in(vendor=vendor, product=mango, by=helper, uid=uid) for _ in range(2)] == [1, 0]
    assert came_in(vendor=vendor, product=mango, by=helper, uid=uuid4()) == 0
    undo(wish=waits, by=helper, uid=uuid4())
    assert came_in(vendor=vendor, product=mango, by=helper, uid=uid) == 0
    assert now_of(waits) == []
    assert came_in(vendor=vendor, product=mango, by=helper, uid=uuid4()) == 1


def test_came_in_costs_the_same_for_one_and_for_three(vendor, mango, helper):
    counted = set()
    for many in (1, 3):
        WishFactory.create_batch(many, vendor=vendor, customer=None, product=mango)
        with CaptureQueriesContext(connection) as queries:
            assert came_in(vendor=vendor, product=mango, by=helper, uid=uuid4()) == many
        counted.add(len(queries))
    assert len(counted) == 1


def test_not_in_takes_came_in_back_from_who_was_not_told(vendor, waits, mango, helper):
    told = WishFactory(customer=CustomerFactory(vendor=vendor), product=mango)
    came_in(vendor=vendor, product=mango, by=helper, uid=uuid4())
    tell(wish=told, by=helper, uid=uuid4())
    assert [not_in(vendor=vendor, product=mango, by=helper, uid=uuid4()) for _ in range(2)] == [1, 0]
    assert (now_of(waits), now_of(told)) == ([], ["came in", "told"])


# --- taken back


def test_undo_takes_the_last_step_back_and_then_the_one_before(vendor, waits, mango, helper):
    came_in(vendor=vendor, product=mango, by=helper, uid=uuid4())
    tell(wish=waits, by=helper, uid=uuid4())
    drop(wish=waits, by=helper, uid=uuid4())
    for expected in (["came in", "told"], ["came in"], []):
        undo(wish=waits, by=helper, uid=uuid4())
        assert now_of(waits) == expected
    assert waits.closed_at is None
    with pytest.raises(fulfilling.NothingToUndo):
        undo(wish=waits, by=helper, uid=uuid4())


def test_undo_sent_twice_takes_back_one(waits, helper):
    tell(wish=waits, by=helper, uid=uuid4())
    drop(wish=waits, by=helper, uid=uuid4())
    uid = uuid4()
    undo(wish=waits, by=helper, uid=uid)
    undo(wish=waits, by=helper, uid=uid)
    assert now_of(waits) == ["came in", "told"]


def test_step_taken_back_can_be_taken_again(waits, helper):
    for step in (drop, undo, drop):
        step(wish=waits, by=helper, uid=uuid4())
    assert now_of(waits) == ["dropped"]
    undo(wish=waits, by=helper, uid=uuid4())
    assert now_of(waits) == []


def test_undo_leaves_the_wish_of_an_undone_visit_alone(waits, helper):
    Wish.objects.update(outcome="undone", closed_at=timezone.now())
    WishEditFactory(wish=waits, before={"outcome": "", "closed_at": None}, after={"step": "mistaken"})
    with pytest.raises(fulfilling.NothingToUndo):
        undo(wish=waits, by=helper, uid=uuid4())
    assert now_of(waits) == ["undone"]


def test_undo_of_one_leaves_another_that_has_gone_further(vendor, waits, customer, mango, helper):
    other = WishFactory(customer=customer, product=mango)
    came_in(vendor=vendor, product=mango, by=helper, uid=uuid4())
    at = waits.edits.get().at
    Wish.objects.filter(pk=other.pk).update(outcome="dropped", closed_at=at)
    WishEditFactory(wish=other, before={"outcome": "", "closed_at": None}, after={"step": "dropped"})
    undo(wish=waits, by=helper, uid=uuid4())
    assert (now_of(waits), now_of(other)) == ([], ["came in", "dropped"])


def test_last_step_is_not_an_edit_of_something_else(waits):
    WishEditFactory(wish=waits, before={"owner": None}, after={"owner": "Asha"})
    assert last_step(waits) is None


# --- which product was meant


def test_name_says_it_of_all_in_the_same_words(vendor, customer, mango, helper):
    one = WishFactory(customer=customer, product=None, text="Alphonso  mango")
    same = WishFactory(customer=None, vendor=vendor, product=None, text="alphonso mango")
    other = WishFactory(customer=customer, product=None, text="plums")
    WishFactory(customer=customer, product=None, text="alphonso mango", outcome="undone", closed_at=timezone.now())
    uid = uuid4()
    for _ in range(2):
        name(wish=one, product=mango, by=helper, uid=uid)
    name(wish=same, product=mango, by=helper, uid=uuid4())
    assert list(Wish.objects.filter(product=mango).order_by("pk")) == [one, same]
    assert (one.edits.count(), same.edits.count(), other.edits.count()) == (1, 1, 0)
    undo(wish=one, by=helper, uid=uuid4())
    one.refresh_from_db()
    assert one.product is None


def test_name_of_what_has_another_is_refused(vendor, waits, helper):
    with pytest.raises(fulfilling.NoLongerWaits):
        name(wish=waits, product=ProductFactory(vendor=vendor), by=helper, uid=uuid4())


def test_undone_name_gives_the_product_back(vendor, customer, mango, helper):
    one = WishFactory(customer=customer, product=None, text="hapus")
    for step in (lambda: name(wish=one, product=mango, by=helper, uid=uuid4()), lambda: drop_and_undo(one, helper)):
        step()
    one.refresh_from_db()
    assert one.product == mango
    assert WishEdit.objects.filter(wish=one).count() == 3


def drop_and_undo(one, helper):
    drop(wish=one, by=helper, uid=uuid4())
    undo(wish=one, by=helper, uid=uuid4())
