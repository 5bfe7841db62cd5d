"""The counter without an answer from the shop's computer: on the running program, in a browser with its worker."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import complaints_of
from tests.journeys.wire import Wire

FIND = "/green-corner/counter/"
REGISTER = (
    "async (address) => { await navigator.serviceWorker.register(address); await navigator.serviceWorker.ready; }"
)


@pytest.fixture
def wire(base_url):
    wire = Wire(base_url)
    yield wire
    wire.close()


@pytest.fixture
def tablet(page, signed_in, wire):
    """A page at the counter of which the worker has all that it keeps."""
    page.goto(wire.url + FIND)
    page.evaluate(REGISTER, f"{FIND}worker.js")
    page.goto(wire.url + FIND)
    assert page.evaluate("Boolean(navigator.serviceWorker.controller)")
    return page


def sunita(shop):
    return f"{FIND}{shop.customer_set.get(name='Sunita Rao').uid}/"


@pytest.mark.parametrize("state", ["dead", "mute", "portal"])
def test_find_and_card_open_without_an_answer(tablet, wire, shop, state):
    wire.turn(state)
    tablet.goto(wire.url + FIND)
    expect(tablet.locator("body")).to_have_attribute("data-blank", "find")
    tablet.goto(wire.url + sunita(shop))
    expect(tablet.locator("body")).to_have_attribute("data-blank", "card")
    expect(tablet.locator("#serve")).to_have_attribute("hx-post", sunita(shop))
    wire.turn("through")
    tablet.goto(wire.url + sunita(shop))
    expect(tablet.get_by_role("heading", name="Sunita Rao")).to_be_visible()


def open_card(tablet, wire, shop):
    tablet.goto(wire.url + sunita(shop))
    expect(tablet.locator("body")).to_have_attribute("data-blank", "card")


def test_everything_of_a_card_can_be_said_without_an_answer(tablet, wire, shop):
    complaints = complaints_of(tablet, wire.url)
    wire.turn("dead")
    open_card(tablet, wire, shop)
    sheet = tablet.locator("#sheet")
    tablet.get_by_role("link", name="Promise").click()
    sheet.get_by_label("Another product").select_option("Mango")
    sheet.get_by_role("button", name="Tomorrow").click()
    expect(tablet.get_by_text("Saved on this tablet")).to_be_visible()
    tablet.get_by_role("link", name="Asked for, not here").click()
    sheet.get_by_label("Product").select_option("Elephant yam")
    sheet.get_by_role("button", name="Remember the wish").click()
    expect(sheet).to_be_hidden()
    tablet.get_by_role("link", name="Something went wrong").click()
    sheet.get_by_role("button", name="late").click()
    expect(sheet).to_be_hidden()
    tablet.locator("#likes").get_by_role("link", name="Add").click()
    likes = tablet.locator("#likes")
    likes.get_by_label("In general").check()
    likes.get_by_label("In words").fill("small bags")
    likes.get_by_role("button", name="Remember").click()
    tablet.locator("summary", has_text="Another product").click()
    tablet.get_by_label("Find a product").fill("pya")
    found = tablet.locator("#found-products .tile")
    expect(found).to_have_count(1)
    found.get_by_role("button", name="Remember something about Onion").click()
    sheet.get_by_role("button", name="Likes", exact=True).click()
    expect(sheet).to_be_hidden()
    found.get_by_role("button", name=re.compile("^Onion")).click()
    tablet.locator("#done").click()
    expect(tablet.locator("body")).to_have_attribute("data-blank", "find")
    expect(tablet.locator("#sent-says")).to_contain_text("6 wait")
    wire.turn("through")
    tablet.goto(wire.url + FIND)
    expect(tablet.locator("#sent-says")).to_have_text("all sent", timeout=20000)
    person = shop.customer_set.get(name="Sunita Rao")
    promise, wish = person.promises.get(), person.wishes.get()
    assert [(line.product.name, line.quantity) for line in promise.lines.all()] == [("Mango", 1)]
    assert (promise.due_at, promise.due_any_time) == (shop.day_bounds(shop.today() + dt.timedelta(days=1))[1], True)
    assert wish.product.name == "Elephant yam"
    assert [(problem.what, problem.owner.name) for problem in person.problems.all()] == [("late", "Ravi")]
    said = person.preferences.order_by("pk").values_list("kind", "product__name", "text")
    assert list(said) == [("wish", None, "small bags"), ("likes", "Onion", "")]
    assert [line.product.name for line in person.visits.latest("pk").lines.all()] == ["Onion"]
    assert complaints == []
