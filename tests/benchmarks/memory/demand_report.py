"""Prints how well the baskets of tomorrow were foreseen."""

from collections.abc import Sequence

from tests.benchmarks.memory.across import Setting
from tests.benchmarks.memory.demand_days import FOUR, OURS, Foreseen, measured, off_by, ratio
from tests.benchmarks.memory.gates import Gate, columns
from tests.benchmarks.memory.plots import Chart

SETTINGS = tuple(Setting("greengrocer", size) for size in ("one", "300", "100"))
LIMITS = {"300": (0.94, 0.90), "100": (0.90, 0.88)}
HEADS = ("", "WAPE", "WAPE of the median", "pinball loss, 80 %", f"median to {FOUR}", f"mean to {FOUR}", "told / came")


def report(days: range, settings: Sequence[Setting] = SETTINGS) -> tuple[list[Gate], list[Chart]]:
    """Measure and print."""
    gates: list[Gate] = []
    for setting in settings:
        found = measured(setting, days)
        print(f"\nTomorrow's demand, {setting}: {found.came.mean():.2f} baskets a day and product\n")
        print(columns([HEADS, *(_row(found, method) for method in found.expected)]), flush=True)
        if limits := LIMITS.get(setting.size):
            name = f"demand, WAPE to the {FOUR}, {setting}"
            gates.append(Gate(name, ratio(found, OURS), *limits, beside="1", at_least=False))
    return gates, []


def _row(found: Foreseen, method: str) -> tuple[str, ...]:
    losses = (off_by(found, method, loss).short for loss in ("mean", "median", "pinball"))
    ratios = (ratio(found, method, loss=loss).short for loss in ("median", "mean"))
    return (method, *losses, *ratios, f"{found.expected[method].sum() / found.came.sum():.3f}")
