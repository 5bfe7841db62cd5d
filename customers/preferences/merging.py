"""
Merging a product into another that is the same thing, and undoing it.

Which product stands for which is said by `Product.merged_into`. A line keeps as what it was recorded (`sold_as`) and a
preference of what it was told (`told_as`), so both can be put where they belong after any merge and any undo, in any
order. An answer to something noticed stays where it is: `noticing` reads it through the merge.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from django.db import models, transaction
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.preferences.models import Preference, PreferenceQuerySet, ProductMerge
from customers.preferences.telling import OPPOSITES
from customers.visits import tallying
from customers.visits.models import VisitLine
from vendors.catalogue import stand_ins
from vendors.models import Member, Product, Vendor

BATCH = 500
"""Lines of one transaction, but always the whole of a day: the counter is waiting."""
Kind = Preference.Kind


class MergingError(Exception):
    """Nothing was written; the text tells the shopkeeper why."""


def concerned(products: Collection[Product]) -> dict[str, int]:
    """How many `visits` and standing `preferences` are about `products`."""
    lines = VisitLine.objects.filter(product__in=products).order_by()
    preferences = Preference.objects.standing().filter(product__in=products)
    return {"visits": lines.values("visit").distinct().count(), "preferences": preferences.count()}


def merge_of(product: Product) -> ProductMerge | None:
    """The merge by which `product` is merged now."""
    return ProductMerge.objects.filter(product=product, undone_at__isnull=True).select_related("into").first()


def merged_at() -> models.Subquery:
    """For an annotation of products: the time of the merge by which each is merged now."""
    now = ProductMerge.objects.filter(product=models.OuterRef("pk"), undone_at__isnull=True)
    return models.Subquery(now.order_by().values("at")[:1])


def merge_products(*, product: Product, into: Product, by: Member | None) -> ProductMerge:
    """
    Let `into` stand for `product` from now on, in all that is remembered; `product` is not sold any more.

    Must be called outside of a transaction, for it is one for every few days of the past: the counter never waits for
    long. One that was stopped is finished by calling it again. Raises `MergingError`.
    """
    merge = _merge(product, into, by)
    _settle(product)
    return merge


def undo_merge(*, merge: ProductMerge, by: Member | None) -> bool:
    """
    Give the product of `merge` back all that was its own, sold as it was before; whether this changed anything.

    Also what was merged into it goes back with it. To be called like `merge_products`.
    """
    changed = _undo(merge, by)
    _settle(merge.product)
    return changed


@transaction.atomic
def _merge(product: Product, into: Product, by: Member | None) -> ProductMerge:
    locked = Product.objects.select_for_update().filter(vendor=product.vendor_id, pk__in=[product.pk, into.pk])
    known = {each.pk: each for each in locked.order_by("pk")}
    if len(known) < 2:
        raise MergingError(_("Choose another product of the same shop."))
    product, into = known[product.pk], known[into.pk]
    if product.merged_into_id == into.pk and (merge := merge_of(product)):
        return merge
    for each in (product, into):
        if each.merged_into is not None:
            names = {"product": each.name, "into": each.merged_into.name}
            raise MergingError(_("%(product)s is merged into %(into)s already. Undo that first.") % names)
    merge = ProductMerge.objects.create(
        vendor_id=product.vendor_id, product=product, into=into, was_sold=product.is_sold, by=by
    )
    Product.objects.filter(pk=product.pk).update(merged_into=into, is_sold=False)
    _move_preferences(merge, by)
    _agree(merge, by)
    product.vendor.past_changed()
    return merge


@transaction.atomic
def _undo(merge: ProductMerge, by: Member | None) -> bool:
    Product.objects.select_for_update().get(pk=merge.product_id)
    standing = ProductMerge.objects.filter(pk=merge.pk, undone_at__isnull=True)
    if not standing.update(undone_at=timezone.now(), undone_by=by):
        return False
    Product.objects.filter(pk=merge.product_id).update(merged_into=None, is_sold=merge.was_sold)
    _move_preferences(merge, by)
    given_way = Preference.objects.filter(removed_in=merge)
    given_way.exclude(_said_again(models.OuterRef("product"))).update(removed_at=None, removed_by=None)
    given_way.update(removed_in=None)
    merge.vendor.past_changed()
    return True


# Which rows are a product's own


def _family(product: Product) -> set[int]:
    """The ids of `product` and of all that was merged into it, directly or not."""
    merged = Product.objects.filter(vendor=product.vendor_id, merged_into__isnull=False)
    into = dict(merged.order_by().values_list("pk", "merged_into"))
    family, found = set(), {product.pk}
    while found:
        family |= found
        found = {each for each, parent in into.items() if parent in found}
    return family


def _astray(product: Product, first: str) -> tuple[models.Q, int]:
    """Condition on rows of the family of `product` that are not where they belong, and the id of where that is."""
    family, last = _family(product), stand_ins(product.vendor_id).get(product.pk, product.pk)
    own = models.Q(**{f"{first}__in": family}) | models.Q(**{f"{first}__isnull": True, "product__in": family})
    return models.Q(vendor=product.vendor_id) & own & ~models.Q(product=last), last


def _moved(first: str, last: int) -> dict[str, object]:
    """The values of a row that is now about the product `last`."""
    before = Coalesce(first, "product", output_field=models.BigIntegerField())
    return {"product": last, first: NullIf(before, models.Value(last), output_field=models.BigIntegerField())}


# Visits


def _settle(product: Product) -> None:
    """Put the lines of the family of `product` where they belong, each few days of them by a transaction."""
    vendor = product.vendor
    while lines := _lines_astray(product):
        for some in _some_days(vendor, lines):
            with transaction.atomic():
                _move_lines(vendor, product, some)


def _lines_astray(product: Product) -> list[tuple[dt.datetime, int]]:
    astray, _last = _astray(product, "sold_as")
    return sorted(VisitLine.objects.filter(astray).order_by().values_list("visit__at", "pk"))


def _some_days(vendor: Vendor, lines: Sequence[tuple[dt.datetime, int]]) -> Iterator[list[int]]:
    """The ids of `lines`, whole days of them, at most `BATCH` together unless one day has more."""
    batch: list[int] = []
    for _day, found in groupby(lines, key=lambda line: vendor.day_of(line[0])):
        of_day = [pk for _at, pk in found]
        if batch and len(batch) + len(of_day) > BATCH:
            yield batch
            batch = []
        batch += of_day
    yield batch


def _move_lines(vendor: Vendor, product: Product, lines: Collection[int]) -> None:
    astray, last = _astray(product, "sold_as")
    found = VisitLine.objects.filter(astray, pk__in=lines).order_by("visit_id").select_for_update()
    changed: dict[dt.date, set[int]] = defaultdict(set)
    for at, before in found.values_list("visit__at", "product"):
        changed[vendor.day_of(at)] |= {before, last}
    VisitLine.objects.filter(astray, pk__in=lines).update(**_moved("sold_as", last))
    tallying.recount_products(vendor, changed)


# Preferences


def _move_preferences(merge: ProductMerge, by: Member | None) -> None:
    """Put the preferences of the product where they belong; what is said there already is taken back."""
    astray, last = _astray(merge.product, "told_as")
    moving = Preference.objects.filter(astray)
    _give_way(moving.filter(_said_again(last)), merge, by)
    moving.update(**_moved("told_as", last))


def _said_again(product: int | models.OuterRef) -> models.Exists:
    """Condition on a preference: another that stands says the same of `product`."""
    same = {name: models.OuterRef(name) for name in ("customer", "kind", "text")}
    others = Preference.objects.standing().exclude(pk=models.OuterRef("pk"))
    return models.Exists(others.filter(product=product, **same))


def _agree(merge: ProductMerge, by: Member | None) -> None:
    """Of opposites that were told of the two products, never beats likes, and what was told later the rest."""
    said = Preference.objects.standing().filter(product=merge.into_id, text="", kind__in=OPPOSITES)
    moved = said.filter(told_as__in=_family(merge.product)).values("customer")
    losing: set[int] = set()
    of_person = said.filter(customer__in=moved).order_by("customer", "pk")
    for _customer, preferences in groupby(of_person, key=lambda preference: preference.customer_id):
        losing |= _contradicted(list(preferences))
    _give_way(Preference.objects.filter(pk__in=losing), merge, by)


def _contradicted(preferences: Sequence[Preference]) -> set[int]:
    """The ids of those of one person's `preferences` of one product that do not hold beside the others."""
    strongest = sorted(preferences, key=lambda each: (each.must_never, each.confirmed_at or each.at), reverse=True)
    gone: set[int] = set()
    for preference in strongest:
        if preference.pk not in gone:
            gone |= {each.pk for each in strongest if each.kind in OPPOSITES[preference.kind]}
    return gone


def _give_way(preferences: PreferenceQuerySet, merge: ProductMerge, by: Member | None) -> None:
    preferences.standing().update(removed_at=timezone.now(), removed_by=by, removed_in=merge)
