"""Keeping what is told about a person's taste: the only writers of preferences at the counter."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers.models import Customer
from customers.preferences.models import NoticeAnswer, Preference, PreferenceQuerySet
from customers.preferences.noticing import ASK_AGAIN_AFTER, Noticed
from vendors.catalogue import stand_in
from vendors.models import Member, Product, Vendor

Kind = Preference.Kind
OPPOSITES = {
    Kind.LIKES: (Kind.DISLIKES,),
    Kind.DISLIKES: (Kind.LIKES,),
    Kind.AVOIDS: (Kind.LIKES, Kind.DISLIKES),
    Kind.ALLERGY: (Kind.LIKES, Kind.DISLIKES),
}
YES = "yes"


@dataclass(frozen=True)
class Statement:
    """
    What is said of a customer's taste.

    `consent` is the customer's yes to keep an allergy. `seen` is (n, m) when n of m visits showed it instead of
    somebody telling it.
    """

    kind: str
    product: Product | None = None
    text: str = ""
    consent: bool = False
    seen: tuple[int, int] | None = None


class TellingError(Exception):
    """Nothing was written; `said` tells the shopkeeper why."""

    said = _("This was not saved. Tap once more.")


class NoConsent(TellingError):
    """An allergy is kept only with the person's yes."""

    said = _("An allergy is kept only with the person's yes. Ask, then tick it.")


class ToldOtherwise(TellingError):
    """A statement with this uid was sent before, and says something else."""

    said = _("This form was saved before with other words. To save this as well, tap once more.")


class Contradicted(TellingError):
    """The opposite stands, and is something that must never happen."""

    said = _("For this product it says never. Remove that first.")


class NoLongerStands(TellingError):
    """The preference was changed or taken back by somebody else meanwhile."""

    said = _("Somebody else has changed or removed this meanwhile. Nothing was saved.")


def tell(*, customer: Customer, statement: Statement, by: Member | None, uid: UUID) -> Preference:
    """
    The preference that says `statement`, written once however often it is sent.

    What is remembered already is not written again. Likes and dislikes of a whole product take each other back, and
    "never" and an allergy take both back. Raises `NoConsent`, `Contradicted` and `ToldOtherwise`, and `IntegrityError`
    when the customer was forgotten meanwhile.
    """
    if statement.kind == Kind.ALLERGY and not statement.consent:
        raise NoConsent
    try:
        with transaction.atomic():
            statement = _of_today(statement)
            return _told_before(customer, statement, uid) or _write(customer, statement, by, uid)
    except IntegrityError:
        # Another connection was quicker with the same uid or the same words.
        if found := _told_before(customer, statement, uid):
            return found
        raise


@transaction.atomic
def change(*, preference: Preference, statement: Statement, by: Member | None, uid: UUID) -> Preference:
    """
    Replace `preference` by what `statement` says: a new row, and the old one taken back.

    Raises `NoLongerStands` and whatever `tell` raises. Sent twice, or without a difference, it changes nothing.
    """
    customer, statement = preference.customer, _of_today(statement)
    if found := _sent_before(customer, statement, uid):
        return found
    if _says(preference, statement):
        return preference
    if not _remove(Preference.objects.filter(pk=preference.pk), by):
        raise NoLongerStands
    told = tell(customer=customer, statement=statement, by=by, uid=uid)
    if told.uid == uid and told.product_id == preference.product_id:
        Preference.objects.filter(pk=told.pk).update(told_as=preference.told_as_id)
    return told


@transaction.atomic
def take_back(*, preference: Preference, by: Member | None) -> bool:
    """
    Let `preference` no longer hold; whether this changed anything.

    Somebody who takes back how they like a product does not want to be asked at once because it was seen so often.
    """
    changed = _remove(Preference.objects.filter(pk=preference.pk), by)
    if changed and preference.product and preference.kind in (Kind.LIKES, Kind.MANNER):
        manner = preference.text if preference.kind == Kind.MANNER else ""
        _answer(preference.customer, preference.product, manner, NoticeAnswer.Answer.NO, by, uuid4())
    return changed


@transaction.atomic
def put_back(*, preference: Preference) -> bool:
    """Let a preference that was taken back hold again as it was; whether this changed anything."""
    if _standing(preference.customer, _statement_of(preference)) is not None:
        return False
    return bool(Preference.objects.filter(pk=preference.pk).update(removed_at=None, removed_by=None, removed_in=None))


def confirm(*, preference: Preference) -> bool:
    """Note that the person was asked and it is still so; whether it stands."""
    return bool(Preference.objects.standing().filter(pk=preference.pk).update(confirmed_at=moments.now()))


@transaction.atomic
def answer_notice(*, customer: Customer, noticed: Noticed, answer: str, by: Member | None) -> None:
    """
    Keep the `answer` ("yes", "no" or "later") to what was noticed, under its uid.

    Yes makes it a preference, no is for ever, and later is for two weeks. A no outlasts a later that arrives after it.
    Raises what `tell` raises, and `ToldOtherwise` when this uid has answered something else.
    """
    _check_not_answered_otherwise(customer, noticed, answer)
    if answer == YES:
        kind = Kind.MANNER if noticed.manner else Kind.LIKES
        statement = Statement(kind, noticed.product, noticed.manner, seen=(noticed.seen, noticed.of))
        tell(customer=customer, statement=statement, by=by, uid=noticed.uid)
    else:
        _answer(customer, noticed.product, noticed.manner, answer, by, noticed.uid)


def answer_notices(
    *, noticed: Iterable[tuple[Customer, Noticed]], answer: str, by: Member | None
) -> list[tuple[Customer, Noticed, TellingError]]:
    """Keep the same `answer` to many things, each as `answer_notice` does; those that could not be kept, with why."""
    refused = []
    with transaction.atomic():
        for customer, each in noticed:
            try:
                answer_notice(customer=customer, noticed=each, answer=answer, by=by)
            except TellingError as error:
                refused.append((customer, each, error))
    return refused


@transaction.atomic
def ask_again(*, vendor: Vendor, uids: Collection[UUID], by: Member | None) -> int:
    """
    Let the answers that were kept under `uids` not have been given; how many of them this took back.

    What was remembered holds no more, and a no or a later ends today: it is asked again. Sent twice it changes nothing.
    """
    today = vendor.today()  # of the shop: after midnight that of the calendar would be tomorrow
    told = Preference.objects.standing().filter(vendor=vendor, uid__in=uids, basis=Preference.Basis.SEEN)
    answered = NoticeAnswer.objects.filter(vendor=vendor, uid__in=uids).exclude(until__lte=today)
    ended = answered.update(answer=NoticeAnswer.Answer.LATER, until=today)
    return ended + told.update(removed_at=moments.now(), removed_by=by)


def _check_not_answered_otherwise(customer: Customer, noticed: Noticed, answer: str) -> None:
    said = {"vendor": customer.vendor_id, "uid": noticed.uid}
    same = {"customer": customer, "product": noticed.product, "manner": noticed.manner, "answer": answer}
    was_told = answer != YES and Preference.objects.filter(**said).exists()  # of a yes `tell` sees to that itself
    if was_told or NoticeAnswer.objects.filter(**said).exclude(**same).exists():
        raise ToldOtherwise


def _answer(customer: Customer, product: Product, manner: str, answer: str, by: Member | None, uid: UUID) -> None:
    later = answer == NoticeAnswer.Answer.LATER
    said = {
        "answer": answer,
        "until": timezone.localdate(moments.now()) + ASK_AGAIN_AFTER if later else None,
        "by": by,
        "uid": uid,
        "at": moments.now(),
    }
    about = {"vendor_id": customer.vendor_id, "customer": customer, "product": product, "manner": manner}
    found, is_new = NoticeAnswer.objects.select_for_update().get_or_create(**about, defaults=said)
    is_later = found.at <= said["at"] or not later
    if not is_new and found.uid != uid and found.answer != NoticeAnswer.Answer.NO and is_later:
        NoticeAnswer.objects.filter(pk=found.pk).update(**said)


def _of_today(statement: Statement) -> Statement:
    """`statement`, of the product into which its own was merged while the page was open."""
    if statement.product is None:
        return statement
    # Read anew: nobody merges it from here on until the transaction is over.
    product = Product.objects.select_for_update(no_key=True).get(pk=statement.product.pk)
    return replace(statement, product=stand_in(product))


def _told_before(customer: Customer, statement: Statement, uid: UUID) -> Preference | None:
    return _sent_before(customer, statement, uid) or _standing(customer, statement)


def _sent_before(customer: Customer, statement: Statement, uid: UUID) -> Preference | None:
    found = Preference.objects.filter(vendor=customer.vendor_id, uid=uid).first()
    if found and (found.customer_id != customer.pk or not _says(found, statement)):
        raise ToldOtherwise
    return found


def _standing(customer: Customer, statement: Statement) -> Preference | None:
    said = Preference.objects.standing().filter(customer=customer, kind=statement.kind, product=statement.product)
    return said.filter(text=statement.text).first()


def _says(preference: Preference, statement: Statement) -> bool:
    said = _statement_of(preference)
    return (said.kind, said.product, said.text) == (statement.kind, statement.product, statement.text)


def _statement_of(preference: Preference) -> Statement:
    return Statement(preference.kind, preference.product, preference.text)


def _write(customer: Customer, statement: Statement, by: Member | None, uid: UUID) -> Preference:
    _give_way(customer, statement, by)
    seen, seen_of = statement.seen or (None, None)
    return Preference.objects.create(
        vendor_id=customer.vendor_id,
        customer=customer,
        uid=uid,
        kind=statement.kind,
        product=statement.product,
        text=statement.text,
        basis=Preference.Basis.SEEN if statement.seen else Preference.Basis.TOLD,
        seen=seen,
        seen_of=seen_of,
        by=by,
        consent_at=moments.now() if statement.kind == Kind.ALLERGY else None,
    )


def _give_way(customer: Customer, statement: Statement, by: Member | None) -> None:
    """Take back the opposite of what is said of a whole product; words ("likes mango, not raw") are not judged."""
    if statement.product is None or statement.text:
        return
    of_product = Preference.objects.standing().filter(customer=customer, product=statement.product, text="")
    if statement.kind == Kind.LIKES and of_product.filter(kind__in=(Kind.ALLERGY, Kind.AVOIDS)).exists():
        raise Contradicted
    _remove(of_product.filter(kind__in=OPPOSITES.get(statement.kind, ())), by)


def _remove(preferences: PreferenceQuerySet, by: Member | None) -> bool:
    return bool(preferences.standing().update(removed_at=moments.now(), removed_by=by))
