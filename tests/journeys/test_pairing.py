"""A tablet from its code to the counter, and out again: the owner in one browser, the tablet in another."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.factories.vendors import DeviceFactory
from tests.journeys.conftest import complaints_of, sign_in
from tests.journeys.test_counter import RULES, SIZES
from vendors.models import Device

TABLETS = "/admin/vendors/device/"


@pytest.fixture
def boss(shop, page, base_url):
    """The screen of the owner, who sets up the shop."""
    sign_in(page.context, shop, "Asha", base_url)
    return page


@pytest.fixture
def tablet(browser, base_url):
    """Another browser."""
    with browser.new_context(base_url=base_url) as context:
        yield context.new_page()


def make_code(boss, name):
    boss.goto(TABLETS)
    boss.get_by_role("link", name="Pair a tablet").click()
    boss.get_by_label("What is it called?").fill(name)
    boss.get_by_role("button", name="Make a code").click()
    return boss.locator("p.code").inner_text()


def test_tablet_is_paired_by_its_code_and_unpaired_in_one_tap(boss, tablet, complaints, base_url):
    complaints_there = complaints_of(tablet, base_url)
    code = make_code(boss, "Door")
    expect(boss.get_by_role("img", name="The address below, as a QR code")).to_be_visible()

    # As the QR code has it; the tests' server stands on this machine.
    tablet.goto(f"{boss.locator('p.address').inner_text()}?code={code}")
    expect(tablet.get_by_label("Code")).to_have_value(code)
    tablet.get_by_role("button", name="Pair this tablet").click()
    expect(tablet).to_have_url(re.compile("/green-corner/counter/who/"))

    boss.get_by_role("link", name="Is it paired? Look again").click()
    expect(boss.get_by_text("Door is paired.")).to_be_visible()
    boss.get_by_role("link", name="To the tablets").click()
    expect(boss.get_by_role("row", name=re.compile("Door"))).to_contain_text("all sent")

    tablet.goto("/green-corner/counter/")
    expect(tablet).to_have_url(re.compile("/green-corner/counter/who/"))
    boss.get_by_role("button", name="Unpair Door").click()
    expect(boss.get_by_text("Door is unpaired: from now on it opens nothing of the shop.")).to_be_visible()
    tablet.goto("/green-corner/counter/")
    expect(tablet.get_by_role("heading", name="This tablet is not paired any more")).to_be_visible()
    assert complaints + complaints_there == []


def test_code_is_typed_by_hand_and_the_owner_signed_out(shop, boss, complaints, base_url):
    """In one browser, which is how an owner with nothing but a tablet does it."""
    code = make_code(boss, "Counter")

    boss.goto(boss.locator("p.address").inner_text())
    expect(boss.get_by_text("is signed in here, and will be signed out")).to_be_visible()
    boss.get_by_label("Code").fill("0000-0000")
    boss.get_by_role("button", name="Pair this tablet").click()
    expect(boss.get_by_text("This code is wrong.")).to_be_visible()
    boss.get_by_label("Code").fill(code.lower().replace("-", " "))
    boss.get_by_label("Code").press("Enter")
    expect(boss).to_have_url(re.compile("/green-corner/counter/who/"))
    boss.goto(TABLETS)
    expect(boss).to_have_url(re.compile("/sign-in/"))
    assert complaints == []


def test_tablet_with_something_to_send_is_unpaired_after_asking(shop, boss, complaints):
    DeviceFactory(vendor=shop, name="Door", unsent=3)
    boss.goto(TABLETS)
    boss.get_by_role("button", name="Unpair Door").click()
    expect(boss.get_by_text("3 taps on Door are not sent yet")).to_be_visible()
    boss.get_by_role("link", name="No, keep it").click()
    assert Device.objects.paired().count() == 1
    boss.get_by_role("button", name="Unpair Door").click()
    boss.get_by_role("button", name="Unpair it now").click()
    expect(boss.get_by_text("Door is unpaired")).to_be_visible()
    assert Device.objects.paired().count() == 0
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_page_to_pair_fits_and_can_be_read_by_everybody(page, shop, width, height, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/green-corner/pair/?code=7K2Q-4M9T")
    for _time in ("before", "refused"):
        assert Axe().run(page, options=RULES).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.get_by_role("button", name="Pair this tablet").bounding_box()["height"] >= 44
        page.get_by_role("button", name="Pair this tablet").click()
        expect(page.get_by_label("Code")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_pages_of_set_up_fit_and_can_be_read_by_everybody(boss, shop, width, height, scheme):
    DeviceFactory(vendor=shop, name="Door", unsent=3)
    boss.emulate_media(color_scheme=scheme)
    boss.set_viewport_size({"width": width, "height": height})
    for reach in (lambda: boss.goto(f"{TABLETS}pair/"), lambda: make_code(boss, "Van"), lambda: boss.goto(TABLETS)):
        reach()
        found = Axe().run(boss, options=RULES).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
        assert boss.evaluate("document.documentElement.scrollWidth") <= width
