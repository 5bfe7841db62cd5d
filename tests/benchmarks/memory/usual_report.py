"""Prints how well the usual foresees a basket, for each setting."""

from collections.abc import Sequence

from tests.benchmarks.memory.across import Setting
from tests.benchmarks.memory.bootstrap import Estimate
from tests.benchmarks.memory.gates import Gate, columns
from tests.benchmarks.memory.plots import Chart, Series
from tests.benchmarks.memory.ranking_figures import SHOWN
from tests.benchmarks.memory.usual_visits import BEST, OURS, SETTINGS, Ranked, measured, ratio, share

SHARES = ("ndcg", "recall5", "recall8", "recall12", "static8", "refilled8", "together8")
HEADS = ("", "NDCG@10", "recall@5", "@8", "@12", "8 tiles", "refilled", "with pairs", f"NDCG to {BEST}", "cold start")
RATIOS = {("greengrocer", "300"): (1.012, 1.025), ("greengrocer", "100"): (1.008, 1.015)}
RATIOS["convenience", "100"] = (0.997, 1.015)
REACHED = {("greengrocer", "one"): (0.545, 0.56), ("convenience", "one"): (0.315, 0.33)}


def report(days: range, settings: Sequence[Setting] = SETTINGS) -> tuple[list[Gate], list[Chart]]:
    """Measure and print; the gates of those settings that have any, and the charts."""
    gates: list[Gate] = []
    charts: list[Chart] = []
    for setting in settings:
        ranked = measured(setting, days)
        print(f"\nThe usual, {setting}: {len(ranked.warm.items)} visits, {len(ranked.cold.items)} cold\n")
        print(columns([HEADS, *(_row(ranked, method) for method in ranked.figures)]), flush=True)
        print(f"{OURS} foresaw {_foreseen(ranked.warm).short} times the items that came")
        gates += _gates(setting, ranked.warm)
        if setting == Setting("greengrocer", "one"):
            charts.append(_chart(ranked.warm))
    return gates, charts


def _row(ranked: Ranked, method: str) -> tuple[str, ...]:
    found = (share(ranked.warm, method, figure).short for figure in SHARES)
    return (method, *found, ratio(ranked.warm, method).short, share(ranked.cold, method, "ndcg").short)


def _foreseen(ranked: Ranked) -> Estimate:
    return share(ranked, OURS, "foreseen")


def _gates(setting: Setting, ranked: Ranked) -> list[Gate]:
    gates = []
    if limits := RATIOS.get(setting):
        gates.append(Gate(f"NDCG@10 to {BEST}, {setting}", ratio(ranked, OURS), *limits, beside="1"))
    if limits := REACHED.get(setting):
        beside = f"{share(ranked, BEST, 'static8').value:.3f} static"
        gates.append(Gate(f"items by one tap, {setting}", share(ranked, OURS, "together8"), *limits, beside=beside))
    return gates


def _chart(ranked: Ranked) -> Chart:
    series = [
        Series(f"{method}, {word}", [(shown, share(ranked, method, f"{kind}{shown}").value) for shown in SHOWN], dashed)
        for method, dashed in ((OURS, False), (BEST, True))
        for word, kind in (("refilled", "refilled"), ("static", "static"))
    ]
    return Chart(
        "tiles",
        "Items that one tap reaches, by the number of tiles",
        ("tiles shown", "share of all items"),
        ((0, 24), (0, 1)),
        series,
    )
