"""
The steps of a wish until somebody has what they asked for, and taking one back.

The open wishes of one person for one product are one to the shop, though each visit in which it was missing leaves its
own: a step of one is a step of all.
"""

import datetime as dt
from collections.abc import Callable
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers.promises.models import Wish, WishEdit
from customers.promises.models.wish import WishQuerySet
from customers.promises.wish_steps import (
    CAME,
    CAME_IN,
    DROPPED,
    MISTAKEN,
    NAMED,
    TOLD,
    TOOK,
    UNDO,
    Changes,
    WishingError,
    alike,
    change,
    last_step,
    locked,
    sent_before,
    take_back,
)
from customers.visits.models import Visit
from vendors.catalogue import family, stand_in
from vendors.models import Member, Product, Vendor

Outcome = Wish.Outcome


class NoLongerWaits(WishingError):
    """Somebody else closed it, in another way."""

    said = _("Somebody else has closed this wish meanwhile. Nothing was saved; look at it again.")


class NothingToUndo(WishingError):
    """Every step is taken back already, or belongs to a visit that was undone."""

    said = _("There is nothing to undo any more.")


def tell(*, wish: Wish, by: Member | None, uid: UUID) -> None:
    """They know that it is here. Sent twice, or of who was told, it changes nothing; so with each step."""
    _step(wish, TOLD, lambda each, now: _here(each, now) | {"told_at": each.told_at or now}, by, uid)


def came(*, wish: Wish, by: Member | None, uid: UUID) -> None:
    """They came for it, whether or not they took it."""
    _step(wish, CAME, lambda each, now: {"came_at": each.came_at or now}, by, uid)


def took(*, wish: Wish, by: Member | None, uid: UUID) -> None:
    """They have it."""
    _step(wish, TOOK, taken, by, uid)


def drop(*, wish: Wish, by: Member | None, uid: UUID) -> None:
    """They do not want it any more."""
    _step(wish, DROPPED, lambda _each, now: {"outcome": Outcome.DROPPED, "closed_at": now}, by, uid)


def _here(wish: Wish, now: dt.datetime) -> Changes:
    return {"came_in_at": wish.came_in_at or now}


def taken(wish: Wish, at: dt.datetime) -> Changes:
    """What taking it changes: it was there, and they came."""
    return _here(wish, at) | {"came_at": wish.came_at or at, "outcome": Outcome.TOOK, "closed_at": at}


@transaction.atomic
def _step(wish: Wish, step: str, changes: Callable[[Wish, dt.datetime], Changes], by: Member | None, uid: UUID) -> None:
    wish = _locked(wish)
    if sent_before(wish, step, uid) or wish.outcome == step:
        return
    if wish.outcome:
        raise NoLongerWaits
    now = moments.now()
    change({each: changes(each, now) for each in alike(wish)}, step, by=by, uid=uid, own=wish)


@transaction.atomic
def came_in(*, vendor: Vendor, product: Product, by: Member | None, uid: UUID) -> int:
    """Note that `product` is there again for all who wait for it; how many wishes that are news for."""
    now = moments.now()
    waiting = _waiting(vendor, product).filter(came_in_at__isnull=True)
    if moments.is_late():  # who asked for it since was told then what there was
        waiting = waiting.filter(asked_at__lte=now + Visit.CLOCKS_DIFFER)
    waiting = list(waiting)
    sent = WishEdit.objects.filter(vendor=vendor, uid__in=[uuid5(uid, str(each.uid)) for each in waiting])
    before = set(sent.values_list("wish", flat=True))
    news: dict[Wish, Changes] = {each: {"came_in_at": now} for each in waiting if each.pk not in before}
    change(news, CAME_IN, by=by, uid=uid)
    return len(news)


@transaction.atomic
def not_in(*, vendor: Vendor, product: Product, by: Member | None, uid: UUID) -> int:
    """Take `came_in` back for all whom nobody told of it yet; of how many wishes."""
    here = _waiting(vendor, product).filter(came_in_at__isnull=False).prefetch_related("edits")
    last = {each: last_step(each) for each in here}
    mistaken = {each: edit for each, edit in last.items() if edit and edit.after["step"] == CAME_IN}
    take_back(mistaken, by=by, uid=uid)
    return len(mistaken)


def _waiting(vendor: Vendor, product: Product) -> WishQuerySet:
    return locked().open(vendor.today()).filter(vendor=vendor, product__in=family(product)).order_by("pk")


@transaction.atomic
def undo(*, wish: Wish, by: Member | None, uid: UUID) -> None:
    """Take back the last step of `wish` that stands. Sent twice it takes back one. Raises `NothingToUndo`."""
    wish = _locked(wish)
    if sent_before(wish, UNDO, uid):
        return
    last = last_step(wish)
    if last is None or last.after["step"] == MISTAKEN:
        raise NothingToUndo
    take_back(_together(wish, last), by=by, uid=uid, own=wish)


def _together(wish: Wish, last: WishEdit) -> dict[Wish, WishEdit]:
    """The wishes of this person that took the step `last` together with `wish`, each with its own."""
    found = {wish: last}
    if wish.customer_id is None:
        return found
    others = locked().filter(vendor=wish.vendor_id, customer=wish.customer_id, edits__at=last.at).exclude(pk=wish.pk)
    for each in others.prefetch_related("edits"):
        same = last_step(each)
        if same and same.at == last.at and same.after["step"] == last.after["step"]:
            found[each] = same
    return found


@transaction.atomic
def name(*, wish: Wish, product: Product, by: Member | None, uid: UUID) -> None:
    """Say which product was meant by the words of `wish`, and of all others in the same words."""
    wish, product = _locked(wish), stand_in(product)
    if sent_before(wish, NAMED, uid) or wish.product == product:
        return
    if wish.product is not None:
        raise NoLongerWaits
    unnamed = locked().filter(vendor=wish.vendor_id, product__isnull=True).exclude(outcome=Outcome.UNDONE)
    same = [each for each in unnamed if folded(each.text) == folded(wish.text)]
    change({each: {"product": product} for each in same}, NAMED, by=by, uid=uid, own=wish)


def folded(text: str) -> str:
    """`text` such that the same words are equal, however they are written."""
    return " ".join(text.casefold().split())


def _locked(wish: Wish) -> Wish:
    return locked().get(pk=wish.pk)
