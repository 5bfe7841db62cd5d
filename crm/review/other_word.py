"""Using what was set aside of a change on two tablets: whoever decides it says it anew."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from crm.review.clash_rows import KINDS
from customers import clashing, households, keeping
from customers.models import Clash, Customer, Membership
from customers.preferences import telling
from customers.preferences.models import Preference
from customers.preferences.telling import Statement, TellingError
from customers.promises import amending, closing, handing_over, problems, serving
from customers.promises.models import Problem, Promise, Wish
from customers.promises.promising import PromisingError
from customers.visits.models import Visit
from customers.visits.recording import Line
from vendors.models import Member, Product

OWNER = "owner"
REFUSALS = (
    TellingError,
    PromisingError,
    households.HouseholdError,
    problems.ProblemError,
    handing_over.HandingOverError,
)


class Refused(Exception):
    """Nothing was changed; `said` tells the shopkeeper why."""

    def __init__(self, said: Any) -> None:
        super().__init__(said)
        self.said = said


GONE = _("This is not here any more as it was. Nothing was changed; look at the card.")


@transaction.atomic
def use(*, clash: Clash, by: Member, uid: UUID) -> None:
    """
    Let stand what was set aside, and note that it is decided; once, however often it is sent.

    Raises `Refused`, for what can no longer be said, like a time that is over.
    """
    if not clashing.decide(clash=clash, by=by):
        return
    model = KINDS[clash.of]
    row = model._default_manager.filter(vendor=clash.vendor_id, uid=clash.row).first()
    if row is None:
        raise Refused(GONE)
    write = _give if clash.field == OWNER else SAY[model]
    try:
        write(row, clash, by, uid)
    except REFUSALS as error:
        raise Refused(error.said) from error


def _give(row: Promise | Problem | Wish, clash: Clash, by: Member, uid: UUID) -> None:
    to = clash.aside and Member.objects.filter(vendor=clash.vendor_id, uid=clash.aside).first()
    handing_over.hand_over(thing=row, to=to or None, by=by, uid=uid)


def _describe(_row: Customer, clash: Clash, by: Member, uid: UUID) -> None:
    names = keeping.TOGETHER if len(clash.aside) > 1 else (clash.field,)
    fields = dict(zip(names, clash.aside, strict=True))
    keeping.change(customer=clash.customer, fields=fields, numbers=None, by=by, uid=uid)


def _tell(_row: Preference, clash: Clash, by: Member, uid: UUID) -> None:
    statement = clash.aside and _statement(clash, clash.aside)
    standing = clash.stands and telling.standing(clash.customer, _statement(clash, clash.stands))
    said = {"by": by, "uid": uid}
    if standing and statement:
        telling.change(preference=standing, statement=statement, is_owner=True, **said)
    elif standing:
        telling.take_back(preference=standing, is_owner=True, **said)
    elif statement:
        telling.tell(customer=clash.customer, statement=statement, **said)


def _statement(clash: Clash, value: dict[str, Any]) -> Statement:
    product = value["product"] and _product(clash, uid=value["product"])
    return Statement(value["kind"], product or None, value["text"], consent=True)  # given when it was told


def _product(clash: Clash, **named: str) -> Product:
    product = Product.objects.filter(vendor=clash.vendor_id, **named).first()
    if product is None:
        raise Refused(GONE)
    return product


def _be(row: Membership, clash: Clash, by: Member, uid: UUID) -> None:
    standing = row.household.memberships.standing().select_related("customer", "vendor", "household")
    now = standing.filter(customer=row.customer_id).first()
    if now is None:
        raise Refused(GONE)
    said = {"roles": now.roles, "ask_first": now.ask_first, clash.field: clash.aside}
    households.change(membership=now, by=by, uid=uid, **said)


def _change_visit(row: Visit, clash: Clash, by: Member, uid: UUID) -> None:
    if clash.field == "lines":
        lines = [
            Line(_product(clash, name=line["product"]), Decimal(line["quantity"]), line["outcome"], line["manner"])
            for line in clash.aside
        ]
        said: dict[str, Any] = {"lines": lines}
    elif clash.field == "note":
        said = {"note": clash.aside}
    else:
        said = {"collected_by": clash.aside and Customer.objects.filter(vendor=row.vendor_id, uid=clash.aside).first()}
    serving.rewrite(visit=row, by=by, uid=uid, **said)


def _amend(row: Promise, clash: Clash, by: Member, uid: UUID) -> None:
    if clash.field == "outcome":
        closing.reopen(promise=row, by=by, uid=uuid5(uid, "open"))
        closing.close(promise=row, outcome=clash.aside, by=by, uid=uid, in_time=clash.aside == Promise.Outcome.KEPT)
        return
    row = Promise.objects.select_related("vendor").get(pk=row.pk)
    value = dict(clash.aside)
    if "due_at" in value:
        value["due_at"] = dt.datetime.fromisoformat(value["due_at"])
    if value.get("amount"):
        value["amount"] = Decimal(value["amount"])
    if "lines" in value:
        value["lines"] = [
            Line(_product(clash, uid=line["product"]), Decimal(line["quantity"]), manner=line["manner"])
            for line in value["lines"]
        ]
    terms = replace(amending.terms_of(row), **value)
    amending.amend(promise=row, terms=terms, seen=row.version, by=by, uid=uid)


def _put_right(row: Problem, clash: Clash, by: Member, uid: UUID) -> None:
    said = {"problem": row, "by": by, "uid": uid}
    if clash.field == "remedy":
        problems.remedy(**said, remedy=clash.aside)
    elif clash.field == "is_hard":
        problems.set_hard(**said, is_hard=clash.aside)
    else:
        due_on = clash.aside and dt.date.fromisoformat(clash.aside)
        problems.entrust(**said, owner=row.owner, due_on=due_on)


SAY: dict[type[models.Model], Callable[[Any, Clash, Member, UUID], None]] = {
    Customer: _describe,
    Preference: _tell,
    Membership: _be,
    Visit: _change_visit,
    Promise: _amend,
    Problem: _put_right,
}
