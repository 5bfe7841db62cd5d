"""The shop, the people who serve in it, and what it sells."""

import datetime as dt
import uuid
import zoneinfo
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from vendors.tenancy import SameVendor, VendorRow

RESERVED = {"admin", "sign-in", "sign-out", "static"}
"""First parts of addresses that are not a shop's (see `crm.urls`)."""


def validate_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone. Write one like Asia/Kolkata."), params={"value": value}
        )


def validate_free_address(value: str) -> None:
    if value in RESERVED:
        raise ValidationError(
            _("“%(value)s” is a page of Regulars itself. Choose another address."), params={"value": value}
        )


class Vendor(models.Model):
    """One shop: the unit of access, of erasure and of export."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(
        _("address"),
        unique=True,
        max_length=60,
        validators=[validate_free_address],
        help_text=_("The first part of the shop's web address."),
    )
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Kolkata", validators=[validate_time_zone])
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="INR",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters, like INR."))],
    )
    phone_region = models.CharField(
        _("phone region"),
        max_length=2,
        default="IN",
        validators=[RegexValidator(r"^[A-Z]{2}$", _("Two capital letters, like IN."))],
        help_text=_("The country whose phone numbers need no +code here."),
    )
    day_starts = models.TimeField(
        _("day starts at"), default=dt.time(3), help_text=_("What is sold before this hour belongs to the day before.")
    )
    past = models.UUIDField(default=uuid.uuid4, editable=False)
    """Another after each `past_changed`: what was computed of the days before today holds while this is the same."""

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="vendors_vendor_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def day_of(self, moment: dt.datetime) -> dt.date:
        """The shop's day that `moment` belongs to."""
        day = moment.astimezone(self.tz).date()
        start, end = self.day_bounds(day)
        # By the bounds, not by the clock on the wall: in the night when it is put back, it says an hour twice.
        while moment < start:  # twice where a whole day was left out, as at the date line
            day -= dt.timedelta(days=1)
            start, end = self.day_bounds(day)
        return day + dt.timedelta(days=moment >= end)

    def today(self) -> dt.date:
        """The day of the tap that is being recorded, which may be days ago; else the present one."""
        return self.day_of(moments.now())

    def past_changed(self) -> None:
        """Let what is remembered of the days before today be computed anew; part of the caller's transaction."""
        Vendor.objects.filter(pk=self.pk).update(past=uuid.uuid4())

    def day_bounds(self, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
        """Start (included) and end (excluded) of the shop's `day`, in UTC."""
        starts = (dt.datetime.combine(each, self.day_starts, self.tz) for each in (day, day + dt.timedelta(days=1)))
        start, end = (moment.astimezone(dt.UTC) for moment in starts)
        return start, end


class MemberQuerySet(models.QuerySet["Member"]):
    def serving(self) -> "MemberQuerySet":
        """Those who may serve now: neither the membership nor the account is switched off."""
        return self.filter(is_active=True, user__is_active=True)


class Member(VendorRow):
    """A user's role in one shop."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        HELPER = "helper", _("Helper")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("account")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.HELPER)
    name = models.CharField(_("called"), max_length=60, help_text=_("As the others call them at the counter."))
    is_active = models.BooleanField(
        _("serves here"), default=True, help_text=_("Switch off instead of deleting: their visits keep their name.")
    )

    objects = MemberQuerySet.as_manager()

    class Meta(VendorRow.Meta):
        verbose_name = _("person who serves")
        verbose_name_plural = _("people who serve")
        ordering = ["name"]
        constraints = [
            *VendorRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["vendor", "user"],
                name="vendors_member_once_a_shop",
                violation_error_message=_("This account serves in this shop already."),
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="vendors_member_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_owner(self) -> bool:
        return self.role == self.Role.OWNER


class ProductQuerySet(models.QuerySet["Product"]):
    def sold(self) -> "ProductQuerySet":
        return self.filter(is_sold=True)


class Product(VendorRow):
    """What the shop sells, as the shop calls it."""

    class Unit(models.TextChoices):
        KG = "kg", _("kg")
        G = "g", _("g")
        PIECE = "piece", _("piece")
        DOZEN = "dozen", _("dozen")
        BUNCH = "bunch", _("bunch")
        PACKET = "packet", _("packet")
        LITRE = "l", _("l")
        ML = "ml", _("ml")

    name = models.CharField(_("name"), max_length=80)
    name_hi = models.CharField(_("name in Hindi"), max_length=80, blank=True)
    name_mr = models.CharField(_("name in Marathi"), max_length=80, blank=True)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit, default=Unit.KG)
    step = models.DecimalField(
        _("usual step"),
        max_digits=8,
        decimal_places=3,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.001"))],
        help_text=_("How much one tap adds."),
    )
    picture = models.CharField(_("picture"), max_length=40, blank=True)
    """The id of a view in the sprite of pictures (`goods.pictures`), or nothing: the page then shows an initial."""
    season_from = models.PositiveSmallIntegerField(_("season from"), null=True, blank=True, choices=MONTHS.items())
    season_to = models.PositiveSmallIntegerField(_("season to"), null=True, blank=True, choices=MONTHS.items())
    position = models.PositiveIntegerField(_("order"), default=1000, validators=[MaxValueValidator(1_000_000)])
    is_sold = models.BooleanField(_("sold now"), default=True)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("merged into"),
    )
    """The product that stands for this one now; that one may be merged itself (see `catalogue.stand_ins`)."""

    objects = ProductQuerySet.as_manager()

    class Meta(VendorRow.Meta):
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["position", "name"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="merged_into", name="vendors_product_merged_into_same_shop"),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
                name="vendors_product_merged_into_another",
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | models.Q(is_sold=False),
                name="vendors_product_merged_is_not_sold",
                violation_error_message=_("It is merged into another product. Undo that first, then sell it."),
            ),
            models.UniqueConstraint(
                "vendor",
                Lower("name"),
                name="vendors_product_name_once_a_shop",
                violation_error_message=_("The shop has a product of this name already."),
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="vendors_product_has_a_name"),
            models.CheckConstraint(
                condition=models.Q(step__gt=0),
                name="vendors_product_step_above_zero",
                violation_error_message=_("The step must be more than nothing."),
            ),
            models.CheckConstraint(
                condition=models.Q(season_from__isnull=True, season_to__isnull=True)
                # Asked for by name, because a check that comes to NULL passes: 4 to NULL would be a season.
                | models.Q(season_from__isnull=False, season_to__isnull=False)
                & models.Q(season_from__range=(1, 12), season_to__range=(1, 12)),
                name="vendors_product_season_has_both_ends",
                violation_error_message=_("A season needs both its first and its last month."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def name_in(self, language: str) -> str:
        """The name in `language` (a code like "hi"), else the shop's own name for it."""
        return getattr(self, f"name_{language.split('-', maxsplit=1)[0]}", "") or self.name

    def in_season(self, month: int) -> bool:
        if self.season_from is None or self.season_to is None:
            return True
        if self.season_from <= self.season_to:
            return self.season_from <= month <= self.season_to
        return month >= self.season_from or month <= self.season_to
