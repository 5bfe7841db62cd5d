"""The parts of the benchmarks, each of which a fresh process measures: none sees the memory or settings of another."""

import importlib
import inspect
import multiprocessing
import traceback
from concurrent.futures import ProcessPoolExecutor

from tests.benchmarks.budgets import Budget, said

PARTS = ("counter", "growth", "promises", "review", "queries", "clients", "page_weight", "start", "import")


def measured(part: str, *, quick: bool) -> list[Budget]:
    """The budgets of one of `PARTS`; one that is missed, if it cannot be measured."""
    print(f"\n{part.replace('_', ' ')}", flush=True)
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        try:
            return fresh.submit(_measure, part, quick=quick).result()
        except Exception:  # the other parts are measured all the same
            traceback.print_exc()
            return [said(part, "broke", "runs to its end", met=False)]


def _measure(part: str, *, quick: bool) -> list[Budget]:
    main = importlib.import_module(f"tests.benchmarks.bench_{part}").main
    return main(quick=quick) if "quick" in inspect.signature(main).parameters else main()
