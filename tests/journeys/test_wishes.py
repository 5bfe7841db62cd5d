"""From what was not here to somebody who has it, on the running program."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Customer
from customers.promises.models import Wish
from tests.factories.promises import WishFactory
from tests.journeys.test_counter import RULES, SIZES, open_sunita

PAGES = ["wishes/", "wishes/{mango}/", "wishes/words/{words}/", "{sunita}/wishes/", "{sunita}/wished/"]


@pytest.fixture
def sunita(shop):
    return Customer.objects.get(name="Sunita Rao")


def test_wish_from_not_here_to_taken(page, signed_in, sunita, complaints):
    open_sunita(page)
    page.locator("#tiles .tile").filter(has_text="Banana").locator(".about").click()
    page.get_by_role("link", name="Not here today: remember the wish").click()
    expect(page.get_by_label("Product", exact=True)).to_have_value(
        str(sunita.vendor.product_set.get(name="Banana").uid)
    )
    page.get_by_label("How much").fill("12")
    page.get_by_role("button", name="Remember the wish").click()
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#wished")).to_contain_text("Waiting for: Banana 12")

    page.get_by_text("Ravi").click()
    page.get_by_role("link", name="Asked and had none").click()
    page.get_by_role("button", name="Came in").click()
    expect(page.locator("#status")).to_contain_text("Banana came in.")
    message = "Namaste%20Sunita-ji%2C%20the%20Banana%20you%20asked%20for%20has%20come%20in."
    expect(page.get_by_role("link", name="WhatsApp")).to_have_attribute(
        "href", f"https://wa.me/919820012345?text={message}%20%E2%80%93%20Green%20Corner"
    )
    page.get_by_role("button", name="Told? Yes").click()
    expect(page.locator("#whom")).to_contain_text("✓ told")

    page.get_by_role("link", name="Sunita Rao").click()
    expect(page.locator("#wished")).to_contain_text("Came in, they know: Banana 12")
    page.locator("#wished").get_by_role("button", name="Took it").click()
    expect(page.locator("#wished")).to_contain_text("Noted: Banana 12")
    assert Wish.objects.get().outcome == "took"
    page.locator("#wished").get_by_role("button", name="Undo").click()
    expect(page.locator("#wished")).to_contain_text("Came in, they know: Banana 12")
    assert Wish.objects.get().outcome == ""
    assert complaints == []


def test_wish_in_words_is_told_what_is_missing_and_kept(page, signed_in, sunita, complaints):
    open_sunita(page)
    page.get_by_role("link", name="Asked for, not here").click()
    page.get_by_role("button", name="Remember the wish").click()
    expect(page.locator("#ask")).to_contain_text("Choose a product or write what was asked for.")
    page.get_by_label("In words").fill("dragon fruit")
    page.get_by_text("a month").click()
    page.get_by_role("button", name="Remember the wish").click()
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#wished")).to_contain_text("Waiting for: dragon fruit")
    page.locator("#wished").get_by_role("button", name="Not any more").click()
    expect(page.locator("#wished")).to_contain_text("Noted: dragon fruit")
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_pages_fit_and_can_be_read_by_everybody(page, signed_in, sunita, width, height, scheme):
    mango = sunita.vendor.product_set.get(name="Mango")
    WishFactory(customer=sunita, product=mango, came_in_at=timezone.now())
    WishFactory(customer=None, vendor=sunita.vendor, product=mango)
    words = WishFactory(customer=sunita, product=None, text="dragon fruit " * 9)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": height})
    for address in PAGES:
        page.goto(f"/green-corner/counter/{address}".format(sunita=sunita.uid, mango=mango.uid, words=words.uid))
        for summary in page.locator("main summary").all():
            summary.click()
        assert Axe().run(page, options=RULES).response["violations"] == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
