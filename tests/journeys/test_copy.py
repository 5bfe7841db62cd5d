"""The counter from the copy that a paired tablet keeps, without a connection: on the running program, in a browser."""

import datetime as dt
import re

import pytest
from django.http import HttpResponse
from django.utils import timezone
from playwright.sync_api import expect

from crm.lib.sounds import sound_prefix, words
from customers.models import Customer
from customers.promises.models import Promise
from customers.visits import tallying
from tests.conftest import TOKEN
from tests.customers.name_pairs import common_names, name_pairs
from tests.factories.customers import CustomerFactory
from tests.factories.preferences import PreferenceFactory
from tests.factories.promises import PromiseFactory, PromiseLineFactory
from tests.factories.vendors import DeviceFactory
from tests.factories.visits import VisitFactory
from tests.journeys.conftest import sign_in
from vendors import pairing, turns
from vendors.models import Device
from vendors.pairing import digest_of

FIND = "/green-corner/counter/"
THREE_DAYS = 72 * 3600 * 1000
KEPT = """() => new Promise((resolve) => {
  indexedDB.open("regulars").onsuccess = ({ target: { result } }) => {
    result.transaction("copy").objectStore("copy").getAllKeys().onsuccess = ({ target }) => resolve(target.result);
  };
})"""


@pytest.fixture
def people(shop):
    """Sunita, who is allergic and owed a mango; and one whose name is written in Devanagari."""
    sunita, other = shop.customer_set.get(name="Sunita Rao"), shop.customer_set.get(name__startswith="सु")
    PreferenceFactory(customer=sunita, kind="allergy", product=None, text="peanuts", consent_at=timezone.now())
    mango = shop.product_set.get(name="Mango")
    PromiseLineFactory(promise=PromiseFactory(customer=sunita), product=mango, quantity=2)
    VisitFactory(customer=other, at=timezone.now() - dt.timedelta(days=2))
    tallying.recount_shop(shop)
    shop.past_changed()
    return shop


@pytest.fixture
def tablet(page, context, people, base_url):
    """A paired tablet on which Ravi serves, with its worker, its blank pages and its copy."""
    device = DeviceFactory(vendor=people, token=digest_of(TOKEN))
    answer = HttpResponse()
    turns.begin(answer, device, people.member_set.get(name="Ravi"))
    cookies = {pairing.COOKIE: TOKEN, turns.COOKIE: answer.cookies[turns.COOKIE].value}
    context.add_cookies([{"name": name, "value": value, "url": base_url} for name, value in cookies.items()])
    page.goto(FIND)
    kept(page, 3)
    page.reload()
    assert page.evaluate("Boolean(navigator.serviceWorker.controller)")
    return page


def kept(page, many):
    """Wait until the copy has so many rows: one of each person, and one to find them."""
    for _try in range(100):
        if len(page.evaluate(KEPT)) == many:
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.evaluate(KEPT))


def offline(page):
    page.context.set_offline(True)
    page.goto(FIND)
    expect(page.locator("body")).to_have_attribute("data-blank", "find")


def type_name(page, text):
    page.locator("#q").press_sequentially(text)


def names_found(page):
    return page.locator("#found .person b")


def tap(page, name):
    page.locator("#tiles .tile", has_text=name).locator(".tap").click()


def test_whole_round_without_a_connection(tablet, people, complaints):
    offline(tablet)
    expect(tablet.locator("#copied")).to_contain_text("The last answer was")
    type_name(tablet, "suni")
    expect(names_found(tablet)).to_have_text(["Sunita Rao", "सुनीता कुलकर्णी"])
    names_found(tablet).first.click()
    expect(tablet.get_by_role("heading", name="Sunita Rao")).to_be_visible()
    expect(tablet.locator("#never")).to_contain_text("Allergy: peanuts")
    tap(tablet, "Onion")
    tap(tablet, "Banana")
    expect(tablet.locator(".basket-row .what")).to_have_text([re.compile("Onion 2 kg"), re.compile("Banana 6")])
    expect(tablet.locator(".basket-row .how").nth(1)).to_have_value("half ripe")
    tablet.locator("#done").click()
    expect(tablet.locator("#status")).to_contain_text("Saved on this tablet: Sunita Rao")

    type_name(tablet, "Farah")
    tablet.get_by_role("button", name="New customer: Farah").click()
    expect(tablet.get_by_role("heading", name="Farah")).to_be_visible()
    tablet.locator("#done").click()
    expect(tablet.locator("#status")).to_contain_text("Saved on this tablet: Farah")
    type_name(tablet, "fara")
    expect(names_found(tablet)).to_have_text(["Farah"])

    tablet.locator("#q").fill("sunita r")
    names_found(tablet).first.click()
    expect(tablet.locator(".who")).to_contain_text("Saved on this tablet, not sent yet: visit")
    tablet.locator("#promised").get_by_role("button", name="Kept").click()
    expect(tablet.locator("#sent")).to_contain_text("4 wait")
    tablet.reload()
    expect(tablet.locator(".promise-row")).to_have_count(0)

    tablet.context.set_offline(False)
    tablet.goto(FIND)
    expect(tablet.locator("#sent")).to_have_text("all sent", timeout=15000)
    sunita = Customer.objects.get(name="Sunita Rao")
    visit = sunita.visits.latest("at")
    assert [(line.product.name, line.quantity, line.manner) for line in visit.lines.order_by("position")] == [
        ("Onion", 2, ""), ("Banana", 6, "half ripe"),
    ]  # fmt: skip
    assert sunita.visits.count() == 10
    assert {visit.by.name for visit in (visit, Customer.objects.get(name="Farah").visits.get())} == {"Ravi"}
    assert Promise.objects.get().outcome == "kept"
    assert complaints == []


def test_copy_is_new_again_once_what_waited_is_sent(tablet):
    offline(tablet)
    type_name(tablet, "Farah")
    tablet.get_by_role("button", name="New customer: Farah").click()
    expect(tablet.get_by_role("heading", name="Farah")).to_be_visible()
    tablet.context.set_offline(False)
    tablet.goto(FIND)
    kept(tablet, 4)


def test_names_are_found_by_the_rules_of_the_shops_computer(tablet):
    """All that the tests of the rules know, typed in part and in whole."""
    named = [name for pair in name_pairs() for name in pair[1:]]
    named += [name for each in common_names() for name in (each.latin, each.devanagari)]
    named = [name for name in named if re.fullmatch(r"[\0-\u017f\u0900-\u097f]*", name)]  # others are told if needed
    typed = [*named, *(name[:4] for name in named), "Émile", "२३", "D'Souza", "A", ""]
    offline(tablet)
    told = tablet.evaluate(
        """async (typed) => {
          const { spell, hear } = await Copy.get("find"), { fold } = Copy;
          return typed.map((text) => (fold(text.normalize("NFKC").toLowerCase(), spell).match(/[a-z\\d]+/g) || [])
            .map((word) => [word, fold(word, hear)]));
        }""",
        typed,
    )
    assert told == [[[word, sound_prefix(word)] for word in words(text)] for text in typed]


@pytest.mark.parametrize("text", ["सुनी", "sunita kul", "SUNEETA K"])
def test_name_in_devanagari_is_found_in_either_script(tablet, text):
    offline(tablet)
    type_name(tablet, text)
    expect(names_found(tablet).filter(has_text="सुनीता")).to_be_visible()


def test_last_digits_and_lane_find_a_person_and_enter_opens_the_card(tablet):
    offline(tablet)
    type_name(tablet, "2345")
    expect(names_found(tablet)).to_have_text(["Sunita Rao"])
    tablet.locator("#q").fill("3rd la")
    tablet.locator("#q").press("Enter")
    expect(tablet.get_by_role("heading", name="Sunita Rao")).to_be_visible()


def test_likely_now_is_whom_the_shops_computer_would_name(tablet):
    expect(tablet.locator(".people-likely b")).to_have_text(["Sunita Rao", "सुनीता कुलकर्णी"])
    offline(tablet)
    expect(tablet.locator(".people-likely b").first).to_have_text("Sunita Rao")
    expect(tablet.locator(".people-likely a").first).to_contain_text("! promise")


def test_search_of_a_page_whose_connection_went_is_answered_from_the_copy(tablet):
    tablet.context.set_offline(True)
    type_name(tablet, "suni")
    expect(names_found(tablet)).to_have_text(["Sunita Rao", "सुनीता कुलकर्णी"])
    expect(tablet.locator("#status")).to_be_empty()


def test_person_who_is_not_kept_is_served_by_the_name_they_were_found_by(tablet, people):
    CustomerFactory(vendor=people, name="<b>Meena</b>")
    type_name(tablet, "meena")
    expect(names_found(tablet)).to_have_text(["<b>Meena</b>"])
    tablet.context.set_offline(True)
    names_found(tablet).click()
    expect(tablet.get_by_role("heading", name="<b>Meena</b>", exact=True)).to_be_visible()
    expect(tablet.locator(".who")).to_contain_text("Not kept on this tablet")
    tablet.locator("#done").click()
    expect(tablet.locator("#status")).to_contain_text("Saved on this tablet: <b>Meena</b>")


def test_people_go_after_three_days_without_contact_and_what_waits_stays(tablet):
    offline(tablet)
    type_name(tablet, "Farah")
    tablet.get_by_role("button", name="New customer: Farah").click()
    expect(tablet.get_by_role("heading", name="Farah")).to_be_visible()
    tablet.evaluate("(ms) => Regulars.meta.put({ key: 'lastContact', at: Date.now() - ms })", THREE_DAYS - 60000)
    tablet.goto(FIND)
    expect(tablet.locator("#copied")).to_contain_text("The last answer was")
    tablet.evaluate("(ms) => Regulars.meta.put({ key: 'lastContact', at: Date.now() - ms })", THREE_DAYS + 1)
    tablet.goto(FIND)
    expect(tablet.locator("#copied")).to_contain_text("older than 72 hours and is removed")
    assert tablet.evaluate(KEPT) == []
    expect(tablet.locator("#sent")).to_contain_text("1 waits")
    type_name(tablet, "fara")
    expect(names_found(tablet)).to_have_text(["Farah"])


def test_people_go_when_the_tablet_is_unpaired(tablet, people):
    Device.objects.update(revoked_at=timezone.now())
    tablet.goto(FIND)
    expect(tablet.get_by_role("heading", name="not paired any more")).to_be_visible()
    kept(tablet, 0)


def test_people_go_when_somebody_is_signed_in_by_account_instead(tablet, people, base_url):
    tablet.context.clear_cookies()
    sign_in(tablet.context, people, "Ravi", base_url)
    tablet.goto(FIND)
    kept(tablet, 0)
