import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from crm.lib import moments
from customers.models import Clash
from customers.preferences.merging import merge_products
from customers.promises.amending import (
    Agreement,
    ChargeNotAnAmount,
    ChargeWithoutWords,
    ClosedAlready,
    amend,
)
from customers.promises.closing import close
from customers.promises.models import Amendment, Promise
from customers.promises.promising import DueInThePast, NothingPromised, PromisedOtherwise, as_made, make
from customers.promises.terms import Terms
from customers.visits.recording import Line
from tests.factories.customers import CustomerFactory
from tests.factories.promises import AmendmentFactory, PromiseFactory
from tests.factories.vendors import ProductFactory

SIX = timezone.now() + dt.timedelta(hours=6)
SEVEN = SIX + dt.timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Mango", unit="dozen")


@pytest.fixture
def promised(sunita, mango):
    """Two dozen mangoes, ripe ones, and 100 by six."""
    return make(customer=sunita, side="ours", terms=terms(mango), by=None, uid=uuid4())


def terms(product, quantity=2, **other):
    said = {"due_at": SIX, "text": "ripe ones", "amount": Decimal(100), "lines": [Line(product, Decimal(quantity))]}
    return Terms(**{**said, **other})


def change(promise, new, *, seen=0, by=None, uid=None, **agreement):
    agreed = Agreement(**agreement) if agreement else None
    return amend(promise=promise, terms=new, seen=seen, by=by, uid=uid or uuid4(), agreement=agreed)


def says(promise):
    promise.refresh_from_db()
    much = [line.quantity for line in promise.lines.order_by("position")]
    return promise.text, promise.amount, promise.due_at, much, promise.version


def test_amend_keeps_before_and_after_of_what_changed(promised, mango, helper):
    kept = change(promised, terms(mango, text="riper ones", due_at=SEVEN, due_any_time=True), by=helper).amendment
    assert kept.before == {"text": "ripe ones", "due_at": SIX.isoformat(), "due_any_time": False}
    assert kept.after == {"text": "riper ones", "due_at": SEVEN.isoformat(), "due_any_time": True}
    assert kept.by == helper
    assert says(promised) == ("riper ones", Decimal(100), SEVEN, [2], 1)
    assert promised.due_any_time is True


def test_amend_keeps_lines_before_and_after(promised, mango):
    onion = ProductFactory(vendor=mango.vendor, name="Onion")
    kept = change(promised, terms(mango, lines=[Line(mango, Decimal(3)), Line(onion, Decimal("0.5"))])).amendment
    assert [(each["name"], each["quantity"]) for each in kept.before["lines"]] == [("Mango", "2")]
    assert [(each["name"], each["quantity"]) for each in kept.after["lines"]] == [("Mango", "3"), ("Onion", "0.5")]
    assert says(promised) == ("ripe ones", Decimal(100), SIX, [3, Decimal("0.5")], 1)


def test_amend_of_words_leaves_the_lines_of_somebody_else_though_the_product_has_another_name(promised, mango):
    change(promised, terms(mango, 3))
    mango.name = "Alphonso"
    mango.save()
    change(promised, terms(mango, text="riper ones"))
    assert says(promised) == ("riper ones", Decimal(100), SIX, [3], 2)


def test_amend_to_no_lines_is_an_order_no_more(promised, mango):
    change(promised, terms(mango, lines=[]))
    assert says(promised) == ("ripe ones", Decimal(100), SIX, [], 1)
    assert promised.has_lines is False


def test_amend_of_words_leaves_the_lines_in_their_rows(promised, mango):
    before = list(promised.lines.values_list("pk", flat=True))
    change(promised, terms(mango, text="riper ones"))
    assert list(promised.lines.values_list("pk", flat=True)) == before
    assert promised.lines.count() == 1


def sold_by(product, unit):
    type(product).objects.filter(pk=product.pk).update(unit=unit)
    product.refresh_from_db()


def units(promise):
    return list(promise.lines.order_by("position").values_list("product__name", "quantity", "unit"))


def test_amend_of_words_leaves_the_lines_of_a_product_that_is_sold_otherwise_by_now(promised, mango):
    sold_by(mango, "kg")
    kept = change(promised, terms(mango, text="riper ones")).amendment
    assert set(kept.after) == {"text"}
    assert units(promised) == [("Mango", 2, "dozen")]


def test_amend_of_one_line_leaves_the_others_in_their_units(promised, mango):
    onion = ProductFactory(vendor=mango.vendor, name="Onion", unit="kg")
    sold_by(mango, "kg")
    change(promised, terms(mango, lines=[Line(mango, Decimal(2)), Line(onion, Decimal(1))]))
    assert units(promised) == [("Mango", 2, "dozen"), ("Onion", 1, "kg")]
    change(promised, terms(mango, lines=[Line(mango, Decimal(3)), Line(onion, Decimal(1))]), seen=1)
    assert units(promised) == [("Mango", 3, "kg"), ("Onion", 1, "kg")]


@pytest.mark.django_db(transaction=True)
def test_amend_of_words_leaves_the_lines_of_a_product_that_was_merged_since(promised, mango):
    alphonso = ProductFactory(vendor=mango.vendor, name="Alphonso", unit="piece")
    merge_products(product=mango, into=alphonso, by=None)
    mango.refresh_from_db()
    uid = uuid4()
    kept = change(promised, terms(mango, text="riper ones"), uid=uid).amendment
    assert set(kept.after) == {"text"}
    assert units(promised) == [("Mango", 2, "dozen")]
    assert change(promised, terms(alphonso, text="riper ones"), uid=uid).amendment == kept
    onion = ProductFactory(vendor=mango.vendor, name="Onion")
    change(promised, terms(mango, lines=[Line(mango, Decimal(2)), Line(onion, Decimal(1))]), seen=1)
    assert units(promised) == [("Alphonso", 2, "dozen"), ("Onion", 1, "kg")]


def test_amend_of_a_page_that_saw_less_than_nothing_saw_it_as_it_was_made(promised, mango):
    change(promised, terms(mango, text="riper ones"))
    second = change(promised, terms(mango, 3), seen=-7)
    assert len(second.overlooked) == 1
    assert says(promised) == ("riper ones", Decimal(100), SIX, [3], 2)


def test_amend_keeps_who_asked_who_agreed_and_the_charge(promised, mango):
    agreed = {"asked_by": "Sunita", "agreed_by": "Asha", "charge": Decimal(20), "charge_for": "by scooter"}
    kept = change(promised, terms(mango, due_at=SEVEN), **agreed).amendment
    kept.refresh_from_db()
    assert {name: getattr(kept, name) for name in agreed} == agreed


def test_amend_of_nothing_keeps_nothing(promised, mango):
    assert change(promised, terms(mango), asked_by="Sunita").amendment is None
    assert says(promised)[-1] == 0


def test_amend_of_nothing_but_a_charge_keeps_it(promised, mango):
    kept = change(promised, terms(mango), agreed_by="Asha", charge=Decimal(20), charge_for="a bag").amendment
    assert (kept.before, kept.after, kept.charge, says(promised)[-1]) == ({}, {}, 20, 1)


def test_amend_sent_twice_changes_once(promised, mango):
    said = {"uid": uuid4(), "agreed_by": "Asha", "charge": Decimal(20), "charge_for": "by scooter"}
    first = change(promised, terms(mango, due_at=SEVEN), **said)
    again = change(promised, terms(mango, due_at=SEVEN), **said)
    assert (again.amendment, says(promised)[-1]) == (first.amendment, 1)


def test_amend_sent_again_after_later_ones_answers_as_first(promised, mango):
    uid = uuid4()
    first = change(promised, terms(mango, text="riper ones"), uid=uid)
    change(promised, terms(mango, text="none"), seen=1)
    close(promise=promised, outcome="broken", by=None, uid=uuid4())
    assert change(promised, terms(mango, text="riper ones"), uid=uid).amendment == first.amendment
    assert says(promised)[0] == "none"


@pytest.mark.parametrize(
    "other",
    [{"text": "green"}, {"amount": Decimal(7)}, {"text": "ripe ones"}, {"amount": Decimal(100)}, {"due_at": SEVEN}],
)
def test_amend_under_a_known_uid_says_otherwise_is_refused(promised, mango, other):
    """Also when it leaves as it was what was changed under that uid."""
    said, uid = {"text": "riper ones", "amount": Decimal(90)}, uuid4()
    change(promised, terms(mango, **said), uid=uid)
    with pytest.raises(PromisedOtherwise):
        change(promised, terms(mango, **{**said, **other}), uid=uid)
    assert says(promised)[:2] == ("riper ones", Decimal(90))


def test_amend_under_a_known_uid_with_another_agreement_is_refused(promised, mango):
    uid = uuid4()
    change(promised, terms(mango, text="riper ones"), uid=uid, asked_by="Sunita")
    with pytest.raises(PromisedOtherwise):
        change(promised, terms(mango, text="riper ones"), uid=uid, asked_by="Meera")


def test_amend_under_the_uid_of_another_promise_or_of_an_outcome_is_refused(promised, mango):
    closing, other = uuid4(), AmendmentFactory(promise=PromiseFactory(customer=promised.customer))
    close(promise=promised, outcome="kept", by=None, uid=closing)
    for uid in (other.uid, closing):
        with pytest.raises(PromisedOtherwise):
            change(promised, terms(mango, text="riper ones"), uid=uid)


def test_amend_of_a_closed_promise_is_refused_and_says_which(promised, mango, helper):
    close(promise=promised, outcome="kept", by=helper, uid=uuid4())
    with pytest.raises(ClosedAlready) as told:
        change(promised, terms(mango, text="riper ones"))
    assert told.value.promise.closed_by == helper
    assert says(promised)[0] == "ripe ones"


EARLY = dt.datetime(2026, 11, 20, 6, tzinfo=dt.UTC)


@pytest.fixture
def minutes(helper):
    """Change a promise at some minute of a past day, on a tablet that knew it as it was made."""

    def minutes(promise, minute, new):
        with moments.tapped(EARLY + dt.timedelta(minutes=minute)):
            return amend(promise=promise, terms=new, seen=0, by=helper, uid=uuid4())

    return minutes


@pytest.mark.parametrize(("minute", "stands", "aside"), [(3, "big", "small"), (1, "small", "big")])
def test_amend_of_what_another_tablet_amended_stands_if_it_was_later(promised, mango, minutes, minute, stands, aside):
    minutes(promised, 2, terms(mango, text="small"))
    minutes(promised, minute, terms(mango, text="big"))
    assert says(promised)[0] == stands
    clash = Clash.objects.get()
    assert (clash.field, clash.stands, clash.aside) == ("text", {"text": stands}, {"text": aside})


def test_amend_of_different_parts_is_no_clash(promised, mango, minutes):
    minutes(promised, 2, terms(mango, text="small"))
    minutes(promised, 1, terms(mango, 3))
    assert (says(promised)[0], says(promised)[3]) == ("small", [3])
    assert not Clash.objects.exists()


def test_amend_sent_twice_is_the_same_though_it_was_set_aside_in_part(promised, mango, minutes, helper):
    minutes(promised, 2, terms(mango, text="small"))
    uid = uuid4()
    sent = []
    for _ in range(2):
        with moments.tapped(EARLY):
            said = terms(mango, 3, text="big")
            sent.append(amend(promise=promised, terms=said, seen=0, by=helper, uid=uid).amendment)
    assert sent[0] == sent[1]
    assert (says(promised)[0], Clash.objects.count()) == ("small", 1)


@pytest.mark.parametrize(("closed", "due", "outcome"), [(180, 300, "kept"), (60, 30, "late")])
def test_amend_of_before_it_was_closed_says_whether_it_was_in_time(promised, mango, minutes, closed, due, outcome):
    Promise.objects.update(due_at=EARLY + dt.timedelta(hours=2))
    with moments.tapped(EARLY + dt.timedelta(minutes=closed)):
        close(promise=promised, outcome="kept", by=None, uid=uuid4())
    minutes(promised, 1, terms(mango, due_at=EARLY + dt.timedelta(minutes=due)))
    promised.refresh_from_db()
    assert (promised.outcome, promised.closed_at) == (outcome, EARLY + dt.timedelta(minutes=closed))


def test_amend_to_what_is_over_is_refused(promised, mango):
    with pytest.raises(DueInThePast):
        change(promised, terms(mango, due_at=timezone.now() - dt.timedelta(minutes=1)))


def test_amend_of_an_overdue_promise_may_leave_its_time(promised, mango):
    over = timezone.now() - dt.timedelta(hours=1)
    Promise.objects.update(due_at=over)
    change(promised, terms(mango, due_at=over, text="riper ones"))
    assert says(promised)[0] == "riper ones"


@pytest.mark.parametrize("charge", [Decimal(0), Decimal(-5)])
def test_amend_with_a_charge_of_nothing_is_refused(promised, mango, charge):
    with pytest.raises(ChargeNotAnAmount):
        change(promised, terms(mango, text="x"), charge=charge, charge_for="a bag", agreed_by="Asha")


@pytest.mark.parametrize("said", [{"charge_for": "a bag"}, {"agreed_by": "Asha"}])
def test_amend_with_a_charge_needs_words_and_who_agreed(promised, mango, said):
    with pytest.raises(ChargeWithoutWords):
        change(promised, terms(mango, text="x"), charge=Decimal(5), **said)


def test_amend_to_nothing_is_refused(promised, mango):
    with pytest.raises(NothingPromised):
        change(promised, terms(mango, text="", amount=None, lines=[]))


def test_two_who_change_different_things_both_have_their_way(promised, mango, helper, owner):
    first = change(promised, terms(mango, due_at=SEVEN), by=helper).amendment
    second = change(promised, terms(mango, 3), by=owner)
    assert list(second.overlooked) == [first]
    assert set(second.amendment.after) == {"lines"}
    assert says(promised) == ("ripe ones", Decimal(100), SEVEN, [3], 2)


def test_of_two_who_change_the_same_the_later_stands_and_both_are_kept(promised, mango):
    change(promised, terms(mango, text="riper ones"))
    second = change(promised, terms(mango, text="green ones"))
    assert (second.amendment.before, second.amendment.after) == ({"text": "riper ones"}, {"text": "green ones"})
    assert says(promised)[0] == "green ones"
    assert len(second.overlooked) == 1


def test_who_saw_all_overlooks_nothing(promised, mango):
    change(promised, terms(mango, text="riper ones"))
    assert list(change(promised, terms(mango, text="green ones"), seen=1).overlooked) == []


def test_two_who_together_leave_nothing_are_refused(sunita):
    """Each left something in sight of the page, and the second would leave nothing."""
    both = make(customer=sunita, side="theirs", terms=Terms(SIX, text="pay", amount=Decimal(9)), by=None, uid=uuid4())
    change(both, Terms(SIX, text="pay"))
    with pytest.raises(NothingPromised):
        change(both, Terms(SIX, amount=Decimal(9)))
    assert says(both)[:2] == ("pay", None)


@pytest.mark.django_db(transaction=True)
def test_two_helpers_who_change_it_at_the_same_moment_lose_nothing(promised, mango):
    start = threading.Barrier(2)

    def send(new):
        try:
            start.wait()
            return change(promised, new)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(send, new) for new in (terms(mango, due_at=SEVEN), terms(mango, 3))]
        overlooked = sorted(len(running.result().overlooked) for running in sent)
    assert overlooked == [0, 1]
    assert says(promised) == ("ripe ones", Decimal(100), SEVEN, [3], 2)
    assert Amendment.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_amend_sent_at_the_same_moment_changes_once(promised, mango):
    start, uid = threading.Barrier(3), uuid4()

    def send():
        try:
            start.wait()
            return change(promised, terms(mango, 3), uid=uid).amendment.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        kept = {running.result() for running in [pool.submit(send) for _ in range(3)]}
    assert (len(kept), says(promised)[-1]) == (1, 1)


WORDS, MONEY = st.sampled_from(["ripe ones", "a", "b"]), st.sampled_from([Decimal(100), Decimal(1), Decimal(2), None])
DUE, MUCH = st.sampled_from([SIX, SEVEN]), st.sampled_from([2, 3])
FORMS = st.lists(st.tuples(st.integers(0, 4), WORDS, MONEY, DUE, MUCH), max_size=5)


class Changing(TestCase):
    @given(forms=FORMS)
    def test_each_form_changes_what_it_changed_of_what_it_saw(self, forms):
        """Against a plain model: the history of what it said, part by part; and each version can be read again."""
        mango = ProductFactory(unit="dozen")
        customer = CustomerFactory(vendor=mango.vendor)
        promise = make(customer=customer, side="ours", terms=terms(mango), by=None, uid=uuid4())
        history = [("ripe ones", Decimal(100), SIX, [2])]
        for age, text, amount, due_at, much in forms:
            seen = max(len(history) - 1 - age, 0)
            sent = (text, amount, due_at, [much])
            change(promise, terms(mango, much, text=text, amount=amount, due_at=due_at), seen=seen)
            parts = list(zip(sent, history[seen], history[-1], strict=True))
            now = tuple(new if new != old else held for new, old, held in parts)
            says_again = any(new != old and new == held for new, old, held in parts)
            history += [now] if now != history[-1] or says_again else []
            assert says(promise) == (*now, len(history) - 1)
        assert [as_made(promise, version=at)["text"] for at in range(len(history))] == [each[0] for each in history]
