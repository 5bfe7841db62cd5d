import datetime as dt
from concurrent.futures import ThreadPoolExecutor, wait
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from customers.promises import closing, serving
from customers.promises.models import Amendment, Promise, Wish
from customers.visits import recording
from customers.visits.models import Visit, VisitLine
from customers.visits.recording import Line
from tests.factories.customers import CustomerFactory
from tests.factories.promises import PromiseFactory, WishFactory
from tests.factories.vendors import ProductFactory

pytestmark = pytest.mark.django_db

NOT_IN_STOCK = VisitLine.Outcome.NOT_IN_STOCK


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita")


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Mango", unit="dozen")


def serve(customer, *lines, uid=None, by=None, **said):
    return serving.serve(customer=customer, lines=lines, by=by, uid=uid or uuid4(), **said)


def outcomes():
    return list(Promise.objects.order_by("pk").values_list("outcome", "closed_in__uid", "closed_by__name", "version"))


def wished():
    return list(Wish.objects.order_by("pk").values_list("product__name", "outcome"))


def test_serve_keeps_the_promises_that_were_ticked(sunita, mango, helper):
    given, _other = PromiseFactory.create_batch(2, customer=sunita)
    visit = serve(sunita, Line(mango, Decimal(2)), by=helper, keeps={given.uid})
    assert outcomes() == [("kept", visit.uid, helper.name, 1), ("", None, None, 0)]
    assert Amendment.objects.get().after["closed_in"] == str(visit.uid)


def test_serve_after_the_time_keeps_it_late(sunita):
    promise = PromiseFactory(customer=sunita, due_at=timezone.now() - dt.timedelta(hours=2))
    serve(sunita, keeps={promise.uid})
    promise.refresh_from_db()
    assert (promise.outcome, promise.late_by.total_seconds() // 3600) == ("late", 2)


def test_serve_sent_twice_keeps_once_and_stays_undone(sunita, mango):
    promise, uid = PromiseFactory(customer=sunita), uuid4()
    visit = serve(sunita, Line(mango, Decimal(2)), uid=uid, keeps={promise.uid})
    serve(sunita, Line(mango, Decimal(2)), uid=uid, keeps={promise.uid})
    assert outcomes() == [("kept", visit.uid, None, 1)]
    serving.undo(visit=visit, by=None)
    serve(sunita, Line(mango, Decimal(2)), uid=uid, keeps={promise.uid})
    assert outcomes() == [("", None, None, 2)]


def test_serve_under_a_known_uid_with_another_promise_is_refused(sunita):
    promise, uid = PromiseFactory(customer=sunita), uuid4()
    serve(sunita, uid=uid)
    with pytest.raises(recording.RecordedOtherwise):
        serve(sunita, uid=uid, keeps={promise.uid})
    assert outcomes() == [("", None, None, 0)]


def test_serve_leaves_promises_of_others_and_those_closed_before(sunita):
    strange = PromiseFactory(customer__vendor=sunita.vendor)
    broken = PromiseFactory(customer=sunita)
    closing.close(promise=broken, outcome="broken", by=None, uid=uuid4())
    serve(sunita, keeps={strange.uid, broken.uid, uuid4()})
    assert outcomes() == [("", None, None, 0), ("broken", None, None, 1)]
    assert Visit.objects.count() == 1


def test_serve_keeps_what_was_promised_to_who_collects(sunita, vendor):
    anu = CustomerFactory(vendor=vendor)
    promise = PromiseFactory(customer=anu)
    visit = serve(sunita, keeps={promise.uid}, collected_by=anu)
    assert outcomes() == [("kept", visit.uid, None, 1)]


def test_serve_makes_a_wish_of_what_was_missing_and_takes_what_came_true(sunita, mango):
    waited = WishFactory(customer=sunita, product=mango, came_in_at=timezone.now(), asked_at=timezone.now())
    onion = ProductFactory(vendor=sunita.vendor, name="Onion")
    serve(sunita, Line(mango, Decimal(1)), Line(onion, Decimal(1), NOT_IN_STOCK), wishes={waited.uid})
    assert wished() == [("Mango", "took"), ("Onion", "")]


def test_serve_writes_all_or_nothing(sunita, mango, monkeypatch):
    promise = PromiseFactory(customer=sunita)

    def fail(**said):
        raise RuntimeError("the power went")

    monkeypatch.setattr(serving.wishing, "follow", fail)
    with pytest.raises(RuntimeError):
        serve(sunita, Line(mango, Decimal(1)), keeps={promise.uid})
    assert (Visit.objects.count(), outcomes()) == (0, [("", None, None, 0)])


def test_undo_opens_again_what_was_kept_and_put_back_keeps_it(sunita, mango, helper):
    promise = PromiseFactory(customer=sunita)
    visit = serve(sunita, Line(mango, Decimal(2), NOT_IN_STOCK), keeps={promise.uid})
    assert [serving.undo(visit=visit, by=helper) for _ in range(2)] == [True, False]
    assert (outcomes(), wished()) == ([("", None, None, 2)], [("Mango", "undone")])
    assert [serving.put_back(visit=visit, by=helper) for _ in range(2)] == [True, False]
    assert (outcomes(), wished()) == ([("kept", visit.uid, helper.name, 3)], [("Mango", "")])


def test_put_back_leaves_what_was_closed_otherwise_meanwhile(sunita):
    promise = PromiseFactory(customer=sunita)
    visit = serve(sunita, keeps={promise.uid})
    serving.undo(visit=visit, by=None)
    closing.close(promise=promise, outcome="broken", by=None, uid=uuid4())
    serving.put_back(visit=visit, by=None)
    assert outcomes() == [("broken", None, None, 3)]


def test_put_back_leaves_open_what_somebody_opened_before_the_visit_was_undone(sunita):
    opened, given = PromiseFactory.create_batch(2, customer=sunita)
    visit = serve(sunita, keeps={opened.uid, given.uid})
    closing.reopen(promise=opened, by=None, uid=uuid4())
    serving.undo(visit=visit, by=None)
    serving.put_back(visit=visit, by=None)
    assert outcomes() == [("", None, None, 2), ("kept", visit.uid, None, 3)]


@pytest.mark.django_db(transaction=True)
def test_serve_is_not_lost_to_somebody_who_closes_its_promise_meanwhile(sunita, monkeypatch):
    """From our look at what is kept until the visit is written, whoever closes it otherwise waits, and is told."""
    promise, running, close = PromiseFactory(customer=sunita), [], closing.close

    def break_it():
        try:
            close(promise=promise, outcome="broken", by=None, uid=uuid4())
        finally:
            connection.close()

    def close_late(**said):
        running.append(pool.submit(break_it))
        wait(running, timeout=0.3)
        return close(**said)

    monkeypatch.setattr(closing, "close", close_late)
    with ThreadPoolExecutor(1) as pool:
        visit = serve(sunita, keeps={promise.uid})
    with pytest.raises(closing.ClosedOtherwise):
        running[0].result()
    assert outcomes() == [("kept", visit.uid, None, 1)]


def test_change_lets_wishes_follow_the_visit(sunita, mango):
    visit = serve(sunita, Line(mango, Decimal(2), NOT_IN_STOCK))
    serving.change(visit=visit, lines=[Line(mango, Decimal(2))], note="", by=None, uid=uuid4())
    assert wished() == [("Mango", "undone")]
