"""
When a shop is open. Pure.

A day is a day of the shop: it begins at the shop's `day_starts` and may end after midnight. A span is the time at which
the shop opens and the one at which it closes, by its own clock; one that closes at an earlier time than it opens closes
after midnight, and still belongs to the day on which it opened.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

Span = tuple[dt.time, dt.time]
DAY = 24 * 60
"""Minutes."""
A_YEAR = 366
"""Days within which a shop is expected to open again."""


@dataclass(frozen=True)
class OpeningTimes:
    hours: Mapping[int, tuple[Span, ...]]
    """By weekday, 0 is Monday. A weekday without spans is closed, but no spans at all mean that nobody said: open."""
    closures: tuple[tuple[dt.date, dt.date, str], ...]
    """First and last day of each, both closed, and why; the reason is never empty."""

    def is_open(self, day: dt.date) -> bool:
        return not self.why_closed(day)

    def is_closure(self, day: dt.date) -> bool:
        """Whether the shop is closed on `day` for more than its weekly rest."""
        return bool(self._closure(day))

    def hours_on(self, day: dt.date) -> tuple[Span, ...]:
        """The spans of `day`, the earliest first; none when it is closed, or when its hours are unknown."""
        return () if self._closure(day) else self.hours.get(day.weekday(), ())

    def why_closed(self, day: dt.date) -> str:
        """In words of the shop, or nothing when it is open."""
        return self._closure(day) or ("" if self._opens_on(day.weekday()) else _("Closed every week on this day"))

    def next_open(self, day: dt.date) -> dt.date | None:
        """The first open day after `day`; None when there is none within a year."""
        last = min(day.toordinal() + A_YEAR, dt.date.max.toordinal())
        days = map(dt.date.fromordinal, range(day.toordinal() + 1, last + 1))
        return next(filter(self.is_open, days), None)

    def _closure(self, day: dt.date) -> str:
        return next((reason for first, last, reason in self.closures if first <= day <= last), "")

    def _opens_on(self, weekday: int) -> bool:
        return bool(self.hours.get(weekday)) or not any(self.hours.values())


def minutes(span: Span, day_starts: dt.time) -> tuple[int, int]:
    """When `span` begins and ends, in minutes after the start of the shop's day; what closes with the day ends it."""
    opens, closes = (_clock(time) - _clock(day_starts) for time in span)
    return opens % DAY, closes % DAY or DAY


def reaches_over_the_day(span: Span, day_starts: dt.time) -> bool:
    """Whether the shop's day would end before `span` does."""
    begin, end = minutes(span, day_starts)
    return begin >= end


def in_order(spans: Iterable[Span], day_starts: dt.time) -> list[Span]:
    """`spans` as they follow each other in the shop's day."""
    return sorted(spans, key=lambda span: minutes(span, day_starts))


def overlap(spans: Iterable[Span], day_starts: dt.time) -> bool:
    """Whether two of the `spans` of one day share a minute; one may close when the next opens."""
    stretches = sorted(minutes(span, day_starts) for span in spans)
    return any(end > begin for (_begin, end), (begin, _end) in pairwise(stretches))


def _clock(time: dt.time) -> int:
    return time.hour * 60 + time.minute
