"""An entry at the head on which the shop's computer fails for ever, and one that it never answers."""

import time

from tests.faults.browsing import tablet
from tests.faults.figures import Counted, Figure
from tests.faults.proxy import Plan, Proxy, Replaced, Request, between
from tests.faults.rows import Run
from tests.faults.shop import opened, serving
from tests.faults.tapping import Heard, put, unreachable, with_pages
from tests.faults.taps import Tap, tap

SABOTAGES = {"all wait for the first": "delayed"}
BROKEN = [
    Replaced("queue", "const LANES = 3;", "const LANES = 1;"),
    Replaced(
        "queue",
        "if (isWaiting(entry) || left.some((other) => related(entry, other)))",
        "if (left.length || isWaiting(entry))",
    ),
]
POISONED, HANGING = 0, 1
"""Their places in the queue."""


def count(run: Run) -> Counted:
    """The page is left to itself, with its own timers. Those about the same person as a bad one wait for it longest."""
    longest, behind, chance = run.either(long=60, short=12), run.either(long=40, short=10), run.rng("taps")
    hangs = not (run.is_short or run.sabotage)
    replaced = BROKEN if run.sabotage else []
    with opened() as shop, serving(shop) as server, between(server.port, replaced) as proxy, tablet() as device:
        browser = device.start()
        browser.be_tablet(shop, proxy.url)
        heard = Heard(browser.page(), proxy.url + shop.counter)
        taps = [tap(chance, shop, "wish") for _each in range(2 + behind)]
        bad = [taps[POISONED], *([taps[HANGING]] if hangs else [])]
        if not hangs:
            taps = [each for each in taps if each is taps[POISONED] or each.path != taps[POISONED].path]
        proxy.plan = unreachable
        put(heard.page, taps)
        proxy.plan, since = with_pages(_poisoned(*bad)), time.monotonic()
        heard.page.evaluate("dispatchEvent(new Event('online'))")
        others = [each for each in taps if each not in bad]
        while (took := time.monotonic() - since) < longest and (late := len(others) - len(_arrived(proxy, others))):
            run.tell(f"{late} behind it still wait after {took:.0f} s")
            heard.wait(0.1)
    figures = [Figure("delayed", late, len(others))]
    said = f"a poisoned entry at the head{' and a hanging one' if hangs else ''}"
    return Counted(said, figures, [f"the last of those behind sent after {took:.0f} s (limit {longest} s)"])


def _poisoned(fails: Tap, hangs: Tap | None = None) -> Plan:
    def plan(request: Request) -> str:
        body = request.body.decode() if request.entry else ""
        if fails.mark in body:
            return "500"
        return "hanging" if hangs and hangs.mark in body else ""

    return plan


def _arrived(proxy: Proxy, taps: list[Tap]) -> list[Tap]:
    bodies = [request.body.decode() for request in proxy.entries() if request.entry in proxy.echoed]
    return [each for each in taps if any(each.mark in body for body in bodies)]
