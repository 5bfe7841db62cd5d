"""What was promised, by either side, and how that changed until it was kept or not."""

import datetime as dt

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers.models import Customer, Edit
from customers.promises.models.ordered import OrderedLine
from customers.promises.models.standing_order import StandingOrder
from customers.visits.models import Visit
from vendors.models import Member
from vendors.tenancy import SameVendor, VendorRow


class PromiseQuerySet(models.QuerySet["Promise"]):
    def open(self) -> "PromiseQuerySet":
        """Those that have no outcome yet."""
        return self.filter(outcome="")

    def ours(self) -> "PromiseQuerySet":
        return self.filter(side=Promise.Side.OURS)

    def theirs(self) -> "PromiseQuerySet":
        return self.filter(side=Promise.Side.THEIRS)

    def overdue(self, now: dt.datetime) -> "PromiseQuerySet":
        return self.open().filter(due_at__lt=now)


class Promise(VendorRow):
    """
    An expectation with a direction, a due time and an outcome. An order ahead is one with lines.

    The row says what holds now; every change and every outcome is an `Amendment` beside it.
    """

    class Side(models.TextChoices):
        OURS = "ours", _("We promise")
        THEIRS = "theirs", _("They promise")

    class Outcome(models.TextChoices):
        KEPT = "kept", _("kept")
        PART = "part", _("kept in part")
        LATE = "late", _("late")
        BROKEN = "broken", _("broken")
        RELEASED = "released", _("released by the other side")

    class Channel(models.TextChoices):
        COUNTER = "counter", _("At the counter")
        PHONE = "phone", _("By phone")
        MESSAGE = "message", _("By message")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="promises", db_index=False)
    side = models.CharField(_("who promises"), max_length=6, choices=Side, default=Side.OURS)
    text = models.CharField(_("in words"), max_length=200, blank=True)
    amount = models.DecimalField(
        _("money"), max_digits=10, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    has_lines = models.BooleanField(_("products"), default=False, editable=False)
    due_at = models.DateTimeField(_("by when"))
    due_any_time = models.BooleanField(default=False)
    """Whether any time of the day will do: `due_at` is then the end of that day of the shop."""
    channel = models.CharField(_("how"), max_length=8, choices=Channel, default=Channel.COUNTER)
    made_at = models.DateTimeField(_("made"), default=moments.now)
    by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("noted by")
    )
    owner = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("looked after by")
    )
    standing_order = models.ForeignKey(
        StandingOrder, on_delete=models.CASCADE, null=True, related_name="promises", db_index=False
    )
    for_day = models.DateField(null=True)
    """The day of the shop for which the standing order made it, which stays when it is put off."""
    version = models.PositiveIntegerField(default=0, editable=False)
    """How many amendments there are: a page that saw fewer did not know what it changed."""
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, blank=True)
    closed_at = models.DateTimeField(_("when"), null=True)
    """When it was kept, in part or late, or when it was known that it would not be."""
    closed_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    closed_in = models.ForeignKey(Visit, on_delete=models.SET_NULL, null=True, related_name="kept_promises")
    """The visit in which it was kept."""

    objects = PromiseQuerySet.as_manager()

    class Meta(VendorRow.Meta):
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        ordering = ["due_at", "id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="customer", name="promises_promise_customer_same_shop"),
            SameVendor(field="by", name="promises_promise_by_same_shop"),
            SameVendor(field="owner", name="promises_promise_owner_same_shop"),
            SameVendor(field="standing_order", name="promises_promise_standing_order_same_shop"),
            SameVendor(field="closed_by", name="promises_promise_closed_by_same_shop"),
            SameVendor(field="closed_in", name="promises_promise_closed_in_same_shop"),
            models.CheckConstraint(
                condition=models.Q(has_lines=True) | models.Q(amount__isnull=False) | ~models.Q(text=""),
                name="promises_promise_says_something",
                violation_error_message=_("Choose a product, or write what is promised."),
            ),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True) | models.Q(amount__gt=0),
                name="promises_promise_amount_above_zero",
                violation_error_message=_("An amount is more than nothing."),
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="", closed_at__isnull=True)
                | ~models.Q(outcome="") & models.Q(closed_at__isnull=False),
                name="promises_promise_outcome_has_a_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome="late") | models.Q(closed_at__gt=models.F("due_at")),
                name="promises_promise_late_is_after_due",
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome="kept") | models.Q(closed_at__lte=models.F("due_at")),
                name="promises_promise_kept_is_in_time",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_by__isnull=True, closed_in__isnull=True) | ~models.Q(outcome=""),
                name="promises_promise_closed_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=models.Q(standing_order__isnull=True, for_day__isnull=True)
                | models.Q(standing_order__isnull=False, for_day__isnull=False),
                name="promises_promise_of_a_standing_order_has_its_day",
            ),
            models.UniqueConstraint(
                fields=["standing_order", "for_day"], name="promises_promise_once_a_day_of_a_standing_order"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "due_at"], name="promises_promise_of_person"),
            models.Index(fields=["customer", "due_at"], condition=models.Q(outcome=""), name="promises_open_of_person"),
            models.Index(
                fields=["customer", "due_at"],
                condition=~models.Q(outcome=""),
                name="promises_closed_of_person",
            ),
            # With all that the numbers of a review are counted by, so that they are counted without a look at a row.
            models.Index(
                fields=["vendor", "due_at", "side", "outcome", "due_any_time"], name="promises_promise_of_shop"
            ),
            models.Index(
                fields=["vendor", "due_at", "side", "due_any_time"],
                condition=models.Q(outcome=""),
                name="promises_open_of_shop",
            ),
            models.Index(fields=["owner", "due_at"], condition=models.Q(outcome=""), name="promises_open_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.get_side_display()} {self.text}"

    @property
    def is_open(self) -> bool:
        return not self.outcome

    @property
    def late_by(self) -> dt.timedelta | None:
        """By how much it was late, of a late one."""
        return self.closed_at - self.due_at if self.closed_at and self.outcome == self.Outcome.LATE else None


class PromiseLine(OrderedLine):
    """One product of a promise."""

    promise = models.ForeignKey(Promise, on_delete=models.CASCADE, related_name="lines", db_index=False)

    class Meta(OrderedLine.Meta):
        verbose_name = _("promised product")
        verbose_name_plural = _("promised products")
        ordering = ["promise", "position"]
        constraints = [
            *OrderedLine.Meta.constraints,
            SameVendor(field="promise", name="promises_promiseline_promise_same_shop"),
            models.UniqueConstraint(fields=["promise", "position"], name="promises_promiseline_one_place_each"),
        ]


class Amendment(Edit):
    """
    A change to a promise or its outcome, append-only: what it said before and after (as `amending.contents` gives it).

    `charge` is what was agreed to be paid extra for the change, and `charge_for` says what for.
    """

    promise = models.ForeignKey(Promise, on_delete=models.CASCADE, related_name="amendments")
    asked_by = models.CharField(_("asked by"), max_length=60, blank=True)
    agreed_by = models.CharField(_("agreed by"), max_length=60, blank=True)
    charge = models.DecimalField(_("extra charge"), max_digits=10, decimal_places=2, null=True, blank=True)
    charge_for = models.CharField(_("for what"), max_length=120, blank=True)

    class Meta(Edit.Meta):
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        constraints = [
            *Edit.Meta.constraints,
            SameVendor(field="promise", name="promises_amendment_promise_same_shop"),
            models.CheckConstraint(
                condition=models.Q(charge__isnull=True) | models.Q(charge__gt=0),
                name="promises_amendment_charge_above_zero",
                violation_error_message=_("An extra charge is more than nothing."),
            ),
            models.CheckConstraint(
                condition=models.Q(charge__isnull=True) | ~models.Q(charge_for="") & ~models.Q(agreed_by=""),
                name="promises_amendment_charge_was_agreed",
                violation_error_message=_("An extra charge needs what it is for, and who agreed."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.promise_id} {self.at:%Y-%m-%d %H:%M}"
