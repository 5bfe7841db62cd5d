"""Promises from the card and back: on the running program, in a browser."""

import datetime as dt
import re

from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Customer
from customers.promises import promising
from customers.promises.models import Amendment, Promise
from customers.promises.terms import Terms
from customers.visits.models import Visit
from tests.factories.promises import PromiseFactory
from tests.journeys.test_counter import RULES

FIND = "/green-corner/counter/"


def open_sunita(page):
    page.goto(FIND)
    page.fill("#q", "suni")
    page.locator("#found").get_by_role("link", name=re.compile("Sunita Rao")).click()
    expect(page.get_by_role("heading", name="Sunita Rao")).to_be_visible()


def sheet(page):
    return page.locator("#sheet")


def test_promise_made_and_kept_at_the_next_visit(page, signed_in, complaints):
    open_sunita(page)
    page.get_by_role("link", name="Promise", exact=True).click()
    sheet(page).get_by_label("Onion", exact=True).click()
    sheet(page).get_by_role("button", name="Tomorrow").click()
    expect(sheet(page).get_by_role("status")).to_contain_text("Promised: We: Onion 2 kg, tomorrow.")
    expect(page.locator("#promised")).to_contain_text("Tomorrow We: Onion 2 kg")
    open_sunita(page)
    page.locator("#promised").get_by_role("button", name="Put into the basket").click()
    expect(page.locator("#rows")).to_contain_text("Onion")
    expect(page.get_by_label("in this visit")).to_be_checked()
    page.locator("#done").click()
    expect(page.get_by_text("1 promise is kept with it.")).to_be_visible()
    promise, visit = Promise.objects.get(), Visit.objects.latest("pk")
    assert (promise.outcome, promise.closed_in) == ("kept", visit)
    assert [(line.product.name, float(line.quantity)) for line in visit.lines.all()] == [("Onion", 2)]
    open_sunita(page)
    expect(page.locator("#promised")).to_be_hidden()
    assert complaints == []


def test_order_changed_twice_with_a_charge(page, signed_in, shop, complaints):
    sunita = Customer.objects.get(name="Sunita Rao")
    sunita.vendor = shop
    terms = Terms(timezone.now() + dt.timedelta(days=3), text="ten onions")
    promising.make(customer=sunita, side="ours", terms=terms, by=None, uid=sunita.uid)
    open_sunita(page)
    page.locator("#promised").get_by_role("link", name="Change").click()
    sheet(page).get_by_label("In words", exact=True).fill("twelve onions")
    sheet(page).get_by_role("button", name="Save").click()
    expect(sheet(page).get_by_role("status")).to_contain_text("Saved: We: twelve onions")
    sheet(page).get_by_role("link", name="Open it").click()
    sheet(page).get_by_text("Who asked, who agreed").click()
    sheet(page).get_by_label("Who asked").fill("Sunita Rao")
    sheet(page).get_by_label("Who agreed").fill("Ravi")
    sheet(page).get_by_label("Extra charge", exact=True).fill("20")
    sheet(page).get_by_label("What for").fill("delivery")
    sheet(page).get_by_role("button", name="Tomorrow").click()
    expect(sheet(page).get_by_role("status")).to_contain_text("Saved: We: twelve onions, tomorrow.")
    expect(page.locator("#promised")).to_contain_text("Tomorrow We: twelve onions")
    sheet(page).get_by_role("link", name="Open it").click()
    expect(sheet(page)).to_contain_text("asked by Sunita Rao · agreed by Ravi · extra ₹20 for delivery")
    assert [each.charge for each in Amendment.objects.order_by("pk")] == [None, 20]
    page.locator("#close").click()
    page.locator("#promised").get_by_role("button", name="Kept").click()
    expect(page.locator("#promised")).to_contain_text("We: twelve onions: kept.")
    page.locator("#promised").get_by_role("button", name="Undo").click()
    expect(page.locator("#promised")).to_contain_text("Tomorrow We: twelve onions")
    assert Promise.objects.get().is_open
    assert complaints == []


def test_focus_comes_back_from_the_sheet_to_what_opened_it(page, signed_in, shop, complaints):
    PromiseFactory(customer=Customer.objects.get(name="Sunita Rao"), vendor=shop)
    open_sunita(page)
    change = page.locator("#promised").get_by_role("link", name="Change")
    change.press("Enter")
    expect(sheet(page).locator("h2")).to_be_focused()
    sheet(page).get_by_label("In words", exact=True).fill("two crates")
    sheet(page).get_by_role("button", name="Save").press("Enter")
    expect(page.locator("#promised")).to_contain_text("two crates")
    page.keyboard.press("Escape")
    expect(change).to_be_focused()
    page.locator("#promised").get_by_role("button", name="Kept").press("Enter")
    expect(page.locator("#promised")).to_be_focused()
    page.get_by_role("link", name="Promise", exact=True).press("Enter")
    expect(sheet(page).locator("h2")).to_be_focused()
    assert complaints == []


def test_promise_is_within_reach_on_a_phone(page, signed_in, shop):
    PromiseFactory.create_batch(5, customer=Customer.objects.get(name="Sunita Rao"), vendor=shop)
    page.set_viewport_size({"width": 360, "height": 740})
    open_sunita(page)
    for reached in ("#none", "#done", ".capture a", "#tiles .tap >> nth=0"):
        expect(page.locator(reached)).to_be_in_viewport()


def test_promises_work_without_script(browser, base_url, signed_in, shop):
    """In the same shop, with a browser that runs no script."""
    context = browser.new_context(java_script_enabled=False, base_url=base_url, storage_state=signed_in.storage_state())
    page = context.new_page()
    sunita = Customer.objects.get(name="Sunita Rao")
    page.goto(f"{FIND}{sunita.uid}/")
    page.get_by_role("link", name="Promise", exact=True).click()
    page.get_by_text("They promise").first.click()
    page.get_by_label("In words").fill("the crate")
    page.get_by_role("button", name="Tomorrow").click()
    expect(page.get_by_text("Promised: They: the crate, tomorrow.")).to_be_visible()
    page.get_by_role("link", name="Back to the card").click()
    page.locator("#promised").get_by_role("button", name="Kept").click()
    expect(page.get_by_text("They: the crate: kept.")).to_be_visible()
    page.get_by_role("button", name="Open again").click()
    expect(page.get_by_text("It is open again")).to_be_visible()
    context.close()


def test_promises_can_be_read_and_tapped_by_everybody(page, signed_in, shop):
    PromiseFactory(customer=Customer.objects.get(name="Sunita Rao"), vendor=shop)
    page.set_viewport_size({"width": 360, "height": 740})
    open_sunita(page)
    page.locator("#promised").get_by_role("link", name="Change").click()
    expect(sheet(page).get_by_role("button", name="Save")).to_be_visible()
    results = Axe().run(page, options=RULES)
    assert results.violations_count == 0, results.generate_report()
    targets = page.locator("#sheet :is(button, a, label.chip, summary):visible, #promised :is(button, a, label.chip)")
    small = [each.inner_text() for each in targets.all() if each.bounding_box()["height"] < 44 and each.inner_text()]
    assert small == []
    page.locator("#close").click()
    results = Axe().run(page, options=RULES)
    assert results.violations_count == 0, results.generate_report()
