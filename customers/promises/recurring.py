"""
On which days an order comes again: a rule of RFC 5545 over days of the shop's calendar. Pure.

It is reckoned in days and never in moments, so that no change of the clock can lose or double one.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from dateutil.rrule import rrulestr

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LONGEST = 31
"""Days of a month."""
SHORTEST = 28


class NoRule(ValueError):
    """The text is not a rule of those that the shop offers."""


@dataclass(frozen=True)
class Rule:
    """
    On `weekdays` (0 is Monday) of every so many weeks, or on `month_day` of each month; else every day.

    A month that is shorter than `month_day` has it on its last day, where RFC 5545 alone would leave the month out.
    """

    weekdays: tuple[int, ...] = ()
    weeks: int = 1
    month_day: int | None = None

    @property
    def text(self) -> str:
        """As RFC 5545 writes it, without its start."""
        if self.month_day:
            return f"FREQ=MONTHLY;{_by_month_day(self.month_day)}"
        if not self.weekdays:
            return "FREQ=DAILY"
        by_day = ",".join(WEEKDAYS[weekday] for weekday in sorted(set(self.weekdays)))
        interval = f"INTERVAL={self.weeks};" if self.weeks > 1 else ""
        return f"FREQ=WEEKLY;{interval}BYDAY={by_day}"

    @classmethod
    def read(cls, text: str) -> Self:
        """The rule that `text` gave; raises `NoRule`."""
        try:
            parts = dict(part.split("=") for part in text.split(";"))
            weekdays = tuple(WEEKDAYS.index(day) for day in parts.get("BYDAY", "").split(",") if day)
            month_day = int(parts["BYMONTHDAY"].split(",")[0]) if parts["FREQ"] == "MONTHLY" else None
            rule = cls(weekdays, int(parts.get("INTERVAL", "1")), LONGEST if month_day == -1 else month_day)
        except (ValueError, KeyError) as error:
            raise NoRule(text) from error
        if rule.text != text:
            raise NoRule(text)
        return rule

    def _begin(self, starts_on: dt.date, since: dt.date) -> dt.date:
        """
        A day from which the rule gives the same days as from `starts_on`, and not long before `since`.

        The weeks are counted from the first of the days: every second Tuesday from Thursday on begins next Tuesday.
        """
        if not self.weekdays:
            return max(starts_on, since.replace(day=1))
        days = (starts_on + dt.timedelta(days=n) for n in range(7))
        first = next(day for day in days if day.weekday() in self.weekdays)
        monday, turn = first - dt.timedelta(days=first.weekday()), 7 * self.weeks
        return max(first, monday + dt.timedelta(days=(since - monday).days // turn * turn))


def days_from(rule: str, starts_on: dt.date, since: dt.date) -> Iterator[dt.date]:
    """The days of `rule` from `since` on, where it began on `starts_on`; without end. Raises `NoRule`."""
    begin = Rule.read(rule)._begin(starts_on, since)
    for moment in rrulestr(rule, dtstart=dt.datetime.combine(begin, dt.time())):
        if moment.date() >= since:
            yield moment.date()


def _by_month_day(day: int) -> str:
    if day <= SHORTEST:
        return f"BYMONTHDAY={day}"
    # The 30th, or the last day where that comes before it.
    return "BYMONTHDAY=-1" if day == LONGEST else f"BYMONTHDAY={day},-1;BYSETPOS=1"
