"""Adding a customer and changing what is known of them, with everything that finds and reaches them."""

from collections.abc import Iterable
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from customers import phones, search
from customers.models import ContactPoint, Customer, CustomerEdit
from vendors.models import Member, Vendor

PHONES = CustomerEdit.PHONES
PHONES_APART = ", "


LEARNED_FROM = ("kind", "standing")
"""What decides whether anything is learned of how somebody comes."""


def add(*, vendor: Vendor, name: str, by: Member | None, uid: UUID, kind: str = Customer.Kind.CUSTOMER) -> Customer:
    """The customer kept under `uid`, written once however often it is sent."""
    if found := Customer.objects.filter(vendor=vendor, uid=uid).first():
        return found
    try:
        with transaction.atomic():
            customer = Customer.objects.create(vendor=vendor, uid=uid, name=name, kind=kind, added_by=by)
            search.index([customer])
    except IntegrityError:
        # Another connection was quicker with the same uid.
        return Customer.objects.get(vendor=vendor, uid=uid)
    return customer


@transaction.atomic
def change(
    *, customer: Customer, fields: dict[str, str], numbers: Iterable[str] | None, by: Member | None, uid: UUID
) -> CustomerEdit | None:
    """
    Set `fields` of `customer` and make `numbers` (texts that `phones.e164` reads) its phones; None leaves these.

    What was known before is kept in a `CustomerEdit` with this `uid`; None when nothing changed, and the first edit
    when the same was sent before.
    """
    numbers = phones_of(customer) if numbers is None else list(dict.fromkeys(numbers))
    known = {**{name: getattr(customer, name) for name in fields}, PHONES: PHONES_APART.join(phones_of(customer))}
    said = {**fields, PHONES: PHONES_APART.join(numbers)}
    if sent_before := CustomerEdit.objects.filter(vendor=customer.vendor, uid=uid).first():
        if said == _known_after(sent_before, known):
            return sent_before
        uid = uuid4()  # the answer was lost, and more was typed before the page was sent again
    changed = [name for name in said if said[name] != known[name]]
    if not changed:
        return None
    for name, value in fields.items():
        setattr(customer, name, value)
    customer.save(update_fields=list(fields))
    _keep_phones(customer, numbers)
    search.index_all_who_share(customer)
    if any(name in changed for name in LEARNED_FROM):
        customer.vendor.past_changed()
    before, after = ({name: values[name] for name in changed} for values in (known, said))
    return CustomerEdit.objects.create(
        vendor=customer.vendor, customer=customer, by=by, uid=uid, before=before, after=after
    )


def _known_after(edit: CustomerEdit, known: dict[str, str]) -> dict[str, str]:
    """What was known right after `edit`: what is `known` now, with each later change taken back."""
    later = CustomerEdit.objects.filter(customer=edit.customer_id, pk__gt=edit.pk).order_by("-pk")
    before = {name: value for each in later for name, value in each.before.items()}
    return {name: before.get(name, value) for name, value in known.items()}


def phones_of(customer: Customer) -> list[str]:
    """The phones of `customer` as they were written."""
    return [point.text for point in customer.contact_points.all() if point.kind == ContactPoint.Kind.PHONE]


def _keep_phones(customer: Customer, numbers: list[str]) -> None:
    phone = customer.contact_points.filter(kind=ContactPoint.Kind.PHONE)
    phone.exclude(text__in=numbers).delete()
    known = set(phone.values_list("text", flat=True))
    region = customer.vendor.phone_region
    ContactPoint.objects.bulk_create(
        ContactPoint(vendor_id=customer.vendor_id, customer=customer, text=text, number=phones.e164(text, region))
        for text in numbers
        if text not in known
    )
