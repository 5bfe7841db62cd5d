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
from django.utils import timezone
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
    lock_after = models.PositiveSmallIntegerField(
        _("tablet locks after"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("Minutes without a tap until a shared tablet asks again who serves."),
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


SERVES = models.Q(is_active=True) & (models.Q(user__isnull=True) | models.Q(user__is_active=True))
"""Of a member: neither the membership is switched off nor the account, if there is one."""


class MemberQuerySet(models.QuerySet["Member"]):
    def serving(self) -> "MemberQuerySet":
        """Those who may serve now."""
        return self.filter(SERVES)


class Member(VendorRow):
    """Somebody who serves in one shop, and whether as its owner."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        HELPER = "helper", _("Helper")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("account"),
    )
    """None for a helper who serves with a PIN alone, on the shop's tablets."""
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.HELPER)
    name = models.CharField(_("called"), max_length=60, help_text=_("As the others call them at the counter."))
    is_active = models.BooleanField(
        _("serves here"), default=True, help_text=_("Switch off instead of deleting: their visits keep their name.")
    )
    pin = models.CharField(max_length=128, blank=True, editable=False)
    """Hashed like a password; empty for who has none (see `vendors.pins`)."""
    pin_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    """PINs tried since the last right one."""

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
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) | models.Q(role="helper"),
                name="vendors_member_owner_has_an_account",
                violation_error_message=_("An owner needs an account: the review and set-up are opened by it alone."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_owner(self) -> bool:
        return self.role == self.Role.OWNER


class DeviceQuerySet(models.QuerySet["Device"]):
    def paired(self) -> "DeviceQuerySet":
        return self.filter(revoked_at__isnull=True)


class Device(VendorRow):
    """A paired tablet: it may serve at the counter, nothing else (see `vendors.pairing`)."""

    name = models.CharField(_("name"), max_length=60, help_text=_("Where it lies: counter, door, delivery."))
    token = models.CharField(max_length=64, unique=True, editable=False)
    """SHA-256 of what is in its cookie, in hexadecimal."""
    paired_at = models.DateTimeField(_("paired"), default=timezone.now, editable=False)
    paired_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("paired by")
    )
    seen_at = models.DateTimeField(_("last seen"), null=True, editable=False)
    unsent = models.PositiveIntegerField(_("not sent yet"), default=0, editable=False)
    """Entries that waited on it when it last told."""
    unsent_since = models.DateTimeField(_("waiting since"), null=True, editable=False)
    pin_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    """PINs tried on it since the last right one."""
    revoked_at = models.DateTimeField(_("unpaired"), null=True, editable=False)
    revoked_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("unpaired by")
    )

    objects = DeviceQuerySet.as_manager()

    class Meta(VendorRow.Meta):
        verbose_name = _("tablet")
        verbose_name_plural = _("tablets")
        ordering = ["name", "pk"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="paired_by", name="vendors_device_paired_by_same_shop"),
            SameVendor(field="revoked_by", name="vendors_device_revoked_by_same_shop"),
            models.CheckConstraint(condition=~models.Q(name=""), name="vendors_device_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Pairing(VendorRow):
    """A code by which one tablet is paired, once and soon."""

    device_name = models.CharField(max_length=60)
    code = models.CharField(max_length=64, unique=True, editable=False)
    """HMAC-SHA-256 of the code, in hexadecimal: it is too short for a hash without a key."""
    made_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    ends_at = models.DateTimeField()
    wrong = models.PositiveSmallIntegerField(default=0, editable=False)
    """Wrong codes that were typed for the shop while this one was good."""
    device = models.OneToOneField(Device, on_delete=models.PROTECT, null=True, related_name="+")
    """The tablet that it was used for."""

    class Meta(VendorRow.Meta):
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="made_by", name="vendors_pairing_made_by_same_shop"),
            SameVendor(field="device", name="vendors_pairing_device_same_shop"),
        ]

    def __str__(self) -> str:
        return self.device_name


class Entry(VendorRow):
    """
    A tap that wrote, or was to write: applied once under the `uid` that was made on the tablet (see `vendors.entries`).

    What was refused is kept with all that was typed, until a person has looked at it.
    """

    class Outcome(models.TextChoices):
        DONE = "done", _("done")
        REFUSED = "refused", _("not accepted")

    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("tablet"))
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("tapped by"))
    is_claimed = models.BooleanField(_("not verified"), default=False)
    """Whether `by` was only said, on a tablet without a connection, and not proven by a PIN or a password."""
    tapped_at = models.DateTimeField(_("tapped"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    path = models.CharField(max_length=500)
    digest = models.CharField(max_length=64)
    """SHA-256 of the path and the fields, in hexadecimal."""
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.DONE)
    body = models.TextField(blank=True)
    """The fields of what was refused, as a form sends them (URL-encoded)."""
    said = models.TextField(_("why"), blank=True)
    """Why it was refused, in the words of the page."""
    is_open = models.BooleanField(default=False)
    """Refused when nobody looked at the answer, and not looked at since."""
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(VendorRow.Meta):
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ["-pk"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="device", name="vendors_entry_device_same_shop"),
            SameVendor(field="by", name="vendors_entry_by_same_shop"),
            SameVendor(field="seen_by", name="vendors_entry_seen_by_same_shop"),
            models.CheckConstraint(
                condition=models.Q(is_open=False) | models.Q(outcome="refused"), name="vendors_entry_open_is_refused"
            ),
        ]
        indexes = [
            models.Index(fields=["vendor"], condition=models.Q(is_open=True), name="vendors_entry_open"),
            models.Index(
                fields=["vendor", "tapped_at"], condition=models.Q(is_claimed=True), name="vendors_entry_claimed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.tapped_at:%Y-%m-%d %H:%M}"


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
