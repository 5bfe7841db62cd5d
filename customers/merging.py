"""
Two rows that are one person: merging one into the other, and undoing it.

Which person stands for which is said by `Customer.merged_into`. What was the merged person's own goes to the other,
whichever table it is in; the merge keeps which rows went, so that undoing it moves exactly those back.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers import search
from customers.models import Customer, CustomerEdit, CustomerMerge, Membership, SearchKey
from vendors.models import Member, Vendor

BATCH = 500
"""Rows that one statement moves: SQLite takes no endless list of ids."""
STAY = (Customer, CustomerEdit, CustomerMerge, SearchKey)
"""What says something of the row of a person, and not of the person."""


class MergingError(Exception):
    """Nothing was written; `said` tells the shopkeeper why."""

    said = _("This was not saved. Tap once more.")


class OneAlready(MergingError):
    """They are the same row, or were merged before."""

    said = _("These two are one person here already. Nothing was changed.")


class MergedAlready(MergingError):
    """The person is merged into somebody else."""

    said = _("This person was put together with another one already. Undo that first.")


class AnotherShop(MergingError):
    """A person of another shop, or nobody any more."""

    said = _("One of the two is not in this shop any more. Nothing was changed.")


class OneHousehold(MergingError):
    """Both are in the same household, where each has a role of their own."""

    said = _("Both are in the same household, so they are two people there. Take one of them out of it first.")


class MergedOtherwise(MergingError):
    """A merge with this uid was sent before, of two other people."""

    said = _("This page was used before for two other people. To put these together as well, tap once more.")


class MergedOn(MergingError):
    """The one who stands for both is merged on into a third."""

    said = _("Since then both were put together with a third person. Undo that first.")


def stand_in(customer: Customer) -> Customer:
    """Who stands for `customer`, as they were read; themselves when they were not merged."""
    while customer.merged_into_id is not None:
        customer = Customer.objects.get(pk=customer.merged_into_id)
    return customer


def of_today(customer: Customer) -> Customer:
    """
    Who stands for `customer` by now; nobody merges them before the caller's transaction is over.

    Of somebody who was forgotten meanwhile it is still themselves: the database then refuses what is written of them.
    """
    kept = Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk).order_by()
    into = next(iter(kept.values_list("merged_into", flat=True)), None)
    return customer if into is None else of_today(Customer.objects.get(pk=into))


def stand_ins(vendor: Vendor) -> dict[int, int]:
    """Of each merged person of the shop the id of the one who stands for them, by their own id."""
    merged = Customer.objects.filter(vendor=vendor, merged_into__isnull=False).order_by()
    into = dict(merged.values_list("pk", "merged_into"))
    return {person: _last(person, into) for person in into}


def _last(person: int, into: Mapping[int, int]) -> int:
    while person in into:
        person = into[person]
    return person


def merges_into(customer: Customer) -> models.QuerySet[CustomerMerge]:
    """The merges that stand, by which others became `customer`."""
    standing = CustomerMerge.objects.filter(into=customer, undone_at__isnull=True)
    return standing.select_related("customer", "by")


@transaction.atomic
def merge(*, customer: Customer, into: Customer, by: Member | None, uid: UUID) -> CustomerMerge:
    """
    Let `into`, or who stands for them, be `customer` too from now on, in all that is remembered.

    What the other has already (the same phone, the same like) stays where it is. Raises `MergingError`.
    """
    if found := _sent_before(customer, into, uid):
        return found
    customer, into = _locked(customer, stand_in(into))
    _may_be_one(customer, into)
    Customer.objects.filter(pk=customer.pk).update(merged_into=into)
    found = CustomerMerge.objects.create(
        vendor_id=customer.vendor_id,
        customer=customer,
        into=into,
        moved={name: moved for name, rows in _rows_of(customer) if (moved := _move(rows, name, into))},
        by=by,
        uid=uid,
    )
    _known_anew(customer, into)
    return found


@transaction.atomic
def undo(*, merge: CustomerMerge, by: Member | None) -> bool:
    """
    Give the merged person back what went from them; whether this changed anything.

    What was said since then stays with the one who stood for both. Raises `MergedOn`.
    """
    customer, into = _locked(merge.customer, merge.into)
    standing = CustomerMerge.objects.filter(pk=merge.pk, undone_at__isnull=True)
    if not standing.exists():
        return False
    if into.merged_into_id is not None:
        raise MergedOn
    standing.update(undone_at=moments.now(), undone_by=by)
    Customer.objects.filter(pk=customer.pk).update(merged_into=None)
    for name, ids in merge.moved.items():
        *path, column = name.split(".")
        model = _model(path)
        for some in _batches(ids):
            _move(model.objects.filter(pk__in=some, **{column: into}), name, customer)
    _known_anew(customer, into)
    return True


def _sent_before(customer: Customer, into: Customer, uid: UUID) -> CustomerMerge | None:
    found = CustomerMerge.objects.filter(vendor=customer.vendor_id, uid=uid).first()
    if found and (found.customer_id != customer.pk or found.into_id not in (into.pk, stand_in(into).pk)):
        raise MergedOtherwise
    return found


def _locked(*people: Customer) -> list[Customer]:
    """`people` as they are kept; nobody else merges them before the transaction is over."""
    mine = Customer.objects.select_for_update(of=("self",)).select_related("vendor").filter(vendor=people[0].vendor_id)
    known = {each.pk: each for each in mine.filter(pk__in=[each.pk for each in people]).order_by("pk")}
    if not all(each.pk in known for each in people):
        raise AnotherShop
    return [known[each.pk] for each in people]


def _may_be_one(customer: Customer, into: Customer) -> None:
    if into.pk in (customer.pk, customer.merged_into_id):
        raise OneAlready
    if customer.merged_into_id is not None or into.merged_into_id is not None:
        raise MergedAlready
    kitchens = Membership.objects.standing().filter(customer=into).values("household")
    if Membership.objects.standing().filter(customer=customer, household__in=kitchens).exists():
        raise OneHousehold


def _known_anew(customer: Customer, into: Customer) -> None:
    search.index(Customer.objects.filter(pk__in=[customer.pk, into.pk]))
    into.vendor.past_changed()


# The rows of a person, in whatever table: the layers above name themselves by their foreign keys


def _rows_of(customer: Customer) -> Iterator[tuple[str, models.QuerySet]]:
    """What names `customer`, column by column: `app.Model.column`, and its rows."""
    for relation in Customer._meta.get_fields(include_hidden=True):
        if relation.one_to_many and relation.related_model not in STAY:
            model, column = relation.related_model, relation.field.name
            yield f"{model._meta.label}.{column}", model.objects.filter(**{column: customer})


def _model(path: Sequence[str]) -> type[models.Model]:
    relations = (relation for relation in Customer._meta.get_fields(include_hidden=True) if relation.one_to_many)
    return next(each.related_model for each in relations if each.related_model._meta.label == ".".join(path))


def _move(rows: models.QuerySet[Any], name: str, to: Customer) -> list[int]:
    """Let `rows` name `to` in the column of that `name`; the ids of those that could."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    column = name.rsplit(".", maxsplit=1)[1]
    return [pk for some in _batches(ids) for pk in _moved(rows.model, column, some, to)]


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _moved(model: type[models.Model], column: str, ids: Sequence[int], to: Customer) -> Sequence[int]:
    """Those of `ids` that the database lets name `to`: where one of many may not, the others are tried by halves."""
    try:
        with transaction.atomic():
            model.objects.filter(pk__in=ids).update(**{column: to})
    except IntegrityError:
        half = len(ids) // 2
        return [*_moved(model, column, ids[:half], to), *_moved(model, column, ids[half:], to)] if half else []
    return ids
