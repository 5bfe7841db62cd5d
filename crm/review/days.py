"""The days that a review is about: one, a week, or a month; in an address a day is written as 2026-11-21."""

import datetime as dt
from calendar import monthrange
from typing import NamedTuple

from django.http import Http404

from vendors.access import ShopRequest

EARLIEST = dt.date(2000, 1, 1)
LATEST = dt.date(2099, 12, 31)
"""The first and the last day of which an address can ask."""
ONE_DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(weeks=1)


class DayConverter:
    """A day in an address. What is none, or none that a shop could have, is no address."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> dt.date:
        day = dt.date.fromisoformat(value)
        if not EARLIEST <= day <= LATEST:
            raise ValueError(value)
        return day

    def to_url(self, value: dt.date) -> str:
        return value.isoformat()


class Span(NamedTuple):
    """Some days on end, the last of them included."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> list[dt.date]:
        return [self.first + number * ONE_DAY for number in range((self.last - self.first).days + 1)]

    @property
    def is_one_day(self) -> bool:
        return self.first == self.last

    @property
    def query(self) -> str:
        """What an address says of it, after its day; nothing of one day."""
        return "" if self.is_one_day else "?span=week" if self.is_week else "?span=month"

    @property
    def page(self) -> str:
        """The name of the page that is about these days."""
        return "review:review" if self.is_one_day else "review:week" if self.is_week else "review:month"

    @property
    def is_week(self) -> bool:
        return (self.last - self.first).days == WEEK.days - 1

    @property
    def next(self) -> "Span":
        """The week or month that follows."""
        return self._like(self.last + ONE_DAY)

    @property
    def previous(self) -> "Span":
        """The week or month before."""
        return self._like(self.first - ONE_DAY)

    def until(self, day: dt.date) -> "Span":
        """This one, or its days up to `day` if that is one of them."""
        return Span(self.first, min(self.last, day))

    def _like(self, day: dt.date) -> "Span":
        return week_of(day) if self.is_week else month_of(day)


def one_day(day: dt.date) -> Span:
    return Span(day, day)


def week_of(day: dt.date) -> Span:
    """From Monday to Sunday."""
    first = day - dt.timedelta(days=day.weekday())
    return Span(first, first + WEEK - ONE_DAY)


def month_of(day: dt.date) -> Span:
    return Span(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


SPANS = {"week": week_of, "month": month_of}
"""By what an address says as `?span=week`; without it a panel is about one day."""


def span_of(request: ShopRequest, day: dt.date) -> Span:
    """What the panel in `request` is about: `day`, which has come, or the week or month around it."""
    return SPANS.get(request.GET.get("span", ""), one_day)(come(request, day))


def come(request: ShopRequest, day: dt.date) -> dt.date:
    """`day`, if it has come: of a later one there is nothing to look back on yet."""
    if day > request.vendor.today():
        raise Http404
    return day
