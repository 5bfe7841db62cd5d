"""Each time a customer was served, and what they took."""

import datetime as dt
from decimal import Decimal

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers.models import Customer, Edit
from vendors.models import Member, Product
from vendors.tenancy import SameVendor, VendorRow


class VisitQuerySet(models.QuerySet["Visit"]):
    def standing(self) -> "VisitQuerySet":
        """Those that were not undone."""
        return self.filter(voided_at__isnull=True)

    def latest_first(self) -> "VisitQuerySet":
        return self.order_by("-at", "-id")

    def with_lines(self) -> "VisitQuerySet":
        return self.prefetch_related(models.Prefetch("lines", VisitLine.objects.select_related("product")))


class Visit(VendorRow):
    """One time served. Never deleted by a tap: undo sets `voided_at`."""

    class Channel(models.TextChoices):
        COUNTER = "counter", _("At the counter")
        PHONE = "phone", _("By phone")
        DELIVERY = "delivery", _("Delivered")

    CLOCKS_DIFFER = dt.timedelta(minutes=5)
    """A visit of later than this is a mistake in somebody's clock: nothing is learned of it until its time has come."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="visits", db_index=False)
    collected_by = models.ForeignKey(
        Customer,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("collected by"),
    )
    """Who stood at the counter, if another than the customer whose visit it is."""
    at = models.DateTimeField(_("when"), default=moments.now)
    channel = models.CharField(_("how"), max_length=10, choices=Channel, default=Channel.COUNTER)
    by = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("served by"),
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    """SHA-256 of what was first sent under this uid: the same again changes nothing, another is refused."""
    voided_at = models.DateTimeField(_("undone"), null=True, blank=True, editable=False)
    voided_by = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("undone by"),
    )

    objects = VisitQuerySet.as_manager()

    class Meta(VendorRow.Meta):
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-at", "-id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="customer", name="visits_visit_customer_same_shop"),
            SameVendor(field="by", name="visits_visit_by_same_shop"),
            SameVendor(field="voided_by", name="visits_visit_voided_by_same_shop"),
            SameVendor(field="collected_by", name="visits_visit_collected_by_same_shop"),
            models.CheckConstraint(
                condition=models.Q(collected_by__isnull=True) | ~models.Q(collected_by=models.F("customer")),
                name="visits_visit_collected_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(voided_by__isnull=True) | models.Q(voided_at__isnull=False),
                name="visits_visit_voided_by_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "-at"], name="visits_visit_latest_of_shop"),
            models.Index(fields=["customer", "-at"], name="visits_visit_latest_of_person"),
            # Of the few that were collected: all other visits cost it nothing.
            models.Index(
                fields=["collected_by"], condition=models.Q(collected_by__isnull=False), name="visits_visit_collected"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.at:%Y-%m-%d %H:%M}"

    @property
    def is_voided(self) -> bool:
        return self.voided_at is not None


class VisitLine(models.Model):
    """One product in one visit, in the unit it was sold in then."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", _("taken")
        REPLACED = "replaced", _("replaced")
        NOT_IN_STOCK = "not-in-stock", _("not in stock")
        REFUSED = "refused", _("refused")

    MOST_AT_ONCE = Decimal(9999)
    """What a person may type; the column holds more, for what is imported."""
    LONGEST_MANNER = 60

    vendor = models.ForeignKey("vendors.Vendor", on_delete=models.CASCADE, db_index=False)
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product"))
    sold_as = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    """As which product it was recorded, when that was merged into `product`: there it goes when the merge is undone."""
    quantity = models.DecimalField(_("quantity"), max_digits=8, decimal_places=3)
    unit = models.CharField(_("unit"), max_length=8, choices=Product.Unit)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, default=Outcome.TAKEN)
    manner = models.CharField(
        _("manner"), max_length=LONGEST_MANNER, blank=True, help_text=_("As they wanted it: half ripe")
    )

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["visit", "position"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "position"], name="visits_visitline_one_place_each"),
            SameVendor(field="visit", name="visits_visitline_visit_same_shop"),
            SameVendor(field="product", name="visits_visitline_product_same_shop"),
            SameVendor(field="sold_as", name="visits_visitline_sold_as_same_shop"),
            models.CheckConstraint(
                condition=models.Q(sold_as__isnull=True) | ~models.Q(sold_as=models.F("product")),
                name="visits_visitline_sold_as_another",
            ),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="visits_visitline_quantity_above_zero"),
        ]
        indexes = [
            # Of the few that were moved: all other lines cost it nothing.
            models.Index(fields=["sold_as"], condition=models.Q(sold_as__isnull=False), name="visits_visitline_moved"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.quantity} {self.unit}"


class VisitEdit(Edit):
    """A change to a recorded visit: what it said before and after (as `recording.contents` gives it)."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="edits")

    class Meta(Edit.Meta):
        verbose_name = _("change of a visit")
        verbose_name_plural = _("changes of visits")
        constraints = [
            *Edit.Meta.constraints,
            SameVendor(field="visit", name="visits_visitedit_visit_same_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.at:%Y-%m-%d %H:%M}"


class ShopDay(models.Model):
    """How many visits stand on a day of the shop: kept beside them by `tallying`, which can count it anew."""

    vendor = models.ForeignKey("vendors.Vendor", on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    visits = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("day of the shop")
        verbose_name_plural = _("days of the shop")
        constraints = [models.UniqueConstraint(fields=["vendor", "day"], name="visits_shopday_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.visits}"


class ProductDay(models.Model):
    """How many standing visits of a day wanted a product: kept beside them by `tallying`, which can count it anew."""

    vendor = models.ForeignKey("vendors.Vendor", on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    visits = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    """Time of the last of these visits."""
    is_missing = models.BooleanField()
    """Whether that visit found none in the shop."""

    class Meta:
        verbose_name = _("day of a product")
        verbose_name_plural = _("days of products")
        constraints = [
            models.UniqueConstraint(fields=["vendor", "day", "product"], name="visits_productday_once_a_day"),
            SameVendor(field="product", name="visits_productday_product_same_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.product_id} {self.visits}"
