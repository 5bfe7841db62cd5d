"""What the memory costs with the ORM on SQLite: recording, ranking, who is due and what is needed tomorrow."""

from tests.benchmarks.memory.gates import Gate
from tests.benchmarks.memory.plots import Chart


def report() -> tuple[list[Gate], list[Chart]]:
    """Measure and print."""
    return [], []
