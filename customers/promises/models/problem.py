"""What went wrong, and whether it was put right."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import moments
from customers.models import Customer, Edit
from customers.promises.models.promise import Promise
from customers.visits.models import Visit
from vendors.models import Member, Product
from vendors.tenancy import SameVendor, VendorRow


class Supply(VendorRow):
    """Who brings a product to the shop, since when: so that what was soft can be told of a supplier's day."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", verbose_name=_("product"))
    supplier = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="supplies",
        limit_choices_to={"kind": Customer.Kind.SUPPLIER},
        verbose_name=_("supplier"),
    )
    since = models.DateField(_("since"))

    class Meta(VendorRow.Meta):
        verbose_name = _("supply")
        verbose_name_plural = _("supplies")
        ordering = ["product", "since"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="product", name="promises_supply_product_same_shop"),
            SameVendor(field="supplier", name="promises_supply_supplier_same_shop"),
            models.UniqueConstraint(
                fields=["product", "since"],
                name="promises_supply_one_at_a_time",
                violation_error_message=_("From this day on somebody brings this product already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product}: {self.supplier}"


class ProblemQuerySet(models.QuerySet["Problem"]):
    def open(self) -> "ProblemQuerySet":
        """Those not put right yet."""
        return self.filter(closed_at__isnull=True, remedy="")

    def to_ask(self) -> "ProblemQuerySet":
        """Those put right as far as we know, of people who were not asked about it yet."""
        return self.filter(closed_at__isnull=True, customer__isnull=False).exclude(remedy="")

    def unclosed(self) -> "ProblemQuerySet":
        return self.filter(closed_at__isnull=True)


class Problem(VendorRow):
    """
    Something went wrong. Solved when there is a remedy; closed when the customer was asked and it is right again.

    Without a customer, or without complaint, it is a small thing that somebody noticed; it counts all the same.
    """

    class What(models.TextChoices):
        SOFT = "soft", _("soft")
        SPOILT = "spoilt", _("spoilt")
        SHORT = "short", _("short")
        LATE = "late", _("late")
        WRONG = "wrong", _("wrong")
        RUDE = "rude", _("rude")
        OTHER = "other", _("other")

    class Remedy(models.TextChoices):
        REPLACED = "replaced", pgettext_lazy("remedy", "replaced")
        REFUNDED = "refunded", _("refunded")
        CREDITED = "credited", _("credited")
        APOLOGY = "apology", _("apology")

    class Answer(models.TextChoices):
        RIGHT = "right", _("it is right again")
        NOT_RIGHT = "not-right", _("not yet")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="problems", db_index=False)
    visit = models.ForeignKey(Visit, on_delete=models.SET_NULL, null=True, related_name="problems")
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    promise = models.ForeignKey(Promise, on_delete=models.SET_NULL, null=True, related_name="problems")
    supplier = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, related_name="caused_problems")
    what = models.CharField(_("what"), max_length=6, choices=What)
    text = models.CharField(_("in words"), max_length=200, blank=True)
    happened_on = models.DateField(_("day"))
    """The day of the shop on which it was sold, or it happened."""
    is_hard = models.BooleanField(_("hard"), default=False)
    was_said = models.BooleanField(_("they complained"), default=True)
    """False for what was noticed here without a complaint."""
    remedy = models.CharField(_("remedy"), max_length=8, choices=Remedy, blank=True)
    remedied_at = models.DateTimeField(_("put right"), null=True)
    owner = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("looked after by")
    )
    due_on = models.DateField(_("by when"), null=True, blank=True)
    opened_at = models.DateTimeField(_("noted"), default=moments.now)
    by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("noted by")
    )
    asked_at = models.DateTimeField(_("asked"), null=True)
    answer = models.CharField(_("answer"), max_length=9, choices=Answer, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    is_undone = models.BooleanField(default=False)
    """Whether it was noted by mistake: closed, and counted nowhere."""

    objects = ProblemQuerySet.as_manager()

    class Meta(VendorRow.Meta):
        verbose_name = _("problem")
        verbose_name_plural = _("problems")
        ordering = ["opened_at", "id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="customer", name="promises_problem_customer_same_shop"),
            SameVendor(field="visit", name="promises_problem_visit_same_shop"),
            SameVendor(field="product", name="promises_problem_product_same_shop"),
            SameVendor(field="promise", name="promises_problem_promise_same_shop"),
            SameVendor(field="supplier", name="promises_problem_supplier_same_shop"),
            SameVendor(field="owner", name="promises_problem_owner_same_shop"),
            SameVendor(field="by", name="promises_problem_by_same_shop"),
            models.CheckConstraint(
                condition=~models.Q(what="other") | ~models.Q(text=""),
                name="promises_problem_other_in_words",
                violation_error_message=_("Write what it was."),
            ),
            models.CheckConstraint(
                condition=models.Q(remedy="", remedied_at__isnull=True)
                | ~models.Q(remedy="") & models.Q(remedied_at__isnull=False),
                name="promises_problem_remedy_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(answer="", asked_at__isnull=True)
                | ~models.Q(answer="") & models.Q(asked_at__isnull=False),
                name="promises_problem_answer_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True)
                | models.Q(answer="right")
                | models.Q(is_undone=True)
                | models.Q(customer__isnull=True) & ~models.Q(remedy=""),
                name="promises_problem_closed_was_asked",
            ),
            models.CheckConstraint(
                condition=models.Q(is_undone=False) | models.Q(closed_at__isnull=False),
                name="promises_problem_undone_is_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "opened_at"], name="promises_problem_of_person"),
            models.Index(
                fields=["customer", "opened_at"],
                condition=models.Q(closed_at__isnull=True),
                name="promises_problem_open_of_one",
            ),
            models.Index(fields=["vendor", "happened_on"], name="promises_problem_of_shop"),
            models.Index(
                fields=["vendor", "opened_at"],
                condition=models.Q(closed_at__isnull=True),
                name="promises_problem_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.what} {self.product_id}"

    @property
    def is_solved(self) -> bool:
        return bool(self.remedy)


class ProblemEdit(Edit):
    """A change to a problem (remedy, owner, asked, closed): what it said before and after."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="edits")

    class Meta(Edit.Meta):
        verbose_name = _("change of a problem")
        verbose_name_plural = _("changes of problems")
        constraints = [
            *Edit.Meta.constraints,
            SameVendor(field="problem", name="promises_problemedit_problem_same_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.problem_id} {self.at:%Y-%m-%d %H:%M}"
