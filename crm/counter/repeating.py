"""On which days a standing order comes, in the shop's words."""

from collections.abc import Sequence

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.counter.wording import amount, named
from customers.promises.due_orders import OrderDay
from customers.promises.models import StandingOrder
from customers.promises.recurring import LONGEST, SHORTEST, Rule

EVERY_WEEKS = {
    1: gettext_lazy("every %(days)s"),
    2: gettext_lazy("every 2nd week on %(days)s"),
    3: gettext_lazy("every 3rd week on %(days)s"),
    4: gettext_lazy("every 4th week on %(days)s"),
}


def said(rule: str) -> str:
    """A rule as it is said: "every Tuesday and Friday", "on day 15 of each month"."""
    read = Rule.read(rule)
    if read.month_day:
        return _day_of_month(read.month_day)
    if not read.weekdays or (len(read.weekdays) == len(WEEKDAYS) and read.weeks == 1):
        return _("every day")
    return EVERY_WEEKS[read.weeks] % {"days": _together([str(WEEKDAYS[day]) for day in read.weekdays])}


def day_said(day: OrderDay) -> str:
    """A day of an order: "Fri 27 Nov", "Fri 25 Dec: closed"."""
    words = date_format(day.day, "D j M")
    return _("%(day)s: closed") % {"day": words} if day.why_closed else words


def things(order: StandingOrder) -> str:
    """What is ordered: "Milk 2 l full cream, Bread 1; ring twice"."""
    lines = (
        " ".join(filter(None, [named(each.product), amount(each.quantity, each.unit), each.manner]))
        for each in order.lines.all()
    )
    return "; ".join(filter(None, [", ".join(lines), order.text]))


def _day_of_month(day: int) -> str:
    if day == LONGEST:
        return _("on the last day of each month")
    if day > SHORTEST:
        return _("on day %(day)s of each month, or its last day") % {"day": day}
    return _("on day %(day)s of each month") % {"day": day}


def _together(words: Sequence[str]) -> str:
    *others, last = words
    return _("%(words)s and %(last)s") % {"words": ", ".join(others), "last": last} if others else last
