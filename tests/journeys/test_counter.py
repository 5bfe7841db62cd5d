"""The counter as a helper uses it: on the running program, in a browser."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from customers.models import Customer
from customers.preferences.models import Preference
from customers.visits.models import Visit, VisitLine
from tests.journeys.conftest import PASSWORD

FIND = "/green-corner/counter/"
SIZES = [(360, 740), (800, 1280), (1280, 800)]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def open_sunita(page):
    page.goto(FIND)
    page.fill("#q", "suni")
    page.locator("#found").get_by_role("link", name=re.compile("Sunita Rao")).click()
    expect(page.get_by_role("heading", name="Sunita Rao")).to_be_visible()


def tile(page, name):
    return page.locator("#tiles").get_by_role("button", name=re.compile(rf"^\W*{name}"))


def done(page):
    page.locator("#done").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def taken():
    visit = Visit.objects.latest("pk")
    return [(line.product.name, float(line.quantity), line.outcome, line.manner) for line in visit.lines.all()]


def test_the_usual_visit_takes_three_taps(page, signed_in, complaints):
    page.goto(FIND)
    page.get_by_role("link", name=re.compile("Sunita Rao")).click()
    page.get_by_role("button", name="Same as last time").click()
    done(page)
    assert taken() == [("Onion", 2, "taken", ""), ("Banana", 6, "taken", "half ripe")]
    expect(page.get_by_label("Just served")).to_contain_text("Sunita Rao")
    assert complaints == []


def test_a_person_is_on_screen_after_four_letters_and_enter(page, signed_in):
    page.goto(FIND)
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("suni")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sunita Rao")).to_be_visible()


def test_tiles_add_the_usual_then_a_step_and_the_basket_corrects(page, signed_in):
    open_sunita(page)
    tile(page, "Onion").click()
    tile(page, "Onion").click()
    row = page.locator(".basket-row").filter(has_text="Onion")
    expect(row).to_contain_text("2.5 kg")
    expect(page.locator("#count")).to_have_text("1 thing")
    for _ in range(4):
        row.get_by_role("button", name="less").click()
    expect(row).to_contain_text("500 g")
    row.get_by_role("button", name="less").click()
    expect(row).to_have_count(0)


def test_the_next_visit_knows_the_last_one(page, signed_in):
    open_sunita(page)
    expect(tile(page, "Onion")).to_contain_text("9 of the last 9 visits")
    tile(page, "Onion").click()
    done(page)
    open_sunita(page)
    expect(tile(page, "Onion")).to_contain_text("10 of the last 10 visits")


def test_a_double_tap_on_done_records_once(page, signed_in):
    open_sunita(page)
    before = Visit.objects.count()
    page.locator("#done").dblclick()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert Visit.objects.count() == before + 1


def test_undo_and_put_back(page, signed_in):
    open_sunita(page)
    done(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: Sunita Rao")).to_be_visible()
    assert Visit.objects.latest("pk").is_voided
    page.get_by_role("button", name="Put back").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert not Visit.objects.latest("pk").is_voided


def test_what_was_saved_can_be_changed_today(page, signed_in):
    open_sunita(page)
    tile(page, "Onion").click()
    done(page)
    page.get_by_label("Just served").get_by_role("link", name="Change").click()
    page.locator(".basket-row").get_by_role("button", name="more").click()
    page.get_by_role("button", name="SAVE THE CHANGE").click()
    expect(page.get_by_text("What it said before is kept")).to_be_visible()
    assert taken() == [("Onion", 2.5, "taken", "")]


def test_not_here_today_takes_two_taps(page, signed_in):
    open_sunita(page)
    page.get_by_role("button", name="Not here today").click()
    tile(page, "Banana").click()
    expect(page.locator(".basket-row")).to_contain_text("not here today")
    done(page)
    assert taken() == [("Banana", 6, "not-in-stock", "half ripe")]


def test_another_product_is_found_in_another_language(page, signed_in):
    open_sunita(page)
    page.get_by_text("Another product", exact=True).click()
    expect(page.locator("#found-products .tap")).to_have_count(4)
    page.get_by_label("Find a product").fill("mang")
    expect(page.locator("#found-products .tap")).to_have_count(1)
    page.locator("#found-products .tap").click()
    page.get_by_label("Find a product").fill("प्याज")
    expect(page.locator("#found-products .tap").filter(has_text="Onion")).to_be_visible()
    page.locator("#found-products .tap").click()
    done(page)
    assert sorted(taken()) == [("Mango", 1, "taken", ""), ("Onion", 2, "taken", "")]


def test_how_they_want_it_is_written_in_the_basket(page, signed_in):
    open_sunita(page)
    tile(page, "Onion").click()
    page.get_by_label("How? Onion").fill("small")
    done(page)
    assert taken() == [("Onion", 2, "taken", "small")]


def test_new_customer_in_one_tap_from_what_was_typed(page, signed_in):
    page.goto(FIND)
    page.fill("#q", "Zubeda")
    page.get_by_role("button", name="New customer: Zubeda").click()
    expect(page.get_by_role("heading", name="Zubeda")).to_be_visible()
    assert Customer.objects.filter(name="Zubeda").count() == 1


def test_a_like_is_remembered_in_two_taps(page, signed_in, complaints):
    open_sunita(page)
    page.get_by_role("button", name="Remember something about Onion").click()
    page.locator("#sheet").get_by_role("button", name="Never").click()
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#likes")).to_contain_text("Onion")
    assert Preference.objects.get().kind == "avoids"
    expect(page.locator(".never-strip")).to_contain_text("Onion")
    expect(tile(page, "Onion")).to_have_count(0)
    page.reload()
    expect(page.locator(".never-strip")).to_contain_text("Onion")
    expect(tile(page, "Onion")).to_have_count(0)
    assert complaints == []


def test_what_was_noticed_is_offered_once(page, signed_in):
    open_sunita(page)
    page.locator("#noticed").get_by_role("button", name="Yes").click()
    expect(page.locator("#likes")).to_contain_text("half ripe")
    preference = Preference.objects.get()
    assert (preference.basis, preference.text, preference.product.name) == ("seen", "half ripe", "Banana")


def test_without_a_connection_nothing_is_lost(page, signed_in):
    open_sunita(page)
    tile(page, "Onion").click()
    before = Visit.objects.count()
    signed_in.set_offline(True)
    page.locator("#done").click()
    expect(page.locator("#status")).to_contain_text("Saved on this tablet: Sunita Rao")
    expect(page.locator("#sent")).to_contain_text("1 waits since")
    shop_name, waits = (page.locator(each).bounding_box() for each in (".shop a", "#sent"))
    assert shop_name["x"] + shop_name["width"] <= waits["x"]
    assert shop_name["y"] == waits["y"]
    signed_in.set_offline(False)
    expect(page.locator("#sent")).to_have_text("all sent")
    assert Visit.objects.count() == before + 1
    assert taken() == [("Onion", 2, "taken", "")]


def test_a_reload_loses_nothing(page, signed_in):
    open_sunita(page)
    tile(page, "Onion").click()
    page.get_by_placeholder("Note").fill("for the feast")
    page.reload()
    expect(page.locator(".basket-row")).to_contain_text("Onion")
    expect(page.get_by_placeholder("Note")).to_have_value("for the feast")
    done(page)
    open_sunita(page)
    expect(page.locator(".basket-row")).to_have_count(0)


def test_a_sign_in_that_expired_in_mid_form_loses_nothing(page, signed_in):
    open_sunita(page)
    tile(page, "Onion").click()
    signed_in.clear_cookies(name="sessionid")
    page.locator("#done").click()
    page.get_by_label("Username").fill("ravi")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Saved on this tablet: Sunita Rao")).to_be_visible()
    expect(page.locator("#sent")).to_have_text("all sent")
    assert taken() == [("Onion", 2, "taken", "")]
    open_sunita(page)
    expect(page.locator(".basket-row")).to_have_count(0)


def test_a_bad_amount_is_marked_and_stays(page, signed_in):
    open_sunita(page)
    tile(page, "Onion").click()
    page.evaluate("document.querySelector('[name^=take]').value = '-5'")
    page.locator("#done").click()
    expect(page.locator("#tiles .errors")).to_contain_text("more than 0")
    expect(page.locator(".tile-wrong input").first).to_have_value("-5")


def test_the_whole_visit_by_keyboard(page, signed_in):
    page.goto(FIND)
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("suni")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sunita Rao")).to_be_visible()
    tile(page, "Onion").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(tile(page, "Banana")).to_be_focused()
    page.keyboard.press("Space")
    while not page.locator("#done").evaluate("button => button === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert taken() == [("Onion", 2, "taken", ""), ("Banana", 6, "taken", "half ripe")]


@pytest.fixture
def plain_page(signed_in, browser, base_url):
    """The same tablet with its scripts switched off."""
    context = browser.new_context(java_script_enabled=False, base_url=base_url, storage_state=signed_in.storage_state())
    yield context.new_page()
    context.close()


def test_the_whole_visit_without_script(plain_page, page):
    plain_page.goto(FIND)
    plain_page.get_by_label("Find a customer").fill("suneeta rao")
    plain_page.get_by_role("button", name="Find").click()
    plain_page.get_by_role("link", name=re.compile("Sunita Rao")).click()
    plain_page.get_by_role("button", name="Same as last time").click()
    expect(plain_page.get_by_label("Onion, kg")).to_have_value("2")
    plain_page.get_by_text("Another product", exact=True).click()
    plain_page.get_by_label("Find a product").fill("mango")
    plain_page.get_by_role("button", name="Find").click()
    plain_page.get_by_label("Mango, dozen").fill("0.5")
    plain_page.get_by_role("button", name="DONE").last.click()
    expect(plain_page.get_by_text("Saved.")).to_be_visible()
    assert sorted(taken()) == [
        ("Banana", 6, "taken", "half ripe"),
        ("Mango", 0.5, "taken", ""),
        ("Onion", 2, "taken", ""),
    ]
    assert VisitLine.objects.filter(visit=Visit.objects.latest("pk")).count() == 3


def pages(shop):
    sunita = Customer.objects.get(name="Sunita Rao")
    card = f"{FIND}{sunita.uid}/"
    latest = Visit.objects.latest("pk")
    return [
        "/sign-in/",
        FIND,
        f"{FIND}?q=su",
        f"{FIND}?q=nobody",
        f"{FIND}today/",
        card,
        f"{card}details/",
        f"{card}likes/",
        f"{FIND}visits/{latest.uid}/",
        "/nowhere/",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [SIZES[0], SIZES[2]])
def test_axe_finds_nothing_on_any_page(page, shop, signed_in, complaints, scheme, size):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    Preference.objects.create(
        vendor=shop, customer=Customer.objects.get(name="Sunita Rao"), kind="avoids", text="coriander"
    )
    for address in pages(shop):
        page.goto(address)
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(address, each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    assert complaints == []


@pytest.mark.parametrize("size", SIZES)
def test_no_page_scrolls_sideways(page, shop, signed_in, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for address in pages(shop):
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert (address, width) == (address, size[0])


def test_menu_is_on_the_screen_of_a_phone(page, signed_in):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(FIND)
    page.locator(".me summary").click()
    menu = page.locator(".menu").bounding_box()
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= 360


def test_fingers_find_every_target(page, shop, signed_in):
    """Nothing that can be tapped is under 44 CSS pixels, tiles not under 96."""
    page.set_viewport_size({"width": 360, "height": 740})
    for address in pages(shop)[1:]:
        page.goto(address)
        small = page.evaluate(
            """() => [...document.querySelectorAll("a, button, summary, select, input:not([type=hidden])")]
            .map(target => [target, (target.closest("label") || target).getBoundingClientRect()])
            .filter(([target, box]) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
            .map(([target]) => target.outerHTML.slice(0, 120))"""
        )
        assert (address, small) == (address, [])
