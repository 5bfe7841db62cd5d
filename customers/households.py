"""People who share a kitchen: the only writers of households and of who is what in them."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from crm.lib.sounds import words
from customers import clashing, search
from customers.clashing import Field, Word, settle
from customers.models import Customer, Household, Membership
from vendors.models import Member, Vendor


@dataclass(frozen=True)
class Part:
    """What `customer` is in a household: `roles` are of `Membership.ROLES`."""

    customer: Customer
    roles: frozenset[str]
    ask_first: str = ""

    @classmethod
    def of(cls, membership: Membership) -> "Part":
        return cls(membership.customer, frozenset(membership.roles), membership.ask_first)

    def fields(self) -> dict[str, object]:
        return {"ask_first": self.ask_first, **{role: role in self.roles for role in Membership.ROLES}}


class HouseholdError(Exception):
    """Nothing was written; `said` tells the shopkeeper why."""

    said = _("This was not saved. Tap once more.")


class NeedsTwo(HouseholdError):
    """Of one person, or of one person twice."""

    said = _("A household is two people at least. Choose somebody else of this shop who shares the kitchen.")


class NoRole(HouseholdError):
    """Somebody who would be nothing in the household."""

    said = _("Choose at least one: decides, pays, collects, eats or helps.")


class FirstDecides(HouseholdError):
    """The household's visits stand under the name of one who decides."""

    said = _("The kitchen's visits stand under the name of one who decides. Tick “decides” for them.")


class InAlready(HouseholdError):
    """They are in this household now."""

    said = _("They are in this household already. Tap Change beside their name.")


class ToldOtherwise(HouseholdError):
    """What was sent under this uid before says something else."""

    said = _("This form was saved before with other words. To save this as well, tap once more.")


class NoLongerStands(HouseholdError):
    """Somebody else changed it, or ended the household, meanwhile."""

    said = _("Somebody else has changed this meanwhile. Nothing was saved; here is how it is now.")


class FirstStays(HouseholdError):
    """The household's visits would stand under nobody's name."""

    said = _("The kitchen's visits stand under this name. First change another who decides: “Visits under this name”.")


def make(
    *, vendor: Vendor, first: Part, others: Collection[Part], name: str = "", by: Member | None, uid: UUID
) -> Household:
    """
    The household kept under `uid`, written once however often it is sent; its visits stand under `first`'s name.

    Without a `name` it is called after `first`. Raises `NeedsTwo`, `NoRole`, `FirstDecides` and `ToldOtherwise`.
    """
    parts = [first, *others]
    if len(parts) < 2 or len({part.customer.pk for part in parts}) < len(parts):
        raise NeedsTwo
    for part in parts:
        _check(part, vendor, is_first=part is first)
    name = name or called_after(first.customer, vendor)
    try:
        with transaction.atomic():
            return _made_before(vendor, parts, name, uid) or _make(vendor, parts, name, by, uid)
    except IntegrityError:
        # Another connection was quicker with the same uid.
        if found := _made_before(vendor, parts, name, uid):
            return found
        raise


def called_after(customer: Customer, vendor: Vendor) -> str:
    """What a household is called that nobody gave a name, in the shop's language."""
    with translation.override(vendor.language):
        text = gettext("%(name)s’s kitchen") % {"name": customer.name}
    return text[: Household._meta.get_field("name").max_length]


def join(
    *, household: Household, part: Part, by: Member | None, uid: UUID, at: dt.datetime | None = None
) -> Membership:
    """
    The membership kept under `uid`, written once however often it is sent.

    Raises `NoRole`, `InAlready`, `NoLongerStands` when the household has ended, and `ToldOtherwise`.
    """
    _check(part, household.vendor)
    try:
        with transaction.atomic():
            _hold(household.pk)
            return _said_before(household, part, uid) or _join(_locked(household), part, by, uid, at)
    except IntegrityError as error:
        # Another connection was quicker, with the same uid or with the same person.
        if found := _said_before(household, part, uid):
            return found
        raise InAlready from error


@transaction.atomic
def change(*, membership: Membership, roles: Iterable[str], ask_first: str, by: Member | None, uid: UUID) -> Membership:
    """
    Replace `membership` by what is said now: a new row, and the old one ended. Since when they are in stays.

    If it was changed on another tablet meanwhile, the later tap stands. Raises `NoRole`, `FirstDecides`,
    `ToldOtherwise` and `NoLongerStands`. Without a difference it changes nothing.
    """
    part = Part(membership.customer, frozenset(roles), ask_first)
    _check(part, membership.vendor, is_first=membership.is_first)
    _hold(membership.household_id)
    if found := _said_before(membership.household, part, uid):
        return found
    standing = _standing_now(membership)
    fields = list(_fields(membership, standing, part))
    settled = settle(fields, Word.now(by))
    is_said_again = any(each.unseen and each.name in settled.wanted for each in fields)
    clashing.keep(settled, standing, standing.customer, uid)
    part = Part(
        standing.customer,
        part.roles if "roles" in settled.wanted else frozenset(standing.roles),
        ask_first if "ask_first" in settled.wanted else standing.ask_first,
    )
    _check(part, membership.vendor, is_first=standing.is_first)
    if Part.of(standing) == part and not is_said_again:
        return standing
    return _replace(standing, part, is_first=standing.is_first, by=by, uid=uid)


@transaction.atomic
def make_first(*, membership: Membership, by: Member | None, uid: UUID) -> Membership:
    """
    From now on the household's visits stand under this person's name, who decides.

    Raises `FirstDecides` when they do not, and `NoLongerStands`. Sent twice, it changes nothing.
    """
    _hold(membership.household_id)
    if found := Membership.objects.filter(vendor=membership.vendor_id, uid=uid).first():
        if (found.customer_id, found.household_id) != (membership.customer_id, membership.household_id):
            raise ToldOtherwise
        return found
    standing = _standing(membership)
    if not standing.decides:
        raise FirstDecides
    if standing.is_first:
        return standing
    return _take_the_place(standing, by, uid)


@transaction.atomic
def leave(*, membership: Membership, by: Member | None) -> bool:
    """
    Let `membership` no longer hold; whether this changed anything. Of fewer than two people the household ends.

    Raises `FirstStays` while the visits of more than one who stay stand under this person's name.
    """
    household = Household.objects.select_for_update().get(pk=membership.household_id)
    members = list(household.memberships.standing())
    leaving = next((each for each in members if each.pk == membership.pk), None)
    if leaving is None:
        return False
    if len(members) <= 2:
        return end(household=household, by=by)
    if leaving.is_first:
        raise FirstStays
    household.memberships.filter(pk=leaving.pk).update(left_at=moments.now(), left_by=by)
    _index(household)
    return True


@transaction.atomic
def end(*, household: Household, by: Member | None) -> bool:
    """Let nobody be in `household` any more; whether this changed anything."""
    now = moments.now()
    if not Household.objects.filter(pk=household.pk, ended_at__isnull=True).update(ended_at=now):
        return False
    household.memberships.standing().update(left_at=now, left_by=by)
    _index(household)
    return True


@transaction.atomic
def put_back(*, membership: Membership) -> bool:
    """
    Let a membership that was left hold again; whether this changed anything.

    If the household ended with it, that stands again too, with all who were in it to the end, as long as these are two
    people at least with one who is first: since then somebody may have been forgotten, or two found to be one.
    """
    household = Household.objects.select_for_update().get(pk=membership.household_id)
    left = household.memberships.filter(pk=membership.pk, left_at__isnull=False).first()
    if left is None or household.memberships.standing().filter(customer=left.customer_id).exists():
        return False
    stay = {"left_at": None, "left_by": None}
    if household.ended_at is None:
        household.memberships.filter(pk=left.pk).update(**stay, is_first=False)
    elif left.left_at == household.ended_at and _may_stand_again(household):
        household.memberships.filter(left_at=household.ended_at).update(**stay)
        Household.objects.filter(pk=household.pk).update(ended_at=None)
    else:
        return False
    _index(household)
    return True


def _may_stand_again(household: Household) -> bool:
    to_the_end = household.memberships.filter(left_at=household.ended_at)
    people = list(to_the_end.values_list("customer", flat=True).order_by())
    return len(people) == len(set(people)) > 1 and to_the_end.filter(is_first=True).exists()


def first_of(household: Household) -> Membership:
    """The one under whose name the visits of a standing household stand."""
    return household.memberships.standing().select_related("customer").get(is_first=True)


@transaction.atomic
def let_go(*, vendor: Vendor, households: Collection[int], called: str) -> None:
    """
    Set right `households` (ids) of which somebody who was `called` so was just removed.

    Of fewer than two people a household ends, and one whose first is gone stands under another who decides, or ends.
    Nothing of the name stays in theirs.
    """
    for household in Household.objects.select_for_update().filter(vendor=vendor, pk__in=households):
        _set_right(household)
        left = household.memberships.select_related("customer").order_by("left_at", "-is_first", "pk")
        # Those who are in it still before those who left.
        heir = next((each for each in sorted(left, key=lambda each: each.left_at is not None)), None)
        if heir is None:
            household.delete()
            continue
        if _names(household, called):
            Household.objects.filter(pk=household.pk).update(name=called_after(heir.customer, vendor))
        _index(household)


def _set_right(household: Household) -> None:
    members = list(household.memberships.standing())
    heir = next((each for each in members if each.decides), None)
    if household.ended_at is None and (len(members) < 2 or heir is None):
        end(household=household, by=None)
    elif members and not any(each.is_first for each in members):
        household.memberships.filter(pk=heir.pk).update(is_first=True)


def _names(household: Household, called: str) -> bool:
    """Whether a word of `called` begins one of the household's name: "Meera" is in "Meera's kitchen"."""
    return any(word.startswith(tuple(words(called))) for word in words(household.name))


def _check(part: Part, vendor: Vendor, *, is_first: bool = False) -> None:
    if part.customer.vendor_id != vendor.pk:
        raise NeedsTwo
    if not part.roles & set(Membership.ROLES):
        raise NoRole
    if is_first and "decides" not in part.roles:
        raise FirstDecides


def _made_before(vendor: Vendor, parts: Collection[Part], name: str, uid: UUID) -> Household | None:
    found = Household.objects.filter(vendor=vendor, uid=uid).first()
    if found is None:
        return None
    said = found.memberships.filter(uid__in=_uids(uid, len(parts))).select_related("customer").order_by("pk")
    if found.name != name or [Part.of(each) for each in said] != list(parts):
        raise ToldOtherwise
    return found


def _make(vendor: Vendor, parts: Collection[Part], name: str, by: Member | None, uid: UUID) -> Household:
    household = Household.objects.create(vendor=vendor, uid=uid, name=name, by=by)
    said = {"vendor": vendor, "household": household, "by": by, "joined_at": household.made_at}
    Membership.objects.bulk_create(
        Membership(**said, uid=own, customer=part.customer, is_first=place == 0, **part.fields())
        for place, (part, own) in enumerate(zip(parts, _uids(uid, len(parts)), strict=True))
    )
    _index(household)
    return household


def _uids(uid: UUID, number: int) -> list[UUID]:
    """Of the first members of the household `uid`: the same, whenever it is sent again."""
    return [uuid5(uid, f"member {place}") for place in range(number)]


def _said_before(household: Household, part: Part, uid: UUID) -> Membership | None:
    found = Membership.objects.filter(vendor=household.vendor_id, uid=uid).select_related("customer").first()
    if found is not None and (found.household_id != household.pk or Part.of(found) != part):
        raise ToldOtherwise
    return found


def _hold(household: int) -> Household | None:
    """The household of this id as it is kept, ended or not, and as it stays until the transaction is over."""
    return Household.objects.select_for_update().filter(pk=household).first()


def _locked(household: Household) -> Household:
    """`household` as it stands, and as it stays until the transaction is over."""
    found = _hold(household.pk)
    if found is None or found.ended_at is not None:
        raise NoLongerStands
    return found


def _standing(membership: Membership) -> Membership:
    """`membership` as it stands; nobody changes it until the transaction is over."""
    household = _locked(membership.household)
    found = household.memberships.standing().select_related("customer", "vendor").filter(pk=membership.pk).first()
    if found is None:
        raise NoLongerStands
    return found


def _standing_now(membership: Membership) -> Membership:
    """What `membership` was changed to, if it was; nobody changes it until the transaction is over."""
    household = _locked(membership.household)
    members = household.memberships.standing().select_related("customer", "vendor", "by")
    found = members.filter(customer=membership.customer_id).first()
    if found is None:
        raise NoLongerStands
    return found


def _fields(showed: Membership, now: Membership, wanted: Part) -> Iterator[Field]:
    """What a page that `showed` a membership wants it to say, and who changed that since."""
    since = now.household.memberships.filter(customer=now.customer_id, pk__gte=showed.pk, left_at__isnull=False)
    rows = [*since.select_related("left_by", "customer").order_by("pk"), now]
    for name, says in (("roles", lambda each: sorted(each.roles)), ("ask_first", lambda each: each.ask_first)):
        # One that was replaced by its like was said again.
        changed = [
            before
            for before, after in pairwise(rows)
            if says(before) != says(after) or Part.of(before) == Part.of(after)
        ]
        word = Word(changed[-1].left_at, changed[-1].left_by) if changed else None
        yield Field(name, says(showed), says(now), says(wanted), word)


def _join(household: Household, part: Part, by: Member | None, uid: UUID, at: dt.datetime | None) -> Membership:
    if household.memberships.standing().filter(customer=part.customer).exists():
        raise InAlready
    joined = Membership.objects.create(
        vendor_id=household.vendor_id,
        household=household,
        customer=part.customer,
        by=by,
        uid=uid,
        joined_at=at or moments.now(),
        **part.fields(),
    )
    _index(household)
    return joined


def _replace(membership: Membership, part: Part, *, is_first: bool, by: Member | None, uid: UUID) -> Membership:
    Membership.objects.filter(pk=membership.pk).update(left_at=moments.now(), left_by=by)
    return Membership.objects.create(
        vendor_id=membership.vendor_id,
        household_id=membership.household_id,
        customer=part.customer,
        is_first=is_first,
        joined_at=membership.joined_at,
        by=by,
        uid=uid,
        **part.fields(),
    )


def _take_the_place(membership: Membership, by: Member | None, uid: UUID) -> Membership:
    before = membership.household.memberships.standing().select_related("customer").get(is_first=True)
    _replace(before, Part.of(before), is_first=False, by=by, uid=uuid5(uid, "before"))
    return _replace(membership, Part.of(membership), is_first=True, by=by, uid=uid)


def _index(household: Household) -> None:
    """Let all who are or were in `household` be found by the phones that are in it now."""
    search.index(list(Customer.objects.filter(memberships__household=household).distinct()))
