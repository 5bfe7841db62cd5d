"""What the memory costs with the ORM on SQLite: recording, ranking, who is due and what is needed tomorrow."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.memory.bootstrap import Estimate
from tests.benchmarks.memory.gates import Gate
from tests.benchmarks.memory.plots import Chart
from tests.benchmarks.shops import ROOT, environment

LIMITS = {
    "record": ("cost, a visit recorded takes so much longer, ms", 5, 1),
    "rank": ("cost, what is remembered for a card, ms", 10, 2),
    "forecast": ("cost, due and demand of 1,000 customers, s", 2, 0.4),
}


def report() -> tuple[list[Gate], list[Chart]]:
    """Measure in a process with a database of its own, and print."""
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        command = [sys.executable, "-m", "tests.benchmarks.memory.costing"]
        found = subprocess.run(
            command, check=True, cwd=ROOT, env=environment(Path(folder) / "costs.sqlite3"), stdout=subprocess.PIPE
        )
    figures = json.loads(found.stdout)
    print("\nCost, in a shop of 1,000 customers with 300 products and 110,000 visits of a year\n")
    for name, times in figures.items():
        print(f"{name}: {Estimate(*times)}")
    gates = [
        Gate(said, Estimate(*figures[name]), gate, goal, at_least=False) for name, (said, gate, goal) in LIMITS.items()
    ]
    return gates, []
