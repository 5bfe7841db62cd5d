"""The card, and the page of promises, of somebody with a hundred open promises and with ten thousand."""

import datetime as dt
import sqlite3
import uuid
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.budgets import Budget, at_most
from tests.benchmarks.server import Tablet, serving
from tests.benchmarks.shops import copy_of
from tests.benchmarks.timing import Turn, in_turns, said

ROUNDS, QUICK_ROUNDS = 300, 100
SHOP = "small"
FEW, MANY = 100, 10_000
"""Both more than a page shows, so that there is as much to write."""
LIMIT = 1.3
PROMISED = """
    INSERT INTO promises_promise (id, vendor_id, uid, customer_id, side, text, has_lines, due_at, due_any_time, channel,
                                  made_at, version, outcome)
    VALUES (?, 1, ?, 1, 'ours', '', 1, ?, 0, 'phone', ?, 0, '')"""
LINE = """
    INSERT INTO promises_promiseline (vendor_id, promise_id, position, product_id, quantity, unit, manner)
    VALUES (1, ?, ?, ?, 2, 'kg', '')"""
LINES_EACH = 3


def main(*, quick: bool = False) -> list[Budget]:
    with ExitStack() as stack:
        shops = [stack.enter_context(copy_of(SHOP)) for _ in (FEW, MANY)]
        for shop, many in zip(shops, (FEW, MANY), strict=True):
            _promise(shop, many)
        tablets = [Tablet(stack.enter_context(serving(shop))) for shop in shops]
        rounds = QUICK_ROUNDS if quick else ROUNDS
        return [
            _flat("card", [lambda _, tablet=tablet: tablet.card(0) for tablet in tablets], rounds),
            _flat("promises", [lambda _, tablet=tablet: tablet.promises(0) for tablet in tablets], rounds),
        ]


def _flat(name: str, turns: list[Turn], rounds: int) -> Budget:
    few, many = medians = in_turns(turns, rounds)
    print(f"{name} of somebody with {FEW} open promises and with {MANY:,}: {said(medians)}")
    return at_most(f"{name}, {MANY // FEW} times the open promises", many / few, LIMIT)


def _promise(database: Path, many: int) -> None:
    """Open promises of the first customer: half of them overdue, one an hour."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    due = (now + dt.timedelta(hours=number - many // 2) for number in range(many))
    with sqlite3.connect(database) as connection:
        connection.executemany(
            PROMISED, ((number, uuid.uuid4().hex, str(at), str(now)) for number, at in enumerate(due, start=1))
        )
        connection.executemany(
            LINE, ((number, place, place + 1) for number in range(1, many + 1) for place in range(LINES_EACH))
        )
    connection.close()
