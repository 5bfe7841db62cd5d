"""The goods that a fruit-and-vegetable shop in India usually sells: the list a new shop starts from."""

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

GOODS_CSV = Path(__file__).with_name("goods.csv")


@dataclass(frozen=True)
class Good:
    """One thing to sell. `step` is the usual amount in `unit`; `picture` is a view of crm/goods.svg, empty for none.

    `season` is the first and the last month, both included; (11, 2) runs over New Year and None is the whole year.
    """

    key: str
    name: str
    name_hi: str
    name_mr: str
    unit: str
    step: Decimal
    season: tuple[int, int] | None
    picture: str
    aisle: str


@cache
def goods() -> tuple[Good, ...]:
    """Return every good, the most sold first."""
    with GOODS_CSV.open(encoding="utf-8", newline="") as file:
        return tuple(_good(row) for row in csv.DictReader(file))


@cache
def pictures() -> tuple[str, ...]:
    """Return the ids that may follow `goods.svg#`, in alphabetical order."""
    return tuple(sorted({good.picture for good in goods() if good.picture}))


def _good(row: dict[str, str]) -> Good:
    return Good(**{**row, "step": Decimal(row["step"]), "season": _season(row["season"])})


def _season(months: str) -> tuple[int, int] | None:
    if not months:
        return None
    first, last = months.split("-")
    return int(first), int(last)
