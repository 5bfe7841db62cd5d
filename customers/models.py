"""The people whom the shop remembers, how to reach them and how to find them."""

from collections.abc import Iterable

from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from vendors.models import Member
from vendors.tenancy import SameVendor, VendorRow


class CustomerQuerySet(models.QuerySet["Customer"]):
    def own(self) -> "CustomerQuerySet":
        """Those who are not found to be the same person as another."""
        return self.filter(merged_into__isnull=True)


class Customer(VendorRow):
    """A person, stall or office that the shop remembers; needs nothing but a name it can be called by."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        SUPPLIER = "supplier", _("Supplier")
        COLLEAGUE = "colleague", _("Colleague")

    class Standing(models.TextChoices):
        POSSIBLE = "possible", _("possible")
        REGULAR = "regular", _("regular")
        LAPSED = "lapsed", _("lapsed")
        CLOSED = "closed", pgettext_lazy("standing of a person", "closed")

    class Mark(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")

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
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CUSTOMER)
    standing = models.CharField(
        _("standing"),
        max_length=10,
        choices=Standing,
        blank=True,
        help_text=_("Empty: read from their visits. Chosen here it holds until it is emptied."),
    )
    standing_reason = models.CharField(_("why this standing"), max_length=160, blank=True)
    authority = models.CharField(
        _("may decide"), max_length=3, choices=Mark, blank=True, help_text=_("They choose what is bought.")
    )
    means = models.CharField(_("can pay"), max_length=3, choices=Mark, blank=True)
    intention = models.CharField(_("means to come"), max_length=3, choices=Mark, blank=True)
    added_at = models.DateTimeField(_("added"), default=moments.now, editable=False)
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
    merged_into = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, editable=False, related_name="+", db_index=False
    )
    """The same person under another name, who stands for this one; merged themselves, perhaps (see `merging`)."""

    objects = CustomerQuerySet.as_manager()

    NOBODY_WAITS = (Standing.LAPSED, Standing.CLOSED)
    """Said by hand, these let nobody wait for the person any more."""

    class Meta(VendorRow.Meta):
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="added_by", name="customers_customer_added_by_same_shop"),
            SameVendor(field="merged_into", name="customers_customer_merged_into_same_shop"),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
                name="customers_customer_merged_into_another",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="customers_customer_has_a_name"),
            models.CheckConstraint(
                condition=models.Q(standing="") | ~models.Q(standing_reason=""),
                name="customers_customer_standing_has_a_reason",
                violation_error_message=_("Write why, in a few words."),
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "name"], name="customers_customer_by_name"),
            # Of the few that are another's second name: all other people cost it nothing.
            models.Index(
                fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="customers_customer_merged"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_customer(self) -> bool:
        """Whether they buy here, and do not bring or help."""
        return self.kind == self.Kind.CUSTOMER

    @property
    def is_closed(self) -> bool:
        return self.standing == self.Standing.CLOSED

    @property
    def is_awaited(self) -> bool:
        """Whether anything is expected of how they come."""
        return self.is_customer and self.standing not in self.NOBODY_WAITS


class CustomerMerge(VendorRow):
    """Two people found to be one, until it is undone: who said so, when, and what went from one to the other."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", verbose_name=_("customer"))
    into = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", verbose_name=_("merged into"))
    moved = models.JSONField(default=dict)
    """The ids of the rows that went, by the column that named the person: `{"visits.Visit.customer": [1, 2]}`."""
    at = models.DateTimeField(_("when"), default=moments.now)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(VendorRow.Meta):
        verbose_name = _("merge of customers")
        verbose_name_plural = _("merges of customers")
        ordering = ["at", "id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="customer", name="customers_customermerge_customer_same_shop"),
            SameVendor(field="into", name="customers_customermerge_into_same_shop"),
            SameVendor(field="by", name="customers_customermerge_by_same_shop"),
            SameVendor(field="undone_by", name="customers_customermerge_undone_by_same_shop"),
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(undone_at__isnull=True),
                name="customers_customermerge_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(customer=models.F("into")), name="customers_customermerge_into_another"
            ),
            models.CheckConstraint(
                condition=models.Q(undone_by__isnull=True) | models.Q(undone_at__isnull=False),
                name="customers_customermerge_undone_by_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.into_id}"


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


class Edit(VendorRow):
    """A change to a row, append-only: what it said before and after."""

    at = models.DateTimeField(_("when"), default=moments.now)
    by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("changed by")
    )
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))

    class Meta(VendorRow.Meta):
        abstract = True
        ordering = ["at", "id"]
        constraints = [*VendorRow.Meta.constraints, SameVendor(field="by", name="%(app_label)s_%(class)s_by_same_shop")]


class CustomerEdit(Edit):
    """
    A change to what is known of a customer: what changed (`{name: text}`), before and after.

    A name is that of a field of `Customer`, `PHONES`, or another kind of contact.
    """

    PHONES = "phones"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="edits")

    class Meta(Edit.Meta):
        verbose_name = _("change of a customer")
        verbose_name_plural = _("changes of customers")
        constraints = [
            *Edit.Meta.constraints,
            SameVendor(field="customer", name="customers_customeredit_customer_same_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.at:%Y-%m-%d %H:%M}"

    def changes(self) -> list[tuple[str, str, str]]:
        """Label, former and new text of all that changed, in the order in which a person is described."""
        labels = {field.name: capfirst(field.verbose_name) for field in Customer._meta.fields}
        labels |= {self.PHONES: gettext("Phones"), **dict(ContactPoint.Kind.choices)}
        # Not every database keeps the order in which a JSON value was written.
        told = [(name, label) for name, label in labels.items() if name in self.after]
        return [(label, _in_words(name, self.before), _in_words(name, self.after)) for name, label in told]


CHOICES = {field.name: dict(field.flatchoices) for field in Customer._meta.fields if field.choices}


def _in_words(name: str, said: dict[str, str]) -> str:
    """What is `said` under `name`; of a choice its words."""
    return str(CHOICES.get(name, {}).get(said[name], said[name]))


class Clash(VendorRow):
    """
    The same of one person was changed on two tablets that did not know of each other: what stands, what was set aside.

    `row` is the uid of the row of the model `of` ("customers.Customer") and `field` what of it; both values are JSON.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="clashes")
    of = models.CharField(max_length=40)
    row = models.UUIDField()
    field = models.CharField(max_length=40)
    stands = models.JSONField(null=True)
    stands_at = models.DateTimeField()
    stands_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    aside = models.JSONField(null=True)
    aside_at = models.DateTimeField()
    aside_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    found_at = models.DateTimeField(default=timezone.now)
    """When the second of the two arrived here."""
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(VendorRow.Meta):
        verbose_name = _("change on two tablets")
        verbose_name_plural = _("changes on two tablets")
        ordering = ["found_at", "id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="customer", name="customers_clash_customer_same_shop"),
            SameVendor(field="stands_by", name="customers_clash_stands_by_same_shop"),
            SameVendor(field="aside_by", name="customers_clash_aside_by_same_shop"),
            SameVendor(field="decided_by", name="customers_clash_decided_by_same_shop"),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | models.Q(decided_at__isnull=False),
                name="customers_clash_decided_by_has_time",
            ),
        ]
        indexes = [
            # Of the few that nobody has decided: all others cost it nothing.
            models.Index(
                fields=["vendor", "found_at"],
                condition=models.Q(decided_at__isnull=True),
                name="customers_clash_undecided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.of} {self.field}"


class Household(VendorRow):
    """People who share a kitchen. Its visits stand under the name of its first member, who decides."""

    name = models.CharField(_("name"), max_length=120)
    made_at = models.DateTimeField(_("since"), default=moments.now)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    class Meta(VendorRow.Meta):
        verbose_name = _("household")
        verbose_name_plural = _("households")
        ordering = ["name"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="by", name="customers_household_by_same_shop"),
            models.CheckConstraint(condition=~models.Q(name=""), name="customers_household_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def standing(self) -> "MembershipQuerySet":
        """Those that hold now."""
        return self.filter(left_at__isnull=True)


class Membership(VendorRow):
    """What one person is in a household. Changing it adds a row and ends the old one."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="memberships")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")
    decides = models.BooleanField(_("decides"), default=False)
    pays = models.BooleanField(_("pays"), default=False)
    collects = models.BooleanField(_("collects"), default=False)
    eats = models.BooleanField(_("eats"), default=False)
    helps = models.BooleanField(_("helps"), default=False)
    is_first = models.BooleanField(default=False)
    """Whether the household's visits stand under this person's name: one in each household, who decides."""
    ask_first = models.CharField(
        _("ask first"),
        max_length=160,
        blank=True,
        help_text=_("What the counter must heed when this one comes: do not change the brand without asking."),
    )
    joined_at = models.DateTimeField(_("since"), default=moments.now)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    left_at = models.DateTimeField(_("until"), null=True, editable=False)
    left_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )

    objects = MembershipQuerySet.as_manager()

    ROLES = ("decides", "pays", "collects", "eats", "helps")

    class Meta(VendorRow.Meta):
        verbose_name = _("member of a household")
        verbose_name_plural = _("members of households")
        ordering = ["-is_first", "id"]
        constraints = [
            *VendorRow.Meta.constraints,
            SameVendor(field="household", name="customers_membership_household_same_shop"),
            SameVendor(field="customer", name="customers_membership_customer_same_shop"),
            SameVendor(field="by", name="customers_membership_by_same_shop"),
            SameVendor(field="left_by", name="customers_membership_left_by_same_shop"),
            models.UniqueConstraint(
                fields=["household", "customer"],
                condition=models.Q(left_at__isnull=True),
                name="customers_membership_once_a_household",
                violation_error_message=_("They are in this household already."),
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=models.Q(left_at__isnull=True, is_first=True),
                name="customers_membership_one_first",
            ),
            models.CheckConstraint(
                condition=models.Q(is_first=False) | models.Q(decides=True),
                name="customers_membership_first_decides",
                violation_error_message=_("The household's visits stand under the name of one who decides."),
            ),
            models.CheckConstraint(
                condition=models.Q(decides=True)
                | models.Q(pays=True)
                | models.Q(collects=True)
                | models.Q(eats=True)
                | models.Q(helps=True),
                name="customers_membership_has_a_role",
                violation_error_message=_("Choose at least one: decides, pays, collects, eats or helps."),
            ),
            models.CheckConstraint(
                condition=models.Q(left_by__isnull=True) | models.Q(left_at__isnull=False),
                name="customers_membership_left_by_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.household_id}"

    @classmethod
    def in_words(cls, roles: Iterable[str]) -> str:
        """`roles` in the language of the page: "decides, pays"."""
        return ", ".join(str(cls._meta.get_field(role).verbose_name) for role in roles)

    @property
    def roles(self) -> list[str]:
        """What they are, of `ROLES`."""
        return [role for role in self.ROLES if getattr(self, role)]

    @property
    def roles_in_words(self) -> str:
        return self.in_words(self.roles)


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
