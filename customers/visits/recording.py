"""Recording a visit, undoing it and changing it: the only writers of visits at the counter."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import EllipsisType
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from crm.lib import moments
from customers import clashing, merging
from customers.clashing import Field, Word, settle
from customers.models import Customer
from customers.visits import tallying
from customers.visits.models import Visit, VisitEdit, VisitLine
from vendors.catalogue import stand_ins
from vendors.models import Member, Product, Vendor


@dataclass(frozen=True)
class Line:
    """One product of a visit, in the product's unit."""

    product: Product
    quantity: Decimal
    outcome: str = VisitLine.Outcome.TAKEN
    manner: str = ""


@dataclass(frozen=True)
class Also:
    """
    What is written together with a visit, in its transaction, and only when the visit is: `write(visit)`.

    `said` (JSON values) tells what it is: the same uid with another `said` is refused, as with other lines.
    """

    said: Any
    write: Callable[[Visit], None]


AGAIN = "again"
"""In what an edit says after it: the names of what another tablet had said already."""


class RecordingError(Exception):
    """Nothing was written."""


class RecordedOtherwise(RecordingError):
    """A visit with this uid is recorded already, and says something else: `visit`."""

    def __init__(self, visit: Visit) -> None:
        super().__init__(f"visit {visit.uid} was recorded with other contents")
        self.visit = visit


class NotToday(RecordingError):
    """Only a visit of the shop's present day can be changed at the counter."""


def record(
    *,
    vendor: Vendor,
    customer: Customer,
    lines: Sequence[Line],
    by: Member | None,
    uid: UUID,
    at: dt.datetime | None = None,
    channel: str = Visit.Channel.COUNTER,
    note: str = "",
    collected_by: Customer | None = None,
    also: Also | None = None,
) -> Visit:
    """
    The visit recorded under `uid`, written once however often it is sent, and `also` with it.

    `at` is the time of serving (now, if not given), `collected_by` who came in the customer's place. Of a customer who
    was put together with another while the page was open it is a visit of that one. Raises `RecordedOtherwise` when the
    uid is known with other contents, and `IntegrityError` when the customer was forgotten meanwhile.
    """
    more = [also.said] if also and also.said else []
    more += [["collected by", collected_by.pk]] if collected_by else []
    digest = _digest(customer, lines, at, channel, note, *more)
    visit = Visit(
        vendor=vendor,
        customer=customer,
        collected_by=collected_by,
        by=by,
        uid=uid,
        at=at or moments.now(),
        channel=channel,
        note=note,
        digest=digest,
    )
    try:
        return _recorded_before(vendor, uid, digest) or _write(visit, lines, also)
    except IntegrityError:
        # The same uid was committed by another connection between our look and our write.
        if found := _recorded_before(vendor, uid, digest):
            return found
        raise


def _recorded_before(vendor: Vendor, uid: UUID, digest: str) -> Visit | None:
    found = Visit.objects.filter(vendor=vendor, uid=uid).first()
    if found is not None and found.digest != digest:
        raise RecordedOtherwise(found)
    return found


@transaction.atomic
def _write(visit: Visit, lines: Sequence[Line], also: Also | None) -> Visit:
    visit.customer = merging.of_today(visit.customer)
    if visit.collected_by is not None:
        collector = merging.of_today(visit.collected_by)
        visit.collected_by = None if collector == visit.customer else collector
    visit.save(force_insert=True)
    rows = _rows(visit, lines)
    VisitLine.objects.bulk_create(rows)
    asked = ((row.product_id, row.outcome) for row in rows)
    tallying.add(visit.vendor, [tallying.Counted.of(visit.at, asked)])
    if also:
        also.write(visit)
    return visit


def _rows(visit: Visit, lines: Sequence[Line]) -> list[VisitLine]:
    """The rows of `lines`; a product that was merged while the page was open is recorded as the one it went into."""
    into = _merged(visit.vendor, lines)
    return [
        VisitLine(
            vendor_id=visit.vendor_id,
            visit=visit,
            position=position,
            product=into.get(line.product.pk, line.product),
            sold_as=line.product if line.product.pk in into else None,
            quantity=line.quantity,
            unit=line.product.unit,
            outcome=line.outcome,
            manner=line.manner,
        )
        for position, line in enumerate(lines)
    ]


def _merged(vendor: Vendor, lines: Sequence[Line]) -> dict[int, Product]:
    """By id of a merged product of `lines` what stands for it; nobody merges one before the transaction is over."""
    products = Product.objects.select_for_update(no_key=True).filter(pk__in=[line.product.pk for line in lines])
    if not any(products.order_by("pk").values_list("merged_into", flat=True)):
        return {}
    into = stand_ins(vendor.pk)
    found = Product.objects.in_bulk(set(into.values()))
    return {product: found[last] for product, last in into.items()}


def _as_before(rows: list[VisitLine], before: Sequence[VisitLine]) -> list[VisitLine]:
    """`rows`, in which what they leave as it is in `before` keeps its unit, and as what it was first recorded."""
    for row in rows:
        said = [line for line in before if line.product_id == row.product_id]
        if len(said) == 1 and row.sold_as_id is None:
            row.sold_as_id = said[0].sold_as_id
        if len(said) == 1 and row.quantity == said[0].quantity:
            row.unit = said[0].unit
    return rows


def _digest(
    customer: Customer, lines: Sequence[Line], at: dt.datetime | None, channel: str, note: str, *more: Any
) -> str:
    """`more` is what few visits have: without it the digest is as it was before there was such a thing."""
    said = [
        customer.pk,
        at.astimezone(dt.UTC).isoformat() if at else None,
        channel,
        note,
        [(line.product.pk, str(line.quantity.normalize()), line.outcome, line.manner) for line in lines],
        *more,
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@transaction.atomic
def void(*, visit: Visit, by: Member | None) -> bool:
    """Undo `visit`; whether this changed anything."""
    undone = Visit.objects.standing().filter(pk=visit.pk).update(voided_at=moments.now(), voided_by=by)
    return _counted_anew(visit, changed=bool(undone))


@transaction.atomic
def restore(*, visit: Visit) -> bool:
    """Put an undone visit back; whether this changed anything."""
    put_back = Visit.objects.filter(pk=visit.pk, voided_at__isnull=False).update(voided_at=None, voided_by=None)
    return _counted_anew(visit, changed=bool(put_back))


def _counted_anew(visit: Visit, *, changed: bool) -> bool:
    if changed:
        # As it is kept: since `visit` was read, an import may have moved it to another time.
        tallying.recount(visit.vendor, Visit.objects.filter(pk=visit.pk).order_by().values_list("at", flat=True))
    return changed


@transaction.atomic
def change(
    *,
    visit: Visit,
    lines: Sequence[Line],
    note: str,
    by: Member | None,
    uid: UUID,
    collected_by: Customer | EllipsisType | None = ...,
    seen: int | None = None,
) -> VisitEdit | None:
    """
    Make `visit` say `lines`, `note` and, if given, who collected it (None: nobody but the customer).

    What it said before is kept in a `VisitEdit` with this `uid`. None when it says so already, and the first edit when
    the same was sent before. `seen` is how many edits the page knew: of what another tablet changed meanwhile the later
    tap stands (see `clashing`). Raises `NotToday`.
    """
    # Not the shop's row as well: all who record would wait.
    locked = Visit.objects.select_for_update(of=("self",))
    visit = locked.select_related("vendor", "customer", "collected_by").get(pk=visit.pk)
    collector = visit.collected_by if collected_by is ... else collected_by
    sent_before = VisitEdit.objects.filter(vendor=visit.vendor, uid=uid).first()
    if sent_before and (sent_before.visit_id, sent_before.after) == (visit.pk, _as_said(lines, note, collector)):
        return sent_before
    if visit.vendor.day_of(visit.at) != visit.vendor.today():
        raise NotToday
    unseen = [] if seen is None else visit.edits.select_related("by").order_by("pk")[seen:]
    others = [each for each in unseen if each != sent_before]
    fields = list(_fields(visit, lines, note, collector, others))
    settled = settle(fields, Word.now(by))
    clashing.keep(settled, visit, visit.customer, uid)
    if sent_before:
        uid = uuid4()  # the answer was lost, and more was typed before the page was sent again
    return rewrite(
        visit=visit,
        lines=lines if "lines" in settled.wanted else None,
        note=note if "note" in settled.wanted else visit.note,
        by=by,
        uid=uid,
        collected_by=collector if "collected_by" in settled.wanted else ...,
        again=[each.name for each in fields if each.name in settled.wanted and each.unseen],
    )


def _fields(
    visit: Visit, lines: Sequence[Line], note: str, collector: Customer | None, unseen: Sequence[VisitEdit]
) -> Iterator[Field]:
    said = list(visit.lines.select_related("product").order_by("position"))
    now = _contents(said, visit.note, visit.collected_by)
    wanted = _contents(_as_before(_rows(visit, lines), said), note, collector)
    showed = unseen[0].before if unseen else now
    for name in ("lines", "note", "collected_by"):
        changed = [
            each
            for each in unseen
            if each.before.get(name) != each.after.get(name) or name in each.after.get(AGAIN, ())
        ]
        word = Word(changed[-1].at, changed[-1].by) if changed else None
        yield Field(name, showed.get(name), now.get(name), wanted.get(name), word)


def rewrite(
    *,
    visit: Visit,
    lines: Sequence[Line] | None,
    note: str,
    by: Member | None,
    uid: UUID,
    collected_by: Customer | EllipsisType | None = ...,
    again: Sequence[str] = (),
) -> VisitEdit | None:
    """
    As `change`, of any day and for a `visit` that the caller's transaction has locked; None leaves the lines.

    What another tablet said too (`again`: names of its contents) is said later by this.
    """
    said = list(visit.lines.select_related("product").order_by("position"))
    rows = said if lines is None else _as_before(_rows(visit, lines), said)
    collector = visit.collected_by if collected_by is ... else collected_by
    before, after = _contents(said, visit.note, visit.collected_by), _contents(rows, note, collector)
    if before == after and not again:
        return None
    if again:
        after[AGAIN] = list(again)
    if lines is not None:
        visit.lines.all().delete()
        VisitLine.objects.bulk_create(rows)
    visit.note, visit.collected_by = note, collector
    visit.save(update_fields=["note", "collected_by"])
    tallying.recount(visit.vendor, [visit.at])
    return VisitEdit.objects.create(vendor=visit.vendor, visit=visit, by=by, uid=uid, before=before, after=after)


def contents(visit: Visit) -> dict[str, Any]:
    """
    What `visit` says, as JSON values: `{"note": str, "lines": [{product, quantity, unit, outcome, manner}]}`.

    If another than the customer collected it, `"collected_by"` is their uid: a name would outlast its owner.
    """
    return _contents(visit.lines.select_related("product").order_by("position"), visit.note, visit.collected_by)


def _contents(lines: Iterable[VisitLine], note: str, collected_by: Customer | None) -> dict[str, Any]:
    return _as_json([_line_as_json(line, line.unit) for line in lines], note, collected_by)


def _as_said(lines: Sequence[Line], note: str, collected_by: Customer | None) -> dict[str, Any]:
    return _as_json([_line_as_json(line, line.product.unit) for line in lines], note, collected_by)


def _as_json(lines: list[dict[str, str]], note: str, collected_by: Customer | None) -> dict[str, Any]:
    collector = {"collected_by": str(collected_by.uid)} if collected_by else {}
    return {"note": note, "lines": lines, **collector}


def _line_as_json(line: Line | VisitLine, unit: str) -> dict[str, str]:
    return {
        "product": line.product.name,
        "quantity": f"{line.quantity.normalize():f}",
        "unit": unit,
        "outcome": str(line.outcome),
        "manner": line.manner,
    }
