"""Why the card says what it says, by the keyboard alone, on the running program."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from customers.models import Customer
from customers.visits import tallying
from tests.journeys.test_counter import RULES, SIZES, open_sunita, tile

PAGES = ["how-we-know/", "counter/{sunita}/rhythm/", "counter/{sunita}/why/{onion}/"]


@pytest.fixture
def sunita(shop):
    tallying.recount_shop(shop)
    return Customer.objects.get(name="Sunita Rao")


def is_within(page, selector):
    return page.evaluate("selector => Boolean(document.activeElement.closest(selector))", selector)


def test_reason_opens_in_the_sheet_by_the_keyboard(page, signed_in, sunita, complaints):
    open_sunita(page)
    tile(page, "Onion").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_be_visible()
    page.get_by_role("link", name="Why it is here").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Why Onion?")).to_be_focused()
    assert is_within(page, "#sheet")
    expect(page.locator("#why")).to_contain_text("9 of the last 9 visits")
    assert page.locator("#why .rows").first.get_by_role("listitem").count() == 9
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).to_be_hidden()
    assert is_within(page, "#tiles")
    assert complaints == []


def test_what_is_noticed_opens_in_the_sheet(page, signed_in, sunita, complaints):
    open_sunita(page)
    page.get_by_role("link", name="Why?", exact=True).click()
    expect(page.get_by_role("heading", name="Why Banana?")).to_be_focused()
    expect(page.locator("#sheet")).to_contain_text("“half ripe” in 6 of the last 6.")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#sheet")).to_be_hidden()
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_pages_fit_and_can_be_read_by_everybody(page, signed_in, sunita, width, height, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": height})
    uids = {"sunita": sunita.uid, "onion": sunita.vendor.product_set.get(name="Onion").uid}
    for address in PAGES:
        page.goto(f"/green-corner/{address}".format(**uids))
        for summary in page.locator("main summary").all():
            summary.click()
        assert Axe().run(page, options=RULES).response["violations"] == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
