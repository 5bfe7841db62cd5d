"""What is typed in the searches: the first letters of names that people of the shop have."""

import random
import sqlite3
from collections import Counter
from pathlib import Path

LETTERS = (2, 3, 4)


def openings(database: Path, many: int, *, least: int = 1) -> list[str]:
    """
    `many` beginnings, of two to four letters, of first or last names, each as likely as it is among the people.

    Only those that `least` people's names or more have.
    """
    with sqlite3.connect(database) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM customers_customer WHERE vendor_id = 1")]
    chance = random.Random(7)
    words = [word for name in names for word in name.split()]
    begun = Counter(word[:letters] for word in words for letters in LETTERS)
    typed = (chance.choice(words)[: chance.choice(LETTERS)] for _each in range(100 * many))
    return [text for text in typed if begun[text] >= least and len(text) > 1][:many]
