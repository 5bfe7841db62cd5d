"""An order that comes again by a rule."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers.models import Customer, Edit
from customers.promises.models.ordered import OrderedLine
from vendors.models import Member
from vendors.tenancy import SameVendor, VendorRow


class StandingOrderQuerySet(models.QuerySet["StandingOrder"]):
    def standing(self) -> "StandingOrderQuerySet":
        """Those that were not ended."""
        return self.filter(ended_at__isnull=True)


class StandingOrder(VendorRow):
    """Every Tuesday and Friday 2 litres of milk: makes a promise for each of its days (see `standing_orders`)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="standing_orders")
    rule = models.CharField(max_length=120)
    """A recurrence rule of RFC 5545 in days, without its start: FREQ=WEEKLY;BYDAY=TU,FR."""
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    at_time = models.TimeField(_("by what time"), null=True, blank=True)
    """By the shop's clock; any time of the day if there is none."""
    text = models.CharField(_("in words"), max_length=200, blank=True)
    paused_until = models.DateField(_("paused until"), null=True, blank=True)
    """The first day on which it counts again."""
    made_at = models.DateTimeField(_("since"), default=moments.now)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    objects = StandingOrderQuerySet.as_manager()

    class Meta(VendorRow.Meta):
        verbose_name = _("standing order")
        verbose_name_plural = _("standing orders")
        ordering = ["id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="customer", name="promises_standingorder_customer_same_shop"),
            SameVendor(field="by", name="promises_standingorder_by_same_shop"),
            models.CheckConstraint(condition=~models.Q(rule=""), name="promises_standingorder_has_a_rule"),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
                name="promises_standingorder_ends_after_its_start",
                violation_error_message=_("It cannot end before it begins."),
            ),
        ]
        indexes = [
            models.Index(fields=["vendor"], condition=models.Q(ended_at__isnull=True), name="promises_standingorders")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.rule}"


class StandingOrderLine(OrderedLine):
    """One product of a standing order."""

    standing_order = models.ForeignKey(StandingOrder, on_delete=models.CASCADE, related_name="lines", db_index=False)

    class Meta(OrderedLine.Meta):
        verbose_name = _("product of a standing order")
        verbose_name_plural = _("products of standing orders")
        ordering = ["standing_order", "position"]
        constraints = [
            *OrderedLine.Meta.constraints,
            SameVendor(field="standing_order", name="promises_standingorderline_standing_order_same_shop"),
            models.UniqueConstraint(
                fields=["standing_order", "position"], name="promises_standingorderline_one_place_each"
            ),
        ]


class StandingOrderEdit(Edit):
    """A change to a standing order, a pause or its end: what it said before and after."""

    standing_order = models.ForeignKey(StandingOrder, on_delete=models.CASCADE, related_name="edits")

    class Meta(Edit.Meta):
        verbose_name = _("change of a standing order")
        verbose_name_plural = _("changes of standing orders")
        constraints = [
            *Edit.Meta.constraints,
            SameVendor(field="standing_order", name="promises_standingorderedit_order_same_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} {self.at:%Y-%m-%d %H:%M}"
