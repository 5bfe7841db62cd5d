"""
How good a probability of coming tomorrow was.

`weights` count each customer-day as often as its household was drawn (see `bootstrap`).
"""

import numpy as np

BINS = 20


def auc(scores: np.ndarray, came: np.ndarray, weights: np.ndarray | None = None) -> float:
    """The chance that a customer-day with a visit stands above one without, equals half (Hanley and McNeil 1982)."""
    _values, places = np.unique(scores, return_inverse=True)
    return weighted_auc(places, came, np.ones(len(came)) if weights is None else weights)


def weighted_auc(places: np.ndarray, came: np.ndarray, weights: np.ndarray) -> float:
    """The same when the ranks (equal for equal scores) are known already."""
    with_visit = np.bincount(places, weights * came)
    without = np.bincount(places, weights * ~came)
    below = np.cumsum(without) - without / 2
    return float(with_visit @ below / (with_visit.sum() * without.sum()))


def brier_skill(chances: np.ndarray, came: np.ndarray) -> float:
    """One minus the Brier score over that of always telling the mean: 0 tells nothing more than the mean, 1 all."""
    return 1 - float(np.mean((chances - came) ** 2) / np.mean((came.mean() - came) ** 2))


def bins(chances: np.ndarray, came: np.ndarray) -> list[tuple[float, float]]:
    """The mean chance and the share that came in each of 20 bins of equal count, the least likely first."""
    order = np.argsort(chances, kind="stable")
    return [(float(chances[part].mean()), float(came[part].mean())) for part in np.array_split(order, BINS)]


def calibration_error(chances: np.ndarray, came: np.ndarray) -> float:
    """The mean distance between the two over those bins (expected calibration error, Naeini et al., AAAI 2015)."""
    return float(np.mean([abs(told - share) for told, share in bins(chances, came)]))
