"""The browser is killed while taps are put into the queue: what it called saved must be there when it starts again."""

from tests.faults.browsing import tablet
from tests.faults.figures import Counted, Figure
from tests.faults.proxy import Replaced, between, honest
from tests.faults.rows import Run
from tests.faults.shop import opened, serving
from tests.faults.tapping import STILL, Heard, drain, marks, queued, unreachable
from tests.faults.taps import found, tap

AT_MOST = 200
"""Taps in one life of the browser: it is killed long before."""
SABOTAGES = {"saved before it is kept": "missing"}
BROKEN = Replaced(
    "queue",
    'entry.n = await within("queue", (store) => store.add(entry), "readwrite", "strict");',
    'setTimeout(() => within("queue", (store) => store.add(entry), "readwrite"), 100);',
)


def count(run: Run) -> Counted:
    """It is killed right after it has called one more saved."""
    kills, chance = run.either(long=50, short=4), run.rng("kills")
    tapped, saved = [], set()
    replaced = [BROKEN] if run.sabotage else []
    with opened() as shop, serving(shop) as server, between(server.port, replaced) as proxy, tablet() as device:
        missing = set()
        for number in range(kills + 1):
            run.tell(f"browser killed {number} of {kills} times, {len(saved)} taps saved")
            browser = device.start()
            browser.be_tablet(shop, proxy.url)
            page = browser.page()
            page.goto(proxy.url + STILL)
            missing |= saved - marks(queued(page), tapped)
            if number == kills:
                break
            proxy.plan = unreachable
            taps = [tap(chance, shop, "wish") for _each in range(AT_MOST)]
            tapped += taps
            heard, last = Heard(page, proxy.url + shop.counter), chance.randint(1, 12)
            heard.begin(taps)
            while len(heard.said) < last:
                heard.wait(0.001)
            device.kill()
            saved |= heard.saved
        proxy.plan = honest
        page.goto(proxy.url + shop.counter)
        waited = marks(queued(page), tapped)
        sent = drain(page, shop.known["slug"], 120)
        arrived = found(shop, [each for each in tapped if each.mark in waited | saved], set())
        there = {mark for (mark,) in shop.rows("SELECT text FROM promises_wish")}
    figures = [
        Figure("missing", len(missing), len(saved)),
        Figure("not sent in the end", len(saved - there - missing) + (not sent), len(saved)),
        Figure("doubled", arrived.doubled, len(saved)),
    ]
    return Counted(f"browser killed {kills} times while taps were queued", figures)
