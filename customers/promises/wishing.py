"""Keeping what was asked for and not had: told at the counter, or missing in a visit. Its steps: see `fulfilling`."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers import merging
from customers.models import Customer
from customers.promises.fulfilling import taken
from customers.promises.models import Wish, WishEdit
from customers.promises.wish_steps import (
    AGAIN,
    MISTAKEN,
    TOOK,
    ToldOtherwise,
    WishingError,
    alike,
    change,
    contents,
    last_step,
    locked,
    take_back,
)
from customers.visits.models import Visit, VisitLine
from customers.visits.recording import Line
from vendors.catalogue import stand_in
from vendors.models import Member, Product, Vendor

WANTED_FOR = dt.timedelta(days=7)
"""How long a wish is waited for when nobody said until when."""
ASKED = ("product", "text", "quantity", "unit", "until")
"""Fields that say what is asked for."""


class NothingSaid(WishingError):
    """Neither product nor words."""

    said = _("Choose a product or write what was asked for.")


class UntilPast(WishingError):
    """It is not wanted any more already."""

    said = _("That day is over. Choose today or a later day.")


@dataclass(frozen=True)
class Asked:
    """What somebody asks for: a product or words, perhaps how much of it, and the last day on which they want it."""

    product: Product | None = None
    text: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    until: dt.date | None = None


def wish(*, vendor: Vendor, customer: Customer | None, asked: Asked, by: Member | None, uid: UUID) -> Wish:
    """
    The wish kept under `uid`, once however often it is sent; of somebody unknown without `customer`.

    Of a customer who was put together with another while the page was open it is a wish of that one. What this person
    waits for already is not kept a second time: it says from now on what is `asked`. Raises
    `NothingSaid`, `UntilPast` and `ToldOtherwise`, and `IntegrityError` when the customer was forgotten meanwhile.
    """
    if asked.product is None and not asked.text:
        raise NothingSaid
    new = Wish(vendor=vendor, customer=customer, by=by, owner=by, uid=uid, **_in_full(vendor, asked))
    try:
        with transaction.atomic():
            new.customer = customer and merging.of_today(customer)
            return _asked_before(new) or _ask_again(new) or _ask(new)
    except IntegrityError:
        # Another connection was quicker with the same uid.
        if found := _asked_before(new):
            return found
        raise


def _in_full(vendor: Vendor, asked: Asked) -> dict[str, Any]:
    product = asked.product and stand_in(asked.product)
    unit = asked.unit or (product.unit if product else Product.Unit.PIECE)
    return {
        "product": product,
        "text": asked.text,
        "quantity": asked.quantity,
        "unit": "" if asked.quantity is None else unit,
        "until": asked.until or vendor.today() + WANTED_FOR,
    }


def _ask(new: Wish) -> Wish:
    if new.until < new.vendor.today():
        raise UntilPast
    new.save(force_insert=True)
    return new


def _ask_again(new: Wish) -> Wish | None:
    """What this person waits for of the same product, which now says what `new` says."""
    if new.customer is None or new.product is None or new.until < new.vendor.today():
        return None
    for found in alike(new)[:1]:
        if _last_asked(found) > moments.now():
            return None  # tapped before, it comes after: it stands beside what they asked for since
        change({found: {field: getattr(new, field) for field in ASKED}}, AGAIN, by=new.by, uid=new.uid, own=found)
        return found
    return None


def _last_asked(wish: Wish) -> dt.datetime:
    again = WishEdit.objects.filter(wish=wish, after__step=AGAIN).order_by("at").values_list("at", flat=True)
    return max([wish.asked_at, *again])


def _asked_before(new: Wish) -> Wish | None:
    """The wish that was kept under the uid of `new`, or that was asked for again under it."""
    wishes = Wish.objects.filter(vendor=new.vendor)
    if found := wishes.filter(uid=new.uid).first():
        return _unless_other(found, new, since=0)
    if again := WishEdit.objects.filter(vendor=new.vendor, uid=new.uid).first():
        if again.after.get("step") != AGAIN:
            raise ToldOtherwise
        return _unless_other(wishes.get(pk=again.wish_id), new, since=again.pk)
    return None


def _unless_other(found: Wish, new: Wish, *, since: int) -> Wish:
    """`found`, if before its edits later than the one `since` it said what `new` says."""
    said, says = contents(found), contents(new)
    for edit in found.edits.filter(pk__gt=since).order_by("-pk"):
        said |= edit.before
    if found.customer_id != new.customer_id or any(said[field] != says[field] for field in ASKED):
        raise ToldOtherwise
    return found


# What a visit means


def follow(
    *,
    visit: Visit,
    by: Member | None,
    lines: Iterable[Line] | None = None,
    wishes: Collection[UUID] = (),
) -> None:
    """
    Make the wishes of `visit` what its lines say, whether it was recorded, changed, undone or put back.

    Each product that was not there is a wish, unless the visit is undone; each that they took ends what they waited
    for. Called again it changes nothing. `lines` are those of a visit that was recorded just now, with the uids of the
    `wishes` that its form showed: then nothing is read of a visit in which nothing was missing and no wish came true.
    """
    if lines is None:
        _follow_again(visit, by)
    else:
        _follow_new(visit, by, list(lines), wishes)


@transaction.atomic(savepoint=False)
def _follow_new(visit: Visit, by: Member | None, lines: list[Line], wishes: Collection[UUID]) -> None:
    missing, had = _missing(lines), _had(lines)
    if missing and not Wish.objects.filter(visit=visit).exists():
        Wish.objects.bulk_create(_wish_of(visit, product, line, by) for product, line in missing.items())
    if had and wishes:
        shown = locked().filter(vendor=visit.vendor_id, uid__in=wishes)
        _take(visit, [each for each in shown if _comes_true(each, visit, had)], by)


def _missing(lines: Iterable[Line | VisitLine]) -> dict[Product, Line | VisitLine]:
    return {stand_in(line.product): line for line in lines if line.outcome == VisitLine.Outcome.NOT_IN_STOCK}


def _had(lines: Iterable[Line | VisitLine]) -> set[Product]:
    return {stand_in(line.product) for line in lines if line.outcome == VisitLine.Outcome.TAKEN}


def _wish_of(visit: Visit, product: Product, line: Line | VisitLine, by: Member | None) -> Wish:
    """Nothing of the quantity, for a tile that is tapped as "not here" says none."""
    return Wish(
        vendor=visit.vendor,
        customer_id=visit.customer_id,
        product=product,
        text=line.manner,
        visit=visit,
        asked_at=visit.at,
        until=visit.vendor.day_of(visit.at) + WANTED_FOR,
        by=by,
        owner=by,
        uid=uuid5(visit.uid, str(product.uid)),
    )


def _comes_true(each: Wish, visit: Visit, had: Collection[Product]) -> bool:
    asked_before = each.visit_id != visit.pk and each.asked_at <= visit.at
    return asked_before and not each.outcome and each.product is not None and stand_in(each.product) in had


def _take(visit: Visit, wishes: Iterable[Wish], by: Member | None) -> None:
    """They took it in `visit`, and with it all that they waited for of the same."""
    changes = {each: taken(each, visit.at) for each in wishes}
    change(changes, TOOK, by=by, uid=uuid4(), visit=visit)


@transaction.atomic(savepoint=False)
def _follow_again(visit: Visit, by: Member | None) -> None:
    # As it is kept: it may have been undone since it was read.
    visit = Visit.objects.select_for_update(of=("self",)).select_related("vendor").get(pk=visit.pk)
    lines = [] if visit.is_voided else list(visit.lines.select_related("product"))
    concerned = _concerned(visit)
    _follow_missing(visit, _missing(lines), [each for each in concerned if each.visit_id == visit.pk], by)
    _follow_taken(visit, _had(lines), [each for each in concerned if each.visit_id != visit.pk], by)


def _concerned(visit: Visit) -> list[Wish]:
    """The wishes that `visit` made, those that it ended, and all that its people wait for."""
    ended = WishEdit.objects.filter(wish=OuterRef("pk"), after__visit=str(visit.uid))
    people = {visit.customer_id, visit.collected_by_id} - {None}
    found = locked().filter(vendor=visit.vendor_id, customer__in=people)
    return list(found.filter(Q(visit=visit) | Q(outcome="") | Exists(ended)).prefetch_related("edits"))


def _follow_missing(
    visit: Visit, missing: Mapping[Product, Line | VisitLine], own: Iterable[Wish], by: Member | None
) -> None:
    """Let a wish stand for each that is `missing`, and no other of those that `visit` made."""
    made: dict[Product, list[Wish]] = defaultdict(list)
    for each in own:
        made[stand_in(each.product)].append(each)
    new = [product for product in missing if product not in made]
    Wish.objects.bulk_create(_wish_of(visit, product, missing[product], by) for product in new)
    gone = [each for product, wishes in made.items() if product not in missing for each in wishes]
    now = moments.now()
    mistaken = {each: {"outcome": Wish.Outcome.UNDONE, "closed_at": each.closed_at or now} for each in gone}
    change(mistaken, MISTAKEN, by=by, uid=uuid4(), visit=visit)
    back = [each for product in missing for each in made[product] if each.outcome == Wish.Outcome.UNDONE]
    last = {each: last_step(each) for each in back}
    take_back({each: edit for each, edit in last.items() if edit}, by=by, uid=uuid4(), visit=visit)


def _follow_taken(visit: Visit, had: Collection[Product], others: Iterable[Wish], by: Member | None) -> None:
    """Let the wishes be taken that came true in `visit`, and no longer those of what they did not take after all."""
    came_true, last = [], {}
    for each in others:
        edit = last_step(each)
        if _comes_true(each, visit, had):
            came_true.append(each)
        elif edit and edit.after["step"] == TOOK and edit.after.get("visit") == str(visit.uid):
            last |= {each: edit} if each.product and stand_in(each.product) not in had else {}
    _take(visit, came_true, by)
    take_back(last, by=by, uid=uuid4(), visit=visit)
