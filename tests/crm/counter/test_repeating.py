import datetime as dt

import pytest

from crm.counter import repeating
from customers.promises.due_orders import OrderDay
from customers.promises.recurring import Rule


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule(), "every day"),
        (Rule(tuple(range(7))), "every day"),
        (Rule((1,)), "every Tuesday"),
        (Rule((0, 1, 4)), "every Monday, Tuesday and Friday"),
        (Rule((1, 4), 2), "every 2nd week on Tuesday and Friday"),
        (Rule((1,), 3), "every 3rd week on Tuesday"),
        (Rule((1,), 4), "every 4th week on Tuesday"),
        (Rule(month_day=15), "on day 15 of each month"),
        (Rule(month_day=30), "on day 30 of each month, or its last day"),
        (Rule(month_day=31), "on the last day of each month"),
    ],
)
def test_rule_is_said_in_words(rule, said):
    assert repeating.said(rule.text) == said


def test_day_on_which_the_shop_is_closed_is_named():
    assert repeating.day_said(OrderDay(dt.date(2026, 12, 25), "Christmas")) == "Fri 25 Dec: closed"
    assert repeating.day_said(OrderDay(dt.date(2026, 12, 25), "")) == "Fri 25 Dec"
