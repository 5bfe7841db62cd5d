"""
Tries to lose a tap or to double it, and says how often it succeeded; fails when it did once.

python -m tests.faults [--short] [--seed N] [ROW ...]    without a row, all of them

Each guard is then taken out once, and its row has to notice.
"""

import argparse
import dataclasses
import sys
import time
import traceback

from tests.faults.figures import Counted, Figure
from tests.faults.rows import ROWS, Run, counted, module_of, sabotaged


def main() -> bool:
    """Whether nothing was lost or doubled, and every sabotage was caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Try to lose a tap, or to double it.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--short", action="store_true", help="a few of each, as in the test suite")
    parser.add_argument("--seed", type=int, default=7, help="of all that is left to chance (7)")
    chosen = parser.parse_args()
    if unknown := set(chosen.rows) - set(ROWS):
        parser.error(f"no row is called {', '.join(sorted(unknown))}. There are {', '.join(ROWS)}.")
    bad = tried = caught = sabotages = 0
    for row in chosen.rows or ROWS:
        run = Run(chosen.seed, is_short=chosen.short, tell=_progress)
        found = _counted(row, run)
        bad, tried = bad + found.bad, tried + found.tried
        for sabotage in module_of(row).SABOTAGES:
            sabotages += 1
            caught += _is_caught(row, dataclasses.replace(run, sabotage=sabotage))
    print(f"faults: {bad:,} of {tried:,}, sabotages caught: {caught} of {sabotages}")
    return bad == 0 and caught == sabotages


def _counted(row: str, run: Run) -> Counted:
    since = time.monotonic()
    try:
        found = counted(row, run)
    except Exception:  # the other rows are tried all the same
        _clear()
        traceback.print_exc()
        found = Counted(row, [Figure("broken off", 1, 1)])
    _clear()
    print(f"{found}   seed {run.seed}   {time.monotonic() - since:.0f} s", flush=True)
    return found


def _is_caught(row: str, run: Run) -> bool:
    try:
        figure, is_caught = sabotaged(row, run)
    except Exception:
        _clear()
        traceback.print_exc()
        figure, is_caught = "broken off", False
    _clear()
    print(f"  sabotage: {run.sabotage:<46}  {figure}   {'caught' if is_caught else 'NOT CAUGHT'}", flush=True)
    return is_caught


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def _clear() -> None:
    _progress("")


if __name__ == "__main__":
    sys.exit(not main())
