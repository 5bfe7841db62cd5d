import datetime as dt
import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.promises import amending, closing, promising
from customers.promises.handing_over import hand_over
from customers.promises.models import Amendment, Promise
from customers.promises.terms import Terms
from customers.visits.recording import Line
from tests.factories.customers import CustomerFactory
from tests.factories.promises import AmendmentFactory, PromiseFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

HTMX = {"HX-Request": "true"}
NOON = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
"""12:00 of Tuesday 1 December in the shop."""
SIX = dt.datetime(2026, 12, 1, 12, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@pytest.fixture
def later(monkeypatch):
    """Let it be two hours after six."""
    return lambda: monkeypatch.setattr(timezone, "now", lambda: SIX + dt.timedelta(hours=2))


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Mango", name_hi="आम", unit="dozen")


def address(name, customer, *uids):
    return reverse(f"counter:{name}", args=["green-corner", customer.uid, *uids])


def plain(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def body(response):
    return " ".join(response.content.decode().split())


def sent(*products, **more):
    """A form for two of each of `products`, by six today, in a new promise."""
    said = {"uid": uuid4(), "side": "ours", "channel": "phone", "text": "", "money": "", "due": "2026-12-01T18:00"}
    for product in products:
        said |= {f"want.{product.uid}": "on", f"take.{product.uid}": "2", f"manner.{product.uid}": "ripe"}
    return {**said, **more}


def change(*products, **more):
    said = {"seen": "0", "asked_by": "", "agreed_by": "", "charge": "", "charge_for": ""}
    return sent(*products, **{**said, **more})


def made(customer, *products, due_at=SIX, **more):
    lines = [Line(product, Decimal(2), manner="ripe") for product in products]
    terms = Terms(due_at, lines=lines, **({} if products else {"text": "the crate"}) | more)
    return promising.make(customer=customer, side="ours", terms=terms, by=None, uid=uuid4())


def lines():
    return list(Promise.objects.get().lines.values_list("product__name", "quantity", "unit", "manner"))


def contents():
    return list(Promise.objects.order_by("pk").values()), list(Amendment.objects.order_by("pk").values())


# --- the list


def test_promises_tells_due_who_and_what(counter, sunita, mango):
    made(sunita, mango)
    PromiseFactory(customer=sunita, side="theirs", text="", amount=Decimal(120), due_at=NOON - dt.timedelta(hours=18))
    PromiseFactory(customer=sunita, side="theirs", text="the crate", due_at=NOON + dt.timedelta(days=3))
    page = plain(counter.get(address("promises", sunita), headers=HTMX))
    assert "! Overdue since yesterday 18:00 They: pay ₹120" in page
    assert "⏰ Today 18:00 We: Mango 2 dozen ripe" in page
    assert "Fri 4 Dec 12:00 They: the crate" in page
    assert page.index("pay ₹120") < page.index("Mango 2") < page.index("the crate")


def test_promises_is_a_fragment_for_htmx_and_a_page_without(counter, sunita):
    made(sunita)
    fragment = counter.get(address("promises", sunita), headers=HTMX)
    assert body(fragment).startswith('<section class="panel orders" id="promises"')
    assert "By when?" not in plain(fragment)
    assert "By when?" in plain(counter.get(address("promises", sunita) + "?add=1", headers=HTMX))
    assert "<h1>Sunita Rao</h1>" in body(counter.get(address("promises", sunita)))
    assert "HX-Request" in fragment.headers["Vary"]


def test_promises_leaves_out_those_of_others(counter, sunita):
    made(CustomerFactory(vendor=sunita.vendor), text="the curd")
    assert "the curd" not in body(counter.get(address("promises", sunita), headers=HTMX))


def test_promises_shows_fifty_and_says_that_there_are_more(counter, sunita):
    PromiseFactory.create_batch(50, customer=sunita)
    assert "more than 50" not in plain(counter.get(address("promises", sunita), headers=HTMX))
    PromiseFactory(customer=sunita, text="the last one", due_at=NOON + dt.timedelta(days=9))
    page = plain(counter.get(address("promises", sunita), headers=HTMX))
    assert "There are more than 50." in page
    assert "the last one" not in page


def test_promises_tells_how_the_latest_ended(counter, sunita):
    PromiseFactory(customer=sunita, due_at=SIX, outcome="late", closed_at=SIX + dt.timedelta(hours=2))
    PromiseFactory(customer=sunita, text="bread", due_at=SIX, outcome="released", closed_at=SIX)
    page = plain(counter.get(address("promises", sunita), headers=HTMX)).replace("\xa0", " ")
    assert "We: the ripe ones: late by 2 hours" in page
    assert "We: bread: released by the other side" in page


def test_promises_tells_the_kept_rate_with_its_count(counter, sunita):
    ended = {"customer": sunita, "due_at": NOON - dt.timedelta(days=2)}
    PromiseFactory.create_batch(4, **ended, outcome="kept", closed_at=NOON - dt.timedelta(days=3))
    PromiseFactory(**ended, outcome="broken", closed_at=NOON)
    PromiseFactory(**ended, side="theirs", outcome="broken", closed_at=NOON)
    PromiseFactory(**ended, side="theirs")
    page = plain(counter.get(address("promises", sunita), headers=HTMX))
    assert "We promise 30 days: 4 of 5 · 365 days: 4 of 5" in page
    assert "They promise 30 days: too early to say (1) · 365 days: too early to say (1) · ! 1 overdue" in page


@pytest.mark.parametrize("name", ["promises", "promise", "promised", "card"])
def test_promises_ask_the_same_queries_for_one_and_for_three(counter, vendor, sunita, mango, name):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            promise = made(sunita, mango, ProductFactory(vendor=vendor))
            ended = made(sunita, mango)
            closing.close(promise=ended, outcome="kept", by=None, uid=uuid4())
            for day in (2, 3):
                terms = Terms(SIX + dt.timedelta(days=day, minutes=more), text="later")
                amending.amend(promise=promise, terms=terms, seen=promise.version, by=None, uid=uuid4())
                promise.refresh_from_db()
        asked = address(name, sunita, *([promise.uid] if name == "promise" else []))
        counter.get(asked, headers=HTMX)
        with CaptureQueriesContext(connection) as queries:
            counter.get(asked, headers=HTMX)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- making


def test_form_offers_their_usual_and_times(counter, sunita, mango):
    for day in (1, 8, 15):
        visit = VisitFactory(customer=sunita, at=NOON - dt.timedelta(days=day))
        VisitLineFactory(visit=visit, product=mango, quantity=3, unit="dozen", manner="ripe")
    page = body(counter.get(address("promises", sunita) + "?add=1", headers=HTMX))
    assert f'<input type="checkbox" name="want.{mango.uid}"> Mango' in page
    assert f'name="take.{mango.uid}" value="3"' in page
    assert '<button class="chip" name="due" value="2026-12-01T15:00">Today 15:00</button>' in page
    assert '<button class="chip" name="due" value="2026-12-02">Tomorrow</button>' in page


def test_promise_is_made_with_a_product_and_a_time(counter, helper, sunita, mango):
    answer = counter.post(address("promises", sunita), sent(mango), headers=HTMX)
    assert answer.status_code == 200
    assert "Promised: We: Mango 2 dozen ripe, today 18:00." in plain(answer)
    assert answer.headers["HX-Trigger"] == '{"promises-changed": {}}'
    promise = Promise.objects.get()
    said = promise.side, promise.channel, promise.due_at, promise.due_any_time, promise.by, promise.owner
    assert said == ("ours", "phone", SIX, False, helper, helper)
    assert lines() == [("Mango", 2, "dozen", "ripe")]


def test_promise_that_was_just_made_can_be_taken_back(counter, sunita):
    answer = counter.post(address("promises", sunita), sent(text="the crate"), headers=HTMX)
    hidden = dict(re.findall(r'type="hidden" name="(uid|note|mistake)" value="([^"]+)"', body(answer)))
    promise = Promise.objects.get()
    said = {**hidden, "outcome": "released"}
    answer = counter.post(address("close_promise", sunita, promise.uid), said, headers=HTMX)
    assert "Taken back: We: the crate. It counts as released, neither kept nor broken." in plain(answer)
    promise.refresh_from_db()
    assert promise.outcome == "released"
    assert promise.amendments.get().after["note"] == "noted by mistake"


def test_promise_is_made_without_htmx_too(counter, sunita):
    answer = counter.post(
        address("promises", sunita),
        sent(side="theirs", money="१२०", due="", day="2026-12-04", at=""),
        follow=True,
    )
    assert answer.redirect_chain == [(address("promises", sunita), 302)]
    assert "Promised: They: pay ₹120, Fri 4 Dec." in plain(answer)
    assert Promise.objects.get().due_any_time


def test_promise_sent_twice_is_made_once(counter, sunita, mango):
    once = sent(mango)
    for _ in range(2):
        assert counter.post(address("promises", sunita), once, headers=HTMX).status_code == 200
    assert Promise.objects.count() == 1


def test_promise_sent_twice_with_other_words_is_refused_with_all_typed(counter, sunita, mango):
    once = sent(mango)
    counter.post(address("promises", sunita), once, headers=HTMX)
    answer = counter.post(address("promises", sunita), {**once, "text": "for Diwali"}, headers=HTMX)
    assert answer.status_code == 422
    assert "saved before with other words" in plain(answer)
    assert 'value="for Diwali"' in body(answer)
    assert f'name="uid" value="{once["uid"]}"' not in body(answer)


def test_more_gives_the_form_back_with_the_product(counter, sunita, mango):
    more = sent(product=mango.uid, amount="3", more="1", due="")
    answer = counter.post(address("promises", sunita), more, headers=HTMX)
    assert answer.status_code == 200
    assert f'name="want.{mango.uid}" checked' in body(answer)
    assert f'name="take.{mango.uid}" value="3"' in body(answer)
    assert not Promise.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"due": "2026-12-01T09:00"}, "That time is over. Choose a later one."),
        ({"due": "", "day": "2026-11-30"}, "That time is over. Choose a later one."),
        ({"due": ""}, "Choose by when."),
        ({"due": "soon"}, "Choose by when."),
        ({"due": "2026-13-40"}, "Write a day like 2026-12-24"),
        ({"due": "9999-12-31"}, "That is too far ahead."),
        ({"due": "", "day": "0001-01-01"}, "That time is over."),
        ({"money": "abc"}, "“abc” cannot be read. Write a number like 120"),
        ({"money": "-5"}, "An amount is more than 0."),
        ({"money": "1e30"}, "That is too much money for one promise."),
        ({"money": "1.005"}, "At most two digits after the point."),
        ({"text": ""}, "Choose a product, or write what is promised."),
        ({"side": ""}, "Choose who promises."),
        ({"channel": "pigeon"}, "Choose how it was said."),
        ({"uid": "none"}, "Not saved yet: this page was not whole."),
    ],
)
def test_wrong_promise_is_told_with_everything_typed(counter, sunita, wrong, said):
    answer = counter.post(address("promises", sunita), sent(**{"text": "the crate", **wrong}), headers=HTMX)
    assert answer.status_code == 422
    assert said in plain(answer)
    for name in {"text", "money"} - {name for name, value in wrong.items() if not value}:
        if value := {"text": "the crate", **wrong}.get(name):
            assert f'value="{value}"' in body(answer)
    assert not Promise.objects.exists()


def test_wrong_quantity_is_told(counter, sunita, mango):
    answer = counter.post(address("promises", sunita), sent(mango, **{f"take.{mango.uid}": "0"}), headers=HTMX)
    assert answer.status_code == 422
    assert "Write how much, more than 0" in plain(answer)
    assert not Promise.objects.exists()


def test_promise_of_a_customer_who_was_just_forgotten_is_not_found(counter, sunita, monkeypatch):
    def gone(**_said):
        raise IntegrityError

    monkeypatch.setattr(promising, "make", gone)
    assert counter.post(address("promises", sunita), sent(text="the crate")).status_code == 404


# --- changing


def test_promise_form_says_what_it_says_now(counter, sunita, mango):
    promise = made(sunita, mango, amount=Decimal("12.5"))
    page = body(counter.get(address("promise", sunita, promise.uid), headers=HTMX))
    assert f'name="want.{mango.uid}" checked' in page
    assert 'name="money" value="12.5"' in page
    assert 'name="day" value="2026-12-01"' in page
    assert 'name="at" value="18:00"' in page
    assert '<datalist id="promise-people"><option value="Sunita Rao"><option value="Ravi"></datalist>' in page


def test_amendment_keeps_before_and_after_and_the_charge(counter, sunita, mango):
    promise = made(sunita, mango)
    asked = {"asked_by": "Sunita Rao", "agreed_by": "Ravi", "charge": "20", "charge_for": "delivery"}
    more = change(mango, **{f"take.{mango.uid}": "3", "due": "2026-12-02"}, **asked)
    answer = counter.post(address("promise", sunita, promise.uid), more, headers=HTMX)
    assert "Saved: We: Mango 3 dozen ripe, tomorrow." in plain(answer)
    assert answer.headers["HX-Trigger"] == '{"promises-changed": {}}'
    page = counter.get(address("promise", sunita, promise.uid), headers=HTMX)
    assert '<s class="struck">Mango 2 dozen ripe</s> → Mango 3 dozen ripe' in body(page)
    assert '<s class="struck">today 18:00</s> → tomorrow' in body(page)
    assert "Ravi · asked by Sunita Rao · agreed by Ravi · extra ₹20 for delivery" in plain(page)


def test_amendment_without_htmx_goes_back_to_the_promise(counter, sunita):
    promise = made(sunita)
    answer = counter.post(address("promise", sunita, promise.uid), change(text="two crates"), follow=True)
    assert answer.redirect_chain == [(address("promise", sunita, promise.uid), 302)]
    assert "Saved: We: two crates, today 18:00." in plain(answer)


def test_amendment_sent_twice_is_kept_once(counter, sunita):
    promise, once = made(sunita), change(text="two crates")
    for _ in range(2):
        assert counter.post(address("promise", sunita, promise.uid), once, headers=HTMX).status_code == 200
    assert Amendment.objects.count() == 1


def test_second_of_two_changes_is_told_of_the_first(counter, owner, sunita):
    promise = made(sunita)
    seven = Terms(SIX + dt.timedelta(hours=1), text="the crate")
    amending.amend(promise=promise, terms=seven, seen=0, by=owner, uid=uuid4())
    more = change(text="the crate", due="2026-12-01T20:00")
    answer = counter.post(address("promise", sunita, promise.uid), more, headers=HTMX)
    assert "Saved: We: the crate, today 20:00." in plain(answer)
    assert "Asha changed this meanwhile: today 18:00 → today 19:00. Yours stands now; both are kept." in plain(answer)
    assert Amendment.objects.count() == 2


def test_amendment_of_a_closed_promise_is_told_with_everything_typed(counter, sunita):
    promise = made(sunita)
    closing.close(promise=promise, outcome="broken", by=None, uid=uuid4())
    answer = counter.post(address("promise", sunita, promise.uid), change(text="two crates"), headers=HTMX)
    assert answer.status_code == 422
    assert "This promise is closed already. Open it again first, then change it." in plain(answer)
    assert 'value="two crates"' in body(answer)
    assert Amendment.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"charge": "20"}, {"charge": "20", "charge_for": "delivery"}])
def test_charge_without_words_or_agreement_is_told(counter, sunita, wrong):
    promise = made(sunita)
    answer = counter.post(address("promise", sunita, promise.uid), change(text="two", **wrong), headers=HTMX)
    assert answer.status_code == 422
    assert "An extra charge needs what it is for, and who agreed." in plain(answer)
    assert 'value="20"' in body(answer)
    assert not Amendment.objects.exists()


def test_change_asks_for_more(counter, sunita, mango):
    promise = made(sunita)
    more = change(product=mango.uid, more="1", due="")
    answer = counter.post(address("promise", sunita, promise.uid), more, headers=HTMX)
    assert f'name="want.{mango.uid}" checked' in body(answer)
    assert not Amendment.objects.exists()


def test_two_who_change_different_things_both_have_their_way(counter, owner, sunita):
    promise = made(sunita)
    terms = Terms(SIX, text="the crate", amount=Decimal(50))
    amending.amend(promise=promise, terms=terms, seen=0, by=owner, uid=uuid4())
    hand_over(thing=promise, to=owner, by=None, uid=uuid4())
    answer = counter.post(address("promise", sunita, promise.uid), change(text="two crates"), headers=HTMX)
    assert "Saved: We: pay ₹50, two crates, today 18:00." in plain(answer)
    assert "Asha changed this meanwhile: ₹50." in plain(answer)
    assert "looked after by nobody yet → looked after by Asha." in plain(answer)


def test_history_tells_what_was_left_out_and_what_a_standing_order_said(counter, sunita):
    promise = made(sunita, amount=Decimal("12.50"))
    amending.amend(promise=promise, terms=Terms(SIX, text="the crate"), seen=0, by=None, uid=uuid4())
    AmendmentFactory(promise=promise, before={"text": "a crate"}, after={"text": "the crate", "standing_order": "x"})
    Promise.objects.update(version=2)
    page = counter.get(address("promise", sunita, promise.uid), headers=HTMX)
    assert '<s class="struck">₹12.50</s> → nothing' in body(page)
    assert "a crate → the crate The program · as the standing order says" in plain(page)


# --- what became of it


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("kept", "kept"),
        ("part", "kept in part"),
        ("broken", "broken"),
        ("released", "released by the other side"),
    ],
)
def test_close_promise_keeps_the_outcome_and_offers_to_open_again(counter, sunita, outcome, said):
    promise = made(sunita)
    once = {"uid": uuid4(), "outcome": outcome, "note": "half of it"}
    for _ in range(2):
        answer = counter.post(address("close_promise", sunita, promise.uid), once, headers=HTMX)
        assert f"We: the crate: {said}. Open again" in plain(answer)
    assert Promise.objects.get().outcome == outcome
    assert Amendment.objects.get().after["note"] == "half of it"
    page = plain(counter.get(address("promise", sunita, promise.uid), headers=HTMX))
    assert f"open → {said}; half of it" in page
    assert "Open again" in page


def test_close_promise_after_it_was_due_is_late_or_was_in_time(counter, sunita, later):
    one, two = made(sunita), made(sunita)
    later()
    page = plain(counter.get(address("promise", sunita, one.uid), headers=HTMX))
    assert "Kept now, late" in page
    assert "It was kept in time, and is only noted now" in page
    kept = {"outcome": "kept"}
    answer = counter.post(address("close_promise", sunita, one.uid), {**kept, "uid": uuid4()}, headers=HTMX)
    assert "We: the crate: late by 2 hours." in plain(answer).replace("\xa0", " ").replace("&nbsp;", " ")
    counter.post(address("close_promise", sunita, two.uid), {**kept, "uid": uuid4(), "in_time": "1"}, headers=HTMX)
    assert list(Promise.objects.order_by("pk").values_list("outcome", flat=True)) == ["late", "kept"]


def test_close_promise_in_two_ways_is_told(counter, sunita):
    promise = made(sunita)
    closing.close(promise=promise, outcome="kept", by=None, uid=uuid4())
    said = {"uid": uuid4(), "outcome": "broken"}
    before = contents()
    for from_card in ({}, {"from_card": "1"}):
        answer = counter.post(address("close_promise", sunita, promise.uid), {**said, **from_card}, headers=HTMX)
        assert answer.status_code == (409 if from_card else 422)
        assert "Somebody else has closed this promise meanwhile" in plain(answer)
    assert contents() == before


def test_close_promise_without_an_outcome_is_told(counter, sunita):
    promise = made(sunita)
    answer = counter.post(address("close_promise", sunita, promise.uid), {"uid": uuid4(), "note": "well"})
    assert answer.status_code == 422
    assert "Choose what became of it." in plain(answer)
    assert 'value="well"' in body(answer)


def test_close_promise_without_htmx_goes_to_the_promise(counter, sunita):
    promise = made(sunita)
    said = {"uid": uuid4(), "outcome": "kept"}
    answer = counter.post(address("close_promise", sunita, promise.uid), said, follow=True)
    assert answer.redirect_chain == [(address("promise", sunita, promise.uid), 302)]
    assert "We: the crate: kept." in plain(answer)


def test_reopen_promise_opens_it_once(counter, sunita):
    promise = made(sunita)
    closing.close(promise=promise, outcome="kept", by=None, uid=uuid4())
    once = {"uid": uuid4()}
    for _ in range(2):
        answer = counter.post(address("reopen_promise", sunita, promise.uid), once, headers=HTMX)
        assert "It is open again: We: the crate, today 18:00." in plain(answer)
    assert Promise.objects.get().is_open
    assert Amendment.objects.count() == 2


def test_reopen_promise_with_a_page_that_was_not_whole_is_told(counter, sunita):
    promise = made(sunita)
    closing.close(promise=promise, outcome="kept", by=None, uid=uuid4())
    answer = counter.post(address("reopen_promise", sunita, promise.uid), {}, headers=HTMX)
    assert answer.status_code == 422
    assert "this page was not whole" in plain(answer)
    assert not Promise.objects.get().is_open


# --- on the card


def test_card_shows_promises_with_what_can_be_done(counter, sunita, mango):
    promise = made(sunita, mango)
    page = body(counter.get(address("card", sunita)))
    assert '<section id="promised"' in page
    assert "<b>⏰ Today 18:00</b> <span>We: Mango 2 dozen ripe</span>" in page
    assert f'name="keep" value="{promise.uid}" form="serve">' in page
    assert f'data-lines="[[&quot;{mango.uid}&quot;, &quot;2&quot;, &quot;ripe&quot;]]"' in page


def test_card_without_promises_has_an_empty_place_for_them(counter, sunita):
    assert re.search(
        r'<section id="promised"[^>]*>\s*</section>', counter.get(address("card", sunita)).content.decode()
    )


def test_card_without_lines_has_nothing_for_the_basket(counter, sunita):
    made(sunita)
    assert "data-lines" not in body(counter.get(address("promised", sunita), headers=HTMX))


def test_card_shows_what_is_due_first_and_folds_the_rest(counter, sunita):
    for hours in range(5):
        made(sunita, text=f"crate {hours}", due_at=SIX + dt.timedelta(hours=hours))
    first, rest = body(counter.get(address("card", sunita))).split('<details class="rest">')
    assert "We: crate 1" in first
    assert "We: crate 2" not in first
    assert "3 more promised" in rest
    assert "We: crate 4" in rest.split("</details>")[0]


def test_promised_stays_unfolded_once_something_was_promised(counter, sunita):
    for _each in range(3):
        made(sunita)
    unfolded = '<details class="rest" open>'
    assert unfolded in body(counter.get(address("promised", sunita), headers=HTMX))
    said = {"uid": uuid4(), "outcome": "kept", "from_card": "1"}
    promise = made(sunita)
    answer = counter.post(address("close_promise", sunita, promise.uid), said, headers=HTMX)
    assert unfolded not in body(answer)
    assert "1 more promised" in body(answer)


def test_card_that_comes_back_has_its_ticks(counter, sunita):
    promise = made(sunita)
    answer = counter.post(address("card", sunita), {"uid": "none", "keep": str(promise.uid)})
    assert f'name="keep" value="{promise.uid}" form="serve" checked' in body(answer)


def test_kept_on_the_card_is_answered_in_place_with_undo(counter, sunita):
    promise, other = made(sunita), made(sunita, text="the bread")
    said = {"uid": uuid4(), "outcome": "kept", "from_card": "1"}
    answer = counter.post(address("close_promise", sunita, promise.uid), said, headers=HTMX)
    assert body(answer).startswith('<section id="promised"')
    assert "✓ We: the crate: kept. Undo" in plain(answer)
    assert str(other.uid) in body(answer)
    undo = {"uid": uuid4(), "from_card": "1"}
    answer = counter.post(address("reopen_promise", sunita, promise.uid), undo, headers=HTMX)
    assert "Undo" not in plain(answer)
    assert Promise.objects.open().count() == 2


def test_promised_is_a_page_without_htmx(counter, sunita):
    made(sunita)
    assert "<h1>Sunita Rao</h1>" in body(counter.get(address("promised", sunita)))
