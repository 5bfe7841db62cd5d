"""The panels of the evening review in their order, and the ways from one day, week or month to another."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.review import owed_steps
from crm.review.asked import asked_of
from crm.review.days import ONE_DAY, SPANS, WEEK, Span, one_day
from crm.review.owed import owed_of
from crm.review.the_day import the_day_of
from crm.review.wrong import wrong_of
from vendors.access import ShopRequest
from vendors.models import Vendor

DAY, WEEKLY, MONTHLY = "day", "week", "month"
LEFT = 3
"""So many panels stand in the first of two columns, where there is room for two."""


@dataclass(frozen=True)
class Panel:
    """
    One panel: `name` is that of its view, and of its data in its template `_name.html`; the way to it is `called` so.

    With `of` it stands on the page from the first, and the way to it can say a `number`; without, it is asked for when
    the page is there, and `counting` says meanwhile what is counted. One that is `daily` is on no page of a week or a
    month.
    """

    name: str
    called: str | Promise
    of: Callable[[Vendor, Span, dt.datetime], Any] | None = None
    number: Callable[[Any], int | None] | None = None
    title: str | Promise = ""
    counting: str | Promise = ""
    daily: bool = False

    @property
    def comes_later(self) -> bool:
        return self.of is None

    @property
    def fragment(self) -> str:
        return f"review/_{self.name}.html"


PANELS = [
    Panel("the_day", _("Served"), lambda vendor, span, _now: the_day_of(vendor, span), lambda said: said.served),
    Panel("owed", _("We owe"), owed_of, lambda said: said.by_us),
    Panel("wrong", _("Went wrong"), wrong_of, lambda said: said.waiting),
    Panel("asked", _("Asked for"), lambda vendor, span, _now: asked_of(vendor, span), lambda said: said.waiting),
    Panel("missed", _("Missed"), title=_("Who was missed"), counting=_("Looking who was due and did not come …")),
    Panel("noticed", _("Noticed"), title=_("Noticed"), counting=_("Looking through everybody’s last visits …")),
    Panel("tomorrow", _("Tomorrow"), title=_("Tomorrow"), counting=_("Counting who comes and what they take …")),
    Panel(
        "who_would_miss_it",
        _("Who would miss it?"),
        title=_("Who would miss it?"),
        counting=_("Looking at what became of what was decided …"),
        daily=True,
    ),
]


@dataclass(frozen=True)
class Shown:
    """A panel on a page; `address` is where it is asked for if it comes later, `number` what the way to it says."""

    panel: Panel
    address: str
    number: int | None


@dataclass(frozen=True)
class Way:
    """Which days a page is about, and the addresses of the page before and of the one after, if that has come."""

    kind: str
    day: dt.date
    span: Span
    before: str
    after: str | None
    now: str
    others: list[tuple[str, str]]
    """Each kind of page with its address, about the same day."""


def context_of(request: ShopRequest, day: dt.date, kind: str = DAY) -> dict[str, Any]:
    """What the page about the `day`, or about its "week" or "month", shows: its way, its panels and their data."""
    span, now = SPANS.get(kind, one_day)(day), timezone.now()
    panels = [panel for panel in PANELS if kind == DAY or not panel.daily]
    query = "" if kind == DAY else f"?span={kind}"
    said = {panel.name: panel.of(request.vendor, span, now) for panel in panels if panel.of}
    shown = [_shown(request, panel, day, query, said.get(panel.name)) for panel in panels]
    return {
        "day": day,
        "way": way_of(request.vendor, day, kind),
        "panels": shown,
        "columns": [shown[:LEFT], shown[LEFT:]],
        **said,
        **owed_steps.told(request),
    }


def _shown(request: ShopRequest, panel: Panel, day: dt.date, query: str, said: Any) -> Shown:
    address = reverse(f"review:{panel.name}", args=[request.vendor.slug, day])
    return Shown(panel, f"{address}{query}", panel.number(said) if panel.number else None)


def way_of(vendor: Vendor, day: dt.date, kind: str) -> Way:
    """The way from the page about `day`; a step goes to the same weekday, or to the nearest day that has come."""
    today, span = vendor.today(), SPANS.get(kind, one_day)(day)
    before, after = _steps(kind, day, span)
    return Way(
        kind=kind,
        day=day,
        span=span,
        before=_address(vendor, kind, before),
        after=_address(vendor, kind, min(after, today)) if span.last < today else None,
        now=_address(vendor, kind, today),
        others=[(each, _address(vendor, each, day)) for each in (DAY, WEEKLY, MONTHLY)],
    )


def _steps(kind: str, day: dt.date, span: Span) -> tuple[dt.date, dt.date]:
    if kind == MONTHLY:
        return span.first - ONE_DAY, span.last + ONE_DAY
    step = WEEK if kind == WEEKLY else ONE_DAY
    return day - step, day + step


def _address(vendor: Vendor, kind: str, day: dt.date) -> str:
    return reverse("review:review" if kind == DAY else f"review:{kind}", args=[vendor.slug, day])
