"""How many statements search, card and DONE take whatever the history, and that none of them reads a table through."""

import importlib
import os

from tests.benchmarks.budgets import Budget
from tests.benchmarks.shops import copy_of, environment


def main(*, quick: bool = False) -> list[Budget]:  # quick or not, each is asked once
    with copy_of("counter") as database:
        os.environ.update(environment(database))
        # Only now: Django reads its settings once, when the models are imported.
        return importlib.import_module("tests.benchmarks.counted_queries").measure()
