"""One product of an order."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from vendors.models import Product
from vendors.tenancy import SameVendor


class OrderedLine(models.Model):
    """One product with its quantity, in the unit it was ordered in."""

    vendor = models.ForeignKey("vendors.Vendor", on_delete=models.CASCADE, db_index=False)
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product"))
    quantity = models.DecimalField(_("quantity"), max_digits=8, decimal_places=3)
    unit = models.CharField(_("unit"), max_length=8, choices=Product.Unit)
    manner = models.CharField(_("manner"), max_length=60, blank=True)

    class Meta:
        abstract = True
        ordering = ["position"]
        constraints = [
            SameVendor(field="product", name="%(app_label)s_%(class)s_product_same_shop"),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="%(app_label)s_%(class)s_quantity_above_zero"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.quantity} {self.unit}"
