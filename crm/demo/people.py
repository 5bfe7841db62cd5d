"""The people of the demo shop, all of them invented: how they are called, where they live, how they are reached."""

import csv
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

PEOPLE_CSV = Path(__file__).with_name("people.csv")
LANES = ("1st lane", "2nd lane", "3rd lane", "Temple lane", "Station road", "Mosque lane", "Church road", "Old bazaar")
HOUSES = (
    "blue gate",
    "green gate",
    "above the bakery",
    "behind the chemist",
    "next to the water tank",
    "Sai Krupa, flat 4",
    "Shanti Niwas, ground floor",
    "Om Apartments, B wing",
    "Rose Villa",
    "opposite the school",
    "the house with the neem tree",
    "row house 7",
    "near the flour mill",
    "corner house",
    "पिवळी इमारत",
    "गणपती मंदिराजवळ",
)
LOOKS = (
    "green scooter",
    "walks with Anu",
    "always in a hurry",
    "white cap",
    "red umbrella",
    "comes with the grandson",
    "blue helmet",
    "cloth bag with sunflowers",
    "old Luna moped",
    "speaks softly",
    "two small girls",
    "brown dog",
    "school van driver",
    "tall, soft laugh",
    "yellow raincoat",
    "bank uniform",
    "bicycle with a basket",
    "nurse at the municipal clinic",
    "morning walk, sports shoes",
    "auto rickshaw 4521",
    "carries a steel tiffin",
    "reads the newspaper here",
    "laughs a lot",
    "walking stick",
    "headphones",
    "black Activa",
    "teacher, spectacles on a chain",
    "sends the driver",
    "orders by phone",
    "bakes on Sundays",
)
DEVANAGARI_DIGITS = str.maketrans("0123456789", "०१२३४५६७८९")


@dataclass(frozen=True)
class Person:
    """What the shop knows of somebody before any visit. `phones` are written as people write them."""

    name: str
    nickname: str
    greeting: str
    landmark: str
    description: str
    phones: tuple[str, ...]


def people(chance: Random) -> list[Person]:
    """Everybody, in the order of the list; who lives next to somebody of the same surname may share their phone."""
    with PEOPLE_CSV.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    looks = iter(chance.sample(LOOKS, len(LOOKS)))
    found: list[Person] = []
    for row in rows:
        neighbour = found[-1] if found and _same_family(found[-1].name, row["name"]) else None
        landmark, phones = _home(chance)
        if neighbour and chance.random() < 0.6:
            landmark, phones = neighbour.landmark, neighbour.phones
        look = next(islice(looks, 1), "") if chance.random() < 0.3 else ""
        found.append(Person(**row, landmark=landmark, description=look, phones=phones))
    return found


def _same_family(one: str, other: str) -> bool:
    """Of the same surname; the same whole name is another person who happens to be called so."""
    return one != other and one.rsplit(maxsplit=1)[-1] == other.rsplit(maxsplit=1)[-1]


def _home(chance: Random) -> tuple[str, tuple[str, ...]]:
    landmark = f"{chance.choice(LANES)}, {chance.choice(HOUSES)}" if chance.random() < 0.85 else ""
    count = chance.choices((0, 1, 2), weights=(15, 75, 10))[0]
    return landmark, tuple(_phone(chance) for _ in range(count))


def _phone(chance: Random) -> str:
    """Ten digits that begin as no mobile number of India does, so that nobody's phone rings."""
    digits = f"55{chance.randrange(10**8):08}"
    spaced = f"{digits[:5]} {digits[5:]}"
    return chance.choices(
        (spaced, digits, f"+91 {spaced}", spaced.translate(DEVANAGARI_DIGITS)), weights=(60, 20, 15, 5)
    )[0]
