"""Adding a customer and changing what is known of them, with everything that finds and reaches them."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from customers import clashing, phones, search
from customers.clashing import Field, Word, last_word, settle
from customers.models import ContactPoint, Customer, CustomerEdit
from vendors.models import Member, Vendor

PHONES = CustomerEdit.PHONES
PHONES_APART = ", "
TOGETHER = ("standing", "standing_reason")
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
    *,
    customer: Customer,
    fields: dict[str, str],
    numbers: Iterable[str] | None,
    by: Member | None,
    uid: UUID,
    seen: int | None = None,
    page: Customer | None = None,
) -> CustomerEdit | None:
    """
    Set `fields` of `customer` and make `numbers` (texts that `phones.e164` reads) its phones; None leaves these.

    What was known before is kept in a `CustomerEdit` with this `uid`; None when nothing changed, and the first edit
    when the same was sent before. `seen` is how many edits were known to the page, and `page` whom it was about, if
    that is another by now: of what somebody else changed meanwhile the later tap stands (see `clashing`), and phones
    add up.
    """
    kept = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    numbers = phones_of(kept) if numbers is None else list(dict.fromkeys(numbers))
    known = {**{name: getattr(kept, name) for name in fields}, PHONES: PHONES_APART.join(phones_of(kept))}
    said = {**fields, PHONES: PHONES_APART.join(numbers)}
    sent_before = CustomerEdit.objects.filter(vendor=customer.vendor, uid=uid).first()
    if sent_before and said == _known_after(sent_before, known):
        return sent_before
    showed, unseen = _seen(kept, page or kept, known, seen)
    unseen = [each for each in unseen if each != sent_before]
    first = Word(kept.added_at, kept.added_by) if page and page != kept else None
    units = [
        Field(
            names[0],
            *([values[name] for name in names] for values in (showed, known, said)),
            last_word(unseen, names) or first,
        )
        for names in _units(fields)
    ]
    settled = settle(units, Word.now(by))
    clashing.keep(settled, kept, kept, uid)
    said, changed = _to_write(settled.wanted, fields, showed, known, said, unseen)
    for name in fields:
        setattr(customer, name, said[name])
    if not changed:
        return None
    customer.save(update_fields=list(fields))
    _keep_phones(customer, _apart(said[PHONES]))
    search.index_all_who_share(customer)
    if any(name in changed for name in LEARNED_FROM):
        customer.vendor.past_changed()
    before, after = ({name: values[name] for name in changed} for values in (known, said))
    if sent_before:
        uid = uuid4()  # the answer was lost, and more was typed before the page was sent again
    return CustomerEdit.objects.create(
        vendor=customer.vendor, customer=customer, by=by, uid=uid, before=before, after=after
    )


def _to_write(
    stands: set[str],
    fields: Iterable[str],
    showed: dict[str, str],
    known: dict[str, str],
    said: dict[str, str],
    unseen: Sequence[CustomerEdit],
) -> tuple[dict[str, str], list[str]]:
    """What is to be known now that of what was `said` the units `stands` do, and the names of what that changes."""
    wanted = [name for names in _units(fields) if names[0] in stands for name in names]
    so = {**known, **{name: said[name] for name in wanted}, PHONES: _added_up(showed, known, said)}
    again = {name for name in wanted if last_word(unseen, [name])}  # what another said too is said later now
    return so, [name for name in so if so[name] != known[name] or name in again]


def _known_after(edit: CustomerEdit, known: dict[str, str]) -> dict[str, str]:
    """What was known right after `edit`: what is `known` now, with each later change taken back."""
    later = CustomerEdit.objects.filter(customer=edit.customer_id, pk__gt=edit.pk).order_by("-pk")
    before = {name: value for each in later for name, value in each.before.items()}
    return {name: before.get(name, value) for name, value in known.items()}


def _seen(
    kept: Customer, page: Customer, known: dict[str, str], seen: int | None
) -> tuple[dict[str, str], list[CustomerEdit]]:
    """What a page about `page` showed that knew so many edits of them, and those that it did not know."""
    phones = known[PHONES] if page == kept else ""  # those of a merged person are with who stands for them
    unseen = [] if seen is None else list(page.edits.select_related("by").order_by("pk")[seen:])
    showed = {name: getattr(page, name) for name in known if name != PHONES} | {PHONES: phones}
    for edit in reversed(unseen):
        showed |= {name: value for name, value in edit.before.items() if name in showed}
    return showed, unseen


def _units(names: Iterable[str]) -> list[tuple[str, ...]]:
    """`names`, those together that say something only together."""
    together = [TOGETHER] if set(TOGETHER) <= set(names) else []
    return together + [(name,) for name in sorted(set(names).difference(*together))]


def _added_up(showed: dict[str, str], known: dict[str, str], said: dict[str, str]) -> str:
    """The phones that are known now, without those that the page took away, and with those that it added."""
    before, now, wanted = (_apart(values[PHONES]) for values in (showed, known, said))
    if before == now:
        return said[PHONES]
    stay = [text for text in now if text in wanted or text not in before]
    return PHONES_APART.join([*stay, *(text for text in wanted if text not in before and text not in stay)])


def _apart(numbers: str) -> list[str]:
    return [text for text in numbers.split(PHONES_APART) if text]


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
