"""People who share a tablet: on the running program, in a browser."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from customers.models import Customer
from customers.visits.models import Visit
from tests.conftest import TOKEN
from tests.factories.vendors import DeviceFactory, MemberFactory
from tests.journeys.test_counter import FIND, RULES, SIZES
from vendors import pairing, pins
from vendors.models import Entry, Member

RAVIS, MEENAS = "482173", "9035"


@pytest.fixture
def tablet(shop, context, base_url):
    """A paired tablet on which nobody serves yet."""
    pins.set_pin(shop.member_set.get(name="Ravi"), RAVIS)
    pins.set_pin(MemberFactory(vendor=shop, name="मीना कुलकर्णी", user=None), MEENAS)
    device = DeviceFactory(vendor=shop, name="Counter", token=pairing.digest_of(TOKEN))
    context.add_cookies([{"name": pairing.COOKIE, "value": TOKEN, "url": base_url}])
    return device


def choose(page, name):
    page.get_by_role("button", name=name).click()


def key_in(page, pin):
    for digit in pin:
        page.get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="OK").click()


def serve_as(page, name, pin):
    choose(page, name)
    key_in(page, pin)
    expect(page.locator("summary.pill", has_text=name)).to_be_visible()


def leave_it(page):
    page.locator(".me summary").click()
    page.get_by_role("button", name="Somebody else serves").click()
    expect(page.get_by_role("heading", name="Who serves?")).to_be_visible()


def the_card():
    return f"{FIND}{Customer.objects.get(name='Sunita Rao').uid}/"


def drafts(page):
    return [key for key in page.evaluate("() => Object.keys(sessionStorage)") if key.startswith("draft:")]


def test_each_visit_is_credited_to_whoever_chose_their_name(page, tablet, complaints):
    page.goto(the_card())
    for name, pin in (("Ravi", RAVIS), ("मीना कुलकर्णी", MEENAS)):
        serve_as(page, name, pin)
        page.goto(the_card())
        page.get_by_role("button", name="Same as last time").click()
        page.locator("#done").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        assert Visit.objects.latest("pk").by.name == name
        leave_it(page)
    assert complaints == []


def test_name_and_pin_lead_back_to_where_one_was_going(page, tablet):
    page.goto(the_card())
    serve_as(page, "Ravi", RAVIS)
    expect(page.get_by_role("heading", name="Sunita Rao")).to_be_visible()


def test_keyboard_alone_is_enough(page, tablet):
    page.goto(FIND)
    page.get_by_role("button", name="Ravi").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#pin")).to_be_focused()
    page.keyboard.type(RAVIS)
    page.keyboard.press("Enter")
    expect(page.locator("#q")).to_be_focused()


def test_keys_write_and_delete_and_stop_at_six(page, tablet):
    page.goto(FIND)
    choose(page, "Ravi")
    for digit in "12345678":
        page.get_by_role("button", name=digit, exact=True).click()
    expect(page.locator("#pin")).to_have_value("123456")
    page.get_by_role("button", name="Delete the last digit").click()
    expect(page.locator("#pin")).to_have_value("12345")
    expect(page.locator("#pin")).to_be_focused()


def test_wrong_pin_says_so_and_asks_again(page, tablet):
    page.goto(FIND)
    choose(page, "Ravi")
    key_in(page, MEENAS)
    expect(page.get_by_role("alert")).to_have_text(re.compile("That was not the PIN. 9 more wrong tries"))
    key_in(page, RAVIS)
    expect(page.locator("#q")).to_be_focused()


def test_it_works_without_script(browser, tablet, base_url):
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    context.add_cookies([{"name": pairing.COOKIE, "value": TOKEN, "url": base_url}])
    page = context.new_page()
    page.goto(the_card())
    choose(page, "Ravi")
    expect(page.get_by_role("button", name="7", exact=True)).to_be_hidden()
    page.fill("#pin", MEENAS)
    page.get_by_role("button", name="OK").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.fill("#pin", RAVIS)
    page.get_by_role("button", name="OK").click()
    expect(page.get_by_role("heading", name="Sunita Rao")).to_be_visible()
    context.close()


def test_nobody_can_go_on_without_a_connection_in_the_keys_and_nothing_is_lost(page, tablet, context):
    page.goto(FIND)
    choose(page, "Ravi")
    context.set_offline(True)
    key_in(page, RAVIS)
    expect(page.get_by_text("no answer from the shop’s computer")).to_be_visible()
    context.set_offline(False)
    page.get_by_role("button", name="OK").click()
    expect(page.locator("#q")).to_be_focused()


# --- the lock


@pytest.fixture
def ravi_serves(page, tablet):
    page.clock.install()
    page.goto(FIND)
    serve_as(page, "Ravi", RAVIS)
    return page


def test_tablet_locks_when_nobody_taps_and_ravi_finds_what_he_typed(ravi_serves):
    page = ravi_serves
    page.goto(the_card())
    page.fill("#serve [name=note]", "for Anu")
    page.clock.fast_forward("02:50")
    expect(page.locator("#serve [name=note]")).to_be_visible()
    page.clock.fast_forward("00:20")
    expect(page.get_by_role("heading", name="Who serves?")).to_be_visible()
    page.goto(the_card())
    serve_as(page, "Ravi", RAVIS)
    expect(page.locator("#serve [name=note]")).to_have_value("for Anu")


def test_who_goes_on_typing_is_not_locked_out(ravi_serves):
    page = ravi_serves
    page.goto(the_card())
    for _minute in range(6):
        with page.expect_request("**/here/") as asked:
            page.clock.fast_forward("01:01")
            page.locator("#serve [name=note]").press("a")
        assert asked.value.response().status == 204
    expect(page.locator("#serve [name=note]")).to_have_value("aaaaaa")


def test_first_touch_after_the_tablet_slept_locks_it(ravi_serves):
    page = ravi_serves
    page.goto(the_card())
    page.clock.set_fixed_time(page.evaluate("() => Date.now()") + 10 * 60_000)
    page.locator("#serve [name=note]").click()
    expect(page.get_by_role("heading", name="Who serves?")).to_be_visible()


def test_lock_comes_after_as_many_minutes_as_the_shop_says(shop, page, tablet):
    shop.lock_after = 1
    shop.save()
    page.clock.install()
    page.goto(FIND)
    serve_as(page, "Ravi", RAVIS)
    page.clock.fast_forward("01:10")
    expect(page.get_by_role("heading", name="Who serves?")).to_be_visible()


def test_page_locks_when_the_shop_says_that_nobody_serves_any_more(ravi_serves):
    page = ravi_serves
    Member.objects.filter(name="Ravi").update(is_active=False)
    page.clock.fast_forward("01:01")
    page.keyboard.press("Tab")
    expect(page.get_by_role("heading", name="Who serves?")).to_be_visible()


# --- nothing of what another had half typed


def test_another_person_finds_nothing_that_was_half_typed(page, tablet):
    page.goto(the_card())
    serve_as(page, "Ravi", RAVIS)
    page.get_by_role("button", name="Same as last time").click()
    page.fill("#serve [name=note]", "for Anu")
    leave_it(page)
    assert drafts(page) != []
    serve_as(page, "मीना कुलकर्णी", MEENAS)
    expect(page.locator("#serve [name=note]")).to_have_value("")
    expect(page.locator("#rows")).to_be_empty()
    assert drafts(page) == []


def test_way_back_shows_another_person_nothing_that_was_half_typed(page, tablet):
    page.goto(FIND)
    serve_as(page, "Ravi", RAVIS)
    page.goto(f"{the_card()}details/")
    page.fill("#id_name", "Half typed")
    page.goto(the_card())
    page.fill("#serve [name=note]", "for Anu")
    leave_it(page)
    page.go_back()
    serve_as(page, "मीना कुलकर्णी", MEENAS)
    while page.go_back() and page.url != "about:blank":
        expect(page.locator("main")).to_be_visible()
        typed = page.evaluate("() => [...document.querySelectorAll('input, textarea')].map((input) => input.value)")
        assert not {"Half typed", "for Anu", RAVIS} & set(typed)


def test_other_tab_is_left_when_somebody_else_is_to_serve(page, tablet, context):
    page.goto(FIND)
    serve_as(page, "Ravi", RAVIS)
    page.goto(the_card())
    other = context.new_page()
    other.goto(FIND)
    leave_it(other)
    expect(page.get_by_role("heading", name="Who serves?")).to_be_visible()
    serve_as(other, "मीना कुलकर्णी", MEENAS)
    expect(page.get_by_role("heading", name="Who serves?")).to_be_visible()


# --- how it looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_pages_fit_and_can_be_read(page, tablet, size, scheme):
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    page.emulate_media(color_scheme=scheme)
    page.goto(FIND)

    def open_keys():
        choose(page, "Ravi")
        expect(page.locator("#pin")).to_be_visible()

    def fail():
        key_in(page, MEENAS)
        expect(page.get_by_role("alert")).to_be_visible()

    for open_next in (open_keys, fail, lambda: None):
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= size[0]
        open_next()


# --- without a connection


@pytest.fixture
def ravi_is_cut_off(page, tablet, context):
    """The tablet on which Ravi serves, with all that it keeps for it, and then without a connection."""
    page.goto(FIND)
    serve_as(page, "Ravi", RAVIS)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    expect(page.locator("#q")).to_be_focused()
    context.set_offline(True)
    leave_it(page)
    return page


def add(page, name):
    page.get_by_text("New customer", exact=True).click()
    page.fill("#new-name", name)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#sent-says")).to_contain_text("1 waits")


def arrives(context, page):
    context.set_offline(False)
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator("#sent-says")).to_have_text("all sent", timeout=20_000)
    return Entry.objects.latest("pk")


def test_without_a_connection_the_one_signed_in_goes_on(ravi_is_cut_off, context):
    page = ravi_is_cut_off
    page.get_by_role("button", name="Ravi goes on").click()
    add(page, "Sunita the second")
    entry = arrives(context, page)
    assert (entry.by.name, entry.is_claimed) == ("Ravi", False)


def test_without_a_connection_a_name_is_only_said_after_anothers(ravi_is_cut_off, context):
    page = ravi_is_cut_off
    for name in ("मीना कुलकर्णी", "Ravi"):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.locator(".me summary")).to_have_text(name)
        leave_it(page)
    page.get_by_role("button", name="Ravi goes on").click()
    add(page, "Sunita the second")
    entry = arrives(context, page)
    assert (entry.by.name, entry.is_claimed) == ("Ravi", True)


def test_without_a_connection_another_name_is_only_said(ravi_is_cut_off, context):
    page = ravi_is_cut_off
    choose(page, "मीना कुलकर्णी")
    add(page, "Sunita the second")
    entry = arrives(context, page)
    assert (entry.by.name, entry.is_claimed) == ("मीना कुलकर्णी", True)
    page.goto(FIND)
    serve_as(page, "मीना कुलकर्णी", MEENAS)


def test_without_a_connection_no_way_leads_round_the_names(ravi_is_cut_off, context):
    page = ravi_is_cut_off
    page.goto(FIND)
    expect(page.get_by_role("heading", name="Who serves?")).to_be_visible()
    page.goto(the_card())
    expect(page.get_by_role("heading", name="Who serves?")).to_be_visible()
    choose(page, "मीना कुलकर्णी")
    expect(page.locator("body")).to_have_attribute("data-blank", "card")


def test_who_only_said_their_name_finds_nothing_that_was_half_typed(page, tablet, context):
    page.goto(the_card())
    serve_as(page, "Ravi", RAVIS)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.fill("#serve [name=note]", "for Anu")
    context.set_offline(True)
    leave_it(page)
    choose(page, "मीना कुलकर्णी")
    expect(page.locator("#serve")).to_be_visible()
    expect(page.locator("#serve [name=note]")).to_have_value("")
    assert drafts(page) == []
