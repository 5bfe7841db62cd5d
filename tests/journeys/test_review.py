"""The evening review as the owner uses it: on the running program, in a browser."""

import datetime as dt
import re
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from customers.models import Customer
from customers.planning import keeping_lists
from customers.planning.models import BuyingLine, BuyingList, LeftAlone
from customers.preferences.models import Preference
from customers.promises.models import Problem, Promise, Wish
from tests.factories.planning import BuyingLineFactory, BuyingListFactory, DecisionFactory, DecisionPersonFactory
from tests.factories.vendors import OwnerFactory
from tests.journeys.conftest import complaints_of, sign_in
from tests.journeys.test_counter import RULES

REVIEW = "/green-corner/review/"
PHONE = {"width": 360, "height": 740}
UNFOLD = "document.querySelectorAll('main details').forEach(each => { each.open = true; })"


def open_review(page, address=REVIEW):
    """The page with all of its panels."""
    page.goto(address)
    all_there(page)


def all_there(page):
    """The panels that come after the page come one after another: on a busy machine that takes a while."""
    expect(page.locator("[aria-busy]")).to_have_count(0, timeout=30_000)
    expect(page.locator(".review .panel").first).to_be_visible()


def panel(page, name):
    return page.locator(f"#{name}")


def row(page, name, text):
    return panel(page, name).locator(".row").filter(has_text=text)


def told(page, name):
    """What the panel says was just done, once the panel is ready for the next tap."""
    expect(page.locator(".htmx-request, .htmx-added, .htmx-settling, .htmx-swapping")).to_have_count(0)
    return panel(page, name).get_by_role("status")


def fits(page):
    """Nothing of the page is beside the screen."""
    beside = page.evaluate(
        """() => document.documentElement.scrollWidth <= screen.width ? [] : [...document.querySelectorAll("main *")]
        .filter(each => each.getBoundingClientRect().right > screen.width)
        .map(each => each.outerHTML.slice(0, 160))"""
    )
    assert (page.url, beside) == (page.url, [])


@pytest.fixture
def thumb(evening_shop, browser, base_url):
    """The phone of the owner: a page that is tapped, not clicked."""
    context = browser.new_context(base_url=base_url, viewport=PHONE, has_touch=True, is_mobile=True)
    sign_in(context, evening_shop, "Asha", base_url)
    yield context.new_page()
    context.close()


# --- with the thumb


def served(page, shop):
    """Who was served, and the rows behind it."""
    page.locator("#the_day .figure").first.tap()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#rows tbody")).to_contain_text("Meena Iyer")
    fits(page)
    page.get_by_role("link", name="Back to the review").tap()
    all_there(page)


def owed(page, shop):
    """A promise is kept, and that is taken back."""
    row(page, "owed", "the ripe ones").get_by_role("button", name="Kept").tap()
    expect(told(page, "owed")).to_contain_text("the ripe ones: kept")
    assert Promise.objects.get().outcome == "kept"
    panel(page, "owed").get_by_role("button", name="Undo").tap()
    expect(row(page, "owed", "the ripe ones").get_by_role("button", name="Kept")).to_be_visible()
    assert Promise.objects.get().is_open


def wrong(page, shop):
    """A hard problem gets somebody and a day."""
    hard = row(page, "wrong", "4 days old")
    hard.get_by_text("Ravi").tap()
    hard.get_by_role("button", name="tomorrow").tap()
    expect(told(page, "wrong")).to_contain_text("Ravi")
    problem = Problem.objects.get(is_hard=True)
    assert (problem.owner.name, problem.due_on) == ("Ravi", shop.today() + dt.timedelta(days=1))


def asked(page, shop):
    """What was wished came in, and they were told."""
    row(page, "asked", "Mango").first.get_by_role("button", name="Came in").tap()
    expect(told(page, "asked")).to_be_visible()
    fits(page)
    panel(page, "asked").get_by_role("button", name="Told", exact=True).tap()
    expect(told(page, "asked")).to_contain_text("Sunita")
    wish = Wish.objects.get()
    assert (wish.came_in_at is not None, wish.told_at is not None) == (True, True)


def missed(page, shop):
    """Who was missed is left alone, and is so when the page is opened again."""
    ahmed = row(page, "missed", "Ahmed Khan")
    ahmed.get_by_text("Next").tap()
    fits(page)
    ahmed.get_by_label("Why (closing needs it)").fill("at his brother's")
    ahmed.get_by_role("button", name="a week").tap()
    expect(told(page, "missed")).to_contain_text("Ahmed Khan")
    alone = LeftAlone.objects.get()
    assert (alone.customer.name, alone.reason) == ("Ahmed Khan", "at his brother's")
    assert alone.until == shop.today() + dt.timedelta(days=7)
    open_review(page)
    expect(panel(page, "missed").locator("a:visible").filter(has_text="Ahmed Khan")).to_have_count(0)
    expect(panel(page, "missed").get_by_text("1 is left alone")).to_be_visible()


def noticed(page, shop):
    """What was noticed is remembered."""
    panel(page, "noticed").locator(".noticed-one").filter(has_text="half ripe").get_by_role("button", name="Yes").tap()
    expect(told(page, "noticed")).to_contain_text("half ripe")
    assert Preference.objects.get().text == "half ripe"


def bought(page, shop):
    """Tomorrow’s list is kept, changed, ticked off and printed."""
    panel(page, "tomorrow").get_by_role("button", name="Keep this list").tap()
    expect(told(page, "tomorrow")).to_contain_text("The list is kept.")
    panel(page, "tomorrow").get_by_role("link", name="Open the list").tap()
    expect(page.locator("#progress")).to_contain_text("0 of")
    fits(page)
    line = BuyingList.objects.get().lines.get(product__name="Onion")
    before = line.quantity
    page.get_by_role("button", name="Onion: more").tap()
    expect(page.get_by_text("It was")).to_be_visible()
    page.get_by_role("button", name="Bought: Onion").tap()
    expect(page.locator("#progress")).to_contain_text("1 of")
    line.refresh_from_db()
    assert (line.quantity, line.got_at is not None) == (before + line.product.step, True)
    fits(page)
    page.get_by_role("link", name="Print on A4").tap()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Onion")).to_contain_text("✓")


def test_a_whole_review_with_the_thumb(thumb, evening_shop, base_url):
    complaints = complaints_of(thumb, base_url)
    open_review(thumb)
    for part in (served, owed, wrong, asked, missed, noticed, bought):
        part(thumb, evening_shop)
        fits(thumb)
    assert complaints == []


# --- by keyboard


def tab_to(page, target, most=80):
    """Press the tabulator until `target` has the focus."""
    for _press in range(most):
        if target.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"not reached by keyboard: {target}")


def test_days_and_evidence_by_keyboard(page, owner_signed_in, evening_shop, complaints):
    open_review(page)
    today = evening_shop.today()
    tab_to(page, page.get_by_role("link", name="The day before"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{today - dt.timedelta(days=1)}/$"))
    all_there(page)
    tab_to(page, page.get_by_role("link", name="The day after"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{today}/$"))
    all_there(page)
    tab_to(page, page.locator("#the_day .figure").first)
    page.keyboard.press("Enter")
    expect(page.locator("#rows tbody tr")).to_have_count(2)
    tab_to(page, page.get_by_role("columnheader", name="Customer").get_by_role("link"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Customer")).to_have_attribute("aria-sort", "ascending")
    assert page.locator("#rows tbody tr").first.inner_text().count("Mandi")
    tab_to(page, page.get_by_role("link", name="Keep as a file (CSV)"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert "Meena Iyer" in download.value.path().read_text()
    tab_to(page, page.get_by_role("link", name="Back to the review"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Evening review")).to_be_visible()
    assert complaints == []


TAPS = [
    ("owed", lambda page: row(page, "owed", "the ripe ones").get_by_role("button", name="Kept")),
    ("wrong", lambda page: row(page, "wrong", "4 days old").get_by_role("button", name="tomorrow")),
    ("asked", lambda page: row(page, "asked", "Mango").first.get_by_role("button", name="Came in")),
    ("missed", lambda page: row(page, "missed", "Ahmed Khan").get_by_role("button", name="a week")),
    ("noticed", lambda page: panel(page, "noticed").get_by_role("button", name="Yes", exact=True).first),
    ("tomorrow", lambda page: panel(page, "tomorrow").get_by_role("button", name="Keep this list")),
]


@pytest.mark.parametrize(("name", "tap"), TAPS, ids=[name for name, _tap in TAPS])
def test_focus_goes_to_what_was_told(page, owner_signed_in, complaints, name, tap):
    open_review(page)
    if name == "missed":
        row(page, "missed", "Ahmed Khan").locator("summary").press("Enter")
    tap(page).press("Enter")
    expect(told(page, name)).to_be_focused()
    if name != "tomorrow":
        page.keyboard.press("Tab")
        undo = panel(page, name).get_by_role("button", name="Undo")
        expect(undo).to_be_focused()
        page.keyboard.press("Enter")
        expect(undo).to_have_count(0)
        expect(told(page, name)).to_be_focused()
    assert complaints == []


def test_focus_stays_in_the_line_of_the_list(page, owner_signed_in, evening_shop):
    keeping_lists.keep(vendor=evening_shop, day=tomorrow_of(evening_shop), by=None, uid=uuid4())
    page.goto(list_of(evening_shop))
    for name in ("Onion: more", "Bought: Onion"):
        page.get_by_role("button", name=name).press("Enter")
        expect(page.locator("#progress")).to_be_visible()
        page.wait_for_load_state("networkidle")
        expect(page.get_by_role("button", name=name)).to_be_focused()


def tomorrow_of(shop):
    return shop.today() + dt.timedelta(days=1)


def list_of(shop, **query):
    return f"{REVIEW}lists/{tomorrow_of(shop)}/" + "".join(f"?{name}={value}" for name, value in query.items())


# --- for everybody


@pytest.fixture
def pages(evening_shop):
    """The address of each page of the review, with something on it."""
    today, onion = evening_shop.today(), evening_shop.product_set.get(picture="onion")
    decision = DecisionFactory(vendor=evening_shop, decided_on=today - dt.timedelta(days=31))
    DecisionPersonFactory(decision=decision, customer=evening_shop.customer_set.get(landmark="3rd lane"))
    kept = BuyingListFactory(vendor=evening_shop, day=tomorrow_of(evening_shop))
    BuyingLineFactory(buying_list=kept, product=onion)
    return [
        REVIEW,
        f"{REVIEW}week/{today}/",
        f"{REVIEW}month/{today}/",
        f"{REVIEW}visits/?first={today}&last={today}",
        f"{REVIEW}promises/",
        f"{REVIEW}missed/rows/",
        f"{REVIEW}noticed/",
        f"{REVIEW}{today}/coming/",
        f"{REVIEW}customers/",
        f"{REVIEW}products/",
        f"{REVIEW}lists/",
        list_of(evening_shop),
        list_of(evening_shop, paper="a4"),
        f"{REVIEW}who-would-miss-it/?product={onion.uid}",
        f"{REVIEW}who-would-miss-it/people/?product={onion.uid}",
        f"{REVIEW}decisions/",
        f"{REVIEW}decisions/{decision.uid}/",
    ]


def wrong_with(page, address, *, in_the_dark=False):
    """All that is wrong in the light, and the colours of it in the dark."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")  # no colour is on its way to another
    page.goto(address)
    expect(page.locator("[aria-busy]")).to_have_count(0, timeout=30_000)
    page.evaluate(UNFOLD)
    found = Axe().run(page, options=RULES).response["violations"]
    if in_the_dark:
        page.emulate_media(color_scheme="dark")
        found += page.evaluate("axe.run({runOnly: ['color-contrast']}).then(found => found.violations)")
    return [(address, each["id"], [node["html"] for node in each["nodes"]]) for each in found]


def test_axe_finds_nothing_on_any_page(page, owner_signed_in, pages, complaints):
    page.set_viewport_size(PHONE)
    assert [found for address in pages for found in wrong_with(page, address, in_the_dark=True)] == []
    assert complaints == []


def test_axe_finds_nothing_in_devanagari(page, owner_signed_in, pages, evening_shop, complaints):
    evening_shop.language = "hi"
    evening_shop.save()
    evening_shop.customer_set.filter(name="Meena Iyer").update(name="मीना अय्यर")
    page.set_viewport_size(PHONE)
    found = []
    for address in pages:
        found += wrong_with(page, address)
        fits(page)
    assert found == []
    page.goto(REVIEW)
    expect(page.locator("html")).to_have_attribute("lang", "hi")
    expect(page.locator("#tomorrow")).to_contain_text("मीना अय्यर")
    expect(page.locator("#tomorrow")).to_contain_text("प्याज")
    assert complaints == []


SMALL = """
() => [...document.querySelectorAll("a, button, summary, select, input:not([type=hidden])")]
.filter(target => target.checkVisibility() && target.closest("thead")?.clientWidth !== 1)
.map(target => [target, (target.closest("label") || target).getBoundingClientRect()])
.filter(([target, box]) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
.map(([target, box]) => `${target.outerHTML.slice(0, 120)} ${box.width} x ${box.height}`)
"""
"""What can be tapped and is under 44 CSS pixels; on a phone the head of a table is only heard."""


@pytest.mark.parametrize("size", [(360, 740), (800, 1280), (1280, 800)])
def test_no_page_scrolls_sideways_and_fingers_find_every_target(thumb, pages, size):
    thumb.set_viewport_size({"width": size[0], "height": size[1]})
    small = []
    for address in pages:
        thumb.goto(address)
        expect(thumb.locator("[aria-busy]")).to_have_count(0, timeout=30_000)
        thumb.evaluate(UNFOLD)
        fits(thumb)
        small += [(address, target) for target in thumb.evaluate(SMALL)]
    assert small == []


# --- two owners at once


@pytest.fixture
def other(evening_shop, browser, base_url):
    """The phone of the other owner, who reviews the same evening."""
    OwnerFactory(vendor=evening_shop, name="Farah")
    context = browser.new_context(base_url=base_url, viewport=PHONE)
    yield sign_in(context, evening_shop, "Farah", base_url).new_page()
    context.close()


def test_two_owners_close_the_same_promise(page, other, owner_signed_in, complaints):
    for each in (page, other):
        open_review(each)
    row(page, "owed", "the ripe ones").get_by_role("button", name="Kept").click()
    expect(told(page, "owed")).to_contain_text("kept")
    row(other, "owed", "the ripe ones").get_by_role("button", name="Put off to").click()
    expect(panel(other, "owed").locator(".errors")).to_be_visible()
    expect(row(other, "owed", "the ripe ones").get_by_role("button")).to_have_count(0)
    assert Promise.objects.get().outcome == "kept"
    assert complaints == []


def test_two_owners_change_the_same_list(page, other, owner_signed_in, evening_shop, complaints):
    for each in (page, other):
        open_review(each)
    panel(page, "tomorrow").get_by_role("button", name="Keep this list").click()
    expect(told(page, "tomorrow")).to_be_visible()
    panel(other, "tomorrow").get_by_role("button", name="Keep this list").click()
    expect(panel(other, "tomorrow").get_by_role("link", name="Open the list")).to_be_visible()
    assert BuyingList.objects.count() == 1
    for each in (page, other):
        each.goto(list_of(evening_shop))
    amount = "Onion, kg"
    page.get_by_label(amount).fill("9")
    page.get_by_label(amount).press("Tab")
    expect(page.get_by_text("It was")).to_be_visible()
    other.get_by_label(amount).fill("7")
    other.get_by_label(amount).press("Tab")
    expect(other.locator(".buy .errors")).to_be_visible()
    expect(other.get_by_label(amount)).to_have_value("7")
    assert BuyingLine.objects.get(product__name="Onion").quantity == 9
    other.get_by_role("button", name="Bought: Onion").click()
    expect(other.locator("#progress")).to_contain_text("1 of")
    assert complaints == []


# --- without script


def test_a_review_without_script(browser, base_url, evening_shop):
    context = browser.new_context(base_url=base_url, viewport=PHONE, java_script_enabled=False)
    page = sign_in(context, evening_shop, "Asha", base_url).new_page()
    page.goto(REVIEW)
    row(page, "owed", "the ripe ones").get_by_role("button", name="Kept").click()
    expect(page.get_by_text("the ripe ones: kept").first).to_be_visible()
    assert Promise.objects.get().outcome == "kept"
    panel(page, "missed").get_by_role("link", name="Show").click()
    expect(page.get_by_role("heading", name="Who was missed")).to_be_visible()
    row(page, "missed", "Ahmed Khan").locator("summary").click()
    row(page, "missed", "Ahmed Khan").get_by_role("button", name="a week").click()
    expect(page.get_by_text(re.compile("Ahmed Khan.*left alone")).first).to_be_visible()
    assert LeftAlone.objects.get().customer == Customer.objects.get(name="Ahmed Khan")
    page.goto(REVIEW)
    panel(page, "tomorrow").get_by_role("link", name="Show").click()
    page.get_by_role("button", name="Keep this list").click()
    expect(page.get_by_text("The list is kept.")).to_be_visible()
    page.goto(list_of(evening_shop))
    page.get_by_label("Onion, kg").fill("6.5")
    page.locator(".buy").filter(has_text="Onion").get_by_role("button", name="Save").click()
    expect(page.get_by_label("Onion, kg")).to_have_value("6.5")
    assert BuyingLine.objects.get(product__name="Onion").quantity == 6.5
    context.close()


# --- on paper


@pytest.fixture
def long_list(evening_shop):
    """Of sixty products, some with long names."""
    kept = BuyingListFactory(vendor=evening_shop, day=tomorrow_of(evening_shop))
    for number in range(60):
        name = f"हरी मिर्च लंबी {number}" if number % 3 else f"Product of a long name {number}"
        BuyingLineFactory(buying_list=kept, product__name=name, position=number)
    return kept


def test_sixty_products_fit_on_one_sheet(page, owner_signed_in, evening_shop, long_list):
    page.goto(list_of(evening_shop, paper="a4"))
    expect(page.get_by_role("listitem")).to_have_count(60)
    sheets = boxes(page)
    assert [(round(width), round(height)) for width, height in sheets] == [(595, 842)]


def test_roll_is_80_mm_wide(page, owner_signed_in, evening_shop, long_list):
    page.goto(list_of(evening_shop, paper="roll"))
    assert {round(width / 72 * 25.4) for width, _height in boxes(page)} == {80}
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 272, "height": 740})  # 72 mm: what the printer reaches
    assert page.evaluate("document.documentElement.scrollWidth") == 272


def boxes(page):
    """The width and the height of each sheet as it is printed, in points."""
    printed = page.pdf(prefer_css_page_size=True)
    found = re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]", printed)
    assert len(found) == len(re.findall(rb"/Type\s*/Page\b", printed))
    return [(float(width), float(height)) for width, height in found]
