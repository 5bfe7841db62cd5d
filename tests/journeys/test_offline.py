"""The counter without an answer from the shop's computer: on the running program, in a browser with its worker."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.conftest import TOKEN, tablet_of
from tests.factories.preferences import PreferenceFactory
from tests.factories.vendors import DeviceFactory, ProductFactory
from tests.journeys.conftest import complaints_of
from tests.journeys.wire import Wire
from vendors.models import Device
from vendors.pairing import digest_of

FIND = "/green-corner/counter/"
READY = "() => navigator.serviceWorker.ready.then(() => caches.keys())"


@pytest.fixture
def wire(base_url):
    wire = Wire(base_url)
    yield wire
    wire.close()


@pytest.fixture
def tablet(page, signed_in, wire):
    """A page at the counter of which the worker has all that it keeps."""
    page.goto(wire.url + FIND)
    page.evaluate(READY)
    page.reload()
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


def test_whole_tablet_may_be_cut_off(tablet, context, wire, shop):
    context.set_offline(True)
    open_card(tablet, wire, shop)
    tablet.get_by_role("link", name="Back to find").click()
    expect(tablet.locator("body")).to_have_attribute("data-blank", "find")


def test_page_that_needs_the_shops_computer_says_so_and_leads_back(tablet, wire):
    wire.turn("dead")
    tablet.get_by_role("link", name="To do").click()
    expect(tablet.get_by_role("heading", name="This needs the shop’s computer")).to_be_visible()
    tablet.get_by_role("link", name="To the counter").click()
    expect(tablet.locator("body")).to_have_attribute("data-blank", "find")


def test_card_whose_answer_went_keeps_what_it_shows(tablet, wire, shop):
    person = shop.customer_set.get(name="Sunita Rao")
    PreferenceFactory(customer=person, product=None, kind="allergy", text="peanuts", consent_at=timezone.now())
    tablet.goto(wire.url + sunita(shop))
    wire.turn("dead")
    sheet = tablet.locator("#sheet")
    tablet.get_by_role("button", name="Remember something about Banana").click()
    expect(sheet.get_by_role("heading", name="Banana for Sunita Rao")).to_be_visible()
    sheet.get_by_role("link", name="Something wrong with it").click()
    expect(sheet.get_by_role("heading", name="Banana: what was wrong?")).to_be_visible()
    tablet.locator("#close").click()
    tablet.get_by_role("link", name="Shares a kitchen with").click()
    expect(sheet.get_by_role("heading", name="This needs the shop’s computer")).to_be_visible()
    tablet.locator("#close").click()
    for changed in ("preference-changed", "promises-changed", "problems-changed", "household-changed"):
        tablet.evaluate("(name) => htmx.trigger(document.body, name)", changed)
    expect(tablet.locator("#status")).to_contain_text("no answer from the shop’s computer")
    expect(tablet.locator("#never")).to_contain_text("peanuts")
    expect(tablet.locator("#tiles")).to_contain_text("Banana")


def test_new_version_takes_over_with_all_that_is_its_own(tablet, wire, shop):
    before = tablet.evaluate(READY)
    ProductFactory(vendor=shop, name="Okra")
    tablet.reload()
    for _try in range(100):
        if len(after := tablet.evaluate(READY)) == 1 and after != before:
            break
        tablet.wait_for_timeout(100)
    assert (len(before), len(after), before == after) == (1, 1, False)
    wire.turn("dead")
    open_card(tablet, wire, shop)
    tablet.locator("summary", has_text="Another product").click()
    tablet.get_by_label("Find a product").fill("okra")
    expect(tablet.locator("#found-products .tile")).to_have_count(1)


def test_unpaired_tablet_keeps_no_page(page, context, wire, shop):
    device = DeviceFactory(vendor=shop, token=digest_of(TOKEN))
    browser = tablet_of(device, shop.member_set.get(name="Ravi"))
    context.add_cookies(
        [{"name": name, "value": each.value, "url": wire.url} for name, each in browser.cookies.items()]
    )
    page.goto(wire.url + FIND)
    assert len(page.evaluate(READY)) == 1
    page.reload()
    Device.objects.update(revoked_at=timezone.now())
    page.goto(wire.url + FIND)
    expect(page.get_by_role("heading", name="This tablet is not paired any more")).to_be_visible()
    assert page.evaluate(READY) == []
