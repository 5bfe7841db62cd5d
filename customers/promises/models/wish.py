"""What was asked for and not had."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers.models import Customer, Edit
from customers.visits.models import Visit
from vendors.models import Member, Product
from vendors.tenancy import SameVendor, VendorRow


class WishQuerySet(models.QuerySet["Wish"]):
    def open(self, day: dt.date) -> "WishQuerySet":
        """Those that still wait on the shop's `day`: not closed, and still wanted."""
        return self.filter(outcome="", until__gte=day)


class Wish(VendorRow):
    """
    Asked for and not had. Closed when it came in, they were told, and they took it; or when it is wanted no more.

    Without a customer it was asked by somebody whom the shop does not know, and counts as one person.
    """

    class Outcome(models.TextChoices):
        TOOK = "took", _("took it")
        DROPPED = "dropped", _("not wanted any more")
        UNDONE = "undone", _("noted by mistake")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="wishes", db_index=False)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    text = models.CharField(_("in words"), max_length=120, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=8, decimal_places=3, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=8, choices=Product.Unit, blank=True)
    until = models.DateField(_("wanted until"))
    """The last day of the shop on which they still want it."""
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, null=True, related_name="wishes")
    """The visit in which it was missing, if it comes from one."""
    asked_at = models.DateTimeField(_("asked"), default=moments.now)
    by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("noted by")
    )
    owner = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("looked after by")
    )
    came_in_at = models.DateTimeField(_("came in"), null=True)
    """When it was there again."""
    told_at = models.DateTimeField(_("told"), null=True)
    came_at = models.DateTimeField(_("came"), null=True)
    """When they came for it."""
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True)

    objects = WishQuerySet.as_manager()

    class Meta(VendorRow.Meta):
        verbose_name = _("wish")
        verbose_name_plural = _("wishes")
        ordering = ["asked_at", "id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="customer", name="promises_wish_customer_same_shop"),
            SameVendor(field="product", name="promises_wish_product_same_shop"),
            SameVendor(field="visit", name="promises_wish_visit_same_shop"),
            SameVendor(field="by", name="promises_wish_by_same_shop"),
            SameVendor(field="owner", name="promises_wish_owner_same_shop"),
            models.CheckConstraint(
                condition=models.Q(product__isnull=False) | ~models.Q(text=""),
                name="promises_wish_says_something",
                violation_error_message=_("Choose a product or write what was asked for."),
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__isnull=True, unit="")
                | models.Q(quantity__isnull=False, quantity__gt=0) & ~models.Q(unit=""),
                name="promises_wish_quantity_has_a_unit",
            ),
            models.CheckConstraint(
                condition=models.Q(told_at__isnull=True) | models.Q(came_in_at__isnull=False),
                name="promises_wish_told_of_what_came_in",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="", closed_at__isnull=True)
                | ~models.Q(outcome="") & models.Q(closed_at__isnull=False),
                name="promises_wish_outcome_has_a_time",
            ),
            models.UniqueConstraint(
                fields=["visit", "product"],
                condition=models.Q(visit__isnull=False, product__isnull=False),
                name="promises_wish_once_a_product_of_a_visit",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "asked_at"], name="promises_wish_of_person"),
            models.Index(
                fields=["customer", "asked_at"], condition=models.Q(outcome=""), name="promises_wish_open_of_person"
            ),
            models.Index(fields=["vendor", "asked_at"], name="promises_wish_of_shop"),
            models.Index(fields=["vendor", "until"], condition=models.Q(outcome=""), name="promises_wish_open_of_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.product_id} {self.text}"


class WishEdit(Edit):
    """A step of a wish (came in, told, came, took, dropped), or one taken back: what it said before and after."""

    wish = models.ForeignKey(Wish, on_delete=models.CASCADE, related_name="edits")

    class Meta(Edit.Meta):
        verbose_name = _("step of a wish")
        verbose_name_plural = _("steps of wishes")
        constraints = [*Edit.Meta.constraints, SameVendor(field="wish", name="promises_wishedit_wish_same_shop")]

    def __str__(self) -> str:
        return f"{self.wish_id} {self.at:%Y-%m-%d %H:%M}"
