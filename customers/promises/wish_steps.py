"""
What each step of a wish changed, kept beside it: append-only, and the last one that stands can be taken back.

Beside fields, the `after` of an edit says which `step` it was, in which `visit`, and which edit it takes back (`of`).
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext_lazy as _

from crm.lib import moments, quantities
from customers.promises.models import Wish, WishEdit
from customers.promises.models.wish import WishQuerySet
from customers.visits.models import Visit
from vendors.catalogue import family
from vendors.models import Member, Product

CAME_IN, TOLD, CAME, TOOK, DROPPED = "came-in", "told", "came", "took", "dropped"
AGAIN, NAMED, MISTAKEN, UNDO = "again", "named", "mistaken", "undo"
"""The step that a `WishEdit` is, in its `after`; these: asked for again, which product it is, its visit undone."""
SAYS = ("product", "text", "quantity", "unit", "until", "came_in_at", "told_at", "came_at", "outcome", "closed_at")
"""Fields of a wish that a step may change."""
Changes = dict[str, Any]


class WishingError(Exception):
    """Nothing was written; `said` tells the shopkeeper why."""

    said = _("This was not saved. Tap once more.")


class ToldOtherwise(WishingError):
    """A wish or a step with this uid was sent before, and says something else."""

    said = _("This form was saved before with other words. To save this as well, tap once more.")


def locked() -> WishQuerySet:
    return Wish.objects.select_for_update(of=("self",)).select_related("product")


def alike(wish: Wish) -> list[Wish]:
    """What this person waits for of the same product, the first asked for first; `wish` alone if it is of nobody."""
    if wish.customer_id is None or wish.product is None:
        return [wish]
    same = locked().filter(vendor=wish.vendor_id, customer=wish.customer_id, product__in=family(wish.product))
    return list(same.filter(outcome="").order_by("asked_at", "pk"))


def sent_before(wish: Wish, step: str, uid: UUID) -> WishEdit | None:
    """The edit that was kept under `uid`. Raises `ToldOtherwise` when that was another step or another wish."""
    found = WishEdit.objects.filter(vendor=wish.vendor_id, uid=uid).first()
    if found and (found.wish_id != wish.pk or found.after.get("step") != step):
        raise ToldOtherwise
    return found


def change(
    changes: Mapping[Wish, Changes],
    step: str,
    *,
    by: Member | None,
    uid: UUID,
    own: Wish | None = None,
    visit: Visit | None = None,
    of: Mapping[Wish, WishEdit] | None = None,
) -> None:
    """
    Change locked wishes, and keep for each what it said before and after under a uid of its own made from `uid`.

    Only `own` has `uid` itself. What says so already is left alone, unless it was asked for again. `visit` is in which
    it happened, and `of` are the edits that are taken back.
    """
    at, edits = moments.now(), []
    for wish, values in changes.items():
        before = contents(wish)
        for field, value in values.items():
            setattr(wish, field, value)
        after = contents(wish)
        changed = [each for each in SAYS if before[each] != after[each]]
        if not changed and step != AGAIN:
            continue
        about = {"visit": str(visit.uid)} if visit else {}
        about |= {"of": str(of[wish].uid)} if of else {}
        edits.append(
            WishEdit(
                vendor_id=wish.vendor_id,
                wish=wish,
                at=at,
                by=by,
                uid=uid if wish == own else uuid5(uid, str(wish.uid)),
                before={each: before[each] for each in changed},
                after={"step": step, **about, **{each: after[each] for each in changed}},
            )
        )
    if edits:
        Wish.objects.bulk_update([edit.wish for edit in edits], SAYS)
        WishEdit.objects.bulk_create(edits)


def take_back(
    edits: Mapping[Wish, WishEdit],
    *,
    by: Member | None,
    uid: UUID,
    own: Wish | None = None,
    visit: Visit | None = None,
) -> None:
    """Let locked wishes say what they said before these `edits`."""
    said = {
        wish: {field: _from_json(wish, field, edit.before[field]) for field in edit.before}
        for wish, edit in edits.items()
    }
    change(said, UNDO, by=by, uid=uid, own=own, visit=visit, of=edits)


def last_step(wish: Wish) -> WishEdit | None:
    """The last step of `wish` that was not taken back."""
    # As they were written, which with two tablets is not always as they were tapped.
    steps = [edit for edit in sorted(wish.edits.all(), key=lambda edit: edit.pk) if "step" in edit.after]
    gone = {edit.after["of"] for edit in steps if edit.after["step"] == UNDO}
    standing = [edit for edit in steps if edit.after["step"] != UNDO and str(edit.uid) not in gone]
    return standing[-1] if standing else None


def contents(wish: Wish) -> dict[str, Any]:
    """What `wish` says, as JSON values by the names in `SAYS`; a product is named by its uid."""
    return {field: _as_json(getattr(wish, field)) for field in SAYS}


def _as_json(value: Any) -> str | None:
    match value:
        case Product():
            return str(value.uid)
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat()
        case dt.date():
            return value.isoformat()
        case Decimal():
            return quantities.plain(value)
    return value


def _from_json(wish: Wish, field: str, value: str | None) -> Any:
    if field == "product":
        return value and Product.objects.get(vendor=wish.vendor_id, uid=value)
    return Wish._meta.get_field(field).to_python(value)
