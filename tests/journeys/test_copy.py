"""The counter from the copy that a paired tablet keeps, without a connection: on the running program, in a browser."""

import datetime as dt
import re

import pytest
from django.http import HttpResponse
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Customer
from customers.promises.models import Promise
from customers.visits import tallying
from tests.conftest import TOKEN
from tests.factories.preferences import PreferenceFactory
from tests.factories.promises import PromiseFactory, PromiseLineFactory
from tests.factories.vendors import DeviceFactory
from tests.factories.visits import VisitFactory
from vendors import pairing, turns
from vendors.pairing import digest_of

FIND = "/green-corner/counter/"
THREE_DAYS = 72 * 3600 * 1000
KEPT = "Regulars.within('copy', (store) => store.getAllKeys())"


@pytest.fixture
def people(shop):
    """Sunita, who is allergic and owed a mango; and one whose name is written in Devanagari."""
    sunita, other = shop.customer_set.get(name="Sunita Rao"), shop.customer_set.get(name__startswith="सु")
    PreferenceFactory(customer=sunita, kind="allergy", product=None, text="peanuts", consent_at=timezone.now())
    mango = shop.product_set.get(name="Mango")
    PromiseLineFactory(promise=PromiseFactory(customer=sunita), product=mango, quantity=2)
    VisitFactory(customer=other, at=timezone.now() - dt.timedelta(days=2))
    tallying.recount_shop(shop)
    shop.past_changed()
    return shop


@pytest.fixture
def tablet(page, context, people, base_url):
    """A paired tablet on which Ravi serves, with its worker, its blank pages and its copy."""
    device = DeviceFactory(vendor=people, token=digest_of(TOKEN))
    answer = HttpResponse()
    turns.begin(answer, device, people.member_set.get(name="Ravi"))
    cookies = {pairing.COOKIE: TOKEN, turns.COOKIE: answer.cookies[turns.COOKIE].value}
    context.add_cookies([{"name": name, "value": value, "url": base_url} for name, value in cookies.items()])
    page.goto(FIND)
    kept(page, 3)
    page.reload()
    assert page.evaluate("Boolean(navigator.serviceWorker.controller)")
    return page


def kept(page, many):
    """Wait until the copy has so many rows: one of each person, and one to find them."""
    for _try in range(100):
        if len(page.evaluate(KEPT)) == many:
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.evaluate(KEPT))


def offline(page):
    page.context.set_offline(True)
    page.goto(FIND)
    expect(page.locator("body")).to_have_attribute("data-blank", "find")


def type_name(page, text):
    page.locator("#q").press_sequentially(text)


def names_found(page):
    return page.locator("#found .person b")


def tap(page, name):
    page.locator("#tiles .tile", has_text=name).locator(".tap").click()


def test_whole_round_without_a_connection(tablet, people, complaints):
    offline(tablet)
    expect(tablet.locator("#copied")).to_contain_text("No answer since")
    type_name(tablet, "suni")
    expect(names_found(tablet)).to_have_text(["Sunita Rao", "सुनीता कुलकर्णी"])
    names_found(tablet).first.click()
    expect(tablet.get_by_role("heading", name="Sunita Rao")).to_be_visible()
    expect(tablet.locator("#never")).to_contain_text("Allergy: peanuts")
    tap(tablet, "Onion")
    tap(tablet, "Banana")
    expect(tablet.locator(".basket-row .what")).to_have_text([re.compile("Onion 2 kg"), re.compile("Banana 6")])
    expect(tablet.locator(".basket-row .how").nth(1)).to_have_value("half ripe")
    tablet.locator("#done").click()
    expect(tablet.locator("#status")).to_contain_text("Saved on this tablet: Sunita Rao")

    type_name(tablet, "Farah")
    tablet.get_by_role("button", name="New customer: Farah").click()
    expect(tablet.get_by_role("heading", name="Farah")).to_be_visible()
    tablet.locator("#done").click()
    expect(tablet.locator("#status")).to_contain_text("Saved on this tablet: Farah")
    type_name(tablet, "fara")
    expect(names_found(tablet)).to_have_text(["Farah"])

    tablet.locator("#q").fill("sunita r")
    names_found(tablet).first.click()
    expect(tablet.locator(".who")).to_contain_text("Saved on this tablet, not sent yet: visit")
    tablet.locator("#promised").get_by_role("button", name="Kept").click()
    expect(tablet.locator("#sent")).to_contain_text("4 wait")
    tablet.reload()
    expect(tablet.locator(".promise-row")).to_have_count(0)

    tablet.context.set_offline(False)
    tablet.goto(FIND)
    expect(tablet.locator("#sent")).to_have_text("all sent", timeout=15000)
    sunita = Customer.objects.get(name="Sunita Rao")
    visit = sunita.visits.latest("at")
    assert [(line.product.name, line.quantity, line.manner) for line in visit.lines.order_by("position")] == [
        ("Onion", 2, ""), ("Banana", 6, "half ripe"),
    ]  # fmt: skip
    assert sunita.visits.count() == 10
    assert {visit.by.name for visit in (visit, Customer.objects.get(name="Farah").visits.get())} == {"Ravi"}
    assert Promise.objects.get().outcome == "kept"
    assert complaints == []
