"""What the owner decides in the evening: whom to leave alone, what to buy, what to change."""

import datetime as dt
from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Edit
from vendors.models import Member, Product
from vendors.tenancy import SameVendor, VendorRow


class LeftAloneQuerySet(models.QuerySet["LeftAlone"]):
    def holding(self, day: dt.date) -> "LeftAloneQuerySet":
        """Those that hold on the shop's `day`."""
        return self.filter(ended_at__isnull=True, until__gt=day)


class LeftAlone(VendorRow):
    """A person who stays away and is not to be asked about it before a day."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="left_alone")
    until = models.DateField(_("until"))
    """The first day of the shop on which they may be shown again."""
    reason = models.CharField(_("why"), max_length=160, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    ended_at = models.DateTimeField(_("ended"), null=True)
    """When it was taken back; a day that has come ends it without."""
    ended_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    objects = LeftAloneQuerySet.as_manager()

    class Meta(VendorRow.Meta):
        verbose_name = _("person left alone")
        verbose_name_plural = _("people left alone")
        ordering = ["at", "id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="customer", name="planning_leftalone_customer_same_shop"),
            SameVendor(field="by", name="planning_leftalone_by_same_shop"),
            SameVendor(field="ended_by", name="planning_leftalone_ended_by_same_shop"),
            models.CheckConstraint(
                condition=models.Q(ended_by__isnull=True) | models.Q(ended_at__isnull=False),
                name="planning_leftalone_ended_by_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "until"],
                condition=models.Q(ended_at__isnull=True),
                name="planning_leftalone_of_shop",
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.until}"


class BuyingList(VendorRow):
    """What was to be bought for a day of the shop: one list for each."""

    day = models.DateField(_("day"))
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("made by")
    )

    class Meta(VendorRow.Meta):
        verbose_name = _("buying list")
        verbose_name_plural = _("buying lists")
        ordering = ["-day"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="by", name="planning_buyinglist_by_same_shop"),
            models.UniqueConstraint(fields=["vendor", "day"], name="planning_buyinglist_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day}"


class BuyingLine(VendorRow):
    """
    One product of a list, in the product's unit of then.

    `foreseen`, `low`, `high` and who stood behind it are as they were when the list was made; nothing of a line that
    was added by hand. `quantity` is what the owner wants to buy: what was foreseen, until it is changed; 0 is nothing.
    """

    buying_list = models.ForeignKey(BuyingList, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product"))
    unit = models.CharField(_("unit"), max_length=8, choices=Product.Unit)
    foreseen = models.DecimalField(_("foreseen"), max_digits=9, decimal_places=3, null=True)
    low = models.DecimalField(_("at least"), max_digits=9, decimal_places=3, null=True)
    high = models.DecimalField(_("at most"), max_digits=9, decimal_places=3, null=True)
    usual = models.PositiveIntegerField(_("people whose usual it is"), default=0)
    promised = models.DecimalField(_("promised"), max_digits=9, decimal_places=3, default=Decimal(0))
    wished = models.PositiveIntegerField(_("people who asked for it"), default=0)
    quantity = models.DecimalField(
        _("quantity"), max_digits=9, decimal_places=3, validators=[MinValueValidator(Decimal(0))]
    )
    got_at = models.DateTimeField(_("bought"), null=True)
    """When it was ticked off."""

    class Meta(VendorRow.Meta):
        verbose_name = _("line of a buying list")
        verbose_name_plural = _("lines of buying lists")
        ordering = ["buying_list", "position"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="buying_list", name="planning_buyingline_list_same_shop"),
            SameVendor(field="product", name="planning_buyingline_product_same_shop"),
            models.UniqueConstraint(fields=["buying_list", "product"], name="planning_buyingline_once_a_list"),
            models.CheckConstraint(
                condition=models.Q(quantity__gte=0),
                name="planning_buyingline_quantity_not_below_zero",
                violation_error_message=_("Less than nothing cannot be bought."),
            ),
            models.CheckConstraint(
                condition=models.Q(foreseen__isnull=True, low__isnull=True, high__isnull=True)
                | models.Q(foreseen__isnull=False, low__isnull=False, high__isnull=False),
                name="planning_buyingline_foreseen_has_a_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.quantity} {self.unit}"


class BuyingEdit(Edit):
    """A change to a line of a list (its quantity, ticked off or not): what it said before and after."""

    line = models.ForeignKey(BuyingLine, on_delete=models.CASCADE, related_name="edits")

    class Meta(Edit.Meta):
        verbose_name = _("change of a buying list")
        verbose_name_plural = _("changes of buying lists")
        constraints = [*Edit.Meta.constraints, SameVendor(field="line", name="planning_buyingedit_line_same_shop")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.at:%Y-%m-%d %H:%M}"


class DecisionQuerySet(models.QuerySet["Decision"]):
    def standing(self) -> "DecisionQuerySet":
        """Those that were not taken back."""
        return self.filter(undone_at__isnull=True)


class Decision(VendorRow):
    """
    Something the shop does otherwise from now on: products dropped, a weekday closed, an hour closed.

    `touched` of the shop's `regulars` were touched by it when it was written down; who they were is in its `people`.
    """

    class About(models.TextChoices):
        PRODUCTS = "products", _("products")
        WEEKDAY = "weekday", _("a weekday")
        HOURS = "hours", _("opening hours")

    LOOK_AFTER = dt.timedelta(days=30)

    about = models.CharField(_("about"), max_length=8, choices=About)
    weekday = models.PositiveSmallIntegerField(_("weekday"), null=True, choices=WEEKDAYS.items())
    opens = models.TimeField(_("from"), null=True)
    closes = models.TimeField(_("until"), null=True)
    """Of hours: the first minute that is not theirs any more, by the shop's clock."""
    text = models.CharField(_("what was decided"), max_length=200)
    reason = models.CharField(_("why"), max_length=200)
    decided_on = models.DateField(_("decided"))
    look_on = models.DateField(_("to be looked at"))
    """The day of the shop from which on the review says what became of its people."""
    regulars = models.PositiveIntegerField(_("regulars then"))
    touched = models.PositiveIntegerField(_("regulars touched"))
    made_at = models.DateTimeField(_("written down"), default=timezone.now)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    looked_at = models.DateTimeField(_("looked at"), null=True)
    looked_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    conclusion = models.CharField(_("what we learned"), max_length=200, blank=True)
    undone_at = models.DateTimeField(_("taken back"), null=True)
    undone_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    objects = DecisionQuerySet.as_manager()

    class Meta(VendorRow.Meta):
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["-decided_on", "-id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="by", name="planning_decision_by_same_shop"),
            SameVendor(field="looked_by", name="planning_decision_looked_by_same_shop"),
            SameVendor(field="undone_by", name="planning_decision_undone_by_same_shop"),
            models.CheckConstraint(condition=~models.Q(text=""), name="planning_decision_has_text"),
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="planning_decision_has_a_reason",
                violation_error_message=_("Write why, in a few words."),
            ),
            models.CheckConstraint(
                condition=models.Q(about="products", weekday__isnull=True, opens__isnull=True, closes__isnull=True)
                | models.Q(about="weekday", weekday__range=(0, 6), opens__isnull=True, closes__isnull=True)
                & models.Q(weekday__isnull=False)
                | models.Q(about="hours", opens__isnull=False, closes__isnull=False)
                & (models.Q(weekday__isnull=True) | models.Q(weekday__range=(0, 6))),
                name="planning_decision_says_about_what",
            ),
            models.CheckConstraint(
                condition=models.Q(touched__lte=models.F("regulars")), name="planning_decision_touched_are_regulars"
            ),
            models.CheckConstraint(
                condition=models.Q(look_on__gte=models.F("decided_on")), name="planning_decision_looked_at_later"
            ),
            models.CheckConstraint(
                condition=models.Q(looked_by__isnull=True) | models.Q(looked_at__isnull=False),
                name="planning_decision_looked_by_has_time",
            ),
            models.CheckConstraint(
                condition=models.Q(undone_by__isnull=True) | models.Q(undone_at__isnull=False),
                name="planning_decision_undone_by_has_time",
            ),
        ]
        indexes = [models.Index(fields=["vendor", "look_on"], name="planning_decision_of_shop")]

    def __str__(self) -> str:
        return self.text


class DecisionProduct(models.Model):
    """One of the products that a decision is about."""

    vendor = models.ForeignKey("vendors.Vendor", on_delete=models.CASCADE, db_index=False)
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="products", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product"))

    class Meta:
        verbose_name = _("product of a decision")
        verbose_name_plural = _("products of decisions")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "product"], name="planning_decisionproduct_once_each"),
            SameVendor(field="decision", name="planning_decisionproduct_decision_same_shop"),
            SameVendor(field="product", name="planning_decisionproduct_product_same_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.product_id}"


class DecisionPerson(models.Model):
    """
    A regular whom a decision touched, as their last weeks were when it was written down.

    Of their `visits` so many were `touched_visits`, and of the `lines` that they took so many `touched_lines`.
    """

    vendor = models.ForeignKey("vendors.Vendor", on_delete=models.CASCADE, db_index=False)
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="people", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    days = models.PositiveSmallIntegerField(_("days counted"))
    visits = models.PositiveIntegerField(_("visits"))
    touched_visits = models.PositiveIntegerField(_("visits touched"))
    lines = models.PositiveIntegerField(_("things taken"))
    touched_lines = models.PositiveIntegerField(_("things touched"))

    class Meta:
        verbose_name = _("person touched by a decision")
        verbose_name_plural = _("people touched by decisions")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "customer"], name="planning_decisionperson_once_each"),
            SameVendor(field="decision", name="planning_decisionperson_decision_same_shop"),
            SameVendor(field="customer", name="planning_decisionperson_customer_same_shop"),
            models.CheckConstraint(
                condition=models.Q(touched_visits__lte=models.F("visits"), touched_lines__lte=models.F("lines")),
                name="planning_decisionperson_touched_is_a_part",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.customer_id}"


class DecisionEdit(Edit):
    """A step of a decision (looked at, taken back, put back): what it said before and after."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="edits")

    class Meta(Edit.Meta):
        verbose_name = _("change of a decision")
        verbose_name_plural = _("changes of decisions")
        constraints = [
            *Edit.Meta.constraints,
            SameVendor(field="decision", name="planning_decisionedit_decision_same_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.at:%Y-%m-%d %H:%M}"
