"""Keeping what is told about a person's taste: the only writers of preferences at the counter."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib import moments
from customers import clashing
from customers.clashing import Field, Word, settle
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


class OwnersOnly(TellingError):
    """An allergy is not removed, nor changed into something else, by anybody but the owner."""

    said = _("Only the owner removes an allergy, signed in and connected. It still stands.")


def tell(
    *, customer: Customer, statement: Statement, by: Member | None, uid: UUID, seen: int | None = None
) -> Preference | None:
    """
    The preference that says `statement`, written once however often it is sent.

    What is remembered already is not written again. Likes and dislikes of a whole product take each other back, and
    "never" and an allergy take both back. `seen` is how many of this person's preferences, standing or not, were known
    to the page: of what was told on another tablet meanwhile the later tap stands, and None is given for one that does
    not. Raises `NoConsent`, `Contradicted` and `ToldOtherwise`, and `IntegrityError` when the customer was forgotten
    meanwhile.
    """
    if statement.kind == Kind.ALLERGY and not statement.consent:
        raise NoConsent
    try:
        with transaction.atomic():
            statement = _of_today(statement)
            return _told_before(customer, statement, uid) or _write(customer, statement, by, uid, seen)
    except IntegrityError:
        # Another connection was quicker with the same uid or the same words.
        if found := _told_before(customer, statement, uid):
            return found
        raise


@transaction.atomic
def change(
    *, preference: Preference, statement: Statement, by: Member | None, uid: UUID, is_owner: bool = False
) -> Preference | None:
    """
    Replace `preference` by what `statement` says: a new row, and the old one taken back.

    If it was changed or taken back on another tablet meanwhile, the later tap stands, and None is given for one that
    does not. Raises `OwnersOnly` for an allergy unless `is_owner`, and whatever `tell` raises. Sent twice, or without a
    difference, it changes nothing.
    """
    customer, statement = preference.customer, _of_today(statement)
    if found := _sent_before(customer, statement, uid):
        return found
    last = _last_of(preference)
    if _says(last, statement) and last.removed_at is None:
        return last if _says(preference, statement) else _said_again(last)
    if not _may_replace(preference, last, statement, by, uid, is_owner=is_owner):
        return None
    _remove(Preference.objects.filter(pk=last.pk), by)
    told = tell(customer=customer, statement=statement, by=by, uid=uid)
    if told is None:
        return None
    if told.uid == uid and told.product_id == preference.product_id:
        Preference.objects.filter(pk=told.pk).update(told_as=preference.told_as_id)
    Preference.objects.filter(pk=last.pk).exclude(pk=told.pk).update(replaced_by=told)
    return told


@transaction.atomic
def take_back(*, preference: Preference, by: Member | None, uid: UUID | None = None, is_owner: bool = False) -> bool:
    """
    Let `preference` no longer hold; whether this changed anything.

    Somebody who takes back how they like a product does not want to be asked at once because it was seen so often. If
    it was changed on another tablet meanwhile, the later tap stands. Raises `OwnersOnly` for an allergy unless
    `is_owner`.
    """
    last = _last_of(preference)
    if last.removed_at is not None:
        Preference.objects.filter(pk=last.pk, removed_in=None, removed_at__lt=moments.now()).update(
            removed_at=moments.now()
        )
        return False
    if not _may_replace(preference, last, None, by, uid or uuid4(), is_owner=is_owner):
        return False
    changed = _remove(Preference.objects.filter(pk=last.pk), by)
    if changed and last.product and last.kind in (Kind.LIKES, Kind.MANNER):
        manner = last.text if last.kind == Kind.MANNER else ""
        _answer(last.customer, last.product, manner, NoticeAnswer.Answer.NO, by, uuid4())
    return changed


def _last_of(preference: Preference) -> Preference:
    """What became of `preference`: itself, or what it was changed to at last. Nobody else changes it meanwhile."""
    rows = Preference.objects.select_for_update(of=("self",)).select_related("product", "customer", "by", "removed_by")
    last = rows.get(pk=preference.pk)
    while last.removed_at is not None and last.replaced_by_id is not None:
        last = rows.get(pk=last.replaced_by_id)
    return last


def _said_again(preference: Preference) -> Preference:
    """Somebody said the same, which is later than what another tablet may say of before."""
    if preference.at < moments.now():
        confirm(preference=preference)
    return preference


def _may_replace(
    showed: Preference, last: Preference, statement: Statement | None, by: Member | None, uid: UUID, *, is_owner: bool
) -> bool:
    """Whether what the page `showed` says `statement` from now on, or nothing, though it says the `last` by now."""
    if last.kind == Kind.ALLERGY and last.removed_at is None and not is_owner:
        raise OwnersOnly
    now = None if last.removed_at else _as_json(_statement_of(last))
    wanted = statement and _as_json(statement)
    unseen = None if last.pk == showed.pk and not last.removed_at else _last_word(last)
    fields = [Field("preference", _as_json(_statement_of(showed)), now, wanted, unseen)]
    settled = settle(fields, Word.now(by))
    clashing.keep(settled, showed, showed.customer, uid)
    return bool(settled.wanted)


def _last_word(last: Preference) -> Word:
    """When it was said last that `last` holds, or that it does not, and by whom."""
    if last.removed_at:
        return Word(last.removed_at, last.removed_by)
    return Word(max(last.at, last.confirmed_at or last.at), last.by)


def _as_json(statement: Statement) -> dict[str, str | None]:
    product = statement.product
    return {"kind": str(statement.kind), "product": product and str(product.uid), "text": statement.text}


@transaction.atomic
def put_back(*, preference: Preference) -> bool:
    """Let a preference that was taken back hold again as it was; whether this changed anything."""
    if standing(preference.customer, _statement_of(preference)) is not None:
        return False
    stands = {"removed_at": None, "removed_by": None, "removed_in": None, "replaced_by": None}
    return bool(Preference.objects.filter(pk=preference.pk).update(**stands))


def confirm(*, preference: Preference) -> bool:
    """Note that the person was asked and it is still so; whether it stands."""
    holds = Preference.objects.standing().filter(pk=preference.pk)
    later = holds.exclude(confirmed_at__gt=moments.now())
    return bool(later.update(confirmed_at=moments.now())) or holds.exists()


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
    if found := _sent_before(customer, statement, uid):
        return found
    found = standing(customer, statement)
    return found and _said_again(found)


def _sent_before(customer: Customer, statement: Statement, uid: UUID) -> Preference | None:
    found = Preference.objects.filter(vendor=customer.vendor_id, uid=uid).first()
    if found and (found.customer_id != customer.pk or not _says(found, statement)):
        raise ToldOtherwise
    return found


def standing(customer: Customer, statement: Statement) -> Preference | None:
    """What says `statement` and holds."""
    said = Preference.objects.standing().filter(customer=customer, kind=statement.kind, product=statement.product)
    return said.filter(text=statement.text).first()


def _says(preference: Preference, statement: Statement) -> bool:
    said = _statement_of(preference)
    return (said.kind, said.product, said.text) == (statement.kind, statement.product, statement.text)


def _statement_of(preference: Preference) -> Statement:
    return Statement(preference.kind, preference.product, preference.text)


def _write(
    customer: Customer, statement: Statement, by: Member | None, uid: UUID, seen: int | None
) -> Preference | None:
    if not _give_way(customer, statement, by, uid, seen) or _was_taken_back(customer, statement, by, uid):
        return None
    times, of = statement.seen or (None, None)
    return Preference.objects.create(
        vendor_id=customer.vendor_id,
        customer=customer,
        uid=uid,
        kind=statement.kind,
        product=statement.product,
        text=statement.text,
        basis=Preference.Basis.SEEN if statement.seen else Preference.Basis.TOLD,
        seen=times,
        seen_of=of,
        by=by,
        consent_at=moments.now() if statement.kind == Kind.ALLERGY else None,
    )


def _give_way(customer: Customer, statement: Statement, by: Member | None, uid: UUID, seen: int | None) -> bool:
    """
    Take back the opposite of what is said of a whole product; words ("likes mango, not raw") are not judged.

    False if the opposite stays: it was said later, on a tablet of which this page did not know. What must never happen
    gives way to nothing.
    """
    if statement.product is None or statement.text:
        return True
    holding = Preference.objects.standing().select_for_update(of=("self",)).select_related("product", "by")
    of_product = holding.filter(customer=customer, product=statement.product, text="")
    if statement.kind == Kind.LIKES and of_product.filter(kind__in=(Kind.ALLERGY, Kind.AVOIDS)).exists():
        raise Contradicted
    stays = False
    for opposite in of_product.filter(kind__in=OPPOSITES.get(statement.kind, ())):
        word = _last_word(opposite)
        before = Preference.objects.filter(customer=customer, pk__lt=opposite.pk).count()
        is_unseen = word.at > moments.now() or (seen is not None and before >= seen)
        if statement.kind in Preference.NEVER:
            word = word._replace(at=min(word.at, moments.now()))
        now, wanted = _as_json(_statement_of(opposite)), _as_json(statement)
        settled = settle([Field("preference", None, now, wanted, word if is_unseen else None)], Word.now(by))
        clashing.keep(settled, opposite, customer, uid)
        stays = stays or not settled.wanted
        if settled.wanted:
            _remove(Preference.objects.filter(pk=opposite.pk), by)
    return not stays


def _was_taken_back(customer: Customer, statement: Statement, by: Member | None, uid: UUID) -> bool:
    """Whether the same was taken back by a later tap, on a tablet that came before this one. An allergy never is."""
    if statement.kind == Kind.ALLERGY:
        return False
    said = Preference.objects.filter(customer=customer, kind=statement.kind, product=statement.product)
    later = said.filter(text=statement.text, removed_at__gt=moments.now(), removed_in__isnull=True)
    gone = later.select_related("removed_by", "replaced_by__product").order_by("removed_at").last()
    if gone is None:
        return False
    now = gone.replaced_by and _as_json(_statement_of(gone.replaced_by))
    fields = [Field("preference", None, now, _as_json(statement), _last_word(gone))]
    clashing.keep(settle(fields, Word.now(by)), gone, customer, uid)
    return True


def _remove(preferences: PreferenceQuerySet, by: Member | None) -> bool:
    return bool(preferences.standing().update(removed_at=moments.now(), removed_by=by))
