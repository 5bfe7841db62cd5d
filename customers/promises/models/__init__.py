"""What people expect of the shop and the shop of them: promises, standing orders, wishes and problems."""

from customers.promises.models.problem import Problem, ProblemEdit, Supply
from customers.promises.models.promise import Amendment, Promise, PromiseLine
from customers.promises.models.standing_order import StandingOrder, StandingOrderEdit, StandingOrderLine
from customers.promises.models.wish import Wish, WishEdit

__all__ = [
    "Amendment",
    "Problem",
    "ProblemEdit",
    "Promise",
    "PromiseLine",
    "StandingOrder",
    "StandingOrderEdit",
    "StandingOrderLine",
    "Supply",
    "Wish",
    "WishEdit",
]
