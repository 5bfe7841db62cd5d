"""
The import of 1.46 million visit lines beside a plain bulk_create of the same rows: speed, memory and a full count.

python -m tests.benchmarks import
"""

import os
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = HERE / ".cache"
FEW = 60_000


def main(*, quick: bool = False) -> list[tuple[str, bool]]:
    """Print the figures, and give each budget with whether it was met; `quick` reads the first `FEW` lines only.

    Everything happens in processes of their own: the data comes through pandas, which would count as memory of the
    import, and the import wants a database that no other benchmark has touched.
    """
    subprocess.run([sys.executable, HERE / "journey.py"], check=True)
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as data:
        visits = CACHE / "visits.csv"
        if quick:
            visits = _first_lines(visits, Path(data) / "visits.csv")
        environment = {**os.environ, "REGULARS_DATA": data, "PYTHONPATH": str(ROOT)}
        environment.pop("DATABASE_URL", None)
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        command = [sys.executable, "-u", HERE / "measured_import.py", CACHE / "customers.csv", visits]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            budgets = [budget for line in process.stdout if (budget := _budget(line))]
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return budgets


def _first_lines(path: Path, copy: Path) -> Path:
    with path.open(encoding="utf-8") as source, copy.open("w", encoding="utf-8") as target:
        target.writelines(islice(source, FEW))
    return copy


def _budget(line: str) -> tuple[str, bool] | None:
    """Show what the other process says, and the budget in it."""
    print(line, end="", flush=True)
    if not line.startswith("budget "):
        return None
    name, _, figures = line.removeprefix("budget ").partition(": ")
    return name, figures.endswith(" met\n")
