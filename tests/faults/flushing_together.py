"""Two tabs and the worker send what waits, all at the same time."""

from playwright.sync_api import Page

from tests.faults.browsing import Browser, tablet
from tests.faults.figures import Counted, Figure
from tests.faults.proxy import Replaced, between, honest
from tests.faults.rows import Run
from tests.faults.shop import opened, serving
from tests.faults.tapping import Heard, drain, put, queued, unreachable
from tests.faults.taps import found, tap

TABS = 2
SABOTAGES = {"no lock and no key": "doubled"}
BROKEN = Replaced("queue", 'navigator.locks.request("regulars", async () => {', "Promise.resolve().then(async () => {")


def count(run: Run) -> Counted:
    rounds, each, chance = run.either(long=10, short=2), run.either(long=40, short=15), run.rng("taps")
    tapped, replaced = [], [BROKEN] if run.sabotage else []
    server_sabotage = "no key" if run.sabotage else ""
    with opened() as shop, serving(shop, server_sabotage) as server, tablet() as device:
        with between(server.port, replaced) as proxy:
            browser = device.start()
            browser.be_tablet(shop, proxy.url)
            tabs = [Heard(browser.page(), proxy.url + shop.counter) for _tab in range(TABS)]
            for number in range(rounds):
                run.tell(f"round {number} of {rounds}")
                taps = [tap(chance, shop, "wish") for _each in range(each)]
                tapped += taps
                proxy.plan = unreachable
                put(tabs[0].page, taps)
                proxy.plan = honest
                for tab in tabs:
                    tab.page.evaluate("(shop) => { Regulars.flush(shop); }", shop.known["slug"])
                _wake_worker(browser, tabs[0].page, proxy.url)
                drain(tabs[0].page, shop.known["slug"], 60)
            left = len(queued(tabs[0].page))
            twice = len(proxy.entries()) - len({request.entry for request in proxy.entries()})
        result = found(shop, tapped, set())
    there = len(tapped) - left
    figures = [Figure("doubled", result.doubled, len(tapped)), Figure("not sent", left, len(tapped))]
    said = f"{TABS} tabs and the worker send together, {rounds} times"
    return Counted(said, figures, [f"sent twice {twice}", f"arrived {there}"])


def _wake_worker(browser: Browser, page: Page, url: str) -> None:
    """As the browser does when it finds that there is a connection again."""
    if not page.evaluate("navigator.serviceWorker.getRegistration().then((found) => Boolean(found?.active))"):
        return
    session = browser.context.new_cdp_session(page)
    found = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    page.wait_for_timeout(50)
    for registration in found:
        if not registration["isDeleted"]:
            said = {"registrationId": registration["registrationId"], "tag": "regulars", "lastChance": False}
            session.send("ServiceWorker.dispatchSyncEvent", {"origin": url, **said})
    session.detach()
