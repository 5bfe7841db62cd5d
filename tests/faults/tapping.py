"""Taps in a page: as forms that the page sends by itself, and what it says to each; and the queue as it is kept."""

import time
from collections.abc import Iterable
from typing import Any

from playwright.sync_api import Error, Page

from tests.faults.proxy import Plan, Request
from tests.faults.taps import Tap

SAVED = "Saved on this tablet"
STILL = "/static/crm/icon.svg"
"""An address of the shop's at which no script runs: there the queue can be looked at and stays as it is."""

TAP = """() => {
window.tapHere = (path, fields) => new Promise((resolve) => {
  const form = document.createElement("form");
  form.setAttribute("hx-post", path);
  form.setAttribute("hx-swap", "none");
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.querySelector("main").append(form);
  const said = new MutationObserver((changes) => {
    const [line] = changes.flatMap(({ addedNodes }) => [...addedNodes]);
    if (!line) return;
    said.disconnect();
    resolve(line.textContent);
  });
  form.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => {
    if (xhr.getResponseHeader("Regulars-Outcome")) resolve("sent");
  });
  said.observe(document.querySelector("#status"), { childList: true });
  htmx.process(form);
  form.requestSubmit();
});
window.tapAll = async (taps) => {
  for (const [mark, path, fields] of taps) heard(mark, await tapHere(path, fields));
};
}"""

QUEUED = """() => new Promise((resolve, reject) => {
  const asked = indexedDB.open("regulars");
  asked.onupgradeneeded = () => asked.transaction.abort();
  asked.onerror = () => resolve([]);
  asked.onsuccess = () => {
    const rows = asked.result.transaction("queue").objectStore("queue").getAll();
    rows.onsuccess = () => { asked.result.close(); resolve(rows.result); };
    rows.onerror = () => reject(rows.error);
  };
})"""

PUT = """async (entries) => {
  const { turn, by, byName } = document.body.dataset, shop = location.pathname.split("/")[1];
  for (const entry of entries) {
    const untold = { at: Date.now(), skew: null, name: "", what: "", tries: 0, stuckUntil: 0 };
    await Regulars.put({ shop, turn, by, byName, ...untold, ...entry });
  }
}"""


class Heard:
    """A page of the counter, and what it said to each tap, by the tap's mark."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.said = page, {}
        page.expose_binding("heard", lambda _source, mark, text: self.said.__setitem__(mark, text))
        page.goto(url)
        self.ready()

    def ready(self) -> None:
        """To tap in it, after it was opened or loaded again."""
        self.page.evaluate(TAP)

    def begin(self, taps: Iterable[Tap]) -> None:
        """Tap one after the other, each when the page has said something to the one before; ends by itself."""
        self.page.evaluate("(taps) => { tapAll(taps); }", [[tap.mark, tap.path, tap.fields] for tap in taps])

    def wait(self, seconds: float) -> None:
        self.page.wait_for_timeout(seconds * 1000)

    def tap_all(self, taps: list[Tap], patience: float = 60) -> None:
        self.begin(taps)
        until = time.monotonic() + patience
        while any(tap.mark not in self.said for tap in taps) and time.monotonic() < until:
            self.wait(0.02)

    @property
    def saved(self) -> set[str]:
        """Marks of the taps that it called saved."""
        return {mark for mark, text in list(self.said.items()) if SAVED in text}


def put(page: Page, taps: Iterable[Tap], more: Iterable[dict[str, Any]] | None = None) -> None:
    """Put taps into the queue that the page itself does not try to send; each with `more` that it says."""
    said = [{"uid": tap.uid, "path": tap.path, "body": tap.body, "about": _about(tap)} for tap in taps]
    page.evaluate(PUT, [each | of for each, of in zip(said, more, strict=True)] if more else said)


def _about(tap: Tap) -> str:
    first = tap.path.split("/")[3]
    return first if len(first) == 36 else ""


def queued(page: Page) -> list[dict[str, Any]]:
    """The entries that wait, read from the store as it is."""
    return page.evaluate(QUEUED)


def marks(entries: Iterable[dict[str, Any]], taps: Iterable[Tap]) -> set[str]:
    """Of those `taps` that are among `entries`."""
    bodies = " ".join(entry["body"] for entry in entries)
    return {tap.mark for tap in taps if tap.mark in bodies}


def flush(page: Page, shop: str) -> None:
    page.evaluate("(shop) => Regulars.flush(shop)", shop)


def drain(page: Page, shop: str, patience: float) -> bool:
    """Send what waits, again and again, until nothing does; whether that came within so many seconds."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            flush(page, shop)
            if not queued(page):
                return True
        except Error:  # the page is being left for another
            page.wait_for_load_state()
        page.wait_for_timeout(100)
    return False


def unreachable(request: Request) -> str:
    """Pages still come, as from a worker's cache; whatever asks for the shop's computer itself gets no answer."""
    is_asked = request.method == "POST" or "/hello/" in request.path
    return "lost before" if is_asked else ""


def with_pages(plan: Plan) -> Plan:
    """`plan` for what is sent and for the greeting, while pages come unharmed."""
    return lambda request: plan(request) if request.method == "POST" or "/hello/" in request.path else ""
