"""Why a product is on the card, in the shop's words: each statement with the rows that it counts."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.dates import MONTHS
from django.utils.formats import date_format, time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.counter.tiles import reason
from crm.counter.wording import amount, named, said
from customers.preferences.evidence import LATE_WEEKS, Evidence, Row, Week
from customers.preferences.models import Preference
from customers.preferences.noticing import Sign
from customers.preferences.remembering import PastProduct
from customers.preferences.suggesting import Why
from customers.preferences.usual import PastLine
from customers.visits.models import VisitLine
from vendors.models import Product

Basis = Preference.Basis
FOR, AGAINST = "✓", "–"


@dataclass(frozen=True)
class Said:
    """A row: its day, a sign and words that say the same; `part` is the length of a bar, in percent."""

    when: str
    words: str
    sign: str = ""
    part: int | None = None


@dataclass(frozen=True)
class Section:
    """One statement with its rows. `basis` is how it is known: told, seen or a guess, or nothing where it says so."""

    heading: str
    text: str
    rows: list[Said]
    basis: str = ""
    is_open: bool = False


def sections_of(evidence: Evidence, *, noticed_first: bool) -> list[Section]:
    """All that is to be said, what the tile says first; or what was noticed, where somebody asks about that."""
    own, shop = list(_own(evidence)), [_shop(evidence)]
    reasons = own + shop if evidence.why in (Why.OWN, Why.LIKED) else shop + own
    noticed = list(_noticed(evidence, is_open=noticed_first))
    missing = [*_missing(evidence), *_instead(evidence)]
    said = missing + reasons if evidence.asked_in_vain else reasons + missing
    return noticed + said if noticed_first else said + noticed


def lead(evidence: Evidence) -> str:
    """The reason on the tile; of somebody hardly known, that it is too early for more than a guess."""
    if not evidence.is_early:
        return reason(evidence)
    return _("%(reason)s. %(early)s") % {"reason": reason(evidence), "early": too_early(evidence.visits)}


def basis(evidence: Evidence) -> str:
    """How the reason is known."""
    return {Why.OWN: Basis.SEEN, Why.LIKED: Basis.TOLD}.get(evidence.why, Basis.GUESS).label


def too_early(visits: int) -> str:
    text = ngettext(
        "Too early to say what they like: %(visits)d visit so far.",
        "Too early to say what they like: %(visits)d visits so far.",
        visits,
    )
    return text % {"visits": visits}


def when(day: dt.date) -> str:
    """A day as one says it; the year only where it is another one than the present."""
    return date_format(day, "D j M" if day.year == localtime().year else "j M Y")


def _own(evidence: Evidence) -> Iterator[Section]:
    usual = evidence.usual
    if not usual.times:
        none = ngettext("Not in their %(of)d visit.", "In none of their last %(of)d visits.", usual.of)
        yield Section(_("Their visits"), none % {"of": usual.of}, [], Basis.SEEN.label)
        return
    yield Section(_("Their visits"), "", _visit_rows(evidence.counted), is_open=True)
    yield _amounts(evidence)
    if evidence.manners:
        yield _manners(evidence)


def _amounts(evidence: Evidence) -> Section:
    usual, product = evidence.usual, evidence.product
    if usual.quantity is None or usual.unit != product.unit:
        step = {"amount": amount(product.step, product.unit)}
        return Section(_("How much"), _("One tap adds %(amount)s, as the shop has set it.") % step, [])
    counts = {"amount": amount(usual.quantity, product.unit), "of": len(evidence.amounts)}
    text = ngettext(
        "One tap adds %(amount)s, as the last time.",
        "One tap adds %(amount)s, the middle one of the last %(of)d amounts.",
        counts["of"],
    )
    rows = [Said(_day(row), _amount(row), FOR if row.counts else "") for row in evidence.amounts]
    return Section(_("How much"), text % counts, rows, Basis.SEEN.label)


def _amount(row: Row) -> str:
    (line,) = row.lines
    much = amount(line.quantity, line.unit)
    return _("%(amount)s, the middle one") % {"amount": much} if row.counts else much


def _manners(evidence: Evidence) -> Section:
    counts = {"manner": evidence.usual.manner, "of": len(evidence.manners)}
    counts["times"] = sum(row.counts for row in evidence.manners)
    text = ngettext(
        "“%(manner)s” in %(times)d of the last %(of)d time.",
        "“%(manner)s” in %(times)d of the last %(of)d times.",
        counts["of"],
    )
    return Section(_("How they want it"), text % counts, _manner_rows(evidence.manners), Basis.SEEN.label)


def _manner_rows(rows: Iterable[Row]) -> list[Said]:
    return [Said(_day(row), row.lines[0].manner or _("nothing said"), _sign(row)) for row in rows]


def _noticed(evidence: Evidence, *, is_open: bool) -> Iterator[Section]:
    for sign, rows in evidence.signs:
        shown = _manner_rows(rows) if sign.manner else _visit_rows(rows)
        yield Section(_("Noticed"), _sign_said(sign), shown, Basis.GUESS.label, is_open=is_open)


def _sign_said(sign: Sign) -> str:
    counts = {"manner": sign.manner, "times": sign.seen, "of": sign.of}
    seen = _("“%(manner)s” in %(times)s of the last %(of)s.") if sign.manner else _("In %(times)s of the last %(of)s.")
    return " ".join([seen % counts, _("It is known only once somebody says yes.")])


def _missing(evidence: Evidence) -> Iterator[Section]:
    if evidence.asked_in_vain:
        at = {"time": time_format(localtime(evidence.asked_in_vain), "H:i")}
        text = _("Last asked for at %(time)s, and there was none. Whoever gets some after that makes it here again.")
        yield Section(_("Not here today"), text % at, [], Basis.SEEN.label)


def _instead(evidence: Evidence) -> Iterator[Section]:
    if found := evidence.instead:
        other = named(evidence.others[found.product])
        counts = {"product": other, "times": found.times, "of": found.of}
        text = ngettext(
            "It was missing in %(of)d visit, and %(product)s was taken.",
            "It was missing in %(of)d visits, and %(product)s was taken in %(times)d of them.",
            found.of,
        )
        rows = [Said(_day(row), _things(row.lines, evidence.others), _sign(row)) for row in evidence.without]
        yield Section(_("What they take instead"), text % counts, rows, Basis.SEEN.label)


def _shop(evidence: Evidence) -> Section:
    is_reason = evidence.why in (Why.SEASON, Why.POPULAR, Why.NEW)
    best = max((week.wanted / week.visits for week in evidence.weeks if week.visits), default=0) or 1
    text = [_weeks_said(evidence.weeks), _season_said(evidence.product)]
    if is_reason:
        text.append(_("It is what others take, not what this person does."))
    rows = [_week(week, best) for week in evidence.weeks]
    return Section(_("In the whole shop"), " ".join(filter(None, text)), rows, Basis.SEEN.label, is_open=is_reason)


def _weeks_said(weeks: Sequence[Week]) -> str:
    late, before = ({"of": sum(w.visits for w in some), "times": sum(w.wanted for w in some)} for some in _split(weeks))
    if not late["of"] and not before["of"]:
        return _("The shop has no visits yet in the last weeks.")
    lately = _("Asked for in %(times)s of %(of)s visits of the last two weeks.") % late
    return " ".join([lately, _("Before that in %(times)s of %(of)s.") % before]) if before["of"] else lately


def _split(weeks: Sequence[Week]) -> tuple[Sequence[Week], Sequence[Week]]:
    return weeks[:LATE_WEEKS], weeks[LATE_WEEKS:]


def _season_said(product: Product) -> str:
    if product.season_from is None:
        return ""
    months = {"first": MONTHS[product.season_from], "last": MONTHS[product.season_to]}
    return _("The owner has set its season: %(first)s to %(last)s.") % months


def _week(week: Week, best: float) -> Said:
    part = round(100 * week.wanted / week.visits / best) if week.visits else 0
    words = _("%(times)s of %(of)s") % {"times": week.wanted, "of": week.visits}
    return Said(_("from %(day)s") % {"day": date_format(week.first, "j M")}, words, part=part)


def _day(row: Row) -> str:
    return when(localtime(row.at).date())


def _sign(row: Row) -> str:
    return FOR if row.counts else AGAINST


def _visit_rows(rows: Iterable[Row]) -> list[Said]:
    return [Said(_day(row), _took(row), _sign(row)) for row in rows]


def _took(row: Row) -> str:
    """What a visit had of the product."""
    if not row.lines:
        return _("did not take it")
    return ", ".join(_line(line) for line in row.lines)


def _line(line: PastLine) -> str:
    if line.outcome == VisitLine.Outcome.NOT_IN_STOCK:
        return _("asked for it, there was none")
    much = " ".join(word for word in (amount(line.quantity, line.unit), line.manner) if word)
    if line.outcome == VisitLine.Outcome.REFUSED:
        return _("did not want it: %(amount)s") % {"amount": much}
    if line.outcome == VisitLine.Outcome.REPLACED:
        return _("took %(amount)s in place of something else") % {"amount": much}
    return _("took %(amount)s") % {"amount": much}


def _things(lines: Iterable[PastLine], products: dict[int, Product]) -> str:
    taken = [said(PastProduct(products[line.product], *line[1:])) for line in lines]
    return _("took %(amount)s") % {"amount": ", ".join(taken)} if taken else _("took nothing else")
