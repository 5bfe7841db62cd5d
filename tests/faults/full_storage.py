"""A full storage, a window that keeps nothing, a reload past every cache: "saved" is said of what is kept alone."""

import dataclasses
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.faults.browsing import Browser, tablet
from tests.faults.figures import Counted, Figure
from tests.faults.proxy import Proxy, Replaced, between, honest
from tests.faults.rows import Run
from tests.faults.shop import Shop, opened, serving
from tests.faults.tapping import STILL, Heard, marks, queued, unreachable
from tests.faults.taps import Tap, tap

SABOTAGES = {"says saved whatever happens": "saved and not stored"}
BROKEN = Replaced(
    "tablet", "Regulars.put(entry).then(() => true, () => false)", "Regulars.put(entry).then(() => true, () => true)"
)
ROOM = 1_000_000
"""Bytes that the full storage has: for some of the taps, and not for all."""
LONG = 200_000
"""Bytes of what is typed in each tap that fills it."""
NO_STORE = "Object.defineProperty(window, 'indexedDB', { value: undefined });"
REFUSES = """IDBFactory.prototype.open = () => {
  const asked = { error: new DOMException("The operation is insecure.", "SecurityError") };
  setTimeout(() => asked.onerror?.());
  return asked;
};"""


@dataclass(frozen=True)
class Place:
    """A browser of a tablet whose shop's computer is out of reach."""

    browser: Browser
    shop: Shop
    proxy: Proxy

    def heard(self, page: Page) -> Heard:
        self.proxy.plan = honest  # so that the first tap is tried
        heard = Heard(page, self.proxy.url + self.shop.counter)
        self.proxy.plan = unreachable
        return heard


Saved = tuple[set[str], set[str]]
"""Marks of the taps that the page called saved, and of those that are stored."""


def count(run: Run) -> Counted:
    many, chance, replaced = run.either(long=60, short=12), run.rng("taps"), [BROKEN] if run.sabotage else []
    tried, bad, told = 0, 0, []
    with opened() as shop, serving(shop) as server, between(server.port, replaced) as proxy, tablet() as device:
        browser = device.start()
        browser.be_tablet(shop, proxy.url)
        for name, way in WAYS.items():
            run.tell(name)
            taps = [tap(chance, shop, "wish") for _each in range(many)]
            saved, stored = way(Place(browser, shop, proxy), taps)
            tried, bad = tried + len(taps), bad + len(saved - stored)
            told.append(f"{name}: {len(saved)} saved")
    return Counted("saved in a browser that keeps little", [Figure("saved and not stored", bad, tried)], told)


def _full(place: Place, taps: list[Tap]) -> Saved:
    """Some of the taps find room. It must be the first way: a browser asks seldom how much room it has."""
    page = place.browser.page()
    page.goto(place.proxy.url + STILL)
    session = place.browser.context.new_cdp_session(page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": place.proxy.url, "quotaSize": ROOM})
    heard = place.heard(page)
    heard.tap_all([dataclasses.replace(tap, fields={**tap.fields, "long": _noise(tap.uid)}) for tap in taps])
    stored = marks(queued(page), taps)
    session.send("Storage.overrideQuotaForOrigin", {"origin": place.proxy.url})
    page.close()
    return heard.saved, stored


def _noise(seed: str) -> str:
    """What is stored is compressed before."""
    return random.Random(seed).randbytes(LONG // 2).hex()


def _reloaded(place: Place, taps: list[Tap]) -> Saved:
    heard, saved = place.heard(place.browser.page()), set()
    session = place.browser.context.new_cdp_session(heard.page)
    for few in (taps[at : at + 3] for at in range(0, len(taps), 3)):
        heard.tap_all(few)
        saved |= heard.saved
        with heard.page.expect_event("load"):
            session.send("Page.reload", {"ignoreCache": True})
        heard.ready()
    heard.page.goto(place.proxy.url + STILL)
    stored = marks(queued(heard.page), taps)
    heard.page.close()
    return saved, stored


def _without(script: str) -> Callable[[Place, list[Tap]], Saved]:
    """In a private window in which `script` takes the store away."""

    def way(place: Place, taps: list[Tap]) -> Saved:
        with _private_window(place, script) as page:
            heard = place.heard(page)
            heard.tap_all(taps, patience=30)
            return heard.saved, set()

    return way


@contextmanager
def _private_window(place: Place, script: str) -> Iterator[Page]:
    context = place.browser.connection.new_context()
    place.browser.be_tablet(place.shop, place.proxy.url, context=context)
    context.add_init_script(script)
    yield context.new_page()
    context.close()


WAYS: dict[str, Callable[[Place, list[Tap]], Saved]] = {
    "storage full": _full,
    "private window": _without(REFUSES),
    "no storage": _without(NO_STORE),
    "hard reload": _reloaded,
}
