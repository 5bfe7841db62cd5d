"""What a new shop starts from, so that nobody has to type sixty products."""

from django.db import transaction

from vendors.goods import Good, goods
from vendors.models import Product, Vendor

GAP = 10
"""Between the places of two products, so that one can be put between them."""


@transaction.atomic
def add_starter_list(*, vendor: Vendor) -> int:
    """Add the usual goods that `vendor` has no product of the same name for; how many were added."""
    # Two taps at once: the second waits here, and finds nothing left to add.
    Vendor.objects.select_for_update().get(pk=vendor.pk)
    known = {name.casefold() for name in Product.objects.filter(vendor=vendor).values_list("name", flat=True)}
    missing = [
        _product(vendor, good, place * GAP)
        for place, good in enumerate(goods(), start=1)
        if good.name.casefold() not in known
    ]
    Product.objects.bulk_create(missing)
    return len(missing)


def _product(vendor: Vendor, good: Good, position: int) -> Product:
    season_from, season_to = good.season or (None, None)
    return Product(
        vendor=vendor,
        name=good.name,
        name_hi=good.name_hi,
        name_mr=good.name_mr,
        unit=good.unit,
        step=good.step,
        picture=good.picture,
        season_from=season_from,
        season_to=season_to,
        position=position,
    )
