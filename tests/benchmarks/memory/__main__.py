"""
Measures the memory beside the published methods, writes the charts of docs/memory, and says how many gates were met.

python -m tests.benchmarks.memory            all of it; fails when a gate is missed
python -m tests.benchmarks.memory --days 140-293 --part usual --view greengrocer --shops 300
                                             for trying a variant: no gate, no chart
"""

import argparse
import sys
import time

from tests.benchmarks.memory import coming_report, cost, database, demand_report, leaving_report, usual_report
from tests.benchmarks.memory.dealing import CHOOSING, REPORTING, SHOPS, named, window
from tests.benchmarks.memory.gates import Gate, closing, table
from tests.benchmarks.memory.households import VIEWS, view
from tests.benchmarks.memory.plots import Chart
from tests.benchmarks.memory.references import checks

PARTS = {
    "usual": usual_report,
    "coming": coming_report,
    "leaving": leaving_report,
    "demand": demand_report,
    "database": database,
    "cost": cost,
}
WITHOUT_SETTINGS = {"database", "cost"}


def main() -> bool:
    """Whether every gate that was looked at was met."""
    chosen = arguments()
    if not references():
        return False
    data()
    gates: list[Gate] = []
    charts: list[Chart] = []
    for part in chosen.part or PARTS:
        began = time.monotonic()
        found = measured(part, chosen)
        gates, charts = gates + found[0], charts + found[1]
        print(f"({part}: {time.monotonic() - began:.0f} s)", flush=True)
    if chosen.days == REPORTING:
        for chart in charts:
            chart.write()
        print(f"\nDays {named(REPORTING)}; parameters were chosen on days {named(CHOOSING)}.\n")
        print(table(gates))
        print(closing(gates))
    return all(gate.is_met for gate in gates)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.memory", description="Measure the memory.")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be said more than once")
    parser.add_argument("--days", type=window, default=REPORTING, help="first and last day, as 140-293")
    parser.add_argument("--view", choices=[*VIEWS, "all visits"], help="only this kind of shop")
    parser.add_argument("--shops", choices=SHOPS, help="only shops of this size")
    return parser.parse_args()


def references() -> bool:
    """Print the checks of baselines and figures; whether all are as they must be."""
    found = list(checks())
    print(*found, sep="\n", flush=True)
    return all(check.found == check.expected for check in found)


def data() -> None:
    for name in (*VIEWS, "all visits"):
        known = view(name)
        counts = f"{known.visits} household-days of {len(known.households)} households"
        print(f"data {name}: {counts}, {len(known.products)} products, basket median {known.median_basket}")


def measured(part: str, chosen: argparse.Namespace) -> tuple[list[Gate], list[Chart]]:
    """One of `PARTS` for what was chosen of its settings."""
    if part in WITHOUT_SETTINGS:
        return PARTS[part].report()
    settings = [
        setting
        for setting in PARTS[part].SETTINGS
        if chosen.view in (None, setting.view) and chosen.shops in (None, setting.size)
    ]
    return PARTS[part].report(chosen.days, settings)


if __name__ == "__main__":
    sys.exit(not main())
