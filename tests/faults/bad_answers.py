"""Answers that are lost, or are not the shop's: an entry leaves the queue on its own echo alone, and arrives once."""

import random
import time
from collections import Counter

from tests.faults.browsing import tablet
from tests.faults.figures import Counted, Figure
from tests.faults.proxy import FAULTS, Plan, Proxy, Replaced, Request, between, honest
from tests.faults.rows import Run
from tests.faults.shop import Shop, opened, serving
from tests.faults.tapping import Heard, drain, marks, put, queued, unreachable, with_pages
from tests.faults.taps import Tap, found, tap

LOST = {"lost before": 0.2, "lost after": 0.2}
OTHERS = sorted(set(FAULTS) - {"", "hanging", *LOST})
OTHERWISE = 0.3
"""One in so many answers is one of `OTHERS`; the rest are honest."""
FAILURES = ("413", "500")
MOST_FAILURES = 2
"""Of one entry: after five a person gets to see it, which is another row's matter."""
DRAINED, WITHIN = 300, 5.0
"""So many entries are to be gone so many seconds after the shop's computer is back."""
SABOTAGES = {"removal without echo": "removed without echo"}
BROKEN = Replaced("queue", 'if (headers.get("Regulars-Entry") === entry.uid)', "if (status < 400)")


def count(run: Run) -> Counted:
    tries, chance, replaced = run.either(long=150, short=15), run.rng("taps"), [BROKEN] if run.sabotage else []
    with opened() as shop, serving(shop) as server, between(server.port, replaced) as proxy, tablet() as device:
        browser = device.start()
        browser.be_tablet(shop, proxy.url)
        heard = Heard(browser.page(), proxy.url + shop.counter)
        taps = [tap(chance, shop, "wish") for _each in range(tries)]
        proxy.plan = with_pages(_chance_of_all(run.rng("answers"), hanging=run.either(long=2, short=0)))
        heard.tap_all(taps, patience=120)
        run.tell(f"{len(taps)} taps, {len(queued(heard.page))} of them wait")
        drain(heard.page, shop.known["slug"], patience=180)
        figures, also = _judged(shop, proxy, heard, taps), []
        kinds = Counter(fault for fault, _entry in proxy.done)
        if not run.sabotage:
            back, drained = _back(run, shop, proxy, heard)
            figures, also = [*figures, *back], [drained]
    said = f"answers spoilt: {sum(kinds.values()) - kinds['']} of {sum(kinds.values())} in {len(kinds) - 1} ways"
    return Counted(said, figures, also)


def _chance_of_all(chance: random.Random, *, hanging: int) -> Plan:
    """For each request whatever comes; never so many failures of one entry that it is laid before a person."""
    failures, held = Counter(), [hanging]

    def plan(request: Request) -> str:
        if not request.entry and chance.random() < 0.5:
            return ""  # else nobody would ever get as far as to send an entry
        if held[0] and request.entry and chance.random() < 0.05:
            held[0] -= 1
            return "hanging"
        fault = _drawn(chance)
        if fault in FAILURES:
            failures[request.entry] += 1
            return fault if failures[request.entry] <= MOST_FAILURES else "502"
        return fault

    return plan


def _drawn(chance: random.Random) -> str:
    drawn = chance.random()
    for fault, share in LOST.items():
        if drawn < share:
            return fault
        drawn -= share
    return chance.choice(OTHERS) if drawn < OTHERWISE else ""


def _judged(shop: Shop, proxy: Proxy, heard: Heard, taps: list[Tap]) -> list[Figure]:
    """Which of the taps left the queue without their own echo, and whether each arrived once."""
    waiting = marks(queued(heard.page), taps)
    answered = [{"body": request.body.decode()} for request in proxy.entries() if request.entry in proxy.echoed]
    echoed = marks(answered, taps)
    result = found(shop, taps, set())
    there = {mark for (mark,) in shop.rows("SELECT text FROM promises_wish")}
    gone = {tap.mark for tap in taps} - waiting
    return [
        Figure("removed without echo", len(gone - echoed), len(taps)),
        Figure("lost", len(gone - there), len(taps)),
        Figure("waiting for ever", len(waiting), len(taps)),
        Figure("doubled", result.doubled, len(taps)),
    ]


def _back(run: Run, shop: Shop, proxy: Proxy, heard: Heard) -> tuple[list[Figure], str]:
    """The shop's computer is back, with many entries waiting."""
    chance, many = run.rng("back"), run.either(long=DRAINED, short=40)
    proxy.plan = unreachable
    put(heard.page, [tap(chance, shop, "wish") for _each in range(many)])
    before, proxy.plan = len(proxy.echoed), honest
    since = time.monotonic()
    drained = drain(heard.page, shop.known["slug"], 60)
    took = time.monotonic() - since
    figures = [Figure("not drained", many - (len(proxy.echoed) - before) + (not drained), many)]
    if not run.is_short:  # where nothing depends on what else the machine does
        figures.append(Figure(f"later than {WITHIN:.0f} s", int(took > WITHIN), 1))
    return figures, f"{many} drained in {took:.1f} s"
