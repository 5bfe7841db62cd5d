"""How often and when somebody comes, in the shop's words: each statement with the days that it counts."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.counter.reasons import AGAINST, FOR, Basis, Said, Section, when
from crm.counter.wording import every, hour_of, rhythm, too_early
from customers.visits.evidence import Coming, Hour, RhythmEvidence, Weekday
from customers.visits.rhythm import EARLY
from vendors.models import Vendor

LIKELY, PERHAPS = 0.5, 0.2
"""Chances from which on somebody is called likely, or perhaps, to come today."""
NAMED = 3
"""Closed days that are named; of more it is said how many."""


def lead(evidence: RhythmEvidence) -> str:
    """What the card says, or that it is too early to say it."""
    standing = evidence.standing
    if said := rhythm(standing):
        return said
    if not standing.visits:
        return _("Nothing is known from before today.")
    return too_early(standing.visits)


def sections_of(evidence: RhythmEvidence, vendor: Vendor, day: dt.date) -> list[Section]:
    """All that is to be said of it on the shop's present `day`."""
    return [*_today(evidence), *_gaps(evidence, vendor), *_limits(evidence), *_likely(evidence, vendor, day)]


def chance_said(chance: float) -> str:
    """Never "will": most visits are nobody's to foresee."""
    if chance >= LIKELY:
        return _("likely today")
    return _("perhaps today") if chance >= PERHAPS else _("not likely today")


def clock(vendor: Vendor, minute: int) -> str:
    """The time of day that is so many minutes after the shop's day began."""
    start = vendor.day_starts
    hour, minute = divmod((start.hour * 60 + start.minute + minute) % (24 * 60), 60)
    return time_format(dt.time(hour, minute), "H:i")


def _today(evidence: RhythmEvidence) -> Iterator[Section]:
    if evidence.today:
        at = {"time": time_format(localtime(evidence.today), "H:i")}
        text = _("They were here at %(time)s. From tomorrow on it counts in what follows.") % at
        yield Section(_("Today"), text, [], Basis.SEEN.label)


def _gaps(evidence: RhythmEvidence, vendor: Vendor) -> Iterator[Section]:
    rows = [_coming(row, evidence, vendor) for row in evidence.comings]
    if not rows:
        return
    text = _("Beside each day stands the gap before it.")
    if gaps := evidence.standing.gaps:
        counted = [row for row in evidence.comings if row.gap is not None]
        counts = {"every": every(gaps), "times": sum(row.usual for row in counted), "of": len(counted)}
        within = _(
            "“%(every)s” leaves out the quarter of the shortest and the quarter of the longest gaps. "
            "Of the last %(of)s gaps %(times)s lie within."
        )
        text = f"{text} {within % counts}"
    yield Section(_("The days they came"), text, rows, Basis.SEEN.label, is_open=True)


def _coming(row: Coming, evidence: RhythmEvidence, vendor: Vendor) -> Said:
    words, sign, gaps = [], "", evidence.standing.gaps
    if row.gap is None:
        words.append(_("came, %(time)s") % {"time": clock(vendor, row.minute)})
    else:
        words.append(ngettext("%(days)d day", "%(days)d days", row.gap) % {"days": row.gap})
        if gaps:
            sign = FOR if row.usual else AGAINST
            words.append(_("as usual") if row.usual else _("shorter") if row.gap < gaps.short else _("longer"))
    if row.closed:
        words.append(_closed(row.closed, evidence.reasons))
    return Said(when(row.day), ", ".join(words), sign)


def _closed(days: Sequence[dt.date], reasons: dict[dt.date, str]) -> str:
    """The days on which the shop was closed, with the reason of each that was planned for one; many are counted."""
    if len(days) > NAMED:
        ends = {"first": when(days[0]), "last": when(days[-1]), "count": len(days)}
        return _("closed on %(count)s days, %(first)s to %(last)s") % ends
    said = [f"{when(day)} ({reasons[day]})" if reasons[day] else when(day) for day in days]
    return _("closed on %(days)s") % {"days": ", ".join(said)}


def _limits(evidence: RhythmEvidence) -> Iterator[Section]:
    limits, standing = evidence.limits, evidence.standing
    if limits is None or standing.visits < EARLY:
        return
    words = {"overdue": _("later than usual"), "watch": _("keep an eye"), "left": _("perhaps quietly left")}
    rows = [_limit(getattr(limits, name), said, evidence.missed) for name, said in words.items()]
    text = _missed_said(evidence.missed)
    if evidence.since:
        text = f"{text} {capfirst(_closed(evidence.since, evidence.reasons))}."
    yield Section(_("When it is long for them"), text, rows, Basis.GUESS.label, is_open=True)


def _missed_said(days: int) -> str:
    if not days:
        return _("They came on the last open day before today.")
    text = ngettext(
        "The shop was open on %(days)d day since they came last; today does not count yet.",
        "The shop was open on %(days)d days since they came last; today does not count yet.",
        days,
    )
    return text % {"days": days}


def _limit(days: int, words: str, missed: int) -> Said:
    counted = ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
    if missed >= days:
        return Said(counted, _("%(words)s: it is so long now") % {"words": words}, FOR)
    return Said(counted, _("%(words)s: not yet") % {"words": words}, AGAINST)


def _likely(evidence: RhythmEvidence, vendor: Vendor, day: dt.date) -> Iterator[Section]:
    if evidence.chance is None:
        return
    weekday = WEEKDAYS[day.weekday()]
    rows = [_weekday(row, evidence.reasons, vendor) for row in evidence.weekdays]
    yield Section(_("Today?"), _today_said(evidence, weekday), rows, Basis.GUESS.label)
    counts = {"hour": hour_of(vendor, next(row.minute for row in evidence.hours if row.is_middle))}
    counts["of"] = len(evidence.hours)
    text = ngettext(
        "About %(hour)s, as the one time that they came.",
        "About %(hour)s, the middle one of the last %(of)d times.",
        counts["of"],
    )
    yield Section(_("At what time"), text % counts, list(_hours(evidence.hours, vendor)), Basis.SEEN.label)


def _today_said(evidence: RhythmEvidence, weekday: str) -> str:
    came = {"day": weekday, "times": sum(row.minute is not None for row in evidence.weekdays)}
    weeks = _("%(day)s: here in %(times)s of the last %(weeks)s weeks.") % {**came, "weeks": len(evidence.weekdays)}
    if evidence.why_closed_today:
        return " ".join([_("The shop is closed today: %(why)s.") % {"why": evidence.why_closed_today}, weeks])
    if evidence.standing.visits < EARLY:
        return " ".join([_("Too early to say."), weeks])
    judged = _("%(likely)s: by how often they come, on which days, after how long, and how busy the shop is then.")
    return f"{judged % {'likely': capfirst(chance_said(evidence.chance or 0.0))}} {weeks}"


def _weekday(row: Weekday, reasons: dict[dt.date, str], vendor: Vendor) -> Said:
    if row.minute is not None:
        return Said(when(row.day), _("came, %(time)s") % {"time": clock(vendor, row.minute)}, FOR)
    if row.is_closed:
        return Said(when(row.day), _closed([row.day], reasons), AGAINST)
    return Said(when(row.day), _("did not come"), AGAINST)


def _hours(rows: Iterable[Hour], vendor: Vendor) -> Iterator[Said]:
    for row in rows:
        at = clock(vendor, row.minute)
        said = _("%(amount)s, the middle one") % {"amount": at} if row.is_middle else at
        yield Said(when(row.day), said, FOR if row.is_middle else "")
