"""The people whom the shop remembers, how to reach them and how to find them."""

from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vendors.models import Member
from vendors.tenancy import SameVendor, VendorRow


class Customer(VendorRow):
    """A person, stall or office that the shop remembers; needs nothing but a name it can be called by."""

    name = models.CharField(_("name"), max_length=120)
    nickname = models.CharField(_("also called"), max_length=120, blank=True)
    greeting = models.CharField(
        _("greeting"), max_length=120, blank=True, help_text=_("As you greet: Namaste Sunita-ji")
    )
    landmark = models.CharField(_("lane or landmark"), max_length=160, blank=True)
    description = models.CharField(
        _("how to recognise"), max_length=160, blank=True, help_text=_("Respectfully: green scooter, walks with Anu")
    )
    note = models.TextField(_("note"), max_length=2000, blank=True)
    added_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    added_by = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("added by"),
    )

    class Meta(VendorRow.Meta):
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="added_by", name="customers_customer_added_by_same_shop"),
            models.CheckConstraint(condition=~models.Q(name=""), name="customers_customer_has_a_name"),
        ]
        indexes = [models.Index(fields=["vendor", "name"], name="customers_customer_by_name")]

    def __str__(self) -> str:
        return self.name


class ContactPoint(VendorRow):
    """A way to reach a customer. Never unique: families share phones."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone")
        WHATSAPP = "whatsapp", _("WhatsApp")
        EMAIL = "email", _("E-mail")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PHONE)
    text = models.CharField(_("number or address"), max_length=120, help_text=_("Kept as it was written."))
    number = models.CharField(max_length=20, blank=True, editable=False)
    """E.164 form of `text`, such as +919876543210; empty for an e-mail."""

    class Meta(VendorRow.Meta):
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="customer", name="customers_contactpoint_customer_same_shop"),
            models.CheckConstraint(condition=~models.Q(text=""), name="customers_contactpoint_has_text"),
            models.UniqueConstraint(
                fields=["customer", "kind", "text"],
                name="customers_contactpoint_once_a_customer",
                violation_error_message=_("This customer has this number already."),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class CustomerEdit(VendorRow):
    """
    A change to what is known of a customer, append-only: what changed (`{name: text}`), before and after.

    A name is that of a field of `Customer`, `PHONES`, or another kind of contact.
    """

    PHONES = "phones"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="edits")
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("changed by")
    )
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))

    class Meta(VendorRow.Meta):
        verbose_name = _("change of a customer")
        verbose_name_plural = _("changes of customers")
        ordering = ["at", "id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="customer", name="customers_customeredit_customer_same_shop"),
            SameVendor(field="by", name="customers_customeredit_by_same_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.at:%Y-%m-%d %H:%M}"

    def changes(self) -> list[tuple[str, str, str]]:
        """Label, former and new text of all that changed, in the order in which a person is described."""
        labels = {field.name: capfirst(field.verbose_name) for field in Customer._meta.fields}
        labels |= {self.PHONES: gettext("Phones"), **dict(ContactPoint.Kind.choices)}
        # Not every database keeps the order in which a JSON value was written.
        return [(label, self.before[name], self.after[name]) for name, label in labels.items() if name in self.after]


class SearchKey(models.Model):
    """
    One thing that a customer can be found by: an index of `Customer`, rebuilt by `customers.search.index`.

    `key` starts with its kind: `=` a folded word, `~` the sound of a word, `#` the digits of a phone from the last to
    the first, so that every look-up at the counter is the beginning of a key. Bytes, because their order is the same
    in every database and collation, and the beginning of a key is then a range of the index.
    """

    vendor = models.ForeignKey("vendors.Vendor", on_delete=models.CASCADE, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="search_keys", db_index=False)
    key = models.BinaryField(max_length=40)

    class Meta:
        verbose_name = _("search key")
        verbose_name_plural = _("search keys")
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], name="customers_searchkey_once_a_customer"),
            SameVendor(field="customer", name="customers_searchkey_customer_same_shop"),
        ]
        indexes = [models.Index(fields=["vendor", "key", "customer"], name="customers_searchkey_by_key")]

    def __str__(self) -> str:
        return bytes(self.key).decode()
