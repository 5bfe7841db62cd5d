"""
A week without a connection, on a tablet whose clock is off by three days.

Meanwhile the sign-in ends, one of those who tapped serves no more, and the pages of the shop become other ones.
Somebody else serves when all of it is sent.
"""

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.faults.browsing import Browser, tablet
from tests.faults.figures import Counted, Figure
from tests.faults.proxy import Proxy, Replaced, between, down, honest
from tests.faults.rows import Run
from tests.faults.shop import Shop, opened, serving
from tests.faults.tapping import Heard, drain, flush, marks, put, queued, unreachable
from tests.faults.taps import CREDITED, Tap, found, tap

OFF = dt.timedelta(days=3)
WEEK = dt.timedelta(days=7)
ALIKE = dt.timedelta(minutes=2)
"""By how much a moment may be told otherwise: the way there and back, and a busy machine."""
FAST = OFF // dt.timedelta(milliseconds=1)
WRONG_CLOCK = f"""
"use strict";
if (!self.isOff) {{
  const now = Date.now;
  Date.now = () => now() + {FAST};
  self.isOff = true;
}}"""
CLOCKS = [Replaced(script, '"use strict";', WRONG_CLOCK) for script in ("lock", "queue")]
"""In the first of the page's scripts that reads the clock, and in the worker."""
NEWER = "newer"
QUIET = 1500
"""Milliseconds after which no answer is on its way any more."""
SABOTAGES = {"who is there is credited": "wrongly credited", "the tablet's clock is believed": "at a wrong time"}


@dataclass(frozen=True)
class Tapped:
    """A tap of the week, by whom and when it truly was; of a claim nobody proved who it was."""

    tap: Tap
    by: str
    at: dt.datetime
    is_claimed: bool
    knows_skew: bool
    """Whether the tablet knew by then how wrong its clock is."""

    def said(self, shop: Shop) -> dict[str, Any]:
        """As the tablet notes it, by its own clock."""
        signed = "Ravi" if self.is_claimed else self.by
        return {
            "by": shop.known["members"][self.by],
            "byName": self.by,
            "turn": shop.known["pages"][signed],
            "at": _milliseconds(self.at + OFF),
            "skew": -FAST if self.knows_skew else None,
        }


def count(run: Run) -> Counted:
    many = run.either(long=2000, short=60)
    with opened() as shop, serving(shop, run.sabotage) as server, tablet() as device:
        with between(server.port, CLOCKS) as proxy:
            browser = device.start()
            browser.be_tablet(shop, proxy.url)
            heard = Heard(browser.page(), proxy.url + shop.counter)
            week = _week(run.rng("week"), shop, many)
            run.tell(f"{many} taps without a connection")
            proxy.plan = unreachable
            put(heard.page, [each.tap for each in week], [each.said(shop) for each in week])
            shop.write("UPDATE vendors_member SET is_active = 0 WHERE name = 'Meera'")
            left = _signed_out(browser, proxy, heard.page, shop, week)
            dropped = many - len(left)
            run.tell(f"{many} taps are sent")
            page = _upgraded(browser, proxy, shop)
            drain(page, shop.known["slug"], patience=400)
        figures = _judged(shop, week, proxy.echoed, dropped)
    return Counted(f"a week without a connection, {many} taps", figures)


def _week(chance: random.Random, shop: Shop, many: int) -> list[Tapped]:
    """In their order. Every tenth was claimed, and every third made before the tablet knew how wrong its clock is."""
    now, week = dt.datetime.now(dt.UTC), []
    moments = sorted(now - WEEK * chance.random() for _each in range(many))
    for number, at in enumerate(moments):
        is_claimed = number % 10 == 9
        by = "Meera" if is_claimed else chance.choice(["Ravi", "Meera"])
        week.append(Tapped(tap(chance, shop), by, at, is_claimed, knows_skew=number % 3 != 0))
    return week


def _signed_out(browser: Browser, proxy: Proxy, page: Page, shop: Shop, week: list[Tapped]) -> set[str]:
    """The sign-in has ended, also that of the tablet: marks of what waits after it was tried."""
    proxy.plan = down
    page.wait_for_timeout(QUIET)  # an answer that is on its way would bring the tablet's cookie back
    browser.context.clear_cookies()
    proxy.plan = honest
    flush(page, shop.known["slug"])
    return marks(queued(page), [each.tap for each in week])


def _upgraded(browser: Browser, proxy: Proxy, shop: Shop) -> Page:
    """The worker is of a newer version and fetches a newer script, and somebody else serves."""
    version = f'const VERSION = "{shop.counter} '
    proxy.replace(Replaced("worker", version, f"{version}{NEWER} "))
    proxy.replace(Replaced("tablet", '"use strict";', f'"use strict"; // {NEWER}'))
    browser.be_tablet(shop, proxy.url, "Kiran")
    page = browser.page()
    page.goto(proxy.url + shop.counter)
    # Chromium looks for a newer one at each load too, but not while so much is sent.
    page.evaluate("navigator.serviceWorker.ready.then(worker => worker.update())")
    for _attempt in range(300):
        if any(NEWER in name for name in page.evaluate("caches.keys()")):
            break
        page.wait_for_timeout(100)
    page.reload()
    return page


def _judged(shop: Shop, week: list[Tapped], echoed: set[str], dropped: int) -> list[Figure]:
    taps = [each.tap for each in week]
    result = found(shop, taps, {tap.uid for tap in taps})
    names = {None: "nobody", **dict(shop.rows("SELECT id, name FROM vendors_member"))}
    effects = {mark: (names[by], _moment(at)) for sql in CREDITED.values() for mark, by, at in shop.rows(sql)}
    claimed = {uid for (uid,) in shop.rows("SELECT uid FROM vendors_entry WHERE is_claimed")}
    wrong_name = wrong_time = 0
    for each in week:
        name, at = effects.get(each.tap.mark, (each.by, each.at))
        wrong_name += name != each.by or (each.tap.uid.replace("-", "") in claimed) != each.is_claimed
        wrong_time += abs(at - each.at) > ALIKE
    many = len(week)
    return [
        Figure("lost", result.lost + len({tap.uid for tap in taps} - echoed), many),
        Figure("dropped while signed out", dropped, many),
        Figure("doubled", result.doubled, many),
        Figure("half applied", result.half, many),
        Figure("wrongly credited", wrong_name, many),
        Figure("at a wrong time", wrong_time, many),
    ]


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def _milliseconds(at: dt.datetime) -> int:
    return round(at.timestamp() * 1000)
