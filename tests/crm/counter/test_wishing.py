import datetime as dt
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.counter import wishing as pages
from customers.promises.models import Wish
from customers.visits.forgetting import forget
from tests.factories.customers import CustomerFactory
from tests.factories.promises import WishFactory
from tests.factories.vendors import ProductFactory

HTMX = {"HX-Request": "true"}
NOW = timezone.now()


@pytest.fixture
def customer(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def mango(vendor):
    return ProductFactory(vendor=vendor, name="Mango", unit="dozen")


@pytest.fixture
def waits(customer, mango):
    return WishFactory(customer=customer, product=mango)


def address(name, customer, *uids, shop="green-corner"):
    return reverse(f"counter:{name}", args=[shop, customer.uid, *uids])


def body(response):
    return " ".join(response.content.decode().split())


def said(**more):
    return {"uid": uuid4(), "until": "week", **more}


def step(name):
    return {"uid": uuid4(), "step": name}


# --- asking


def test_ask_is_a_fragment_for_htmx_and_a_page_without(counter, customer, mango):
    fragment = counter.get(address("ask", customer), headers=HTMX)
    assert fragment.content.strip().startswith(b'<section class="panel" id="ask"')
    assert f'hx-post="{address("ask", customer)}"' in body(fragment)
    assert fragment.headers["Vary"].startswith("HX-Request")
    page = body(counter.get(address("ask", customer)))
    assert "<title>Sunita Rao</title>" in page
    assert "hx-post" not in page
    assert f'<option value="{mango.uid}">Mango</option>' in page


def test_ask_of_a_product_has_it_chosen(counter, customer, mango):
    page = body(counter.get(address("ask", customer), {"product": mango.uid}, headers=HTMX))
    assert f'<option value="{mango.uid}" selected>Mango</option>' in page


def test_ask_keeps_a_wish_under_htmx_with_an_event(counter, customer, mango, helper, vendor):
    data = said(product=mango.uid, text="ripe", quantity="2", until="month")
    response = counter.post(address("ask", customer), data, headers=HTMX)
    assert (response.status_code, response.headers["HX-Trigger"]) == (204, '{"wishes-changed": {}}')
    kept = Wish.objects.get()
    assert (kept.customer, kept.product, kept.text, kept.by) == (customer, mango, "ripe", helper)
    assert (kept.quantity, kept.unit, kept.until) == (2, "dozen", vendor.today() + dt.timedelta(days=30))


def test_ask_keeps_a_wish_without_script_and_goes_back_to_the_card(counter, customer):
    response = counter.post(address("ask", customer), said(text="dragon fruit"), follow=True)
    assert response.redirect_chain == [(address("card", customer), 302)]
    assert "Remembered." in body(response)
    assert "<b>Waiting for:</b> dragon fruit" in body(response)


def test_ask_sent_twice_keeps_one(counter, customer, mango):
    data = said(product=mango.uid)
    answers = [counter.post(address("ask", customer), data, headers=HTMX).status_code for _ in range(2)]
    assert answers == [204, 204]
    assert Wish.objects.count() == 1


def test_ask_sent_again_with_other_words_is_told_and_can_be_sent_anew(counter, customer):
    data = said(text="plums")
    counter.post(address("ask", customer), data)
    response = counter.post(address("ask", customer), data | {"text": "pears"}, headers=HTMX)
    assert response.status_code == 422
    assert "This form was saved before with other words." in body(response)
    assert 'value="pears"' in body(response)
    assert str(data["uid"]) not in body(response)
    assert Wish.objects.get().text == "plums"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": ""},
        {"text": "x" * 10_000},
        {"text": "a\0b"},
        {"uid": "17"},
        {"uid": "\0"},
        {"product": "17"},
        {"quantity": "\0"},
        {"quantity": "🥭"},
        {"until": "🥭"},
        {"until": "day", "day": "2020-01-01"},
        {"until": "day", "day": "\0"},
    ],
)
def test_ask_tells_bad_input_and_keeps_nothing(counter, customer, data):
    full = {**said(text="plums"), **data} if data else {}
    response = counter.post(address("ask", customer), full, headers=HTMX)
    assert response.status_code == 422
    assert 'class="errors"' in body(response)
    assert not Wish.objects.exists()


def test_ask_of_somebody_forgotten_meanwhile_is_nothing_here(counter, customer, monkeypatch):
    def refuse(**_said):
        raise IntegrityError

    monkeypatch.setattr(pages.wishing, "wish", refuse)
    assert counter.post(address("ask", customer), said(text="plums")).status_code == 404


# --- on the card


def test_card_says_what_came_in_and_what_they_wait_for(counter, customer, mango):
    asked_at = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
    WishFactory(customer=customer, product=None, text="dragon fruit", asked_at=asked_at)
    WishFactory(customer=customer, product=mango, quantity=2, unit="dozen", text="ripe", came_in_at=NOW)
    page = body(counter.get(address("card", customer)))
    assert "<b>! Came in, tell them:</b> Mango 2 dozen, ripe" in page
    assert '<b>Waiting for:</b> dragon fruit <span class="soft">since Tue 24 Nov</span>' in page
    assert page.index("Came in") < page.index("Waiting for")
    for wish in Wish.objects.all():
        assert f'<input type="hidden" name="wish" value="{wish.uid}" form="serve">' in page


def test_card_says_that_they_know(counter, customer):
    WishFactory(customer=customer, came_in_at=NOW, told_at=NOW)
    page = body(counter.get(address("wished", customer), headers=HTMX))
    assert "✓ Came in, they know:" in page
    assert 'value="told"' not in page


def test_card_says_once_what_was_asked_for_again(counter, customer, mango):
    wishes = WishFactory.create_batch(2, customer=customer, product=mango)
    page = body(counter.get(address("wished", customer), headers=HTMX))
    assert page.count("Waiting for:") == 1
    assert all(str(wish.uid) in page for wish in wishes)


def test_wished_without_any_says_how_to_begin(counter, customer):
    fragment = counter.get(address("wished", customer), headers=HTMX)
    assert fragment.content.strip().startswith(b'<section class="panel" id="wished"')
    assert 'hx-trigger="wishes-changed from:body"' in body(fragment)
    assert "Nothing is waited for." in body(fragment)
    assert "<title>Sunita Rao</title>" in body(counter.get(address("wished", customer)))


@pytest.mark.parametrize("rows", [1, 3])
def test_wished_asks_the_same_queries_for_any_number(counter, customer, rows, django_assert_num_queries):
    WishFactory.create_batch(rows, customer=customer)
    with django_assert_num_queries(5):
        counter.get(address("wished", customer), headers=HTMX)


# --- steps on the card


@pytest.mark.parametrize("name", ["told", "came", "took", "dropped"])
def test_wish_step_under_htmx_gives_the_list_again(counter, customer, waits, helper, name):
    response = counter.post(address("wish", customer, waits.uid), step(name), headers=HTMX)
    assert response.content.strip().startswith(b'<section class="panel" id="wished"')
    edit = waits.edits.get()
    assert (edit.after["step"], edit.by) == (name, helper)
    assert ("Noted:" in body(response)) is (name in ("took", "dropped"))


def test_wish_that_was_ended_can_be_undone(counter, customer, waits):
    response = counter.post(address("wish", customer, waits.uid), step("dropped"), headers=HTMX)
    assert "Noted:</span>" not in body(response)
    assert 'name="step" value="undo"' in body(response)
    response = counter.post(address("wish", customer, waits.uid), step("undo"), headers=HTMX)
    assert "<b>Waiting for:</b> Mango" in body(response)


def test_wish_step_without_script_goes_back_to_the_card(counter, customer, waits):
    response = counter.post(address("wish", customer, waits.uid), step("took"), follow=True)
    assert response.redirect_chain == [(address("card", customer), 302)]
    assert "Noted." in body(response)
    assert Wish.objects.get().outcome == "took"


def test_wish_step_sent_twice_is_taken_once(counter, customer, waits):
    data = step("took")
    answers = [counter.post(address("wish", customer, waits.uid), data, headers=HTMX) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert waits.edits.count() == 1


def test_wish_that_somebody_else_closed_is_told(counter, customer, waits):
    counter.post(address("wish", customer, waits.uid), step("dropped"))
    response = counter.post(address("wish", customer, waits.uid), step("took"), headers=HTMX)
    assert response.status_code == 409
    assert "Somebody else has closed this wish meanwhile." in body(response)
    page = counter.post(address("wish", customer, waits.uid), step("took"))
    assert page.status_code == 409
    assert "<title>Sunita Rao</title>" in body(page)


@pytest.mark.parametrize("data", [{}, {"step": "eaten"}, {"step": ""}, {"uid": "17"}])
def test_wish_step_that_is_none_is_told(counter, customer, waits, data):
    full = {**step("took"), **data} if data else {}
    response = counter.post(address("wish", customer, waits.uid), full, headers=HTMX)
    assert response.status_code == 409
    assert 'class="errors"' in body(response)
    assert not waits.edits.exists()


def test_wish_of_another_person_is_not_on_this_card(counter, customer, vendor, waits):
    other = CustomerFactory(vendor=vendor)
    assert counter.post(address("wish", other, waits.uid), step("took")).status_code == 404


def test_forgotten_person_leaves_no_wish(counter, customer, waits):
    forget([customer])
    assert counter.get(address("wished", customer)).status_code == 404
    assert not Wish.objects.exists()


def test_wishes_cost_the_card_no_statement(counter, customer):
    counted = []
    for many in (0, 0, 1, 3):
        WishFactory.create_batch(many, customer=customer)
        with CaptureQueriesContext(connection) as queries:
            counter.get(address("card", customer))
        counted.append(len(queries))
    assert len(set(counted[1:])) == 1  # the first one reads what is kept of the shop's past
