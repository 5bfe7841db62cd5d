"""The counter without an answer from the shop's computer: on the running program, in a browser with its worker."""

import pytest
from playwright.sync_api import expect

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
