"""Serving: a visit and all that it fulfils, recorded, undone and put back in one piece."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.db.models import Exists, OuterRef

from customers.models import Customer
from customers.promises import closing, wishing
from customers.promises.models import Amendment, Promise
from customers.promises.models.promise import PromiseQuerySet
from customers.visits import recording
from customers.visits.models import Visit, VisitEdit
from customers.visits.recording import Line
from vendors.models import Member

Outcome = Promise.Outcome


def serve(
    *,
    customer: Customer,
    lines: Sequence[Line],
    by: Member | None,
    uid: UUID,
    keeps: Collection[UUID] = (),
    wishes: Collection[UUID] = (),
    **said: Any,
) -> Visit:
    """
    The visit recorded under `uid` (see `recording.record`), with the promises of the uids `keeps` kept in it.

    What was missing becomes a wish, and of the `wishes` (uids) that the page showed those are taken that came true. A
    promise that somebody else closed meanwhile stays as it is. Raises what `record` raises.
    """

    def write(visit: Visit) -> None:
        for promise in _open_of(visit, keeps):
            closing.close(
                promise=promise, outcome=Outcome.KEPT, by=by, uid=uuid5(visit.uid, str(promise.uid)), visit=visit
            )
        wishing.follow(visit=visit, by=by, lines=lines, wishes=wishes)

    also = recording.Also(sorted(map(str, keeps)), write)
    return recording.record(vendor=customer.vendor, customer=customer, lines=lines, by=by, uid=uid, also=also, **said)


def _open_of(visit: Visit, keeps: Collection[UUID]) -> list[Promise]:
    """The open promises with these uids of who came or for whom it was, which nobody else closes meanwhile."""
    if not keeps:
        return []
    people = {visit.customer_id, visit.collected_by_id} - {None}
    return list(_held(visit).open().filter(customer__in=people, uid__in=keeps))


def _held(visit: Visit) -> PromiseQuerySet:
    """The promises of the shop; nobody else closes those that are read before the caller's transaction is over."""
    held = Promise.objects.select_for_update(no_key=True, of=("self",))
    return held.filter(vendor=visit.vendor_id).order_by("pk")


@transaction.atomic
def change(*, visit: Visit, lines: Sequence[Line], by: Member | None, uid: UUID, **said: Any) -> VisitEdit | None:
    """As `recording.change`, with the wishes that the visit then means."""
    edit = recording.change(visit=visit, lines=lines, by=by, uid=uid, **said)
    wishing.follow(visit=visit, by=by)
    return edit


@transaction.atomic
def rewrite(*, visit: Visit, by: Member | None, uid: UUID, **said: Any) -> VisitEdit | None:
    """As `change`, of any day, and of it only what is `said`: lines, note, or who collected it."""
    held = Visit.objects.select_for_update(of=("self",)).select_related("vendor", "collected_by").get(pk=visit.pk)
    edit = recording.rewrite(visit=held, by=by, uid=uid, **{"lines": None, "note": held.note, **said})
    wishing.follow(visit=held, by=by)
    return edit


@transaction.atomic
def undo(*, visit: Visit, by: Member | None) -> bool:
    """Undo `visit`, and open again what was kept in it; whether this changed anything."""
    if not recording.void(visit=visit, by=by):
        return False
    for promise in _held(visit).filter(closed_in=visit):
        closing.reopen(promise=promise, by=by, uid=uuid4())
    wishing.follow(visit=visit, by=by)
    return True


@transaction.atomic
def put_back(*, visit: Visit, by: Member | None) -> bool:
    """Put an undone `visit` back, and what its undoing opened and is open yet; whether this changed anything."""
    undone_at = Visit.objects.filter(pk=visit.pk).values_list("voided_at", flat=True).get()
    if not recording.restore(visit=visit):
        return False
    # What somebody opened by hand before it was undone is none of it.
    opened = Amendment.objects.filter(
        promise=OuterRef("pk"), before__closed_in=str(visit.uid), after__outcome="", at__gte=undone_at
    )
    for promise in _held(visit).open().filter(Exists(opened)):
        closing.close(promise=promise, outcome=Outcome.KEPT, by=by, uid=uuid4(), visit=visit)
    wishing.follow(visit=visit, by=by)
    return True
