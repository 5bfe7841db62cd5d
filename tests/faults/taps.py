"""Taps of several kinds as a tablet sends them, and what each must have left in the shop's file."""

import random
import time
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from tests.faults.figures import Figure
from tests.faults.shop import Shop

LINES = 3
"""Products of each visit."""


@dataclass(frozen=True)
class Tap:
    """One entry. Its `mark` is among the words that it leaves, and nowhere else."""

    uid: str
    kind: str
    mark: str
    path: str
    fields: dict[str, str]

    @property
    def body(self) -> str:
        return urlencode(self.fields)


def tap(rng: random.Random, shop: Shop, kind: str | None = None) -> Tap:
    """A tap of `kind`, else of any, about one of the shop's regulars."""
    kind = kind or rng.choice(list(KINDS))
    mark = f"mark-{uid_of(rng)}"
    customer = rng.choice(shop.known["customers"])
    path, fields = {
        "new customer": ("new/", {"name": mark}),
        "visit": (f"{customer}/", {"note": mark, **_basket(rng, shop)}),
        "wish": (f"{customer}/wishes/", {"text": mark, "until": "week"}),
        "promise": (f"{customer}/promises/", {"side": "ours", "text": mark, "day": _tomorrow(), "at": "18:00"}),
        "problem": (f"{customer}/problems/new/", {"what": "other", "text": mark}),
        "preference": (f"{customer}/likes/", {"kind": "likes", "text": mark}),
    }[kind]
    return Tap(uid_of(rng), kind, mark, shop.counter + path, {"uid": uid_of(rng), **fields})


def uid_of(rng: random.Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def _basket(rng: random.Random, shop: Shop) -> dict[str, str]:
    return {f"take.{product}": "1.5" for product in rng.sample(shop.known["products"], LINES)}


def _tomorrow() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 2 * 24 * 60 * 60))


KINDS = {
    "new customer": "SELECT name, 1, 1 FROM customers_customer",
    "visit": f"SELECT note, count(line.id), {LINES} FROM visits_visit LEFT JOIN visits_visitline line"
    " ON line.visit_id = visits_visit.id GROUP BY visits_visit.id",
    "wish": "SELECT text, 1, 1 FROM promises_wish",
    "promise": "SELECT text, 1, 1 FROM promises_promise",
    "problem": "SELECT text, 1, 1 FROM promises_problem",
    "preference": "SELECT text, 1, 1 FROM preferences_preference",
}
"""By kind, of each effect in the file: the words of its tap, how many parts it has, and how many it must have."""
CREDITED = {
    "new customer": "SELECT name, added_by_id, added_at FROM customers_customer",
    "visit": "SELECT note, by_id, at FROM visits_visit",
    "wish": "SELECT text, by_id, asked_at FROM promises_wish",
    "promise": "SELECT text, by_id, made_at FROM promises_promise",
    "problem": "SELECT text, by_id, opened_at FROM promises_problem",
    "preference": "SELECT text, by_id, at FROM preferences_preference",
}
"""By kind, of each effect: the words of its tap, who is said to have done it, and when."""
TALLIES = """
    SELECT (SELECT coalesce(sum(visits), 0) FROM visits_productday) - (SELECT count(*) FROM visits_visitline),
           (SELECT coalesce(sum(visits), 0) FROM visits_shopday) - (SELECT count(*) FROM visits_visit)"""


@dataclass(frozen=True)
class Found:
    """What of some taps was found in the shop's file."""

    tried: int
    lost: int
    """Acknowledged, and not there."""
    doubled: int
    half: int
    """There in a part: fewer lines, an effect without its entry or the reverse, counts that disagree with the rows."""

    @property
    def figures(self) -> list[Figure]:
        return [Figure(name, getattr(self, name), self.tried) for name in ("lost", "doubled")]


def found(shop: Shop, taps: list[Tap], acknowledged: set[str]) -> Found:
    """Compare what was tapped with the file; `acknowledged` are the uids that were answered for."""
    effects: dict[str, list[bool]] = {}
    for sql in KINDS.values():
        for mark, parts, whole in shop.rows(sql):
            effects.setdefault(mark, []).append(parts == whole)
    entries = {str(UUID(uid)) for (uid,) in shop.rows("SELECT uid FROM vendors_entry WHERE outcome = 'done'")}
    lost = doubled = half = 0
    for tap in taps:
        own = effects.get(tap.mark, [])
        lost += tap.uid in acknowledged and not own
        doubled += len(own) > 1
        half += not all(own) or bool(own) != (tap.uid in entries)
    half += any(shop.rows(TALLIES)[0])
    return Found(len(taps), lost, doubled, half)
