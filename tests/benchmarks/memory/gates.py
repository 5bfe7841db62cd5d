"""What the memory must reach, and how that is printed."""

from collections.abc import Sequence
from typing import NamedTuple

from tests.benchmarks.memory.bootstrap import Estimate


class Gate(NamedTuple):
    """A figure with its `gate` (must) and `goal` (may); `beside` is the best published method's in the same run."""

    name: str
    found: Estimate
    gate: float
    goal: float
    beside: str = ""
    at_least: bool = True

    def reaches(self, limit: float) -> bool:
        """By the value itself, as it is printed: not by an end of its interval."""
        value = round(self.found.value, 3)
        return value >= limit if self.at_least else value <= limit

    @property
    def is_met(self) -> bool:
        return self.reaches(self.gate)


def table(gates: Sequence[Gate]) -> str:
    """One line for each gate."""
    heads = ("figure", "published best", "Regulars, 95 % interval", "gate", "goal", "gate is", "goal is")
    rows = [heads, *(_row(gate) for gate in gates)]
    return columns(rows)


def _row(gate: Gate) -> tuple[str, ...]:
    sign = "≥" if gate.at_least else "≤"
    said = {True: "met", False: "missed"}
    limits = (f"{sign} {limit:g}" for limit in (gate.gate, gate.goal))
    return (gate.name, gate.beside, str(gate.found), *limits, said[gate.is_met], said[gate.reaches(gate.goal)])


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text, the columns under each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines)


def closing(gates: Sequence[Gate]) -> str:
    """The last line of a run."""
    return f"gates met: {sum(gate.is_met for gate in gates)} of {len(gates)}"
