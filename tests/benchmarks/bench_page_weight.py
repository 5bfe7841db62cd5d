"""What a fresh Chromium fetches for its first find and its first card: how often, how much, and from where."""

from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, sync_playwright

from tests import browser
from tests.benchmarks.budgets import Budget, at_most, said
from tests.benchmarks.server import HOST, serving
from tests.benchmarks.shapes import SESSIONS, SLUG, uid_of
from tests.benchmarks.shops import copy_of

PICTURES = "/static/crm/goods"


def main(*, quick: bool = False) -> list[Budget]:  # quick or not, each page is loaded once
    if browser.chromium() is None:
        return [said("weight of find and card", browser.MISSING, "a browser", met=False)]
    with copy_of("counter") as database, serving(database) as port, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.chromium(), args=browser.FLAGS)
        transfers = _first_load(chromium, f"http://{HOST}:{port}")
        chromium.close()
    for url, size in transfers:
        print(f"{size / 1000:8.1f} kB  {urlsplit(url).path}")
    elsewhere = {urlsplit(url).netloc for url, _size in transfers} - {f"{HOST}:{port}"}
    weight = sum(size for url, size in transfers if not urlsplit(url).path.startswith(PICTURES))
    return [
        at_most("requests of find and card", len(transfers), 10),
        at_most("weight of find and card without pictures of products", weight / 1000, 60, " kB"),
        said("requests to other hosts", ", ".join(sorted(elsewhere)) or "none", "none", met=not elsewhere),
    ]


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
    """Address and bytes of every request that left the browser."""
    context = chromium.new_context()
    context.add_cookies([{"name": "sessionid", "value": SESSIONS[0], "url": address}])
    page = context.new_page()
    meter = Meter(context.new_cdp_session(page))
    for path in (f"/{SLUG}/counter/", f"/{SLUG}/counter/{uid_of('customer', 0)}/"):
        page.goto(address + path, wait_until="networkidle")
    return meter.transfers
