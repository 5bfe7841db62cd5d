"""
The BG/NBD model of Fader, Hardie and Lee ("Counting your customers" the easy way, Marketing Science 24, 2005).

While a customer is alive, visits come at random at a rate of their own (gamma with shape r and scale 1 / alpha); after
each visit the customer leaves with a probability of their own (beta with a and b). What is known of a customer: x
visits after the first, the time t_x from the first to the last, and the time T since the first.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1


class BgNbd(NamedTuple):
    r: float
    alpha: float
    a: float
    b: float

    def log_likelihood(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> np.ndarray:
        """Equation (6) of the paper, of each customer."""
        r, alpha, a, b = self
        shared = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
        alive = betaln(a, b + x) - (r + x) * np.log(alpha + age)
        gone = betaln(a + 1, b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x)
        return shared + np.where(x > 0, np.logaddexp(alive, gone), alive)

    def expected(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray, ahead: float = 1.0) -> np.ndarray:
        """Visits expected in the next `ahead`: equation (10)."""
        r, alpha, a, b = self
        shrunk = (alpha + age) / (alpha + age + ahead)
        series = hyp2f1(r + x, b + x, a + b + x - 1, ahead / (alpha + age + ahead))
        return (a + b + x - 1) / (a - 1) * (1 - shrunk ** (r + x) * series) * self.alive(x, t_x, age)

    def alive(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> np.ndarray:
        """The probability of not having left yet."""
        r, alpha, a, b = self
        odds = a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x)
        return 1 / (1 + np.where(x > 0, odds, 0))


def fitted(x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> BgNbd:
    """The parameters of greatest likelihood."""

    def loss(logarithms: np.ndarray) -> float:
        return -float(np.mean(BgNbd(*np.exp(logarithms)).log_likelihood(x, t_x, age)))

    options = {"maxiter": 4000, "maxfev": 4000, "xatol": 1e-6, "fatol": 1e-10}
    found = minimize(loss, np.zeros(4), method="Nelder-Mead", bounds=[(-8, 8)] * 4, options=options)
    return BgNbd(*map(float, np.exp(found.x)))
