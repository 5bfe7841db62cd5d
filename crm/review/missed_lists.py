"""Who was missed in some days, by the lists of the panel: without those who are to be left alone."""

import datetime as dt
from dataclasses import dataclass

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.counter.wording import every
from crm.review.days import Span
from customers.planning.leaving_alone import left_alone
from customers.planning.models import LeftAlone
from customers.visits.evidence import WEEKS
from customers.visits.missing import Away, Back, missing_on, turned
from vendors.models import Vendor

DUE, DRIFTING, LAPSED, GONE, BACK = "due", "drifting", "lapsed", "gone", "back"
CALLED = {
    DUE: gettext_lazy("due and not here"),
    DRIFTING: gettext_lazy("drifting away"),
    LAPSED: gettext_lazy("quietly gone, lately"),
    GONE: gettext_lazy("quietly gone, all of them"),
    BACK: gettext_lazy("came back"),
}
Person = Away | Back


@dataclass(frozen=True)
class Lists:
    """
    Whom each list names, those who are left alone taken out; of one day nobody came `BACK`, of more nobody was `DUE`.

    `alone` is who is left alone today, by customer (id), whether or not a list would name them.
    """

    named: dict[str, list[Person]]
    alone: dict[int, LeftAlone]
    regulars: int
    is_running: bool
    is_closed: bool


def lists_of(vendor: Vendor, span: Span) -> Lists:
    """The lists of one day, or of what changed within a week or a month, as far as its days have come."""
    last = min(span.last, vendor.today())
    found = missing_on(vendor, last) if span.is_one_day else turned(vendor, span.first, last)
    alone = left_alone(vendor, vendor.today())
    if span.is_one_day:
        named = {DUE: found.due, DRIFTING: found.drifting, LAPSED: found.news, GONE: found.lapsed}
    else:
        named = {DRIFTING: found.drifting, LAPSED: found.lapsed, BACK: found.back}
    return Lists(
        named={name: [each for each in people if each.customer not in alone] for name, people in named.items()},
        alone=alone,
        regulars=found.regulars,
        is_running=found.is_running,
        is_closed=span.is_one_day and found.is_closed,
    )


def how(person: Person) -> str:
    """By what it is said: "comes every 3 to 4 days, last 9 days ago", "came Tue 24 Nov after 19 days"."""
    said = {"every": every(person.gaps), "days": person.away}
    if isinstance(person, Back):
        return (
            ngettext(
                "was away for %(days)d day, usually %(every)s",
                "was away for %(days)d days, usually %(every)s",
                person.away,
            )
            % said
        )
    return (
        ngettext("comes %(every)s, last %(days)d day ago", "comes %(every)s, last %(days)d days ago", person.away)
        % said
    )


def on_this_weekday(person: Person, day: dt.date) -> str:
    """On how many weeks they came on the weekday of `day`; nothing where that is no habit."""
    if isinstance(person, Back) or person.weeks * 2 < WEEKS:
        return ""
    said = {"day": WEEKDAYS[day.weekday()], "times": person.weeks, "weeks": WEEKS}
    return _("%(day)s: %(times)s of %(weeks)s weeks") % said
