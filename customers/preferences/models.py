"""What a customer likes, dislikes or must never be given, and how the shop knows it."""

import datetime as dt

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers.models import Customer
from vendors.models import Member, Product
from vendors.tenancy import SameVendor, VendorRow

STALE_AFTER = dt.timedelta(days=180)


class ProductMerge(VendorRow):
    """Two products found to be one, until it is undone: who said so, and when."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product"))
    into = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("merged into"))
    was_sold = models.BooleanField()
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(VendorRow.Meta):
        verbose_name = _("merge of products")
        verbose_name_plural = _("merges of products")
        ordering = ["at", "id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="product", name="preferences_productmerge_product_same_shop"),
            SameVendor(field="into", name="preferences_productmerge_into_same_shop"),
            SameVendor(field="by", name="preferences_productmerge_by_same_shop"),
            SameVendor(field="undone_by", name="preferences_productmerge_undone_by_same_shop"),
            models.UniqueConstraint(
                fields=["product"],
                condition=models.Q(undone_at__isnull=True),
                name="preferences_productmerge_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(undone_by__isnull=True) | models.Q(undone_at__isnull=False),
                name="preferences_productmerge_undone_by_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.into_id}"


class PreferenceQuerySet(models.QuerySet["Preference"]):
    def standing(self) -> "PreferenceQuerySet":
        """Those that hold now: not taken back and not replaced."""
        return self.filter(removed_at__isnull=True)


class Preference(VendorRow):
    """One thing the shop knows of a person's taste. Changing it adds a row and takes the old one back."""

    class Kind(models.TextChoices):
        ALLERGY = "allergy", _("Allergy")
        AVOIDS = "avoids", _("Never")
        DISLIKES = "dislikes", _("Dislikes")
        LIKES = "likes", _("Likes")
        MANNER = "manner", _("Likes it so")
        WISH = "wish", _("In general")

    NEVER = (Kind.ALLERGY, Kind.AVOIDS)

    class Basis(models.TextChoices):
        TOLD = "told", _("told")
        SEEN = "seen", _("seen")
        GUESS = "guess", _("a guess")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="preferences")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    product = models.ForeignKey(
        Product,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        limit_choices_to={"merged_into": None},
        related_name="+",
        verbose_name=_("product"),
    )
    told_as = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    """Of which product it was told, when that was merged into `product`: there it goes when the merge is undone."""
    text = models.CharField(_("in words"), max_length=120, blank=True)
    basis = models.CharField(_("how we know"), max_length=6, choices=Basis, default=Basis.TOLD)
    seen = models.PositiveSmallIntegerField(_("seen"), null=True, blank=True)
    seen_of = models.PositiveSmallIntegerField(_("of visits"), null=True, blank=True)
    at = models.DateTimeField(_("since"), default=moments.now)
    by = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("noted by"),
    )
    consent_at = models.DateTimeField(
        _("agreed to be kept"), null=True, blank=True, help_text=_("An allergy is kept only with the person's yes.")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    removed_at = models.DateTimeField(_("taken back"), null=True, blank=True, editable=False)
    removed_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+", db_index=False
    )
    removed_in = models.ForeignKey(ProductMerge, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    """The merge that took it back, because of the other product the same is said, or the opposite."""

    replaced_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    """What it was changed to, which may be changed itself."""

    objects = PreferenceQuerySet.as_manager()

    class Meta(VendorRow.Meta):
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        ordering = ["id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="customer", name="preferences_preference_customer_same_shop"),
            SameVendor(field="product", name="preferences_preference_product_same_shop"),
            SameVendor(field="told_as", name="preferences_preference_told_as_same_shop"),
            SameVendor(field="removed_in", name="preferences_preference_removed_in_same_shop"),
            SameVendor(field="replaced_by", name="preferences_preference_replaced_by_same_shop"),
            SameVendor(field="by", name="preferences_preference_by_same_shop"),
            SameVendor(field="removed_by", name="preferences_preference_removed_by_same_shop"),
            models.CheckConstraint(
                condition=models.Q(told_as__isnull=True)
                | models.Q(product__isnull=False) & ~models.Q(told_as=models.F("product")),
                name="preferences_preference_told_as_another",
            ),
            models.CheckConstraint(
                condition=models.Q(product__isnull=False) | ~models.Q(text=""),
                name="preferences_preference_says_something",
                violation_error_message=_("Choose a product or write it in words."),
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["manner", "wish"]) | ~models.Q(text=""),
                name="preferences_preference_manner_in_words",
                violation_error_message=_("Write it in words: small, half ripe."),
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="manner") | models.Q(product__isnull=False),
                name="preferences_preference_manner_of_a_product",
                violation_error_message=_("Choose the product that they like so."),
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="allergy") | models.Q(consent_at__isnull=False),
                name="preferences_preference_allergy_with_consent",
                violation_error_message=_("An allergy is kept only with the person's yes. Ask, then tick it."),
            ),
            models.CheckConstraint(
                condition=~models.Q(basis="seen")
                | models.Q(seen__isnull=False, seen_of__isnull=False, seen__gte=1, seen_of__gte=models.F("seen")),
                name="preferences_preference_seen_n_of_m",
                violation_error_message=_("What was seen needs how often: n of m visits."),
            ),
            models.UniqueConstraint(
                fields=["customer", "kind", "product", "text"],
                condition=models.Q(removed_at__isnull=True),
                name="preferences_preference_once_a_product",
                violation_error_message=_("This is remembered already."),
            ),
            models.UniqueConstraint(
                fields=["customer", "kind", "text"],
                condition=models.Q(removed_at__isnull=True, product__isnull=True),
                name="preferences_preference_once_in_general",
                violation_error_message=_("This is remembered already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.product or self.text}"

    @property
    def must_never(self) -> bool:
        return self.kind in self.NEVER

    def is_stale(self, now: dt.datetime) -> bool:
        """Whether it was told or confirmed so long ago that it should be asked again."""
        return now - (self.confirmed_at or self.at) > STALE_AFTER


class NoticeAnswer(VendorRow):
    """What was said when something noticed was offered: "no" for ever, "later" until a day."""

    class Answer(models.TextChoices):
        NO = "no", _("no")
        LATER = "later", _("later")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notice_answers")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    manner = models.CharField(max_length=60, blank=True)
    answer = models.CharField(max_length=6, choices=Answer)
    until = models.DateField(null=True, blank=True)
    at = models.DateTimeField(default=moments.now)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(VendorRow.Meta):
        verbose_name = _("answer to something noticed")
        verbose_name_plural = _("answers to things noticed")
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="customer", name="preferences_noticeanswer_customer_same_shop"),
            SameVendor(field="product", name="preferences_noticeanswer_product_same_shop"),
            SameVendor(field="by", name="preferences_noticeanswer_by_same_shop"),
            models.UniqueConstraint(fields=["customer", "product", "manner"], name="preferences_noticeanswer_one_each"),
            models.CheckConstraint(
                condition=models.Q(answer="no", until__isnull=True) | models.Q(answer="later", until__isnull=False),
                name="preferences_noticeanswer_later_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.manner}: {self.answer}"
