"""The rows of `make faults`: each a module with what it does and how its guards are taken out."""

import importlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from tests.faults.figures import Counted, Figure

ROWS = (
    "killed_server",
    "killed_browser",
    "bad_answers",
    "flushing_together",
    "poisoned_head",
    "week_away",
    "two_tablets",
    "full_storage",
)


@dataclass(frozen=True)
class Run:
    """
    One run of a row: `sabotage` is the guard that is taken out in it, if any.

    Each module of `ROWS` has `count(run)`, which does it and counts, and `SABOTAGES`: by name the figure that
    has to turn red without that guard.
    """

    seed: int
    is_short: bool = False
    sabotage: str = ""
    tell: Callable[[str], None] = print

    def rng(self, *about: object) -> random.Random:
        """The chance of one part of the run, which does not depend on how much the others asked of theirs."""
        return random.Random(f"{self.seed} {self.sabotage} {about}")

    def either(self, long: int, short: int) -> int:
        """How many: in the long form, and in the short one, which a sabotage always has."""
        return short if self.is_short or self.sabotage else long


def module_of(row: str) -> ModuleType:
    return importlib.import_module(f"tests.faults.{row}")


def counted(row: str, run: Run) -> Counted:
    return module_of(row).count(run)


def sabotaged(row: str, run: Run) -> tuple[Figure, bool]:
    """The figure that `run.sabotage` had to turn red, and whether it did."""
    figure = counted(row, run).figure(module_of(row).SABOTAGES[run.sabotage])
    return figure, figure.bad > 0
