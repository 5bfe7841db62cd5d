"""Writing a decision down with the people whom it touches, looking at it later, taking it back: its only writers."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.planning.missing_it import DAYS, About, who_would_miss
from customers.planning.models import Decision, DecisionEdit, DecisionPerson, DecisionProduct
from vendors.catalogue import stand_in, stand_ins
from vendors.models import Member, Product, Vendor

LOOK, LOOK_AGAIN, TAKE_BACK, PUT_BACK = "look", "look-again", "take-back", "put-back"
"""The steps of a decision."""


class DecidingError(Exception):
    """Nothing was written; `said` tells the shopkeeper why."""

    said: Any = _("This was not saved. Tap once more.")


class DecidedOtherwise(DecidingError):
    """Something else was sent before under this uid."""

    said = _("This form was saved before with other words. To save this as well, tap once more.")


class LookedAtAlready(DecidingError):
    """Another owner has looked at it meanwhile, or the same one on another phone."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision)
        self.by = decision.looked_by

    @property
    def said(self) -> Any:
        if self.by is None:
            return _("This was looked at already. Nothing was changed; what was learned then stands above.")
        text = _("%(name)s has looked at this already. Nothing was changed; what was learned then stands above.")
        return text % {"name": self.by.name}


class TakenBack(DecidingError):
    """It was taken back meanwhile."""

    said = _("This decision was taken back meanwhile. Nothing was changed; put it back first.")


def decide(
    *, vendor: Vendor, about: About, text: str, reason: str, by: Member | None, uid: UUID, day: dt.date
) -> Decision:
    """
    The decision kept under `uid`, written once however often it is sent, with the regulars whom it touches now.

    It holds from the evening of the shop's `day` on. Raises `DecidedOtherwise`.
    """
    about = replace(about, products=tuple(dict.fromkeys(map(stand_in, about.products))))
    try:
        with transaction.atomic():
            return _decided_before(vendor, about, text, reason, uid) or _write(
                vendor, about, day, text=text, reason=reason, by=by, uid=uid
            )
    except IntegrityError:
        # Another connection was quicker with the same uid.
        if found := _decided_before(vendor, about, text, reason, uid):
            return found
        raise


def _decided_before(vendor: Vendor, about: About, text: str, reason: str, uid: UUID) -> Decision | None:
    found = Decision.objects.filter(vendor=vendor, uid=uid).first()
    if found and (_in_any_order(about_of(found)), found.text, found.reason) != (_in_any_order(about), text, reason):
        raise DecidedOtherwise
    return found


def _in_any_order(about: About) -> tuple[Any, ...]:
    return frozenset(about.products), about.weekday, about.hours


def about_of(decision: Decision) -> About:
    """What a decision is about, by the products that stand for its own now."""
    return abouts_of(decision.vendor_id, [decision])[decision.pk]


def abouts_of(vendor_id: int, decisions: Collection[Decision]) -> dict[int, About]:
    """As `about_of`, of several of a shop by their ids; three statements."""
    into = stand_ins(vendor_id)
    rows = DecisionProduct.objects.filter(decision__in=[each.pk for each in decisions])
    chosen: dict[int, dict[int, None]] = defaultdict(dict)
    for decision, product in rows.values_list("decision", "product"):
        chosen[decision][into.get(product, product)] = None
    products = Product.objects.in_bulk({pk for each in chosen.values() for pk in each})
    return {each.pk: about_by(each, [products[pk] for pk in chosen[each.pk]]) for each in decisions}


def about_by(decision: Decision, products: Iterable[Product]) -> About:
    """What a decision is about whose `products` are read."""
    hours = (decision.opens, decision.closes) if decision.about == Decision.About.HOURS else None
    return About(tuple(products), decision.weekday, hours)


def _write(vendor: Vendor, about: About, day: dt.date, **said: Any) -> Decision:
    missing = who_would_miss(vendor, about, day)
    opens, closes = about.hours or (None, None)
    decision = Decision.objects.create(
        vendor=vendor,
        about=about.kind,
        weekday=about.weekday,
        opens=opens,
        closes=closes,
        decided_on=day,
        look_on=day + Decision.LOOK_AFTER,
        regulars=missing.regulars,
        touched=len(missing.people),
        **said,
    )
    about_it = {"vendor": vendor, "decision": decision}
    DecisionProduct.objects.bulk_create(DecisionProduct(**about_it, product=each) for each in about.products)
    DecisionPerson.objects.bulk_create(
        DecisionPerson(**about_it, customer=each.customer, days=DAYS, **each.part._asdict()) for each in missing.people
    )
    return decision


def look(*, decision: Decision, conclusion: str, by: Member | None, uid: UUID) -> Decision:
    """Keep what was learned from it: the review asks no more. Raises `LookedAtAlready` and `TakenBack`."""

    def change(found: Decision) -> None:
        if found.looked_at:
            raise LookedAtAlready(found)
        if found.undone_at:
            raise TakenBack
        found.looked_at, found.looked_by, found.conclusion = timezone.now(), by, conclusion

    return _step(decision, {"step": LOOK, "said": conclusion}, change, by, uid)


def look_again(*, decision: Decision, by: Member | None, uid: UUID) -> Decision:
    """Let it not have been looked at; what was concluded is kept in its change."""

    def change(found: Decision) -> None:
        found.looked_at, found.looked_by, found.conclusion = None, None, ""

    return _step(decision, {"step": LOOK_AGAIN}, change, by, uid)


def take_back(*, decision: Decision, by: Member | None, uid: UUID) -> Decision:
    """Let it hold no more: nothing is asked of it again."""

    def change(found: Decision) -> None:
        if not found.undone_at:
            found.undone_at, found.undone_by = timezone.now(), by

    return _step(decision, {"step": TAKE_BACK}, change, by, uid)


def put_back(*, decision: Decision, by: Member | None, uid: UUID) -> Decision:
    """Let a decision that was taken back hold again."""

    def change(found: Decision) -> None:
        found.undone_at, found.undone_by = None, None

    return _step(decision, {"step": PUT_BACK}, change, by, uid)


@transaction.atomic
def _step(
    decision: Decision, said: dict[str, str], change: Callable[[Decision], None], by: Member | None, uid: UUID
) -> Decision:
    """The decision after a step, taken once; a step that changes nothing is none."""
    found = _locked(decision)
    if sent := DecisionEdit.objects.filter(vendor=found.vendor_id, uid=uid).first():
        if sent.decision_id != found.pk or not said.items() <= sent.after.items():
            raise DecidedOtherwise
        return found
    before = _contents(found)
    change(found)
    after = _contents(found)
    if after == before:
        return found
    found.save()
    changed = [name for name in after if after[name] != before[name]]
    DecisionEdit.objects.create(
        vendor_id=found.vendor_id,
        decision=found,
        by=by,
        uid=uid,
        before={name: before[name] for name in changed},
        after={**said, **{name: after[name] for name in changed}},
    )
    return found


def _locked(decision: Decision) -> Decision:
    rows = Decision.objects.select_related("vendor", "by", "looked_by", "undone_by")
    return rows.select_for_update(of=("self",)).get(pk=decision.pk)


def _contents(decision: Decision) -> dict[str, Any]:
    """What steps change, as JSON."""
    return {
        "looked_at": _iso(decision.looked_at),
        "conclusion": decision.conclusion,
        "undone_at": _iso(decision.undone_at),
    }


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None
