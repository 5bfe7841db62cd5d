"""What a fresh Chromium fetches for its first find and its first card, and what the worker adds to it."""

import os
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Request, sync_playwright

from tests import browser
from tests.benchmarks.budgets import Budget, at_most, said
from tests.benchmarks.server import HOST, serving
from tests.benchmarks.shapes import SESSIONS, SLUG, uid_of
from tests.benchmarks.shops import copy_of

PICTURES = "/static/crm/goods"
SCRIPTS = ("queue", "tablet", "lock", "offline", "waiting", "worker")
"""What makes the counter go on without a connection, by the names of their files."""


def main(*, quick: bool = False) -> list[Budget]:  # quick or not, each page is loaded once
    if browser.chromium() is None:
        return [said("weight of find and card", browser.MISSING, "a browser", met=False)]
    # Or the requests of a worker are seen by nobody.
    os.environ["PW_EXPERIMENTAL_SERVICE_WORKER_NETWORK_EVENTS"] = "1"
    with copy_of("counter") as database, serving(database) as port, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.chromium(), args=browser.FLAGS)
        transfers = _first_load(chromium, f"http://{HOST}:{port}")
        kept = _with_worker(chromium, f"http://{HOST}:{port}")
        chromium.close()
    for url, size in transfers:
        print(f"{size / 1000:8.1f} kB  {urlsplit(url).path}")
    own = [(url, size) for url, size in kept.items() if not urlsplit(url).path.startswith(PICTURES)]
    print(
        f"{sum(size for _url, size in own) / 1000:8.1f} kB  in {len(own)} files with the worker and all that it keeps"
    )
    elsewhere = {urlsplit(url).netloc for url in [*dict(transfers), *kept]} - {f"{HOST}:{port}"}
    weight = sum(size for url, size in transfers if not urlsplit(url).path.startswith(PICTURES))
    scripts = {_script(url): size for url, size in own}
    return [
        at_most("requests of find and card", len(transfers), 10),
        at_most("weight of find and card without pictures of products", weight / 1000, 60, " kB"),
        said("requests to other hosts", ", ".join(sorted(elsewhere)) or "none", "none", met=not elsewhere),
        at_most("scripts of the tablet", sum(scripts[name] for name in SCRIPTS) / 1000, 12, " kB"),
    ]


def _script(url: str) -> str:
    """The name of a script of ours, as in `/static/crm/NAME.0123456789ab.js`."""
    path = urlsplit(url).path
    return path.rsplit("/", 1)[-1].split(".")[0] if path.startswith("/static/crm/") and path.endswith(".js") else ""


class Meter:
    """What goes over the wire as Chromium counts it, headers included; what its cache answers does not."""

    def __init__(self, wire: CDPSession) -> None:
        self.urls: dict[str, str] = {}
        self.transfers: list[tuple[str, float]] = []
        wire.on(
            "Network.requestWillBeSent", lambda event: self.urls.update({event["requestId"]: event["request"]["url"]})
        )
        wire.on("Network.loadingFinished", self._finished)
        wire.on("Network.loadingFailed", lambda event: self.transfers.append((self.urls[event["requestId"]], 0)))
        wire.send("Network.enable")

    def _finished(self, event: dict) -> None:
        if event["encodedDataLength"]:
            self.transfers.append((self.urls[event["requestId"]], event["encodedDataLength"]))


def _first_load(chromium: Browser, address: str) -> list[tuple[str, float]]:
    """Address and bytes of every request that left the browser for the pages; a worker would hide some of them."""
    context = chromium.new_context(service_workers="block")
    context.add_cookies([{"name": "sessionid", "value": SESSIONS[0], "url": address}])
    page = context.new_page()
    meter = Meter(context.new_cdp_session(page))
    for path in (f"/{SLUG}/counter/", f"/{SLUG}/counter/{uid_of('customer', 0)}/"):
        page.goto(address + path, wait_until="networkidle")
    return meter.transfers


def _with_worker(chromium: Browser, address: str) -> dict[str, int]:
    """Address and bytes, headers not counted, of all that find and its worker fetch."""
    context = chromium.new_context()
    context.add_cookies([{"name": "sessionid", "value": SESSIONS[0], "url": address}])
    fetched: dict[str, int] = {}

    def note(request: Request) -> None:
        if response := request.response():
            fetched[request.url] = int(response.headers["content-length"])

    context.on("requestfinished", note)
    page = context.new_page()
    page.goto(f"{address}/{SLUG}/counter/")
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    return fetched
