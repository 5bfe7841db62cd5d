import datetime as dt
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.merging import merge
from customers.preferences.merging import merge_products
from customers.promises import fulfilling, wishing
from customers.promises.models import Wish, WishEdit
from customers.promises.wishing import Asked, follow, wish
from customers.visits import recording
from customers.visits.forgetting import forget
from customers.visits.recording import Line
from tests.factories.customers import CustomerFactory
from tests.factories.promises import WishFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

pytestmark = pytest.mark.django_db
NONE = "not-in-stock"
WEEK = dt.timedelta(days=7)


@pytest.fixture
def customer(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Mango", unit="dozen")


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion")


@pytest.fixture
def ask(vendor, customer, helper):
    """Keep a wish of the customer; `customer=None` is of nobody known."""

    def keep(uid=None, **said):
        of = said.pop("customer", customer)
        return wish(vendor=vendor, customer=of, asked=Asked(**said), by=helper, uid=uid or uuid4())

    return keep


@pytest.fixture
def serve(vendor, customer, helper):
    """Record a visit and what it means for the wishes."""

    def done(*lines, wishes=(), uid=None, at=None):
        visit = recording.record(vendor=vendor, customer=customer, lines=lines, by=helper, uid=uid or uuid4(), at=at)
        follow(visit=visit, by=helper, lines=lines, wishes=wishes)
        return visit

    return done


def missing(product, manner=""):
    return Line(product, product.step, NONE, manner)


def outcomes():
    return list(Wish.objects.order_by("pk").values_list("product__name", "outcome"))


# --- told at the counter


def test_wish_keeps_what_was_asked_for(ask, vendor, customer, mango, helper):
    until = vendor.today() + dt.timedelta(days=3)
    kept = ask(product=mango, text="ripe", quantity=Decimal(2), until=until)
    kept.refresh_from_db()
    assert (kept.customer, kept.product, kept.text, kept.until, kept.by) == (customer, mango, "ripe", until, helper)
    assert (kept.quantity, kept.unit) == (2, "dozen")


def test_wish_in_words_is_wanted_for_a_week_in_pieces(ask, vendor):
    kept = ask(text="dragon fruit", quantity=Decimal(2))
    assert (kept.until, kept.unit) == (vendor.today() + WEEK, "piece")


def test_wish_sent_twice_is_kept_once(ask, mango):
    uid = uuid4()
    assert ask(uid, product=mango) == ask(uid, product=mango)
    assert Wish.objects.count() == 1


def test_wish_with_a_known_uid_and_other_words_is_refused(ask, mango, onion):
    uid = uuid4()
    ask(uid, product=mango)
    for other in ({"product": onion}, {"product": mango, "text": "ripe"}, {"product": mango, "customer": None}):
        with pytest.raises(wishing.ToldOtherwise):
            ask(uid, **other)
    assert Wish.objects.count() == 1


def test_wish_sent_again_after_its_steps_is_known(ask, mango, helper):
    uid = uuid4()
    kept = ask(uid, product=mango)
    ask(product=mango, quantity=Decimal(3))
    fulfilling.took(wish=kept, by=helper, uid=uuid4())
    assert ask(uid, product=mango) == kept


def test_wish_of_quicker_connection_is_answered(ask, mango, monkeypatch):
    uid = uuid4()
    kept = ask(uid, text="plums")
    looked, before = [], wishing._asked_before
    monkeypatch.setattr(wishing, "_asked_before", lambda new: before(new) if looked else looked.append(new))
    assert ask(uid, text="plums") == kept


@pytest.mark.django_db(transaction=True)
def test_wish_of_somebody_forgotten_meanwhile_is_refused(ask, customer, mango):
    forget([customer])
    customer.pk = 10**6
    with pytest.raises(IntegrityError):
        ask(product=mango)
    assert not Wish.objects.exists()


def test_wish_says_something(ask):
    with pytest.raises(wishing.NothingSaid):
        ask()


def test_wish_until_a_day_that_is_over_is_refused(ask, vendor, mango):
    yesterday = vendor.today() - dt.timedelta(days=1)
    with pytest.raises(wishing.UntilPast):
        ask(product=mango, until=yesterday)
    ask(product=mango, until=vendor.today())
    with pytest.raises(wishing.UntilPast):
        ask(product=mango, until=yesterday)


def test_wish_for_the_same_again_stays_one_and_is_wanted_longer(ask, vendor, mango):
    first = ask(product=mango)
    uid, until = uuid4(), vendor.today() + dt.timedelta(days=30)
    again = [ask(uid, product=mango, until=until, quantity=Decimal(1)) for _ in range(2)]
    assert again == [first, first]
    assert Wish.objects.get().until == until
    edit = WishEdit.objects.get()
    assert edit.before == {"quantity": None, "unit": "", "until": (vendor.today() + WEEK).isoformat()}
    assert edit.after == {"step": "again", "quantity": "1", "unit": "dozen", "until": until.isoformat()}


def test_wish_again_under_a_uid_that_said_something_else_is_refused(ask, mango, onion, helper):
    kept, uid, step = ask(product=mango), uuid4(), uuid4()
    ask(uid, product=mango, text="ripe")
    fulfilling.tell(wish=kept, by=helper, uid=step)
    for sent, said in (
        (uid, {"product": mango, "text": "raw"}),
        (uid, {"product": onion}),
        (step, {"product": mango, "text": "ripe"}),
    ):
        with pytest.raises(wishing.ToldOtherwise):
            ask(sent, **said)


def test_wish_for_what_they_took_before_is_a_new_one(ask, mango, helper):
    fulfilling.took(wish=ask(product=mango), by=helper, uid=uuid4())
    ask(product=mango)
    assert outcomes() == [("Mango", "took"), ("Mango", "")]


def test_wishes_of_nobody_known_are_each_their_own(ask, mango):
    assert ask(product=mango, customer=None) != ask(product=mango, customer=None)


def test_wish_of_a_merged_person_is_of_the_one_who_stands_for_them(ask, vendor, customer, mango):
    double, uid = CustomerFactory(vendor=vendor), uuid4()
    before = ask(uid, customer=double, product=mango)
    merge(customer=double, into=customer, by=None, uid=uuid4())
    double.refresh_from_db()
    assert ask(uid, customer=double, product=mango) == before
    assert ask(customer=double, text="ripe jackfruit").customer == customer
    assert not Wish.objects.exclude(customer=customer).exists()


def test_wish_for_a_merged_product_is_for_what_stands_for_it(ask, mango, onion, helper):
    merge_products(product=mango, into=onion, by=helper)
    mango.refresh_from_db()
    assert ask(product=mango).product == onion


# --- missing in a visit


def test_visit_in_which_something_was_missing_is_a_wish(serve, vendor, customer, mango, onion, helper):
    visit = serve(Line(onion, Decimal(1)), missing(mango, "ripe"))
    kept = Wish.objects.get()
    assert (kept.customer, kept.product, kept.visit, kept.text, kept.by) == (customer, mango, visit, "ripe", helper)
    assert (kept.asked_at, kept.until) == (visit.at, vendor.day_of(visit.at) + WEEK)


def test_visit_sent_twice_makes_its_wish_once(serve, mango):
    uid = uuid4()
    serve(missing(mango), uid=uid)
    serve(missing(mango), uid=uid)
    assert outcomes() == [("Mango", "")]


def test_ordinary_visit_costs_no_statement(vendor, customer, onion, helper):
    lines = [Line(onion, Decimal(1))]
    visit = recording.record(vendor=vendor, customer=customer, lines=lines, by=helper, uid=uuid4())
    with CaptureQueriesContext(connection) as queries:
        follow(visit=visit, by=helper, lines=lines)
    assert len(queries) == 0


def test_visit_costs_the_same_for_one_and_for_three_missing(vendor, customer, helper):
    counted = set()
    for many in (1, 3):
        lines = [missing(ProductFactory(vendor=vendor)) for _ in range(many)]
        visit = recording.record(vendor=vendor, customer=customer, lines=lines, by=helper, uid=uuid4())
        with CaptureQueriesContext(connection) as queries:
            follow(visit=visit, by=helper, lines=lines)
        counted.add(len(queries))
    assert counted == {2}


def test_undone_visit_takes_its_wishes_back_and_put_back_gives_them_again(serve, mango, helper):
    visit = serve(missing(mango))
    for _ in range(2):
        recording.void(visit=visit, by=helper)
        follow(visit=visit, by=helper)
        follow(visit=visit, by=helper)
        assert outcomes() == [("Mango", "undone")]
        recording.restore(visit=visit)
        follow(visit=visit, by=helper)
        follow(visit=visit, by=helper)
        assert outcomes() == [("Mango", "")]
    assert WishEdit.objects.count() == 4


def test_changed_visit_changes_its_wishes(serve, mango, onion, helper):
    visit = serve(missing(mango))
    for lines, expected in (
        ([missing(onion)], [("Mango", "undone"), ("Onion", "")]),
        ([missing(mango), missing(onion)], [("Mango", ""), ("Onion", "")]),
        ([Line(mango, Decimal(1))], [("Mango", "undone"), ("Onion", "undone")]),
    ):
        recording.change(visit=visit, lines=lines, note="", by=helper, uid=uuid4())
        follow(visit=visit, by=helper)
        assert outcomes() == expected


def test_wish_that_came_true_meanwhile_comes_back_as_it_was(serve, mango, helper):
    visit = serve(missing(mango))
    fulfilling.took(wish=Wish.objects.get(), by=helper, uid=uuid4())
    recording.void(visit=visit, by=helper)
    follow(visit=visit, by=helper)
    assert outcomes() == [("Mango", "undone")]
    recording.restore(visit=visit)
    follow(visit=visit, by=helper)
    assert outcomes() == [("Mango", "took")]


def test_wishes_of_a_visit_follow_products_that_were_merged(serve, mango, onion, helper):
    visit = serve(missing(mango), missing(onion))
    merge_products(product=mango, into=onion, by=helper)
    follow(visit=visit, by=helper)
    assert outcomes() == [("Mango", ""), ("Onion", "")]
    recording.void(visit=visit, by=helper)
    follow(visit=visit, by=helper)
    assert outcomes() == [("Mango", "undone"), ("Onion", "undone")]


def test_following_a_visit_of_which_nothing_was_missing_costs_little(serve, onion, helper):
    visit = serve(Line(onion, Decimal(1)))
    with CaptureQueriesContext(connection) as queries:
        follow(visit=visit, by=helper)
    assert len(queries) <= 5


# --- what they took


def test_taking_it_ends_the_wish(serve, ask, mango, onion, helper):
    asked = ask(product=mango)
    visit = serve(Line(onion, Decimal(1)), wishes=[asked.uid])
    assert outcomes() == [("Mango", "")]
    visit = serve(Line(mango, Decimal(1)), wishes=[asked.uid])
    asked.refresh_from_db()
    assert (asked.outcome, asked.closed_at, asked.came_at, asked.came_in_at) == ("took", *[visit.at] * 3)
    assert asked.edits.get().after["visit"] == str(visit.uid)


def test_taking_it_ends_all_wishes_for_it_whenever_asked(serve, mango):
    serve(missing(mango))
    serve(missing(mango))
    serve(Line(mango, Decimal(1)), wishes=list(Wish.objects.values_list("uid", flat=True)))
    assert outcomes() == [("Mango", "took"), ("Mango", "took")]


def test_taking_nothing_that_was_asked_for_later_or_in_words_ends_a_wish(serve, ask, vendor, mango):
    uids = [ask(product=mango).uid, ask(text="mango").uid, WishFactory().uid]
    hour_ago = timezone.now() - dt.timedelta(hours=1)
    serve(Line(mango, Decimal(1)), wishes=uids, at=hour_ago)
    assert not Wish.objects.exclude(outcome="").exists()


def test_taking_costs_the_same_for_one_and_for_three(vendor, customer, helper):
    counted = set()
    for many in (1, 3):
        wishes = WishFactory.create_batch(many, customer=customer)
        lines = [Line(wish.product, Decimal(1)) for wish in wishes]
        visit = recording.record(vendor=vendor, customer=customer, lines=lines, by=helper, uid=uuid4())
        with CaptureQueriesContext(connection) as queries:
            follow(visit=visit, by=helper, lines=lines, wishes=[wish.uid for wish in wishes])
        counted.add(len(queries))
    assert counted == {3}
    assert not Wish.objects.filter(outcome="").exists()


def test_undone_visit_opens_again_what_it_had_ended(serve, ask, mango, helper):
    asked = ask(product=mango)
    visit = serve(Line(mango, Decimal(1)), wishes=[asked.uid])
    for _ in range(2):
        recording.void(visit=visit, by=helper)
        follow(visit=visit, by=helper)
        asked.refresh_from_db()
        assert (asked.outcome, asked.closed_at, asked.came_at) == ("", None, None)
        recording.restore(visit=visit)
        follow(visit=visit, by=helper)
        follow(visit=visit, by=helper)
        assert outcomes() == [("Mango", "took")]


def test_changed_visit_ends_what_they_took_after_all(serve, ask, mango, onion, helper):
    ask(product=mango)
    ask(text="plums")
    visit = serve(Line(onion, Decimal(1)))
    for line, outcome in ((Line(mango, Decimal(1)), "took"), (Line(onion, Decimal(2)), "")):
        recording.change(visit=visit, lines=[line], note="", by=helper, uid=uuid4())
        follow(visit=visit, by=helper)
        assert outcomes() == [("Mango", outcome), (None, "")]


def test_what_was_ended_by_hand_stays_ended_when_a_visit_is_undone(serve, ask, mango, helper):
    asked = ask(product=mango)
    visit = serve(Line(mango, Decimal(1)))
    fulfilling.took(wish=asked, by=helper, uid=uuid4())
    recording.void(visit=visit, by=helper)
    follow(visit=visit, by=helper)
    assert outcomes() == [("Mango", "took")]


def test_forgetting_a_person_forgets_their_wishes(serve, ask, customer, mango, helper):
    serve(missing(mango))
    fulfilling.tell(wish=ask(text="plums"), by=helper, uid=uuid4())
    ask(text="plums", customer=None)
    forget([customer])
    assert (Wish.objects.count(), WishEdit.objects.count()) == (1, 0)


# --- the database


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"product": None}, "says_something"),
        ({"quantity": 1}, "quantity_has_a_unit"),
        ({"quantity": 0, "unit": "kg"}, "quantity_has_a_unit"),
        ({"unit": "kg"}, "quantity_has_a_unit"),
        ({"told_at": timezone.now()}, "told_of_what_came_in"),
        ({"outcome": "took"}, "outcome_has_a_time"),
        ({"closed_at": timezone.now()}, "outcome_has_a_time"),
    ],
)
def test_database_refuses_a_wish_that_cannot_be(customer, values, name):
    with pytest.raises(IntegrityError, match=name):
        WishFactory(customer=customer, **values)


def test_database_refuses_a_second_wish_for_a_product_of_a_visit(customer, mango):
    line = VisitLineFactory(visit=VisitFactory(customer=customer), product=mango, outcome=NONE)
    WishFactory(customer=customer, product=mango, visit=line.visit)
    with pytest.raises(IntegrityError):
        WishFactory(customer=customer, product=mango, visit=line.visit)


def test_database_refuses_a_uid_twice_in_a_shop(customer):
    uid = WishFactory(customer=customer).uid
    with pytest.raises(IntegrityError):
        WishFactory(customer=customer, uid=uid)
