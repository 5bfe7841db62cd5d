"""Prints who was told to come tomorrow and who came."""

from collections.abc import Sequence

from tests.benchmarks.memory.across import Setting
from tests.benchmarks.memory.coming_days import OURS, Told, auc_of, error_of, measured
from tests.benchmarks.memory.coming_figures import BINS, bins, brier_skill, calibration_error
from tests.benchmarks.memory.gates import Gate, columns
from tests.benchmarks.memory.plots import Chart, Series

SETTINGS = (Setting("greengrocer", "300"), Setting("all visits", "300"))
AUC = {"greengrocer": (0.747, 0.755), "all visits": (0.758, 0.766)}
ERROR = (0.008, 0.004)
BEST = "BG/NBD"
HEADS = ("", "AUC", "Brier skill", f"calibration error, {BINS} bins", "told / came")


def report(days: range, settings: Sequence[Setting] = SETTINGS) -> tuple[list[Gate], list[Chart]]:
    """Measure and print."""
    gates: list[Gate] = []
    curves: list[Series] = []
    for setting in settings:
        told = measured(setting, days)
        print(f"\nComes tomorrow, {setting}: {len(told.came)} customer-days, {told.came.mean():.3f} with a visit\n")
        print(columns([HEADS, *(_row(told, method) for method in told.chances)]), flush=True)
        gates += _gates(setting, told)
        curves.append(Series(setting.view, bins(told.chances[OURS], told.came), dotted=True))
    return gates, [_chart(curves)]


def _row(told: Told, method: str) -> tuple[str, ...]:
    chances = told.chances[method]
    figures = (brier_skill(chances, told.came), calibration_error(chances, told.came), chances.sum() / told.came.sum())
    return (method, auc_of(told, method).short, *(f"{figure:.4f}" for figure in figures))


def _gates(setting: Setting, told: Told) -> list[Gate]:
    name, beside = f"comes tomorrow, {{}}, {setting.view}", [f(told, BEST) for f in (auc_of, error_of)]
    ranks = Gate(name.format("AUC"), auc_of(told, OURS), *AUC[setting.view], f"{beside[0].value:.3f}")
    error = error_of(told, OURS)
    return [ranks, Gate(name.format("calibration error"), error, *ERROR, f"{beside[1].value:.3f}", at_least=False)]


def _chart(curves: Sequence[Series]) -> Chart:
    even = Series("as told", [(0, 0), (0.6, 0.6)], dashed=True)
    return Chart(
        "calibration",
        "Comes tomorrow: what was told and what came",
        ("chance that was told", "share that came"),
        ((0, 0.6), (0, 0.6)),
        [*curves, even],
    )
