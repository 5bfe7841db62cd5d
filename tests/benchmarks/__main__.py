"""
Runs the benchmarks and says how many budgets were met; fails when one was not.

python -m tests.benchmarks [--quick] [PART ...]    without a part, all of them
"""

import argparse
import sys

from tests.benchmarks.parts import PARTS, measured


def main() -> bool:
    """Whether every budget was met."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure what was promised.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="fewer rounds: for a first impression")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no part is called {', '.join(unknown)}. There are {', '.join(PARTS)}.")
    budgets = [budget for part in chosen.parts or PARTS for budget in measured(part, quick=chosen.quick)]
    met = sum(is_met for _name, is_met in budgets)
    print(f"\nbudgets met: {met} of {len(budgets)}")
    return met == len(budgets)


if __name__ == "__main__":
    sys.exit(not main())
