"""The owner's evening review of a large shop beside the bare app: its page, and the parts that come after it."""

import importlib
import multiprocessing
import os
import sqlite3
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

from tests.benchmarks.budgets import Budget, at_most
from tests.benchmarks.budgets import said as told
from tests.benchmarks.openings import openings
from tests.benchmarks.panels import panels
from tests.benchmarks.server import Tablet, serving
from tests.benchmarks.shapes import OWNER, SHAPES
from tests.benchmarks.shops import copy_of, environment
from tests.benchmarks.timing import Turn, in_turns, said

ROUNDS, QUICK_ROUNDS = 300, 100
PANEL_ROUNDS, QUICK_PANEL_ROUNDS, PANEL_WARM_UP = 30, 10, 2
ANEW = 5
"""Views of which each is the first one after the past has changed."""
SHOP, SMALL = "review", "review-small"
LIMIT = 25
TEXTS = 97


def main(*, quick: bool = False) -> list[Budget]:
    rounds, panel_rounds = (QUICK_ROUNDS, QUICK_PANEL_ROUNDS) if quick else (ROUNDS, PANEL_ROUNDS)
    with copy_of(SHOP) as database, serving(database) as port:
        tablet = Tablet(port, OWNER)
        page = _page(tablet, openings(database, many=TEXTS), rounds)
        later = panels(tablet.review())
        for name, address in later.items():
            _panel(tablet, name, address, panel_rounds)
        _first_views(database, tablet, {"page": tablet.review, **_asked(tablet, later)})
    return [page, *_same_statements()]


def _page(tablet: Tablet, texts: list[str], rounds: int) -> Budget:
    medians = in_turns(
        [
            lambda _: tablet.review(),
            lambda _: tablet.bare_card(0),
            lambda n: tablet.bare_search(texts[n % TEXTS]),
        ],
        rounds,
    )
    shape = SHAPES[SHOP]
    print(f"review of a shop of {shape.customers:,} customers and {shape.lines:,} lines, bare card and bare search:")
    print(f"{said(medians)}: {medians[0] / medians[2]:.3g} bare searches")
    return at_most("review page to bare card", medians[0] / medians[1], LIMIT)


def _panel(tablet: Tablet, name: str, address: str, rounds: int) -> None:
    """For the reader only: these come after the page, which says meanwhile what is counted."""
    turns: list[Turn] = [lambda _: tablet.panel(address), lambda _: tablet.bare_card(0)]
    medians = in_turns(turns, rounds, PANEL_WARM_UP)
    print(f"{name}, after the page, and bare card: {said(medians)}: {medians[0] / medians[1]:.3g} bare cards")


def _asked(tablet: Tablet, later: dict[str, str]) -> dict[str, Turn]:
    return {name: lambda address=address: tablet.panel(address) for name, address in later.items()}


def _first_views(database: Path, tablet: Tablet, parts: dict[str, Turn]) -> None:
    """What nothing was kept of yet, as each evening once, and whenever a visit of an earlier day is changed."""
    for name, ask in parts.items():
        seconds = []
        for _each in range(ANEW):
            _change_the_past(database)
            started = time.perf_counter()
            ask()
            seconds.append(time.perf_counter() - started)
        print(f"{name}, first view after the past has changed: {median(seconds) * 1000:.0f} ms")


def _change_the_past(database: Path) -> None:
    with sqlite3.connect(database, timeout=30) as connection:
        connection.execute("UPDATE vendors_vendor SET past = ? WHERE id = 1", (uuid.uuid4().hex,))
    connection.close()


def _same_statements() -> list[Budget]:
    """No part takes more statements in the large shop than in a small one."""
    small, large = map(_statements, (SMALL, SHOP))
    return [_no_more(name, many, small[name]) for name, many in large.items()]


def _no_more(name: str, large: int, small: int) -> Budget:
    """The small shop may take a few more: a quiet one is asked for its hours, for a day without visits may be open."""
    return told(f"{name} of the review, statements", str(large), f"{small} in a small shop", met=large <= small)


def _statements(shop: str) -> dict[str, int]:
    """By part; in a process of its own, for Django reads its settings once, and there are two databases."""
    spawn = multiprocessing.get_context("spawn")
    with copy_of(shop) as database, ProcessPoolExecutor(max_workers=1, mp_context=spawn) as fresh:
        return fresh.submit(_measure, database).result()


def _measure(database: Path) -> dict[str, int]:
    os.environ.update(environment(database))
    return importlib.import_module("tests.benchmarks.counted_review").measure()
