"""
Finds the best parameters of TIFU-KNN and UP-CF@r for a setting, by NDCG@10 on the days on which everything is chosen.

python -m tests.benchmarks.memory.tuning greengrocer 300    prints what belongs into `usual_visits.TUNED`

One parameter after the other, three times round; each is left when no other of its values is better.
"""

import sys
from functools import partial

from tests.benchmarks.memory.across import Setting
from tests.benchmarks.memory.dealing import CHOOSING, Shop
from tests.benchmarks.memory.rankers import TifuKnn, UpCf
from tests.benchmarks.memory.usual_visits import Ranked, measured, share, walked

ROUNDS = 3
GRIDS = {
    UpCf: {
        "recency": (15, 5, 10, 25, 40, 80),
        "locality": (7, 1, 2, 3, 5, 10, 15),
        "asymmetry": (0.5, 0.0, 0.25, 0.75, 1.0),
    },
    TifuKnn: {
        "group": (3, 1, 2, 5, 7, 10, 15, 20),
        "between": (0.8, 0.4, 0.6, 0.7, 0.85, 0.9, 0.95, 1.0),
        "within": (1.0, 0.8, 0.9, 0.95, 0.98),
        "alpha": (0.7, 0.3, 0.5, 0.6, 0.8, 0.9, 0.95),
        "neighbours": (100, 5, 10, 20, 50, 150, 300),
    },
}
"""By method the values of each parameter, the one to begin with first."""


def walk_one(method: type, parameters: dict[str, float], shop: Shop, days: range) -> Ranked:
    return walked(shop, days, {"": method(shop, **parameters)})


def tuned(method: type, setting: Setting) -> tuple[dict[str, float], float]:
    """The best parameters that were found, and their NDCG@10."""
    known: dict[tuple, float] = {}

    def score(parameters: dict[str, float]) -> float:
        key = tuple(parameters.items())
        if key not in known:
            known[key] = share(
                measured(setting, CHOOSING, partial(walk_one, method, parameters)).warm, "", "ndcg"
            ).value
        return known[key]

    best = {name: values[0] for name, values in GRIDS[method].items()}
    for _round in range(ROUNDS):
        for name, values in GRIDS[method].items():
            best = max((best, *({**best, name: value} for value in values)), key=score)
    return best, score(best)


if __name__ == "__main__":
    chosen = Setting(*sys.argv[1:3])
    for method in GRIDS:
        print(chosen, method.__name__, *tuned(method, chosen), flush=True)
