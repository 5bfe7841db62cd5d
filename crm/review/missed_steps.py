"""What is done about somebody who was missed: ask, leave alone, close; each told, and taken back in one tap."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.review.missed_forms import AGAIN, ALONE, ASK, CLOSE, DAYS, GONE, ROWS, StepForm, ToldForm, UndoForm
from customers import keeping
from customers.models import Customer, CustomerEdit
from customers.planning import leaving_alone
from customers.planning.leaving_alone import LeavingAloneError
from customers.planning.models import LeftAlone
from customers.promises import closing, promising
from customers.promises.due import due_day, due_moment
from customers.promises.models import Promise
from customers.promises.promising import PromisingError
from customers.promises.terms import Terms
from vendors.models import Member, Vendor

TEXT = gettext_lazy("Ask how they are")
CLOSED = gettext_lazy(
    "Somebody has said meanwhile that nobody waits for them. Nothing was changed; look at their card."
)
CHANGED = gettext_lazy("Somebody has changed this meanwhile. Nothing was changed; look at their card.")
SHOWN = gettext_lazy("They are shown again already. Nothing was changed.")


@dataclass(frozen=True)
class Told:
    """What was done, in words; with `what` and the uid of the `thing` it is taken back, unless it was that."""

    words: str
    what: str
    thing: UUID
    is_undone: bool = False

    def query(self) -> dict[str, str]:
        return {"did": self.what, "thing": str(self.thing), **({"undone": "1"} if self.is_undone else {})}


# The steps


def step(form: StepForm, by: Member) -> Told | None:
    """Do what the valid `form` says; nothing is told when it was refused, and the form says why."""
    said = form.cleaned_data
    name = ALONE if said["step"] in (*DAYS, "until") else said["step"]
    try:
        row = {ASK: _ask, ALONE: _leave_alone, AGAIN: _show_again, CLOSE: _close}[name](by=by, **said)
    except (PromisingError, LeavingAloneError, Refused) as error:
        return form.refuse(error.said)
    except IntegrityError:
        return form.refuse(GONE)  # forgotten while this was sent
    return _told(name, row)


class Refused(Exception):
    """Nothing was written; `said` tells the shopkeeper why."""

    def __init__(self, said: Any) -> None:
        super().__init__(said)
        self.said = said


def _ask(*, customer: Customer, today: dt.date, owner: Member | None, by: Member, uid: UUID, **_said: Any) -> Promise:
    tomorrow = due_moment(customer.vendor, today + dt.timedelta(days=1), None)
    terms = Terms(tomorrow, due_any_time=True, text=str(TEXT))
    return promising.make(customer=customer, side=Promise.Side.OURS, terms=terms, by=by, owner=owner or by, uid=uid)


def _leave_alone(*, customer: Customer, until: dt.date, reason: str, by: Member, uid: UUID, **_said: Any) -> LeftAlone:
    return leaving_alone.leave_alone(customer=customer, until=until, reason=reason, by=by, uid=uid)


def _show_again(*, customer: Customer, by: Member, **_said: Any) -> LeftAlone:
    row = LeftAlone.objects.holding(customer.vendor.today()).filter(customer=customer).order_by("-until", "pk").first()
    if row is None:
        raise Refused(SHOWN)
    leaving_alone.take_back(left_alone=row, by=by)
    return row


def _close(*, customer: Customer, reason: str, by: Member, uid: UUID, **_said: Any) -> CustomerEdit:
    fields = {"standing": Customer.Standing.CLOSED.value, "standing_reason": reason}
    was_sent = CustomerEdit.objects.filter(vendor=customer.vendor, uid=uid).exists()
    if not customer.is_awaited and not was_sent:
        raise Refused(CLOSED)
    edit = keeping.change(customer=customer, fields=fields, numbers=None, by=by, uid=uid)
    if edit is None:
        raise Refused(CLOSED)
    return edit


# Taking back


def undo(form: UndoForm, vendor: Vendor, by: Member) -> Told | None:
    """Take back what the valid `form` names; nothing is told when that was refused, and the form says why."""
    what, uid = form.cleaned_data["what"], form.cleaned_data["uid"]
    row = _row(vendor, what, form.cleaned_data["thing"])
    if row is None:
        return form.refuse(GONE)
    try:
        {ASK: _take_promise_back, ALONE: _take_back, AGAIN: _put_back, CLOSE: _open_again}[what](row, by, uid)
    except (PromisingError, Refused) as error:
        return form.refuse(error.said)
    return _told(what, row, is_undone=True)


def _take_promise_back(row: Promise, by: Member, uid: UUID) -> None:
    closing.close(promise=row, outcome=Promise.Outcome.RELEASED, note=_("noted by mistake"), by=by, uid=uid)


def _take_back(row: LeftAlone, by: Member, _uid: UUID) -> None:
    leaving_alone.take_back(left_alone=row, by=by)


def _put_back(row: LeftAlone, _by: Member, _uid: UUID) -> None:
    leaving_alone.put_back(left_alone=row)


def _open_again(row: CustomerEdit, by: Member, uid: UUID) -> None:
    """Say of the person what was said before, unless somebody has said something else since."""
    fields = {name: row.before[name] for name in ("standing", "standing_reason") if name in row.before}
    now = {name: getattr(row.customer, name) for name in fields}
    if now == fields:
        return
    if row.customer.merged_into_id or now != {name: row.after[name] for name in fields}:
        raise Refused(CHANGED)
    keeping.change(customer=row.customer, fields=fields, numbers=None, by=by, uid=uid)


# Telling


def told_of(vendor: Vendor, query: Mapping[str, str]) -> Told | None:
    """What the address of a page without script says was done, if it does."""
    form = ToldForm(query)
    if not form.is_valid():
        return None
    what, thing = form.cleaned_data["did"], form.cleaned_data["thing"]
    row = _row(vendor, what, thing)
    return row and _told(what, row, is_undone=form.cleaned_data["undone"])


def _row(vendor: Vendor, what: str, uid: UUID) -> Any:
    found = ROWS[what].objects.filter(vendor=vendor, uid=uid)
    if what == ASK:
        found = found.filter(text__in=asked_texts())
    elif what == CLOSE:
        found = found.filter(after__standing=Customer.Standing.CLOSED)
    return found.select_related("customer__vendor").first()


def _told(what: str, row: Any, *, is_undone: bool = False) -> Told:
    said = {"name": row.customer.name}
    if is_undone:
        return Told(_("%(name)s: taken back.") % said, what, row.uid, is_undone=True)
    if what == ASK:
        day = due_day(row.customer.vendor, row.due_at, any_time=row.due_any_time)
        said |= {"who": row.owner.name if row.owner else "", "day": date_format(day, "D j M")}
        words = _("%(name)s: %(who)s asks how they are, by %(day)s.")
    elif what == ALONE:
        said["day"] = date_format(row.until, "D j M Y")
        words = _("%(name)s is left alone until %(day)s.")
    elif what == AGAIN:
        words = _("%(name)s may be shown again.")
    else:
        said["reason"] = row.after.get("standing_reason", row.customer.standing_reason)
        words = _("%(name)s is closed: %(reason)s")
    return Told(words % said, what, row.uid)


@cache
def asked_texts() -> frozenset[str]:
    """How a promise to ask is written, in each language of a page."""
    texts = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            texts.add(str(TEXT))
    return frozenset(texts)
