"""Four helpers who record visits at once, as fast as the server answers: nothing fails, is lost or is doubled."""

import sqlite3
import threading
import time
from pathlib import Path

from tests.benchmarks.budgets import Budget, at_most, said
from tests.benchmarks.server import Tablet, serving
from tests.benchmarks.shapes import SESSIONS, SHAPES
from tests.benchmarks.shops import copy_of

SECONDS, QUICK_SECONDS = 60, 10
SHOP = "counter"


class Helper(threading.Thread):
    """Serves one customer after the other until the time is over."""

    def __init__(self, port: int, number: int, until: float) -> None:
        super().__init__()
        self.port, self.number, self.until = port, number, until
        self.acknowledged = self.errors = 0
        self.longest = 0.0

    def run(self) -> None:
        tablet = Tablet(self.port, SESSIONS[self.number])
        customers = range(self.number, SHAPES[SHOP].customers, len(SESSIONS))
        turn = 0
        while time.monotonic() < self.until:
            self._serve(tablet, customers[turn % len(customers)])
            turn += 1

    def _serve(self, tablet: Tablet, customer: int) -> None:
        started = time.monotonic()
        try:
            tablet.done(customer)
            self.acknowledged += 1
        except Exception as error:  # whatever it is, the helper has lost time and goes on
            self.errors += 1
            print(f"helper {self.number}: {error!r}")
        self.longest = max(self.longest, time.monotonic() - started)


def main(*, quick: bool = False) -> list[Budget]:
    with copy_of(SHOP) as database, serving(database) as port:
        before = _visits(database)
        until = time.monotonic() + (QUICK_SECONDS if quick else SECONDS)
        helpers = [Helper(port, number, until) for number in range(len(SESSIONS))]
        for helper in helpers:
            helper.start()
        for helper in helpers:
            helper.join()
        recorded = _visits(database) - before
    acknowledged = sum(helper.acknowledged for helper in helpers)
    print(f"{acknowledged} visits, the slowest took {max(helper.longest for helper in helpers):.2f} s")
    return [
        at_most("errors of four clients at once", sum(helper.errors for helper in helpers), 0),
        said("visits recorded", str(recorded), f"{acknowledged} acknowledged", met=recorded == acknowledged > 0),
    ]


def _visits(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        return connection.execute("SELECT count(*) FROM visits_visit").fetchone()[0]
