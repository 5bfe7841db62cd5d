"""
Visits that somebody else than their customer collected, and what becomes of a person's past in a new household.

The visits of a household stand under the name of its first, so that the kitchen has one usual and one rhythm.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from customers import households
from customers.households import HouseholdError, Part
from customers.models import Customer, Household, Membership
from customers.visits.models import Visit, VisitQuerySet
from vendors.models import Member, Vendor


class HasOwnKitchen(HouseholdError):
    """The visits under this person's name are those of another household."""

    said = _("Another kitchen's visits stand under their name: these stay there. Untick the visits so far.")


@transaction.atomic
def make(
    *,
    vendor: Vendor,
    first: Part,
    others: Collection[Part],
    name: str = "",
    brings_past: bool = False,
    by: Member | None,
    uid: UUID,
) -> Household:
    """As `households.make`; with `brings_past` the visits of all others so far were for this kitchen too."""
    # Sent a second time it has come already; who was taken in since then, or took it with them, is not asked anew.
    is_new = not Household.objects.filter(vendor=vendor, uid=uid).exists()
    household = households.make(vendor=vendor, first=first, others=others, name=name, by=by, uid=uid)
    if brings_past and is_new:
        for membership in household.memberships.standing().filter(is_first=False):
            _bring_past(membership)
    return household


@transaction.atomic
def join(*, household: Household, part: Part, brings_past: bool = False, by: Member | None, uid: UUID) -> Membership:
    """As `households.join`; with `brings_past` their visits so far were for this kitchen too."""
    is_new = not Membership.objects.filter(vendor=household.vendor_id, uid=uid).exists()
    membership = households.join(household=household, part=part, by=by, uid=uid)
    if brings_past and is_new:
        _bring_past(membership)
    return membership


@transaction.atomic
def make_first(*, membership: Membership, brings_past: bool = False, by: Member | None, uid: UUID) -> Membership:
    """As `households.make_first`; with `brings_past` the kitchen's visits so far go along to the new name."""
    household = Household.objects.select_for_update().get(pk=membership.household_id)
    before = household.memberships.standing().filter(is_first=True).select_related("customer").first()
    made = households.make_first(membership=membership, by=by, uid=uid)
    # Sent a second time they are first already, and what came along has come.
    if brings_past and before and before.customer_id != made.customer_id and made.left_at is None:
        _check_no_other_kitchen(before)
        _hand_over(before.customer, made.customer)
    return made


@transaction.atomic
def leave(*, membership: Membership, takes_past: bool = False, by: Member | None) -> bool:
    """As `households.leave`; with `takes_past` the visits that they brought are theirs again."""
    changed = households.leave(membership=membership, by=by)
    if changed and takes_past:
        _take_past(membership)
    return changed


@transaction.atomic
def put_back(*, membership: Membership, brings_past: bool = False) -> bool:
    """As `households.put_back`; with `brings_past` what they took when they left is the kitchen's again."""
    changed = households.put_back(membership=membership)
    if changed and brings_past:
        _bring_past(membership)
    return changed


def has_past(membership: Membership) -> bool:
    """Whether they brought visits that they may take with them."""
    return _brought(membership).filter(voided_at__isnull=True).exists()


def _brought(membership: Membership) -> VisitQuerySet:
    """What they had before they joined, unless they were in this household before, and collected it for that."""
    said = {"household": membership.household_id, "customer": membership.customer_id}
    before = Membership.objects.filter(**said, joined_at__lte=OuterRef("at"), left_at__gt=OuterRef("at"))
    collected = Visit.objects.filter(vendor=membership.vendor_id, collected_by=membership.customer_id)
    return collected.filter(~Exists(before), at__lt=membership.joined_at)


def _bring_past(membership: Membership) -> None:
    """
    Put what they had for themselves before they joined under the first's name.

    Sent a second time there is nothing left to bring: what came after they joined is not touched.
    """
    _check_no_other_kitchen(membership)
    first = households.first_of(membership.household).customer_id
    own = Visit.objects.standing().filter(
        customer=membership.customer_id, collected_by__isnull=True, at__lt=membership.joined_at
    )
    if own.update(customer=first, collected_by=membership.customer_id):
        membership.vendor.past_changed()


def _check_no_other_kitchen(membership: Membership) -> None:
    elsewhere = Membership.objects.standing().filter(customer=membership.customer_id, is_first=True)
    if elsewhere.exclude(household=membership.household_id).exists():
        raise HasOwnKitchen


def give_back(customer: Customer) -> None:
    """Let all who brought visits under the name of `customer`, who is about to be forgotten, have these again."""
    homes = Membership.objects.filter(customer=customer).values("household")
    others = Membership.objects.filter(household__in=homes).exclude(customer=customer)
    for membership in others.select_related("vendor").order_by("pk"):
        _take_past(membership, under=[customer.pk])


def _take_past(membership: Membership, *, under: Collection[int] | None = None) -> None:
    """Put what they brought under their own name again; only what is `under` the names of these (ids), if given."""
    members = Membership.objects.filter(household=membership.household_id).values("customer")
    names = members if under is None else under
    if _brought(membership).filter(customer__in=names).update(customer=membership.customer_id, collected_by=None):
        membership.vendor.past_changed()


def _hand_over(before: Customer, after: Customer) -> None:
    """Put all visits under the name of `before` under that of `after`; who collected each stays known."""
    collector = Coalesce(F("collected_by"), Value(before.pk))
    visits = Visit.objects.standing().filter(vendor=before.vendor_id, customer=before)
    own = When(collected_by=after.pk, then=None)
    if visits.update(customer=after, collected_by=Case(own, default=collector)):
        after.vendor.past_changed()
