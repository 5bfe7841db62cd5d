import datetime as dt
import threading
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from crm.lib import moments
from customers import keeping
from customers.merging import merge
from customers.models import Clash, ContactPoint, Customer, CustomerEdit
from customers.visits import finding
from tests.factories.customers import ContactPointFactory, CustomerFactory, HouseholdFactory, MembershipFactory
from tests.factories.vendors import MemberFactory, VendorFactory
from vendors.models import Vendor


@pytest.fixture
def sunita(vendor):
    customer = CustomerFactory(vendor=vendor, name="Sunita", landmark="3rd lane")
    ContactPointFactory(customer=customer, text="98200 12345", number="+919820012345")
    return customer


def change(customer, *, numbers=("98200 12345",), uid=None, by=None, **fields):
    return keeping.change(customer=customer, fields=fields, numbers=numbers, by=by, uid=uid or uuid4())


def found(vendor, text):
    return [each.name for each in finding.find(vendor, text)]


# --- adding


def test_added_customer_is_kept_with_who_added_them_and_can_be_found(helper):
    uid = uuid4()
    customer = keeping.add(vendor=helper.vendor, name="Sunita", by=helper, uid=uid)
    assert (customer.vendor, customer.uid, customer.name, customer.added_by) == (helper.vendor, uid, "Sunita", helper)
    assert found(helper.vendor, "suneeta") == ["Sunita"]


def test_adding_sent_twice_adds_once(helper):
    uid = uuid4()
    first, second = (keeping.add(vendor=helper.vendor, name="Sunita", by=helper, uid=uid) for _ in range(2))
    assert first == second
    assert Customer.objects.count() == 1


def test_same_uid_in_another_shop_is_another_customer(helper):
    uid = uuid4()
    here = keeping.add(vendor=helper.vendor, name="Sunita", by=helper, uid=uid)
    there = keeping.add(vendor=VendorFactory(), name="Ahmed", by=None, uid=uid)
    assert (here.name, there.name) == ("Sunita", "Ahmed")


@pytest.mark.django_db(transaction=True)
def test_adding_from_two_threads_at_once_adds_once():
    vendor, answers = VendorFactory(), []
    for _ in range(5):
        uid, start = uuid4(), threading.Barrier(2)

        def send(uid=uid, start=start):
            try:
                start.wait()
                answers.append(keeping.add(vendor=vendor, name="Sunita", by=None, uid=uid).uid)
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(answers) == 10
    assert sorted(Customer.objects.values_list("uid", flat=True)) == sorted(set(answers))


# --- changing


def test_change_keeps_what_was_known_before_and_who_changed_it(sunita, helper):
    uid = uuid4()
    edit = change(sunita, name="Sunita Rao", landmark="3rd lane", numbers=["98200 54321"], by=helper, uid=uid)
    assert (edit.vendor, edit.customer, edit.by, edit.uid) == (helper.vendor, sunita, helper, uid)
    assert edit.before == {"name": "Sunita", "phones": "98200 12345"}
    assert edit.after == {"name": "Sunita Rao", "phones": "98200 54321"}
    sunita.refresh_from_db()
    assert (sunita.name, sunita.landmark) == ("Sunita Rao", "3rd lane")


def test_changed_customer_is_found_by_the_new_and_not_by_the_old(sunita):
    change(sunita, name="Leela", landmark="", numbers=["98200 54321"])
    assert [found(sunita.vendor, text) for text in ("leela", "321")] == [["Leela"], ["Leela"]]
    assert [found(sunita.vendor, text) for text in ("sunita", "3rd", "345")] == [[], [], []]


def test_change_to_what_is_known_leaves_no_trace(sunita):
    assert change(sunita, name="Sunita", landmark="3rd lane") is None
    assert CustomerEdit.objects.count() == 0


def test_change_sent_twice_changes_once(sunita):
    uid = uuid4()
    first = change(sunita, name="Sunita Rao", uid=uid)
    again = change(Customer.objects.get(), name="Sunita Rao", uid=uid)
    assert first == again == CustomerEdit.objects.get()


def test_change_sent_again_after_a_later_one_does_not_take_that_back(sunita):
    uid = uuid4()
    change(sunita, name="Sunita Rao", uid=uid)
    change(Customer.objects.get(), name="Sunita Patil")
    change(Customer.objects.get(), name="Sunita Rao", uid=uid)
    assert Customer.objects.get().name == "Sunita Patil"


def test_change_sent_again_with_more_typed_meanwhile_is_not_lost(sunita):
    uid = uuid4()
    change(sunita, name="Sunita Rao", landmark="3rd lane", uid=uid)
    for _ in range(2):
        change(Customer.objects.get(), name="Sunita Rao", landmark="4th lane", uid=uid)
    assert list(CustomerEdit.objects.values_list("before", "after")) == [
        ({"name": "Sunita"}, {"name": "Sunita Rao"}),
        ({"landmark": "3rd lane"}, {"landmark": "4th lane"}),
    ]


def test_phone_is_kept_as_it_was_written_and_in_one_form(sunita):
    change(sunita, numbers=["98200 12345", "022-2345 6789", "९८२०० ५४३२१"])
    assert list(sunita.contact_points.values_list("text", "number")) == [
        ("98200 12345", "+919820012345"),
        ("022-2345 6789", "+912223456789"),
        ("९८२०० ५४३२१", "+919820054321"),
    ]


def test_phone_typed_twice_is_kept_once(sunita):
    change(sunita, numbers=["98200 12345", "98200 12345"])
    assert ContactPoint.objects.count() == 1


def test_phone_that_stays_is_the_same_row(sunita):
    before = ContactPoint.objects.get()
    change(sunita, numbers=["022-2345 6789", "98200 12345"])
    assert before in ContactPoint.objects.all()


def test_other_ways_to_reach_them_stay_when_phones_change(sunita):
    email = ContactPointFactory(customer=sunita, kind="email", text="sunita@example.org", number="")
    change(sunita, numbers=[])
    assert list(sunita.contact_points.all()) == [email]


def test_phone_of_a_relative_may_be_the_same(sunita):
    relative = CustomerFactory(vendor=sunita.vendor, name="Anu")
    change(relative, numbers=["98200 12345"])
    assert sorted(found(sunita.vendor, "12345")) == ["Anu", "Sunita"]


def test_change_that_fails_leaves_everything_as_it_was(sunita):
    stranger = MemberFactory()
    with pytest.raises(keeping.phones.NotAPhoneNumber):
        change(sunita, name="Leela", numbers=["no phone"], by=stranger)
    sunita.refresh_from_db()
    assert sunita.name == "Sunita"
    assert keeping.phones_of(sunita) == ["98200 12345"]
    assert found(sunita.vendor, "sunita") == ["Sunita"]


def test_phones_of_leaves_out_other_ways(sunita):
    ContactPointFactory(customer=sunita, kind="email", text="sunita@example.org", number="")
    assert keeping.phones_of(sunita) == ["98200 12345"]


def test_new_phone_finds_all_who_share_the_kitchen_until_it_is_gone(sunita):
    kitchen = HouseholdFactory(vendor=sunita.vendor)
    MembershipFactory(household=kitchen, customer=sunita)
    for name, said in (("Anu", {}), ("Vijay", {"left_at": timezone.now()})):
        MembershipFactory(household=kitchen, customer__name=name, **said)
    change(sunita, numbers=["98200 55555"])
    assert sorted(found(sunita.vendor, "55555")) == ["Anu", "Sunita"]
    change(sunita, numbers=[])
    assert found(sunita.vendor, "55555") == []


# --- what they are to the shop


def test_added_supplier_is_kept_as_one(helper):
    customer = keeping.add(vendor=helper.vendor, name="Anil", kind="supplier", by=helper, uid=uuid4())
    assert (customer.kind, customer.is_customer) == ("supplier", False)


@pytest.mark.parametrize(
    "said",
    [{"kind": "supplier"}, {"standing": "closed", "standing_reason": "moved"}],
    ids=lambda said: next(iter(said)),
)
def test_change_of_whom_the_shop_waits_for_changes_the_past(sunita, said):
    before = Vendor.objects.get(pk=sunita.vendor_id).past
    change(sunita, **said)
    assert Vendor.objects.get(pk=sunita.vendor_id).past != before


def test_change_of_anything_else_leaves_the_past(sunita):
    before = Vendor.objects.get(pk=sunita.vendor_id).past
    change(sunita, landmark="blue gate")
    assert Vendor.objects.get(pk=sunita.vendor_id).past == before


def test_change_that_says_no_numbers_leaves_them(sunita):
    change(sunita, numbers=None, landmark="blue gate")
    assert sunita.contact_points.get().text == "98200 12345"


def test_change_tells_choices_in_words(sunita):
    edit = change(sunita, kind="supplier", standing="closed", standing_reason="moved")
    assert edit.changes() == [
        ("Kind", "Customer", "Supplier"),
        ("Standing", "", "closed"),
        ("Why this standing", "", "moved"),
    ]


# --- two tablets


def at(minute):
    """A minute of that morning, at which something was tapped."""
    return dt.datetime(2026, 11, 20, 6, minute, tzinfo=dt.UTC)


def tapped(customer, minute, *, numbers=None, seen=0, **fields):
    with moments.tapped(at(minute)):
        customer = Customer.objects.get(pk=customer.pk)
        return keeping.change(customer=customer, fields=fields, numbers=numbers, by=None, uid=uuid4(), seen=seen)


def clashes():
    return list(Clash.objects.values_list("field", "stands", "aside"))


@pytest.mark.parametrize(("minute", "stands", "aside"), [(3, "5th lane", "4th lane"), (1, "4th lane", "5th lane")])
def test_of_one_field_changed_on_two_tablets_the_later_stands(sunita, minute, stands, aside):
    tapped(sunita, 2, landmark="4th lane")
    tapped(sunita, minute, landmark="5th lane")
    assert Customer.objects.get().landmark == stands
    assert clashes() == [("landmark", [stands], [aside])]


def test_page_that_shows_what_was_does_not_bring_it_back(sunita):
    tapped(sunita, 2, landmark="4th lane", name="Sunita")
    tapped(sunita, 3, landmark="3rd lane", name="Sunita Rao")
    kept = Customer.objects.get()
    assert (kept.landmark, kept.name, clashes()) == ("4th lane", "Sunita Rao", [])


def test_successive_changes_are_no_clash_whatever_the_clocks_say(sunita):
    tapped(sunita, 2, landmark="4th lane")
    tapped(sunita, 1, landmark="5th lane", seen=1)
    assert (Customer.objects.get().landmark, clashes()) == ("5th lane", [])


def test_same_said_on_two_tablets_is_said_at_the_later_tap(sunita):
    tapped(sunita, 1, landmark="4th lane")
    tapped(sunita, 3, landmark="4th lane")
    assert clashes() == []
    tapped(sunita, 2, landmark="5th lane")
    assert Customer.objects.get().landmark == "4th lane"
    assert clashes() == [("landmark", ["4th lane"], ["5th lane"])]


def test_standing_and_its_reason_are_one_word(sunita):
    tapped(sunita, 2, standing="lapsed", standing_reason="ill")
    tapped(sunita, 1, standing="closed", standing_reason="moved")
    kept = Customer.objects.get()
    assert (kept.standing, kept.standing_reason) == ("lapsed", "ill")
    assert clashes() == [("standing", ["lapsed", "ill"], ["closed", "moved"])]


def test_phones_of_two_tablets_add_up(sunita):
    tapped(sunita, 2, numbers=["98200 12345", "98200 11111"])
    tapped(sunita, 1, numbers=["98200 22222"])
    assert keeping.phones_of(Customer.objects.get()) == ["98200 11111", "98200 22222"]
    assert clashes() == []


def test_page_of_who_was_merged_meanwhile_changes_what_it_changed(sunita):
    also = CustomerFactory(vendor=sunita.vendor, name="Mrs Rao", landmark="2nd lane")
    ContactPointFactory(customer=also, text="98200 33333", number="+919820033333")
    merge(customer=also, into=sunita, by=None, uid=uuid4())
    said = {"name": "Mrs Rao", "landmark": "by the school"}
    numbers = ["98200 33333", "98200 44444"]
    page = Customer.objects.get(pk=also.pk)
    keeping.change(customer=sunita, fields=said, numbers=numbers, by=None, uid=uuid4(), seen=0, page=page)
    kept = Customer.objects.get(pk=sunita.pk)
    assert (kept.name, kept.landmark) == ("Sunita", "by the school")
    assert keeping.phones_of(kept) == ["98200 12345", "98200 33333", "98200 44444"]
    assert clashes() == [("landmark", ["by the school"], ["3rd lane"])]
