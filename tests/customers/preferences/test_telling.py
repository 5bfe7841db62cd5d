import datetime as dt
import threading
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from crm.lib import moments
from customers.models import Customer
from customers.preferences import telling
from customers.preferences.models import NoticeAnswer, Preference
from customers.preferences.noticing import ASK_AGAIN_AFTER, Noticed
from customers.preferences.telling import Statement
from tests.factories.customers import CustomerFactory
from tests.factories.preferences import PreferenceFactory
from tests.factories.vendors import MemberFactory, ProductFactory, VendorFactory


@pytest.fixture
def customer(vendor):
    return CustomerFactory(vendor=vendor)


@pytest.fixture
def banana(vendor):
    return ProductFactory(vendor=vendor, name="Banana")


def at(minute):
    """A minute of this morning, at which something was tapped."""
    return dt.datetime(2026, 11, 20, 6, minute, tzinfo=dt.UTC)


def rows(customer):
    return list(customer.preferences.order_by("id").values_list("kind", "product__name", "text", "basis"))


def standing(customer):
    return list(customer.preferences.standing().order_by("id").values_list("kind", "text"))


def tell(customer, kind, product=None, text="", uid=None, **said):
    statement = Statement(kind, product, text, **said)
    return telling.tell(customer=customer, statement=statement, by=None, uid=uid or uuid4())


def test_tell_keeps_who_was_told_and_when(customer, banana, helper):
    uid, before = uuid4(), timezone.now()
    told = telling.tell(customer=customer, statement=Statement("manner", banana, "half ripe"), by=helper, uid=uid)
    told.refresh_from_db()
    assert rows(customer) == [("manner", "Banana", "half ripe", "told")]
    assert (told.uid, told.by, told.vendor, told.consent_at) == (uid, helper, customer.vendor, None)
    assert before <= told.at <= timezone.now()


def test_tell_sent_twice_changes_nothing(customer, banana):
    uid = uuid4()
    assert tell(customer, "likes", banana, uid=uid) == tell(customer, "likes", banana, uid=uid)
    assert rows(customer) == [("likes", "Banana", "", "told")]


def test_tell_sent_late_does_not_bring_back_what_was_taken_back(customer, banana):
    uid = uuid4()
    telling.take_back(preference=tell(customer, "likes", banana, uid=uid), by=None)
    tell(customer, "likes", banana, uid=uid)
    assert standing(customer) == []


def test_tell_refuses_other_words_under_the_same_uid(customer, banana):
    uid = uuid4()
    tell(customer, "likes", banana, uid=uid)
    with pytest.raises(telling.ToldOtherwise):
        tell(customer, "dislikes", banana, uid=uid)
    with pytest.raises(telling.ToldOtherwise):
        tell(CustomerFactory(vendor=customer.vendor), "likes", banana, uid=uid)
    assert rows(customer) == [("likes", "Banana", "", "told")]


@pytest.mark.parametrize("text", ["", "small"])
def test_tell_answers_with_what_is_remembered_already(customer, banana, text):
    first = tell(customer, "dislikes", banana, text)
    assert tell(customer, "dislikes", banana, text) == first
    wish = tell(customer, "wish", text="call first")
    assert tell(customer, "wish", text="call first") == wish
    assert customer.preferences.count() == 2


def test_tell_keeps_an_allergy_only_with_a_yes(customer, banana):
    with pytest.raises(telling.NoConsent):
        tell(customer, "allergy", banana)
    assert rows(customer) == []
    assert tell(customer, "allergy", banana, consent=True).consent_at is not None


def test_tell_takes_the_opposite_of_a_whole_product_back(customer, banana, helper):
    tell(customer, "likes", ProductFactory(vendor=customer.vendor))
    telling.tell(customer=customer, statement=Statement("likes", banana), by=None, uid=uuid4())
    telling.tell(customer=customer, statement=Statement("dislikes", banana), by=helper, uid=uuid4())
    assert standing(customer) == [("likes", ""), ("dislikes", "")]
    assert customer.preferences.get(kind="likes", product=banana).removed_by == helper
    tell(customer, "likes", banana)
    assert standing(customer) == [("likes", ""), ("likes", "")]
    tell(customer, "avoids", banana)
    assert standing(customer) == [("likes", ""), ("avoids", "")]


def test_tell_lets_words_stand_beside_each_other(customer, banana):
    tell(customer, "likes", banana, "ripe")
    tell(customer, "dislikes", banana, "raw")
    assert standing(customer) == [("likes", "ripe"), ("dislikes", "raw")]


@pytest.mark.parametrize("kind", ["avoids", "allergy"])
def test_tell_does_not_let_a_like_undo_a_never(customer, banana, kind):
    tell(customer, kind, banana, consent=True)
    with pytest.raises(telling.Contradicted):
        tell(customer, "likes", banana)
    assert standing(customer) == [(kind, "")]


@pytest.mark.django_db(transaction=True)
def test_tell_of_a_forgotten_customer_raises():
    gone = CustomerFactory()
    Customer.objects.get(pk=gone.pk).delete()
    with pytest.raises(IntegrityError):
        tell(gone, "wish", text="call first")
    assert Preference.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_uid", [True, False])
def test_tell_from_two_threads_at_once_is_kept_once(same_uid):
    customer = CustomerFactory()
    banana = ProductFactory(vendor=customer.vendor)
    uid, start, told, failed = uuid4(), threading.Barrier(4), [], []

    def send():
        try:
            start.wait()
            told.append(tell(customer, "likes", banana, uid=uid if same_uid else uuid4()).pk)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert told == [customer.preferences.get().pk] * 4


def test_tell_answers_with_the_row_of_a_quicker_connection(customer, banana, monkeypatch):
    """We looked before the other connection's commit: the constraint refuses our row, and theirs is the answer."""
    theirs = tell(customer, "likes", banana)
    monkeypatch.setattr(telling, "_told_before", Mock(side_effect=[None, theirs]))
    assert tell(customer, "likes", banana) == theirs


def test_change_writes_a_new_row_and_takes_the_old_one_back(customer, banana, helper):
    old, uid = tell(customer, "manner", banana, "ripe"), uuid4()
    new = telling.change(preference=old, statement=Statement("manner", banana, "half ripe"), by=helper, uid=uid)
    old.refresh_from_db()
    assert (old.text, old.removed_by, old.removed_at is None) == ("ripe", helper, False)
    assert (new.uid, new.text, new.by) == (uid, "half ripe", helper)
    assert standing(customer) == [("manner", "half ripe")]


def test_change_sent_twice_changes_nothing(customer, banana):
    old, uid = tell(customer, "manner", banana, "ripe"), uuid4()
    said = {"preference": old, "statement": Statement("manner", banana, "half ripe"), "by": None, "uid": uid}
    assert telling.change(**said) == telling.change(**said)
    assert customer.preferences.count() == 2


def test_change_to_the_same_changes_nothing(customer, banana):
    old = tell(customer, "manner", banana, "ripe")
    same = telling.change(preference=old, statement=Statement("manner", banana, "ripe"), by=None, uid=uuid4())
    assert same == old
    assert customer.preferences.count() == 1


def clashes(customer):
    """What stands and what was set aside, in short."""
    found = customer.clashes.order_by("pk").values_list("stands", "aside")
    return [tuple(said and f"{said['kind']} {said['text']}".strip() for said in pair) for pair in found]


@pytest.mark.parametrize(("tapped", "stands"), [(3, ["firm"]), (1, [])], ids=["later", "earlier"])
def test_change_of_what_was_taken_back_meanwhile_stands_if_it_was_later(customer, banana, tapped, stands):
    with moments.tapped(at(0)):
        old = tell(customer, "manner", banana, "ripe")
    with moments.tapped(at(2)):
        telling.take_back(preference=old, by=None)
    with moments.tapped(at(tapped)):
        telling.change(preference=old, statement=Statement("manner", banana, "firm"), by=None, uid=uuid4())
    assert [text for _kind, text in standing(customer)] == stands
    assert clashes(customer) == [("manner firm", None) if stands else (None, "manner firm")]


@pytest.mark.parametrize(("tapped", "stands"), [(3, "firm"), (1, "small")], ids=["later", "earlier"])
def test_change_of_what_was_changed_meanwhile_stands_if_it_was_later(customer, banana, tapped, stands):
    with moments.tapped(at(0)):
        old = tell(customer, "manner", banana, "ripe")
    for minute, text in ((2, "small"), (tapped, "firm")):
        with moments.tapped(at(minute)):
            telling.change(preference=old, statement=Statement("manner", banana, text), by=None, uid=uuid4())
    assert [text for _kind, text in standing(customer)] == [stands]
    other = {"firm": "small", "small": "firm"}[stands]
    assert clashes(customer) == [(f"manner {stands}", f"manner {other}")]


def test_successive_changes_are_no_clash(customer, banana):
    told = tell(customer, "manner", banana, "ripe")
    for text in ("firm", "small"):
        told = telling.change(preference=told, statement=Statement("manner", banana, text), by=None, uid=uuid4())
    telling.take_back(preference=told, by=None)
    assert clashes(customer) == []


@pytest.mark.parametrize(("tapped", "stands"), [(3, []), (1, ["firm"])], ids=["later", "earlier"])
def test_take_back_of_what_was_changed_meanwhile_holds_if_it_was_later(customer, banana, tapped, stands):
    with moments.tapped(at(0)):
        old = tell(customer, "manner", banana, "ripe")
    with moments.tapped(at(2)):
        telling.change(preference=old, statement=Statement("manner", banana, "firm"), by=None, uid=uuid4())
    with moments.tapped(at(tapped)):
        telling.take_back(preference=old, by=None)
    assert [text for _kind, text in standing(customer)] == stands
    assert clashes(customer) == [("manner firm", None) if stands else (None, "manner firm")]


@pytest.mark.parametrize(("tapped", "stands"), [(3, "dislikes"), (1, "likes")], ids=["later", "earlier"])
def test_of_opposites_told_on_two_tablets_the_later_stands(customer, banana, tapped, stands):
    seen = customer.preferences.count()
    for minute, kind in ((2, "likes"), (tapped, "dislikes")):
        with moments.tapped(at(minute)):
            telling.tell(customer=customer, statement=Statement(kind, banana), by=None, uid=uuid4(), seen=seen)
    assert standing(customer) == [(stands, "")]
    assert clashes(customer) == [(stands, {"likes": "dislikes", "dislikes": "likes"}[stands])]


def test_opposite_that_the_page_knew_is_no_clash(customer, banana):
    tell(customer, "likes", banana)
    telling.tell(customer=customer, statement=Statement("dislikes", banana), by=None, uid=uuid4(), seen=1)
    assert (standing(customer), clashes(customer)) == ([("dislikes", "")], [])


def test_never_outweighs_what_was_told_later_on_another_tablet(customer, banana):
    with moments.tapped(at(2)):
        tell(customer, "likes", banana)
    with moments.tapped(at(1)):
        tell(customer, "avoids", banana)
    assert (standing(customer), clashes(customer)) == ([("avoids", "")], [("avoids", "likes")])


def test_like_that_was_taken_back_later_does_not_come_back(customer, banana):
    with moments.tapped(at(0)):
        old = tell(customer, "likes", banana)
    with moments.tapped(at(2)):
        telling.take_back(preference=old, by=None)
    with moments.tapped(at(1)):
        assert tell(customer, "likes", banana) is None
    assert (standing(customer), clashes(customer)) == ([], [(None, "likes")])


def test_entry_that_was_set_aside_and_is_sent_twice_is_listed_once(customer, banana):
    with moments.tapped(at(0)):
        old = tell(customer, "manner", banana, "ripe")
    with moments.tapped(at(2)):
        telling.take_back(preference=old, by=None)
    uid = uuid4()
    for _ in range(2):
        with moments.tapped(at(1)):
            telling.change(preference=old, statement=Statement("manner", banana, "firm"), by=None, uid=uid)
    assert clashes(customer) == [(None, "manner firm")]


def test_allergy_is_removed_or_changed_only_by_the_owner(customer, banana):
    allergy = tell(customer, "allergy", banana, consent=True)
    with pytest.raises(telling.OwnersOnly):
        telling.take_back(preference=allergy, by=None)
    with pytest.raises(telling.OwnersOnly):
        telling.change(preference=allergy, statement=Statement("avoids", banana), by=None, uid=uuid4())
    assert standing(customer) == [("allergy", "")]
    assert telling.take_back(preference=allergy, by=None, is_owner=True)
    assert standing(customer) == []


def test_like_that_became_an_allergy_meanwhile_is_not_taken_back(customer, banana):
    like = tell(customer, "likes", banana)
    telling.change(preference=like, statement=Statement("allergy", banana, consent=True), by=None, uid=uuid4())
    with pytest.raises(telling.OwnersOnly):
        telling.take_back(preference=like, by=None)
    assert standing(customer) == [("allergy", "")]


def test_allergy_that_was_removed_comes_back_with_an_earlier_tap(customer, banana):
    with moments.tapped(at(0)):
        allergy = tell(customer, "allergy", banana, consent=True)
    with moments.tapped(at(2)):
        telling.take_back(preference=allergy, by=None, is_owner=True)
    with moments.tapped(at(1)):
        tell(customer, "allergy", banana, consent=True)
    assert standing(customer) == [("allergy", "")]


def test_change_that_is_refused_leaves_the_old_one_standing(customer, banana):
    old = tell(customer, "avoids", banana)
    with pytest.raises(telling.NoConsent):
        telling.change(preference=old, statement=Statement("allergy", banana), by=None, uid=uuid4())
    assert standing(customer) == [("avoids", "")]


def test_take_back_keeps_the_row_and_who_did_it(customer, banana, helper):
    told = tell(customer, "avoids", banana)
    assert telling.take_back(preference=told, by=helper) is True
    told.refresh_from_db()
    first = told.removed_at
    assert (first is not None, told.removed_by) == (True, helper)
    assert telling.take_back(preference=told, by=None) is False
    told.refresh_from_db()
    assert (told.removed_at > first, told.removed_by) == (True, helper)  # said again, and so later than before


@pytest.mark.parametrize(("kind", "text", "manner"), [("manner", "ripe", "ripe"), ("likes", "", "")])
def test_take_back_is_a_no_to_being_asked(customer, banana, kind, text, manner):
    telling.take_back(preference=tell(customer, kind, banana, text), by=None)
    assert list(NoticeAnswer.objects.values_list("customer", "product", "manner", "answer")) == [
        (customer.pk, banana.pk, manner, "no")
    ]


def test_take_back_of_what_is_never_noticed_answers_nothing(customer, banana):
    telling.take_back(preference=tell(customer, "dislikes", banana), by=None)
    telling.take_back(preference=tell(customer, "likes", text="long talks"), by=None)
    assert NoticeAnswer.objects.count() == 0


def test_put_back_lets_it_hold_as_it_was(customer, banana, helper):
    told = PreferenceFactory(customer=customer, product=banana, basis="seen", seen=5, seen_of=6, by=helper)
    telling.take_back(preference=told, by=helper)
    assert telling.put_back(preference=told) is True
    told.refresh_from_db()
    assert (told.removed_at, told.removed_by, told.basis, told.seen) == (None, None, "seen", 5)
    assert telling.put_back(preference=told) is False


def test_put_back_of_what_was_told_again_changes_nothing(customer, banana):
    told = tell(customer, "likes", banana)
    telling.take_back(preference=told, by=None)
    again = tell(customer, "likes", banana)
    assert telling.put_back(preference=told) is False
    assert list(customer.preferences.standing()) == [again]


def test_confirm_renews_what_stands(customer, banana):
    told = PreferenceFactory(customer=customer, product=banana, at=timezone.now() - dt.timedelta(days=400))
    assert told.is_stale(timezone.now())
    assert telling.confirm(preference=told) is True
    told.refresh_from_db()
    assert not told.is_stale(timezone.now())


def test_confirm_of_what_was_taken_back_changes_nothing(customer, banana):
    told = PreferenceFactory(customer=customer, product=banana, removed_at=timezone.now())
    assert telling.confirm(preference=told) is False
    assert Preference.objects.get().confirmed_at is None


def answer(customer, said, noticed, by=None):
    telling.answer_notice(customer=customer, noticed=noticed, answer=said, by=by)


def answers():
    return list(NoticeAnswer.objects.values_list("manner", "answer", "until"))


@pytest.mark.parametrize(("manner", "kind"), [("half ripe", "manner"), ("", "likes")])
def test_yes_to_what_was_noticed_is_remembered_as_seen(customer, banana, helper, manner, kind):
    noticed = Noticed(banana, manner, 5, 6)
    answer(customer, "yes", noticed, by=helper)
    answer(customer, "yes", noticed, by=helper)
    assert list(Preference.objects.values_list("kind", "text", "basis", "seen", "seen_of", "by", "uid")) == [
        (kind, manner, "seen", 5, 6, helper.pk, noticed.uid)
    ]
    assert answers() == []


def test_later_is_for_two_weeks(customer, banana):
    answer(customer, "later", Noticed(banana, "half ripe", 5, 6))
    assert dt.timedelta(days=14) == ASK_AGAIN_AFTER
    assert answers() == [("half ripe", "later", timezone.localdate() + ASK_AGAIN_AFTER)]


def test_later_sent_twice_changes_nothing(customer, banana):
    noticed = Noticed(banana, "half ripe", 5, 6)
    answer(customer, "later", noticed)
    first = NoticeAnswer.objects.get()
    answer(customer, "later", noticed)
    assert NoticeAnswer.objects.get().at == first.at


def test_no_follows_later_and_outlasts_it(customer, banana):
    answer(customer, "later", Noticed(banana, "half ripe", 5, 6))
    answer(customer, "no", Noticed(banana, "half ripe", 5, 6))
    assert answers() == [("half ripe", "no", None)]
    answer(customer, "later", Noticed(banana, "half ripe", 5, 6))
    assert answers() == [("half ripe", "no", None)]


def test_tell_in_one_shop_leaves_the_uid_free_in_another(customer, banana):
    uid = uuid4()
    tell(customer, "likes", banana, uid=uid)
    other = CustomerFactory(vendor=VendorFactory())
    told = telling.tell(
        customer=other,
        statement=Statement("likes", ProductFactory(vendor=other.vendor)),
        by=MemberFactory(vendor=other.vendor),
        uid=uid,
    )
    assert told.vendor == other.vendor


def noticed_of(banana, manner="half ripe"):
    return Noticed(banana, manner, 5, 6)


@pytest.mark.parametrize(
    ("first", "second"), [("yes", "no"), ("yes", "later"), ("no", "yes"), ("no", "later"), ("later", "no")]
)
def test_another_answer_under_the_same_uid_is_refused(customer, banana, first, second):
    noticed = noticed_of(banana)
    answer(customer, first, noticed)
    kept = rows(customer), answers()
    with pytest.raises(telling.ToldOtherwise):
        answer(customer, second, noticed)
    assert (rows(customer), answers()) == kept


@pytest.mark.parametrize("said", ["yes", "no", "later"])
def test_answer_about_something_else_under_the_same_uid_is_refused(customer, banana, said):
    noticed = noticed_of(banana)
    answer(customer, said, noticed)
    with pytest.raises(telling.ToldOtherwise):
        answer(customer, said, Noticed(banana, "ripe", 5, 6, noticed.uid))
    with pytest.raises(telling.ToldOtherwise):
        answer(CustomerFactory(vendor=customer.vendor), said, noticed)


def test_answers_to_many_things_are_kept_but_for_what_is_refused(customer, banana, helper):
    other, fig = CustomerFactory(vendor=customer.vendor), ProductFactory(vendor=customer.vendor, name="Fig")
    PreferenceFactory(customer=other, product=fig, kind="avoids")
    many = [(customer, noticed_of(banana)), (other, noticed_of(fig, "")), (customer, noticed_of(fig, ""))]
    (refused,) = telling.answer_notices(noticed=many, answer="yes", by=helper)
    assert (refused[:2], type(refused[2])) == (many[1], telling.Contradicted)
    assert rows(customer) == [("manner", "Banana", "half ripe", "seen"), ("likes", "Fig", "", "seen")]
    telling.answer_notices(noticed=many, answer="yes", by=helper)
    assert Preference.objects.count() == 3


@pytest.mark.parametrize("said", ["yes", "no", "later"])
def test_ask_again_takes_an_answer_back_once(customer, banana, helper, said):
    noticed, vendor = noticed_of(banana), customer.vendor
    answer(customer, said, noticed)
    assert telling.ask_again(vendor=vendor, uids=[noticed.uid], by=helper) == 1
    kept = list(customer.preferences.values()), list(NoticeAnswer.objects.values())
    assert standing(customer) == []
    assert not NoticeAnswer.objects.exclude(answer="later", until__lte=vendor.today()).exists()
    assert telling.ask_again(vendor=vendor, uids=[noticed.uid], by=helper) == 0
    assert (list(customer.preferences.values()), list(NoticeAnswer.objects.values())) == kept


def test_ask_again_leaves_what_was_told_and_other_shops_alone(customer, banana, helper):
    told = PreferenceFactory(customer=customer, product=banana, kind="manner", text="half ripe")
    elsewhere = PreferenceFactory(basis="seen", seen=5, seen_of=6)
    assert telling.ask_again(vendor=customer.vendor, uids=[told.uid, elsewhere.uid], by=helper) == 0
    assert Preference.objects.standing().count() == 2


def test_answer_after_ask_again_holds(customer, banana, helper):
    first, second = noticed_of(banana), noticed_of(banana)
    answer(customer, "no", first)
    telling.ask_again(vendor=customer.vendor, uids=[first.uid], by=helper)
    answer(customer, "no", second)
    telling.ask_again(vendor=customer.vendor, uids=[first.uid], by=helper)
    assert NoticeAnswer.objects.values_list("answer", "until", "uid").get() == ("no", None, second.uid)
