import datetime as dt
import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.promises import standing_orders
from customers.promises.models import Promise, StandingOrder, StandingOrderEdit
from customers.promises.order_terms import Wanted
from customers.promises.recurring import Rule
from customers.visits.recording import Line
from tests.factories.customers import CustomerFactory
from tests.factories.promises import StandingOrderFactory
from tests.factories.vendors import ClosureFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

HTMX = {"HX-Request": "true"}
NOON = dt.datetime(2026, 12, 1, 6, 30, tzinfo=dt.UTC)
TUESDAY = dt.date(2026, 12, 1)
"""The shop's day at `NOON`."""


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def milk(vendor):
    return ProductFactory(vendor=vendor, name="Milk", name_hi="दूध", unit="l")


def address(name, customer, *uids, shop="green-corner"):
    return reverse(f"counter:{name}", args=[shop, customer.uid, *uids])


def body(response):
    return " ".join(response.content.decode().split())


def plain(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def sent(*products, **more):
    """A form for two of each of `products`, every Tuesday and Friday."""
    said = {"uid": uuid4(), "seen": "0", "when": "weekly", "weekdays": ["1", "4"], "weeks": "1", "month_day": "1"}
    for product in products:
        said |= {f"want.{product.uid}": "on", f"take.{product.uid}": "2", f"manner.{product.uid}": "full cream"}
    return {**said, "starts_on": "2026-12-01", "ends_on": "", "at_time": "18:00", "text": "", **more}


def made(customer, *products, text="", rule=Rule((1, 4)), **more):  # noqa: B008 - it cannot be changed
    lines = [Line(product, Decimal(2)) for product in products]
    wanted = Wanted(lines=lines, rule=rule, starts_on=TUESDAY, text=text, **more)
    return standing_orders.order(customer=customer, wanted=wanted, by=None, uid=uuid4())


def lines():
    return list(StandingOrder.objects.get().lines.values_list("product__name", "quantity", "unit", "manner"))


# --- the list


def test_standing_orders_tells_rule_things_and_the_next_three_days(counter, sunita, milk):
    made(sunita, milk, text="ring twice", at_time=dt.time(18))
    said = plain(counter.get(address("standing_orders", sunita), headers=HTMX))
    assert "Every Tuesday and Friday, by 18:00 Milk 2 l; ring twice" in said
    assert "Next: Tue 1 Dec · Fri 4 Dec · Tue 8 Dec" in said


def test_standing_orders_names_closed_days(counter, vendor, sunita):
    ClosureFactory(vendor=vendor, first_day=dt.date(2026, 12, 25), reason="Christmas")
    made(sunita, text="milk", rule=Rule((4,)))
    StandingOrder.objects.update(paused_until=dt.date(2026, 12, 20))
    said = plain(counter.get(address("standing_orders", sunita), headers=HTMX))
    assert "Next: Fri 25 Dec: closed · Fri 1 Jan · Fri 8 Jan · Fri 15 Jan" in said
    assert "Paused, comes again from Sun 20 Dec" in said
    assert "Resume" in said


def test_standing_orders_tells_that_no_day_is_left(counter, sunita):
    StandingOrderFactory(
        customer=sunita, text="milk", starts_on=dt.date(2026, 11, 1), ends_on=dt.date(2026, 11, 30), rule="FREQ=DAILY"
    )
    said = plain(counter.get(address("standing_orders", sunita), headers=HTMX))
    assert "Every day milk No day is left. · until 30 Nov 2026" in said


def test_standing_orders_is_a_fragment_for_htmx_and_a_page_without(counter, sunita, milk):
    made(sunita, milk)
    fragment = counter.get(address("standing_orders", sunita), headers=HTMX)
    assert body(fragment).startswith('<section class="panel orders" id="standing-orders"')
    assert "A new standing order" not in plain(fragment)
    assert "A new standing order" in plain(counter.get(address("standing_orders", sunita) + "?add=1", headers=HTMX))
    page = counter.get(address("standing_orders", sunita))
    assert "<h1>Sunita Rao</h1>" in body(page)
    assert "HX-Request" in fragment.headers["Vary"]


def test_standing_orders_of_somebody_without_any_is_the_form(counter, sunita):
    assert "A new standing order" in plain(counter.get(address("standing_orders", sunita), headers=HTMX))


def test_standing_orders_leaves_out_those_of_others(counter, sunita):
    made(CustomerFactory(vendor=sunita.vendor), text="curd")
    assert "curd" not in body(counter.get(address("standing_orders", sunita), headers=HTMX))


def test_standing_orders_speaks_the_language_of_the_shop(counter, vendor, sunita, milk):
    vendor.language = "hi"
    vendor.save()
    made(sunita, milk)
    page = body(counter.get(address("standing_orders", sunita), headers=HTMX))
    assert "दूध" in page
    assert "मंगलवार" in page


@pytest.mark.parametrize("name", ["standing_orders", "standing_order"])
def test_standing_orders_ask_the_same_queries_for_one_and_for_three(counter, vendor, sunita, milk, name):
    counts = []
    for orders in (1, 2):
        for _ in range(orders):
            order = made(sunita, milk, ProductFactory(vendor=vendor))
        ended = made(sunita, milk)
        standing_orders.end(order=ended, by=None, uid=uuid4())
        asked = address(name, sunita, *([order.uid] if name == "standing_order" else []))
        counter.get(asked, headers=HTMX)
        with CaptureQueriesContext(connection) as queries:
            counter.get(asked, headers=HTMX)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert StandingOrder.objects.standing().count() == 3


def test_form_offers_their_usual_with_its_quantity(counter, sunita, milk):
    for day in (1, 8, 15):
        visit = VisitFactory(customer=sunita, at=NOON - dt.timedelta(days=day))
        VisitLineFactory(visit=visit, product=milk, quantity=3, unit="l", manner="full cream")
    page = body(counter.get(address("standing_orders", sunita), headers=HTMX))
    assert f'name="want.{milk.uid}"> Milk' in page
    assert f'name="take.{milk.uid}" value="3"' in page
    assert f'name="manner.{milk.uid}" value="full cream"' in page


# --- make


def test_make_keeps_the_order_and_tells_its_days(counter, sunita, milk, helper):
    response = counter.post(address("standing_orders", sunita), sent(milk), headers=HTMX)
    assert response.status_code == 200
    assert "Saved. Next: Tue 1 Dec, Fri 4 Dec, Tue 8 Dec." in plain(response)
    assert "Undo" in plain(response)
    assert "promises-changed" in response.headers["HX-Trigger"]
    order = StandingOrder.objects.get()
    assert (order.rule, order.at_time, order.by) == ("FREQ=WEEKLY;BYDAY=TU,FR", dt.time(18), helper)
    assert lines() == [("Milk", Decimal(2), "l", "full cream")]
    assert Promise.objects.get().for_day == TUESDAY


def test_make_without_script_goes_back_to_the_list_with_a_message(counter, sunita, milk):
    response = counter.post(address("standing_orders", sunita), sent(milk), follow=True)
    assert response.redirect_chain == [(address("standing_orders", sunita), 302)]
    assert "Saved. Next: Tue 1 Dec" in plain(response)


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"when": "daily"}, "FREQ=DAILY"),
        ({"weeks": "2"}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR"),
        ({"weeks": ""}, "FREQ=WEEKLY;BYDAY=TU,FR"),
        ({"when": "monthly", "month_day": "31"}, "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ({"when": "monthly", "month_day": ""}, "FREQ=MONTHLY;BYMONTHDAY=1"),
    ],
)
def test_make_keeps_the_rule(counter, sunita, more, rule):
    counter.post(address("standing_orders", sunita), sent(text="milk", **more))
    assert StandingOrder.objects.get().rule == rule


def test_make_sent_twice_keeps_one(counter, sunita, milk):
    data = sent(milk)
    first, second = (counter.post(address("standing_orders", sunita), data, headers=HTMX) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert (StandingOrder.objects.count(), Promise.objects.count()) == (1, 1)


def test_make_tells_that_a_form_was_sent_with_other_words(counter, sunita):
    data = sent(text="milk", uid=(uid := uuid4()))
    counter.post(address("standing_orders", sunita), data)
    response = counter.post(address("standing_orders", sunita), {**data, "text": "curd"}, headers=HTMX)
    assert response.status_code == 422
    assert "To save this as well, tap once more." in plain(response)
    assert 'value="curd"' in body(response)
    assert f'name="uid" value="{uid}"' not in body(response)


def test_make_takes_only_what_is_ticked_and_what_is_chosen_besides(counter, vendor, sunita, milk):
    bread, curd = ProductFactory(vendor=vendor, name="Bread", unit="piece"), ProductFactory(vendor=vendor, name="Curd")
    data = sent(milk, product=bread.uid, amount="1") | {f"take.{curd.uid}": "9"}
    counter.post(address("standing_orders", sunita), data)
    assert lines() == [("Milk", Decimal(2), "l", "full cream"), ("Bread", Decimal(1), "piece", "")]


def test_more_gives_the_form_back_with_one_more_product(counter, sunita, milk):
    data = sent(product=milk.uid, weekdays=[], more="1")
    response = counter.post(address("standing_orders", sunita), data, headers=HTMX)
    assert response.status_code == 200
    assert f'name="want.{milk.uid}" checked> Milk' in body(response)
    assert f'name="take.{milk.uid}" value="1"' in body(response)
    assert "errors" not in body(response)
    assert not StandingOrder.objects.exists()


def test_more_of_nothing_sold_here_is_told(counter, sunita):
    data = sent(product=ProductFactory().uid, more="1")
    response = counter.post(address("standing_orders", sunita), data, headers=HTMX)
    assert response.status_code == 422
    assert "Choose a product that the shop sells." in plain(response)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"text": ""}, "Choose a product, or write what they want."),
        ({"weekdays": []}, "Choose at least one day of the week."),
        ({"weekdays": ["9"]}, "Choose days of the week."),
        ({"when": ""}, "Choose how often."),
        ({"when": "🥭"}, "Choose how often."),
        ({"weeks": "9"}, "Choose every week, or every 2nd, 3rd or 4th."),
        ({"when": "monthly", "month_day": "32"}, "Choose a day from 1 to 31."),
        ({"starts_on": "2026-11-30"}, "Let it begin today or on a later day"),
        ({"starts_on": "9999-12-31"}, "Let it begin today or on a later day"),
        ({"starts_on": ""}, "Write a day like"),
        ({"starts_on": "\0"}, "Write a day like"),
        ({"starts_on": "2026-12-09", "ends_on": "2026-12-08"}, "It cannot end before it begins."),
        ({"starts_on": "2026-12-02", "ends_on": "2026-12-03"}, "It would never come"),
        ({"at_time": "25:00"}, "Write a time like 18:00."),
        ({"text": "x" * 10_000}, "Say it shorter: at most 200 letters."),
        ({"text": "a\0b"}, "This cannot be read."),
        ({"uid": "17"}, "All that you typed is here, tap again."),
        ({"product": "17"}, "Choose a product that the shop sells."),
        ({"seen": "x"}, "Enter a whole number."),
    ],
)
def test_bad_input_is_told_and_keeps_nothing(counter, sunita, more, told):
    response = counter.post(address("standing_orders", sunita), sent(**{"text": "milk", **more}), headers=HTMX)
    assert response.status_code == 422
    assert told in plain(response)
    assert not StandingOrder.objects.exists()


@pytest.mark.parametrize(
    ("take", "manner", "told"),
    [
        ("0", "", "Write how much, more than 0"),
        ("-2", "", "Write how much, more than 0"),
        ("", "", "Write how much."),
        ("1e99", "", "That is too much"),
        ("1,500", "", "cannot be read"),
        ("2", "x" * 61, "Say it shorter: at most 60 letters."),
        ("2", "a\0", "Say it shorter"),
    ],
)
def test_wrong_amount_is_told_beside_it_and_keeps_nothing(counter, sunita, milk, take, manner, told):
    data = sent(milk) | {f"take.{milk.uid}": take, f"manner.{milk.uid}": manner}
    response = counter.post(address("standing_orders", sunita), data, headers=HTMX)
    assert response.status_code == 422
    assert told in plain(response)
    assert "Everything you typed is still here." in plain(response)
    assert not StandingOrder.objects.exists()


def test_product_of_another_shop_is_told_and_keeps_nothing(counter, sunita):
    strange = ProductFactory(name="Zanzibar")
    response = counter.post(address("standing_orders", sunita), sent(strange, **{"want.17": "1"}), headers=HTMX)
    assert response.status_code == 422
    assert "A product is not in this shop and was left out." in plain(response)
    assert "Zanzibar" not in body(response)


def test_make_for_somebody_forgotten_meanwhile_is_nothing(counter, sunita, monkeypatch):
    def order(**said):
        raise standing_orders.IntegrityError

    monkeypatch.setattr(standing_orders, "order", order)
    assert counter.post(address("standing_orders", sunita), sent(text="milk"), headers=HTMX).status_code == 404


def test_make_escapes_what_is_typed(counter, sunita):
    response = counter.post(address("standing_orders", sunita), sent(text="<script>alert(1)</script>"), headers=HTMX)
    assert "<script>alert" not in body(response)


# --- change


def test_standing_order_shows_what_it_says_to_be_changed(counter, sunita, milk):
    order = made(sunita, milk, rule=Rule((1,), 2), at_time=dt.time(18))
    page = body(counter.get(address("standing_order", sunita, order.uid), headers=HTMX))
    assert f'name="want.{milk.uid}" checked> Milk' in page
    assert f'name="take.{milk.uid}" value="2"' in page
    assert '<option value="2" selected>every 2nd week</option>' in page
    assert 'value="18:00"' in page
    assert 'value="2026-12-01"' in page


@pytest.mark.parametrize(("rule", "when"), [(Rule(), "daily"), (Rule(month_day=31), "monthly")])
def test_standing_order_of_another_rule_shows_it(counter, sunita, rule, when):
    order = made(sunita, text="milk", rule=rule)
    page = body(counter.get(address("standing_order", sunita, order.uid)))
    assert re.search(rf'value="{when}"[^>]* checked', page)


def test_standing_order_keeps_the_change(counter, sunita, milk, helper):
    order = made(sunita, milk)
    data = sent(milk, weekdays=["2"]) | {f"take.{milk.uid}": "3"}
    response = counter.post(address("standing_order", sunita, order.uid), data, headers=HTMX)
    assert "Saved. Next: Wed 2 Dec, Wed 9 Dec, Wed 16 Dec." in plain(response)
    assert lines() == [("Milk", Decimal(3), "l", "full cream")]
    assert StandingOrderEdit.objects.get().by == helper
    assert list(Promise.objects.values_list("for_day", "outcome")) == [
        (TUESDAY, "released"),
        (dt.date(2026, 12, 2), ""),
    ]


def test_standing_order_sent_twice_changes_once(counter, sunita, milk):
    order, data = made(sunita, milk), sent(milk)
    for _ in range(2):
        response = counter.post(address("standing_order", sunita, order.uid), data)
        assert response.url == address("standing_orders", sunita)
    assert StandingOrderEdit.objects.count() == 1


def test_standing_order_changed_meanwhile_is_told_and_can_be_saved_then(counter, sunita):
    order = made(sunita, text="A")
    standing_orders.pause(order=order, until=dt.date(2026, 12, 9), by=None, uid=uuid4())
    response = counter.post(address("standing_order", sunita, order.uid), sent(text="B"), headers=HTMX)
    assert response.status_code == 422
    assert "Somebody else has changed this order meanwhile." in plain(response)
    assert "Paused, comes again from Wed 9 Dec" in plain(response)
    assert 'value="B"' in body(response)
    again = dict(re.findall(r'name="(uid|seen)" value="([^"]+)"', response.content.decode()))
    assert again["seen"] == "1"
    counter.post(address("standing_order", sunita, order.uid), sent(text="B", **again), headers=HTMX)
    order.refresh_from_db()
    assert order.text == "B"


def test_standing_order_that_cannot_be_kept_is_told(counter, sunita):
    order = made(sunita, text="A")
    response = counter.post(address("standing_order", sunita, order.uid), sent(text="B", weekdays=[]), headers=HTMX)
    assert response.status_code == 422
    assert "Choose at least one day of the week." in plain(response)


def test_more_products_for_a_change(counter, sunita, milk):
    order = made(sunita, text="A")
    data = sent(product=milk.uid, amount="4", more="1")
    response = counter.post(address("standing_order", sunita, order.uid), data, headers=HTMX)
    assert response.status_code == 200
    assert f'name="take.{milk.uid}" value="4"' in body(response)


@pytest.mark.parametrize("name", ["standing_order", "pause_order", "resume_order", "end_order"])
def test_order_of_another_person_is_nothing(counter, sunita, name):
    order = made(CustomerFactory(vendor=sunita.vendor), text="A")
    assert counter.post(address(name, sunita, order.uid), sent()).status_code == 404


# --- pause, resume, end


def test_pause_order_pauses_until_that_day(counter, sunita):
    order = made(sunita, text="milk")
    data = {"uid": uuid4(), "until": "2026-12-08"}
    for _ in range(2):
        response = counter.post(address("pause_order", sunita, order.uid), data, headers=HTMX)
        assert "Paused, comes again from Tue 8 Dec" in plain(response)
    assert StandingOrderEdit.objects.count() == 1
    assert Promise.objects.get().outcome == "released"


def test_pause_order_is_offered_for_one_and_two_weeks(counter, sunita):
    made(sunita, text="milk")
    page = plain(counter.get(address("standing_orders", sunita), headers=HTMX))
    assert "1 week, until Tue 8 Dec" in page
    assert "2 weeks, until Tue 15 Dec" in page


@pytest.mark.parametrize(
    ("until", "told"), [("2026-12-01", "Choose a day from tomorrow on"), ("", "Write a day"), ("soon", "Write a day")]
)
def test_pause_order_until_no_day_ahead_is_told(counter, sunita, until, told):
    order = made(sunita, text="milk")
    response = counter.post(address("pause_order", sunita, order.uid), {"uid": uuid4(), "until": until}, headers=HTMX)
    assert response.status_code == 422
    assert told in plain(response)
    assert "<details open>" in body(response)
    assert not StandingOrderEdit.objects.exists()


def test_resume_order_lets_it_come_again(counter, sunita):
    order = made(sunita, text="milk")
    standing_orders.pause(order=order, until=dt.date(2026, 12, 8), by=None, uid=uuid4())
    data = {"uid": uuid4()}
    for _ in range(2):
        response = counter.post(address("resume_order", sunita, order.uid), data, headers=HTMX)
        assert "Paused" not in plain(response)
    assert StandingOrderEdit.objects.count() == 2
    assert Promise.objects.get().outcome == ""


def test_end_order_offers_to_put_it_back(counter, sunita):
    order, data = made(sunita, text="milk"), {"uid": uuid4()}
    for _ in range(2):
        response = counter.post(address("end_order", sunita, order.uid), data, headers=HTMX)
        assert "Ended. What it had promised for the days ahead is released. Put back" in plain(response)
    assert not StandingOrder.objects.standing().exists()
    response = counter.post(address("end_order", sunita, order.uid), {"uid": uuid4(), "put_back": "1"}, headers=HTMX)
    assert "It comes again." in plain(response)
    assert StandingOrder.objects.standing().exists()


def test_end_order_without_script_shows_where_to_put_it_back(counter, sunita):
    order = made(sunita, text="milk")
    response = counter.post(address("end_order", sunita, order.uid), {"uid": uuid4()})
    assert response.url == address("standing_order", sunita, order.uid)
    assert "This order has ended" in plain(counter.get(response.url))
    response = counter.post(address("end_order", sunita, order.uid), {"uid": uuid4(), "put_back": "1"})
    assert response.url == address("standing_orders", sunita)


def test_order_that_has_ended_is_not_changed(counter, sunita):
    order = made(sunita, text="A")
    standing_orders.end(order=order, by=None, uid=uuid4())
    response = counter.post(address("standing_order", sunita, order.uid), sent(text="B", seen="1"), headers=HTMX)
    assert response.status_code == 422
    assert "This order has ended. Put it back first." in plain(response)
    response = counter.post(address("resume_order", sunita, order.uid), {"uid": uuid4()}, headers=HTMX)
    assert (response.status_code, "Put it back first." in plain(response)) == (422, True)


def test_tap_from_a_page_that_was_not_whole_is_told(counter, sunita):
    order = made(sunita, text="milk")
    response = counter.post(address("end_order", sunita, order.uid), headers=HTMX)
    assert response.status_code == 422
    assert "tap again" in plain(response)
    assert StandingOrder.objects.standing().exists()


# --- the first pages of the day


@pytest.mark.parametrize("page", ["find", "card"])
def test_first_page_of_the_day_makes_its_promises(counter, vendor, sunita, page):
    StandingOrderFactory(
        customer=sunita, text="milk", rule="FREQ=DAILY", starts_on=TUESDAY, made_at=NOON - dt.timedelta(days=2)
    )
    counter.get(reverse("counter:find", args=[vendor.slug]) if page == "find" else address("card", sunita))
    assert [promise.for_day.day for promise in Promise.objects.order_by("for_day")] == [1, 2]
