import threading
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers import keeping, merging, search
from customers.merging import MergedAlready, MergedOn, MergedOtherwise, OneAlready, OneHousehold, merge, undo
from customers.models import Customer, CustomerEdit, CustomerMerge
from customers.visits import finding
from customers.visits.forgetting import forget
from tests.factories.customers import (
    ClashFactory,
    ContactPointFactory,
    CustomerFactory,
    HouseholdFactory,
    MembershipFactory,
)
from tests.factories.planning import DecisionFactory, DecisionPersonFactory, LeftAloneFactory
from tests.factories.preferences import NoticeAnswerFactory, PreferenceFactory
from tests.factories.promises import ProblemFactory, PromiseFactory, StandingOrderFactory, SupplyFactory, WishFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory
from vendors.models import Vendor

pytestmark = pytest.mark.django_db


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def mrs_rao(vendor):
    return CustomerFactory(vendor=vendor, name="Mrs Rao", landmark="blue gate")


def put_together(customer, into, *, by=None, uid=None):
    return merge(customer=customer, into=into, by=by, uid=uid or uuid4())


def again(row):
    return type(row).objects.get(pk=row.pk)


def found(vendor, text):
    return [each.name for each in finding.find(vendor, text)]


def everything_of(customer):
    """A row in every table that names a person."""
    vendor = customer.vendor
    visit = VisitFactory(customer=customer)
    rows = [
        (visit, "customer"),
        (VisitFactory(customer__vendor=vendor, collected_by=customer), "collected_by"),
        (ContactPointFactory(customer=customer), "customer"),
        (MembershipFactory(household__vendor=vendor, customer=customer), "customer"),
        (ClashFactory(customer=customer), "customer"),
        (PreferenceFactory(customer=customer), "customer"),
        (NoticeAnswerFactory(customer=customer), "customer"),
        (PromiseFactory(customer=customer), "customer"),
        (StandingOrderFactory(customer=customer), "customer"),
        (WishFactory(customer=customer), "customer"),
        (ProblemFactory(customer=customer, visit=visit), "customer"),
        (ProblemFactory(customer__vendor=vendor, supplier=customer), "supplier"),
        (SupplyFactory(product__vendor=vendor, supplier=customer), "supplier"),
        (LeftAloneFactory(customer=customer), "customer"),
        (DecisionPersonFactory(decision__vendor=vendor, customer=customer), "customer"),
    ]
    return {f"{type(row)._meta.label}.{column}": (row, column) for row, column in rows}


def whose(rows):
    return {getattr(again(row), column) for row, column in rows.values()}


# --- merging


def test_merge_takes_all_rows_to_the_other_and_undo_brings_exactly_those_back(sunita, mrs_rao, helper):
    theirs, own = everything_of(mrs_rao), everything_of(sunita)
    done = put_together(mrs_rao, sunita, by=helper)
    assert set(theirs) == {name for name, _rows in merging._rows_of(sunita)}, "a table is missing in this test"
    assert whose(theirs) == whose(own) == {sunita}
    assert done.moved == {name: [row.pk] for name, (row, _column) in theirs.items()}
    assert (again(mrs_rao).merged_into, done.by) == (sunita, helper)
    since = VisitFactory(customer=sunita)
    assert undo(merge=done, by=helper)
    assert (whose(theirs), whose(own), again(since).customer) == ({mrs_rao}, {sunita}, sunita)
    assert (again(mrs_rao).merged_into, again(done).undone_by) == (None, helper)


def test_merge_moves_more_rows_than_one_statement_takes(sunita, mrs_rao, monkeypatch):
    monkeypatch.setattr(merging, "BATCH", 2)
    for _ in range(5):
        VisitFactory(customer=mrs_rao)
    done = put_together(mrs_rao, sunita)
    assert sunita.visits.count() == 5
    undo(merge=done, by=None)
    assert mrs_rao.visits.count() == 5


def test_merge_leaves_what_the_other_has_already(sunita, mrs_rao, vendor):
    onion, garlic = ProductFactory(vendor=vendor), ProductFactory(vendor=vendor)
    for customer in (sunita, mrs_rao):
        ContactPointFactory(customer=customer, text="98200 12345", number="+919820012345")
        PreferenceFactory(customer=customer, product=onion)
    kept = [PreferenceFactory(customer=mrs_rao, product=garlic), PreferenceFactory(customer=mrs_rao, kind="avoids")]
    done = put_together(mrs_rao, sunita)
    assert (mrs_rao.contact_points.count(), mrs_rao.preferences.get().product) == (1, onion)
    assert list(sunita.preferences.all())[1:] == kept
    assert done.moved == {"preferences.Preference.customer": [each.pk for each in kept]}


def test_merge_of_two_whom_a_decision_touched_leaves_one_of_them_in_it(sunita, mrs_rao, vendor):
    decision = DecisionFactory(vendor=vendor)
    own, theirs = (DecisionPersonFactory(decision=decision, customer=each) for each in (sunita, mrs_rao))
    done = put_together(mrs_rao, sunita)
    assert (again(own).customer, again(theirs).customer, done.moved) == (sunita, mrs_rao, {})


def test_merged_person_is_found_as_the_other_by_all_their_names(sunita, mrs_rao, vendor):
    ContactPointFactory(customer=mrs_rao, text="98200 54321", number="+919820054321")
    done = put_together(mrs_rao, sunita)
    assert [found(vendor, text) for text in ("mrs", "blue", "sunita", "54321")] == [["Sunita Rao"]] * 4
    (row,) = finding.find(vendor, "mrs")
    assert row.merged == "Mrs Rao"
    undo(merge=done, by=None)
    assert [found(vendor, text) for text in ("mrs", "sunita", "54321")] == [["Mrs Rao"], ["Sunita Rao"], ["Mrs Rao"]]


def test_what_is_changed_of_the_other_keeps_the_merged_names(sunita, mrs_rao, vendor):
    put_together(mrs_rao, sunita)
    keeping.change(customer=again(sunita), fields={"landmark": "3rd lane"}, numbers=[], by=None, uid=uuid4())
    search.index([again(mrs_rao)])
    assert found(vendor, "mrs") == ["Sunita Rao"]


def test_merge_and_its_undo_change_the_past(sunita, mrs_rao, vendor):
    pasts = [again(vendor).past]
    done = put_together(mrs_rao, sunita)
    pasts.append(again(vendor).past)
    undo(merge=done, by=None)
    assert len({*pasts, again(vendor).past}) == 3


def test_merge_keeps_the_changes_of_each_row_with_it(sunita, mrs_rao):
    keeping.change(customer=mrs_rao, fields={"name": "Mrs R"}, numbers=[], by=None, uid=uuid4())
    put_together(mrs_rao, sunita)
    assert CustomerEdit.objects.get().customer == mrs_rao


def test_merge_sent_twice_merges_once(sunita, mrs_rao):
    uid = uuid4()
    assert put_together(mrs_rao, sunita, uid=uid) == put_together(mrs_rao, sunita, uid=uid)
    assert CustomerMerge.objects.count() == 1


def test_merge_under_a_used_uid_of_others_is_told(sunita, mrs_rao, vendor):
    uid = uuid4()
    put_together(mrs_rao, sunita, uid=uid)
    with pytest.raises(MergedOtherwise):
        put_together(CustomerFactory(vendor=vendor), sunita, uid=uid)


def test_merge_sent_again_after_its_undo_changes_nothing(sunita, mrs_rao):
    uid = uuid4()
    done = put_together(mrs_rao, sunita, uid=uid)
    undo(merge=done, by=None)
    assert put_together(mrs_rao, sunita, uid=uid) == done
    assert again(mrs_rao).merged_into is None


# --- whom nobody can merge


def test_person_is_not_merged_into_themselves(sunita):
    with pytest.raises(OneAlready):
        put_together(sunita, sunita)


def test_loop_of_merged_people_is_refused(sunita, mrs_rao, vendor):
    third = CustomerFactory(vendor=vendor)
    put_together(mrs_rao, sunita)
    put_together(sunita, third)
    for last in (mrs_rao, sunita):
        with pytest.raises(OneAlready):
            put_together(third, again(last))
    assert not again(third).merged_into


def test_merge_into_a_merged_person_is_one_into_the_last(sunita, mrs_rao, vendor):
    put_together(mrs_rao, sunita)
    third, uid = CustomerFactory(vendor=vendor), uuid4()
    assert put_together(third, again(mrs_rao), uid=uid).into == sunita
    assert put_together(third, again(mrs_rao), uid=uid).into == sunita


def test_merged_person_is_merged_into_nobody_else(sunita, mrs_rao, vendor):
    put_together(mrs_rao, sunita)
    with pytest.raises(MergedAlready):
        put_together(mrs_rao, CustomerFactory(vendor=vendor))
    with pytest.raises(OneAlready):
        put_together(mrs_rao, sunita)


def test_two_of_one_household_are_not_merged(sunita, mrs_rao, vendor):
    household = HouseholdFactory(vendor=vendor)
    MembershipFactory(household=household, customer=sunita)
    MembershipFactory(household=household, customer=mrs_rao)
    with pytest.raises(OneHousehold):
        put_together(mrs_rao, sunita)
    assert not CustomerMerge.objects.exists()


@pytest.mark.parametrize("turned", [False, True])
def test_person_of_another_shop_is_not_merged(sunita, turned):
    stranger = CustomerFactory()
    pair = (stranger, sunita) if turned else (sunita, stranger)
    with pytest.raises(merging.AnotherShop):
        put_together(*pair)


def test_person_forgotten_meanwhile_is_not_merged(sunita, mrs_rao):
    Customer.objects.filter(pk=mrs_rao.pk).delete()
    with pytest.raises(merging.AnotherShop):
        put_together(mrs_rao, sunita)


# --- chains


def test_undo_waits_for_the_later_merge(sunita, mrs_rao, vendor):
    visit, third = VisitFactory(customer=mrs_rao), CustomerFactory(vendor=vendor, name="Third")
    first, second = put_together(mrs_rao, sunita), put_together(sunita, third)
    assert found(vendor, "mrs") == ["Third"]
    with pytest.raises(MergedOn):
        undo(merge=first, by=None)
    assert again(visit).customer == third
    assert undo(merge=second, by=None)
    assert undo(merge=first, by=None)
    assert again(visit).customer == mrs_rao


def test_undo_twice_changes_nothing_more(sunita, mrs_rao):
    done = put_together(mrs_rao, sunita)
    assert [undo(merge=done, by=None) for _ in range(2)] == [True, False]


def test_stand_ins_are_the_last_ones(sunita, mrs_rao, vendor):
    third = CustomerFactory(vendor=vendor)
    put_together(mrs_rao, sunita), put_together(sunita, third)
    assert merging.stand_ins(vendor) == {mrs_rao.pk: third.pk, sunita.pk: third.pk}
    assert [merging.stand_in(again(each)) for each in (mrs_rao, sunita, third)] == [third] * 3


@pytest.mark.django_db(transaction=True)
def test_forgetting_the_other_forgets_what_was_merged_into_them(vendor):
    sunita, mrs_rao = CustomerFactory(vendor=vendor), CustomerFactory(vendor=vendor)
    PreferenceFactory(customer=mrs_rao, product=None, text="ripe")
    PreferenceFactory(customer=sunita, product=None, text="ripe")
    put_together(mrs_rao, sunita)
    forget([again(sunita)])
    assert not Customer.objects.exists()
    assert not CustomerMerge.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_merges_crossing_each_other_leave_one_person():
    """A into B and B into A at once: one of them is refused."""
    vendor = Vendor.objects.create(name="Shop", slug="shop")
    one, other = CustomerFactory(vendor=vendor), CustomerFactory(vendor=vendor)
    start, answers = threading.Barrier(2), []

    def send(customer, into):
        try:
            start.wait()
            answers.append(bool(put_together(customer, into)))
        except merging.MergingError:
            answers.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, True]
    assert Customer.objects.filter(merged_into__isnull=False).count() == 1


# --- the database keeps it


def test_database_refuses_a_person_merged_into_themselves(sunita, mrs_rao):
    with pytest.raises(IntegrityError, match="merged_into_another"), transaction.atomic():
        Customer.objects.filter(pk=sunita.pk).update(merged_into=sunita)
    with pytest.raises(IntegrityError, match="into_another"), transaction.atomic():
        CustomerMerge.objects.create(vendor=sunita.vendor, customer=sunita, into=sunita)


def test_database_refuses_two_merges_of_one_person_at_a_time(sunita, mrs_rao):
    put_together(mrs_rao, sunita)
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerMerge.objects.create(vendor=sunita.vendor, customer=mrs_rao, into=sunita)


def test_database_refuses_an_undo_by_somebody_at_no_time(sunita, mrs_rao, helper):
    with pytest.raises(IntegrityError, match="undone_by_has_time"), transaction.atomic():
        CustomerMerge.objects.create(vendor=sunita.vendor, customer=mrs_rao, into=sunita, undone_by=helper)


def test_merge_unites_the_allergies_of_both(sunita, mrs_rao):
    for customer, texts in ((sunita, ("nuts", "milk")), (mrs_rao, ("nuts", "sesame"))):
        for text in texts:
            PreferenceFactory(customer=customer, product=None, kind="allergy", text=text, consent_at=timezone.now())
    merging_of_both = put_together(mrs_rao, sunita)

    def allergies(customer):
        standing = customer.preferences.standing().filter(kind="allergy")
        return sorted(standing.values_list("text", flat=True))

    assert allergies(sunita) == ["milk", "nuts", "sesame"]
    undo(merge=merging_of_both, by=None)
    assert (allergies(sunita), allergies(mrs_rao)) == (["milk", "nuts"], ["nuts", "sesame"])
