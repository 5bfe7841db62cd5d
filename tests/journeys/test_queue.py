"""Taps that outlast the connection, the page and the browser's store: on the running program, in a browser."""

import json
import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from customers.models import Customer
from customers.preferences.models import Preference
from customers.visits.models import Visit
from tests.conftest import TOKEN, tablet_of
from tests.factories.vendors import DeviceFactory
from tests.journeys.conftest import sign_in
from tests.journeys.test_counter import FIND, done, open_sunita, taken, tile
from vendors import pairing
from vendors.models import Entry
from vendors.pairing import digest_of

SAVED = "Saved on this tablet: Sunita Rao"
OURS = {"Regulars": "1"}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    """Without the worker: what a page of it sends passes by the routes that a test lays."""
    return browser_context_args | {"service_workers": "block"}


def queued(page):
    return page.evaluate("Regulars.entries()")


def sends_now(page):
    """The queue is sent, whatever is set aside for later."""
    page.evaluate(
        """async () => {
            for (const entry of await Regulars.entries()) await Regulars.change(entry, { stuckUntil: 0 });
            await Regulars.flush();
        }"""
    )


def all_sent(page):
    for _tenth in range(100):
        if not queued(page):
            break
        page.wait_for_timeout(100)
    expect(page.locator("#sent")).to_have_text("all sent")


def visits():
    return Visit.objects.filter(customer__name="Sunita Rao").count()


@pytest.fixture
def before(shop):
    return visits()


def test_a_tap_goes_through_the_queue_and_leaves_it(page, signed_in, complaints):
    open_sunita(page)
    tile(page, "Onion").click()
    done(page)
    all_sent(page)
    assert queued(page) == []
    assert Entry.objects.get().outcome == "done"
    assert complaints == []


ANSWERS = {
    "a portal's page": {"status": 200, "body": "<html><main id='main'>Welcome to the free wifi</main></html>"},
    "a redirect": {"status": 302, "headers": {"Location": "/sign-in/"}},
    "403": {"status": 403, "headers": OURS},
    "413": {"status": 413},
    "500": {"status": 500, "headers": OURS},
    "502": {"status": 502, "body": "Bad gateway"},
    "the echo of another": {"status": 204, "headers": OURS | {"Regulars-Entry": str(uuid4())}},
}


@pytest.mark.parametrize("answer", [*ANSWERS, "none"])
def test_only_the_echo_of_a_tap_lets_it_go(page, signed_in, before, answer):
    open_sunita(page)
    tile(page, "Onion").click()
    asked = []

    def say(route):
        asked.append(route.request.headers.get("regulars-entry"))
        route.abort() if answer == "none" else route.fulfill(**ANSWERS[answer])

    page.route(
        re.compile(r"/counter/[0-9a-f-]{36}/$"),
        lambda route: say(route) if route.request.method == "POST" else route.continue_(),
    )
    page.locator("#done").click()
    expect(page.locator("#status")).to_contain_text(SAVED)
    sends_now(page)
    assert [entry["uid"] for entry in queued(page)] == [asked[0]]
    assert set(asked) == {asked[0]}
    assert visits() == before
    page.unroute_all()
    sends_now(page)
    all_sent(page)
    assert queued(page) == []
    assert visits() == before + 1


def test_a_computer_that_hangs_keeps_nobody_waiting_for_long(page, signed_in, before):
    open_sunita(page)
    page.route("**/*", lambda _route: None)
    page.locator("#done").click()
    expect(page.locator("#status")).to_contain_text(SAVED)
    assert len(queued(page)) == 1
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#status")).to_contain_text("Undone: Sunita Rao")
    assert [entry["path"].split("/")[-2] for entry in queued(page)][1:] == ["undo"]
    page.unroute_all()


def test_what_is_undone_without_a_connection_arrives_undone(page, signed_in, before):
    open_sunita(page)
    tile(page, "Onion").click()
    signed_in.set_offline(True)
    page.locator("#done").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#status")).to_contain_text("Undone")
    expect(page.locator("#sent")).to_contain_text("2 wait since")
    signed_in.set_offline(False)
    all_sent(page)
    assert visits() == before + 1
    assert Visit.objects.latest("pk").is_voided


def test_undo_that_is_not_kept_says_so_and_can_be_tapped_again(page, signed_in, before):
    open_sunita(page)
    signed_in.set_offline(True)
    page.locator("#done").click()
    expect(page.locator("#status")).to_contain_text(SAVED)
    page.evaluate(
        """() => {
          self.kept = IDBObjectStore.prototype.add;
          IDBObjectStore.prototype.add = () => { throw new DOMException("", "QuotaExceededError") };
        }"""
    )
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#status")).to_contain_text("This browser keeps nothing")
    page.evaluate("() => { IDBObjectStore.prototype.add = self.kept }")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#status")).to_contain_text("Undone")
    signed_in.set_offline(False)
    all_sent(page)
    assert visits() == before + 1
    assert Visit.objects.latest("pk").is_voided


def test_two_pages_send_together_and_nothing_is_doubled(page, signed_in, before):
    open_sunita(page)
    other = signed_in.new_page()
    other.goto(FIND)
    signed_in.set_offline(True)
    tile(page, "Onion").click()
    page.locator("#done").click()
    expect(other.locator("#sent")).to_contain_text("1 waits since")
    signed_in.set_offline(False)
    for each in (page, other):
        all_sent(each)
    assert visits() == before + 1


def test_what_waits_outlasts_a_reload(page, signed_in, before):
    open_sunita(page)
    tile(page, "Onion").click()
    signed_in.set_offline(True)
    page.locator("#done").click()
    expect(page.locator("#status")).to_contain_text(SAVED)
    signed_in.set_offline(False)
    page.reload()
    all_sent(page)
    assert taken() == [("Onion", 2, "taken", "")]
    assert visits() == before + 1


def test_a_draft_is_none_any_more_once_it_waits(page, signed_in):
    open_sunita(page)
    tile(page, "Onion").click()
    signed_in.set_offline(True)
    page.locator("#done").click()
    expect(page.locator("#status")).to_contain_text(SAVED)
    signed_in.set_offline(False)
    page.reload()
    expect(page.locator("#tiles")).to_be_visible()
    expect(page.locator(".basket-row")).to_have_count(0)


def test_a_browser_that_keeps_nothing_never_says_saved_on_this_tablet(page, signed_in, before):
    page.add_init_script("IDBObjectStore.prototype.add = () => { throw new DOMException('', 'QuotaExceededError') }")
    open_sunita(page)
    tile(page, "Onion").click()
    signed_in.set_offline(True)
    page.locator("#done").click()
    expect(page.locator("#status")).to_contain_text("Nothing is lost, everything is still here")
    expect(page.locator(".basket-row")).to_contain_text("Onion")
    signed_in.set_offline(False)
    page.locator("#done").click()
    expect(page.locator(".served")).to_contain_text("Sunita Rao")
    assert visits() == before + 1


def test_a_browser_without_a_store_works_as_ever(page, signed_in, before):
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError') }")
    open_sunita(page)
    tile(page, "Onion").click()
    done(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: Sunita Rao")).to_be_visible()
    assert visits() == before + 1


def test_plain_http_on_the_wifi_works_as_ever(page, signed_in, before, complaints):
    """There a browser makes no uid and keeps no worker."""
    page.add_init_script("delete Crypto.prototype.randomUUID")
    open_sunita(page)
    assert not page.evaluate("Regulars.works")
    tile(page, "Onion").click()
    done(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: Sunita Rao")).to_be_visible()
    expect(page.locator("#sent")).to_be_hidden()
    assert visits() == before + 1
    assert not Entry.objects.exists()
    assert complaints == []


def test_token_that_is_kept_for_https_hinders_no_tap(page, signed_in, base_url, before):
    """And the other way round: cookies know no ports."""
    secure = {"url": base_url.replace("http:", "https:"), "secure": True}
    signed_in.add_cookies([{"name": "__Host-csrf", "value": "x" * 32, **secure}])
    open_sunita(page)
    done(page)
    assert visits() == before + 1


def test_draft_outlasts_a_question_that_leads_to_the_sign_in(page, signed_in):
    open_sunita(page)
    tile(page, "Onion").click()
    cookies = signed_in.cookies()
    signed_in.clear_cookies()
    page.locator("summary", has_text="Another product").click()
    expect(page.get_by_label("Username")).to_be_visible()
    signed_in.add_cookies(cookies)
    page.goto(f"{FIND}{Customer.objects.get(name='Sunita Rao').uid}/")
    expect(page.locator(".basket-row")).to_contain_text("Onion")


def test_nothing_is_of_who_signed_out(page, signed_in):
    page.goto(FIND)
    page.wait_for_function("Regulars.meta.get('turn').then(({ by }) => by === document.body.dataset.by)")
    page.locator(".me summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Username")).to_be_visible()
    page.goto("/static/crm/icon.svg")
    kept = """new Promise((resolve) => {
        indexedDB.open("regulars").onsuccess = ({ target: { result } }) => {
            const asked = result.transaction("meta").objectStore("meta").get("turn");
            asked.onsuccess = () => resolve(asked.result);
        };
    })"""
    assert page.evaluate(kept) == {"key": "turn"}


def test_tap_that_another_page_sent_meanwhile_is_not_sent_again(page, signed_in, before):
    """It waited behind one that was long on its way."""
    open_sunita(page)
    other = signed_in.new_page()
    other.goto(FIND)
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.route("**/likes/", lambda route: None if route.request.method == "POST" else route.continue_())
    tile(page, "Onion").click()
    page.get_by_role("button", name="Remember something about Banana").click()
    page.locator("#sheet").get_by_role("button", name="Never").click()
    page.evaluate("document.querySelector('#serve').requestSubmit()")
    expect(other.locator("#sent")).to_contain_text("2 wait")
    sends_now(other)
    expect(page.locator("#status")).to_contain_text(SAVED)
    expect(page.locator("#serve")).to_have_count(0)
    all_sent(page)
    assert visits() == before + 1
    assert [url.split("/")[-2] for url in sent] == ["likes"]


def test_what_a_form_asked_before_its_tap_is_not_sent_after_it(page, signed_in):
    open_sunita(page)
    page.get_by_role("link", name="Promise").click()
    sheet, held = page.locator("#sheet"), []
    page.route(
        "**/promises/",
        lambda route: held.append(route) if "more=" in (route.request.post_data or "") else route.continue_(),
    )
    sheet.locator("summary", has_text="Another product").click()
    sheet.get_by_label("Another product").select_option("Mango")
    sheet.get_by_role("button", name="Add it").click()
    sheet.get_by_role("button", name="Tomorrow").click()
    expect(sheet.get_by_role("heading", name="Promises")).to_be_visible()
    for route in held:
        route.abort()
    page.wait_for_timeout(300)
    all_sent(page)
    assert [(entry.outcome, entry.path.split("/")[-2]) for entry in Entry.objects.all()] == [("done", "promises")]


def test_tap_to_which_somebody_else_answers_for_long_is_laid_before_a_person(page, signed_in, before):
    """While the shop's computer answers to all else."""
    open_sunita(page)
    page.route("**/*", lambda route: route.fulfill(status=200) if _is_visit(route.request) else route.continue_())
    page.locator("#done").click()
    expect(page.locator("#status")).to_contain_text(SAVED)
    for _time in range(40):
        if queued(page):
            sends_now(page)
    all_sent(page)
    assert (Entry.objects.get().outcome, Entry.objects.get().is_open) == ("refused", True)
    assert visits() == before


def _is_visit(request):
    return request.method == "POST" and re.search(r"/counter/[0-9a-f-]{36}/$", request.url)


def test_what_is_refused_stands_in_the_form_and_waits_no_more(page, signed_in):
    open_sunita(page)
    tile(page, "Onion").click()
    page.evaluate("document.querySelector('[name^=take]').value = '-5'")
    page.locator("#done").click()
    expect(page.locator("#tiles .errors")).to_contain_text("more than 0")
    all_sent(page)
    assert queued(page) == []


def test_a_sheet_is_closed_when_what_was_said_in_it_is_saved(page, signed_in):
    open_sunita(page)
    page.get_by_role("button", name="Remember something about Onion").click()
    expect(page.locator("#sheet")).to_be_visible()
    signed_in.set_offline(True)
    page.locator("#sheet").get_by_role("button", name="Never").click()
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#status")).to_contain_text(SAVED)
    signed_in.set_offline(False)
    all_sent(page)
    assert Preference.objects.get().kind == "avoids"


def test_a_new_customer_waits_too(page, signed_in):
    page.goto(FIND)
    page.fill("#q", "Zubeda")
    expect(page.get_by_role("button", name="New customer: Zubeda")).to_be_visible()
    signed_in.set_offline(True)
    page.get_by_role("button", name="New customer: Zubeda").click()
    expect(page.locator("#status")).to_contain_text("Saved on this tablet: Zubeda")
    signed_in.set_offline(False)
    all_sent(page)
    assert Customer.objects.filter(name="Zubeda").count() == 1


def test_one_that_cannot_be_done_holds_up_only_what_has_to_do_with_it(page, signed_in, shop, before):
    """After four tries it is laid before a person."""
    page.goto(FIND)
    sunita = Customer.objects.get(name="Sunita Rao")
    poisoned = f"{FIND}{sunita.uid}/"
    page.route(
        f"**{poisoned}",
        lambda route: route.fulfill(status=500, headers=OURS) if route.request.method == "POST" else route.continue_(),
    )
    page.evaluate(
        """async ([poisoned, fresh]) => {
            const { turn, by } = document.body.dataset;
            const entry = (path, body) => ({ uid: crypto.randomUUID(), shop: "green-corner", path, body, turn, by,
                at: Date.now(), skew: 0, tries: 0, stuckUntil: 0, what: "" });
            await Regulars.put(entry(poisoned, `uid=${crypto.randomUUID()}`));
            await Regulars.put(entry(`${poisoned}likes/`, "kind=avoids&text=coriander&uid=" + crypto.randomUUID()));
            await Regulars.put(entry("/green-corner/counter/new/", `name=Zubeda&uid=${fresh}`));
            await Regulars.flush();
        }""",
        [poisoned, str(uuid4())],
    )
    assert Customer.objects.filter(name="Zubeda").exists()
    assert not Preference.objects.exists()
    for _try in range(4):
        sends_now(page)
    all_sent(page)
    assert Preference.objects.exists()
    kept = Entry.objects.get(outcome="refused")
    assert (kept.path, kept.is_open, kept.by.name) == (poisoned, True, "Ravi")
    assert visits() == before


def test_nobody_signs_out_while_something_waits(page, signed_in):
    open_sunita(page)
    signed_in.set_offline(True)
    page.locator("#done").click()
    expect(page.locator("#sent")).to_contain_text("1 waits")
    page.locator(".me summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#status")).to_contain_text("1 taps are not sent")
    signed_in.set_offline(False)
    all_sent(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Username")).to_be_visible()


def test_what_waits_is_carried_over_in_a_file(page, signed_in, browser, base_url, shop, before, tmp_path):
    open_sunita(page)
    tile(page, "Onion").click()
    tablets = page.context
    page.goto(f"{FIND}tablet/")
    address = f"{FIND}{Customer.objects.get(name='Sunita Rao').uid}/"
    page.evaluate(
        """async (path) => {
            const { turn, by, byName } = document.body.dataset;
            const uid = crypto.randomUUID(), body = `uid=${crypto.randomUUID()}`;
            await Regulars.put({ uid, shop: "green-corner", path, body, turn, by, byName,
                at: Date.now(), skew: 0, tries: 0, stuckUntil: Date.now() + 60000,
                what: "DONE", name: "Sunita Rao" });
        }""",
        address,
    )
    expect(page.locator("#waiting-rows")).to_contain_text("Sunita Rao: DONE")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save to a file").click()
    kept = tmp_path / "kept.json"
    download.value.save_as(kept)
    assert [entry["path"] for entry in json.loads(kept.read_text())["entries"]] == [address]
    tablets.set_offline(True)
    owners = sign_in(browser.new_context(base_url=base_url), shop, "Asha", base_url)
    carried = owners.new_page()
    carried.goto(f"{FIND}tablet/")
    carried.get_by_label("A file from a tablet").set_input_files(
        {"name": "a.json", "mimeType": "application/json", "buffer": b"{}"}
    )
    expect(carried.locator("#waiting-says")).to_contain_text("no file that a tablet saved")
    other = kept.read_text().replace("green-corner", "red-corner").encode()
    carried.get_by_label("A file from a tablet").set_input_files(
        {"name": "a.json", "mimeType": "application/json", "buffer": other}
    )
    expect(carried.locator("#waiting-says")).to_contain_text("another shop")
    carried.get_by_label("A file from a tablet").set_input_files(kept)
    all_sent(carried)
    expect(carried.locator("#waiting-says")).to_contain_text("Taken from the file: 1")
    assert visits() == before + 1
    assert Visit.objects.latest("pk").by.name == "Ravi"
    owners.close()


@pytest.fixture
def paired(shop, context, base_url):
    """A paired tablet on which Ravi serves; the browser is on localhost, which is as good as https."""
    tablet = DeviceFactory(vendor=shop, name="Counter", token=digest_of(TOKEN))
    jar = tablet_of(tablet, shop.member_set.get(name="Ravi")).cookies
    context.add_cookies([{"name": name, "value": said.value, "url": base_url} for name, said in jar.items()])
    return tablet


def test_an_unpaired_tablet_wipes_what_it_keeps_but_not_what_waits(page, paired):
    page.goto(FIND)
    page.evaluate(
        """async () => {
            await Regulars.within("copy", (store) => store.put({ key: "people" }), "readwrite");
            await Regulars.put({ uid: crypto.randomUUID(), shop: "green-corner", path: "/green-corner/counter/new/",
                body: "", at: Date.now(), tries: 0, stuckUntil: Date.now() + 60000 });
        }"""
    )
    page.goto(f"{FIND}tablet/")
    page.get_by_text("Unpair this tablet").click()
    page.get_by_role("button", name="Unpair").click()
    expect(page.locator("#status")).to_contain_text("not sent")
    pairing.revoke(paired, None)
    page.goto(FIND)
    expect(page.get_by_role("heading", name="not paired any more")).to_be_visible()
    for _tenth in range(50):
        if not page.evaluate("Regulars.within('copy', (store) => store.getAll())"):
            break
        page.wait_for_timeout(100)
    assert page.evaluate("Regulars.within('copy', (store) => store.getAll())") == []
    assert len(queued(page)) == 1
