import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from crm.lib import moments
from customers import households
from customers.households import Part
from customers.merging import merge
from customers.models import Clash, Customer, Household, Membership, SearchKey
from tests.factories.customers import ContactPointFactory, CustomerFactory, HouseholdFactory, MembershipFactory
from tests.factories.vendors import VendorFactory

MOTHER, CHILD = frozenset({"decides", "pays", "eats"}), frozenset({"collects", "eats"})


@pytest.fixture
def meera(vendor):
    return CustomerFactory(vendor=vendor, name="Meera Rao")


@pytest.fixture
def anu(vendor):
    return CustomerFactory(vendor=vendor, name="Anu")


@pytest.fixture
def kitchen(meera, anu):
    return make(meera, anu)


@pytest.fixture
def three(kitchen):
    """Meera, Anu and Vijay, who decides too."""
    join(kitchen, CustomerFactory(vendor=kitchen.vendor, name="Vijay"), {"decides", "eats"})
    return kitchen


def make(first, *others, uid=None, roles=MOTHER, **said):
    parts = [Part(other, CHILD) for other in others]
    return households.make(
        vendor=first.vendor, first=Part(first, roles), others=parts, by=None, uid=uid or uuid4(), **said
    )


def join(household, customer, roles=CHILD, ask_first="", uid=None):
    part = Part(customer, frozenset(roles), ask_first)
    return households.join(household=household, part=part, by=None, uid=uid or uuid4())


def at(minute):
    """A minute of that morning, at which something was tapped."""
    return dt.datetime(2026, 11, 20, 6, minute, tzinfo=dt.UTC)


def one(household, name):
    """The standing membership of who is called so."""
    return household.memberships.standing().select_related("household", "customer", "vendor").get(customer__name=name)


def change(membership, roles, ask_first="", uid=None):
    said = {"membership": membership, "roles": roles, "ask_first": ask_first}
    return households.change(**said, by=None, uid=uid or uuid4())


def make_first(membership, uid=None):
    return households.make_first(membership=membership, by=None, uid=uid or uuid4())


def leave(household, name):
    return households.leave(membership=one(household, name), by=None)


def members(household):
    """Of all who are in it: name, roles, and who is first."""
    standing = household.memberships.standing().select_related("customer")
    return [(each.customer.name, each.roles, each.is_first) for each in standing]


def has_ended(household):
    return Household.objects.get(pk=household.pk).ended_at is not None


def found_by(digits):
    """The names of all who have a phone with these last digits among their keys."""
    key = b"#" + digits[::-1].encode()
    keys = SearchKey.objects.filter(key__gte=key, key__lt=key + b"\xff").select_related("customer")
    return sorted(each.customer.name for each in keys)


# --- making


def test_make_keeps_who_is_what_and_since_when(meera, anu, helper):
    uid, before = uuid4(), timezone.now()
    parts = {"first": Part(meera, MOTHER), "others": [Part(anu, CHILD, "not the other brand")]}
    made = households.make(vendor=meera.vendor, **parts, by=helper, uid=uid)
    assert members(made) == [("Meera Rao", ["decides", "pays", "eats"], True), ("Anu", ["collects", "eats"], False)]
    assert (made.uid, made.name, made.by, made.ended_at) == (uid, "Meera Rao’s kitchen", helper, None)
    child = one(made, "Anu")
    assert (child.ask_first, child.by) == ("not the other brand", helper)
    assert before <= child.joined_at == made.made_at <= timezone.now()


def test_make_names_it_in_the_shops_language(meera, anu, monkeypatch):
    chosen = Mock(wraps=households.translation.override)
    monkeypatch.setattr(households.translation, "override", chosen)
    meera.vendor.language = "hi"
    make(meera, anu)
    chosen.assert_called_once_with("hi")


def test_make_keeps_a_name_that_was_given(meera, anu):
    assert make(meera, anu, name="The corner house").name == "The corner house"


def test_name_of_a_household_fits_its_column(vendor, anu):
    assert len(make(CustomerFactory(vendor=vendor, name="x" * 120), anu).name) == 120


def test_make_sent_twice_makes_one(meera, anu):
    uid = uuid4()
    assert make(meera, anu, uid=uid) == make(meera, anu, uid=uid)
    assert (Household.objects.count(), Membership.objects.count()) == (1, 2)


def test_make_sent_twice_answers_as_at_first_after_a_change(meera, anu):
    uid = uuid4()
    made = make(meera, anu, uid=uid)
    change(one(made, "Anu"), {"eats"})
    assert make(meera, anu, uid=uid) == made
    assert members(made)[1] == ("Anu", ["eats"], False)


def test_make_under_a_known_uid_with_other_words_is_refused(meera, anu, vendor):
    uid = uuid4()
    make(meera, anu, uid=uid)
    for said in ({"name": "Another"}, {"roles": frozenset({"decides"})}):
        with pytest.raises(households.ToldOtherwise):
            make(meera, anu, uid=uid, **said)
    with pytest.raises(households.ToldOtherwise):
        make(meera, CustomerFactory(vendor=vendor), uid=uid)
    assert Household.objects.count() == 1


def test_household_of_one_is_told(meera):
    with pytest.raises(households.NeedsTwo):
        make(meera)
    with pytest.raises(households.NeedsTwo):
        make(meera, meera)
    assert Household.objects.count() == 0


def test_household_with_somebody_of_another_shop_is_told(meera):
    with pytest.raises(households.NeedsTwo):
        make(meera, CustomerFactory(vendor=VendorFactory()))
    assert Household.objects.count() == 0


def test_first_must_decide_and_everybody_is_something(meera, anu):
    with pytest.raises(households.FirstDecides):
        make(meera, anu, roles=frozenset({"pays"}))
    with pytest.raises(households.NoRole):
        make(meera, anu, roles=frozenset())
    with pytest.raises(households.NoRole):
        make(meera, anu, roles=frozenset({"dances"}))
    assert Household.objects.count() == 0


def test_somebody_may_be_in_two_and_first_in_both(meera, anu, vendor):
    make(meera, anu)
    make(meera, CustomerFactory(vendor=vendor))
    make(anu, CustomerFactory(vendor=vendor))
    assert meera.memberships.standing().filter(is_first=True).count() == 2
    assert anu.memberships.standing().count() == 2


def test_make_beaten_by_another_connection_answers_with_what_that_made(meera, anu, monkeypatch):
    uid = uuid4()
    made = make(meera, anu, uid=uid)
    looks = Mock(side_effect=[None, made])
    monkeypatch.setattr(households, "_made_before", looks)
    assert make(meera, anu, uid=uid) == made
    monkeypatch.setattr(households, "_made_before", Mock(return_value=None))
    with pytest.raises(IntegrityError):
        make(meera, anu, uid=uid)


# --- joining


def test_join_adds_one_once(kitchen, vendor):
    uid, vijay = uuid4(), CustomerFactory(vendor=vendor, name="Vijay")
    first, second = (join(kitchen, vijay, {"helps"}, "only cash", uid=uid) for _ in range(2))
    assert first == second
    assert members(kitchen)[2:] == [("Vijay", ["helps"], False)]
    assert first.ask_first == "only cash"


def test_join_under_a_known_uid_with_other_words_is_refused(kitchen, vendor):
    uid, vijay = uuid4(), CustomerFactory(vendor=vendor)
    join(kitchen, vijay, uid=uid)
    for customer, said in (
        (vijay, {"ask_first": "x"}),
        (vijay, {"roles": {"pays"}}),
        (CustomerFactory(vendor=vendor), {}),
    ):
        with pytest.raises(households.ToldOtherwise):
            join(kitchen, customer, uid=uid, **said)
    assert len(members(kitchen)) == 3


def test_join_of_who_is_in_it_is_told(kitchen, anu):
    with pytest.raises(households.InAlready):
        join(kitchen, anu, {"pays"})
    assert members(kitchen)[1] == ("Anu", ["collects", "eats"], False)


def test_join_of_an_ended_household_is_told(kitchen, vendor):
    households.end(household=kitchen, by=None)
    with pytest.raises(households.NoLongerStands):
        join(kitchen, CustomerFactory(vendor=vendor))


def test_join_beaten_by_another_connection(kitchen, vendor, monkeypatch):
    vijay, uid = CustomerFactory(vendor=vendor), uuid4()
    joined = join(kitchen, vijay, uid=uid)
    monkeypatch.setattr(households, "_said_before", Mock(side_effect=[None, joined]))
    monkeypatch.setattr(households, "_join", Mock(side_effect=IntegrityError))
    assert join(kitchen, vijay, uid=uid) == joined
    monkeypatch.setattr(households, "_said_before", Mock(return_value=None))
    with pytest.raises(households.InAlready):
        join(kitchen, vijay)


# --- changing


def test_change_adds_a_row_and_ends_the_old_one(kitchen, helper):
    old = one(kitchen, "Anu")
    said = {"membership": old, "roles": {"collects"}, "ask_first": "the small pack"}
    new = households.change(**said, by=helper, uid=uuid4())
    old.refresh_from_db()
    assert members(kitchen)[1] == ("Anu", ["collects"], False)
    assert (new.ask_first, new.by, new.joined_at) == ("the small pack", helper, old.joined_at)
    assert old.left_at is not None
    assert old.left_by == helper


def test_change_keeps_who_is_first(kitchen):
    change(one(kitchen, "Meera Rao"), {"decides"})
    assert members(kitchen) == [("Meera Rao", ["decides"], True), ("Anu", ["collects", "eats"], False)]
    with pytest.raises(households.FirstDecides):
        change(one(kitchen, "Meera Rao"), {"pays"})


def test_change_sent_twice_changes_once(kitchen):
    uid, child = uuid4(), one(kitchen, "Anu")
    assert change(child, {"pays"}, uid=uid) == change(child, {"pays"}, uid=uid)
    assert kitchen.memberships.count() == 3
    with pytest.raises(households.ToldOtherwise):
        change(child, {"helps"}, uid=uid)


def test_change_without_a_difference_writes_nothing(kitchen):
    child = one(kitchen, "Anu")
    assert change(child, {"eats", "collects"}) == child
    assert kitchen.memberships.count() == 2


@pytest.mark.parametrize(("minute", "stands"), [(3, "helps"), (1, "pays")], ids=["later", "earlier"])
def test_of_two_changes_at_once_the_later_stands_and_the_other_is_kept(kitchen, minute, stands):
    child = one(kitchen, "Anu")
    with moments.tapped(at(2)):
        change(child, {"pays"}, "Ask Meera")
    with moments.tapped(at(minute)):
        change(child, {"helps"})
    assert members(kitchen)[1:] == [("Anu", [stands], False)]
    assert one(kitchen, "Anu").ask_first == "Ask Meera"
    other = {"helps": "pays", "pays": "helps"}[stands]
    assert list(child.customer.clashes.values_list("field", "stands", "aside")) == [("roles", [stands], [other])]


def test_change_of_who_left_meanwhile_is_told(three):
    child = one(three, "Anu")
    leave(three, "Anu")
    with pytest.raises(households.NoLongerStands):
        change(child, {"helps"})


def test_successive_changes_are_no_clash(kitchen):
    for role in ("pays", "helps"):
        change(one(kitchen, "Anu"), {role})
    assert not Clash.objects.exists()


def test_change_to_no_role_is_told(kitchen):
    with pytest.raises(households.NoRole):
        change(one(kitchen, "Anu"), set())


def test_change_of_who_became_first_meanwhile_needs_to_decide(three):
    vijay = one(three, "Vijay")
    Membership.objects.filter(household=three, is_first=True).update(is_first=False)
    Membership.objects.filter(pk=vijay.pk).update(is_first=True)
    with pytest.raises(households.FirstDecides):
        change(vijay, {"eats"})


# --- first


def test_make_first_hands_the_name_over(three):
    uid, vijay = uuid4(), one(three, "Vijay")
    assert make_first(vijay, uid=uid) == make_first(vijay, uid=uid)
    assert sorted(members(three)) == [
        ("Anu", ["collects", "eats"], False),
        ("Meera Rao", ["decides", "pays", "eats"], False),
        ("Vijay", ["decides", "eats"], True),
    ]
    assert three.memberships.count() == 5


def test_make_first_of_who_is_first_changes_nothing(three):
    meera = one(three, "Meera Rao")
    assert make_first(meera) == meera


def test_make_first_needs_one_who_decides_and_is_there(three):
    child = one(three, "Anu")
    with pytest.raises(households.FirstDecides):
        make_first(child)
    leave(three, "Anu")
    with pytest.raises(households.NoLongerStands):
        make_first(child)


def test_make_first_under_a_known_uid_of_somebody_else_is_refused(three):
    child = one(three, "Anu")
    with pytest.raises(households.ToldOtherwise):
        make_first(one(three, "Vijay"), uid=child.uid)


# --- leaving, ending, putting back


def test_leave_ends_one_membership(three, helper):
    child = one(three, "Anu")
    assert households.leave(membership=child, by=helper) is True
    assert households.leave(membership=child, by=helper) is False
    child.refresh_from_db()
    assert child.left_by == helper
    assert [name for name, *_ in members(three)] == ["Meera Rao", "Vijay"]
    assert not has_ended(three)


def test_first_leaves_only_when_another_takes_the_place(three):
    with pytest.raises(households.FirstStays):
        leave(three, "Meera Rao")
    make_first(one(three, "Vijay"))
    assert leave(three, "Meera Rao")
    assert households.first_of(three).customer.name == "Vijay"


@pytest.mark.parametrize("name", ["Anu", "Meera Rao"])
def test_household_of_which_fewer_than_two_remain_ends(kitchen, name):
    assert leave(kitchen, name)
    assert members(kitchen) == []
    assert has_ended(kitchen)


def test_put_back_lets_one_who_left_be_in_it_again(three):
    child = one(three, "Anu")
    leave(three, "Anu")
    assert households.put_back(membership=child) is True
    assert households.put_back(membership=child) is False
    child.refresh_from_db()
    assert (child.left_at, child.left_by) == (None, None)
    assert len(members(three)) == 3


@pytest.mark.parametrize("name", ["Anu", "Meera Rao"])
def test_put_back_lets_an_ended_household_stand_again(kitchen, name):
    before, left = members(kitchen), one(kitchen, name)
    leave(kitchen, name)
    assert households.put_back(membership=left)
    assert members(kitchen) == before
    assert not has_ended(kitchen)


def test_put_back_leaves_out_who_left_before_the_end(three):
    child = one(three, "Anu")
    leave(three, "Anu")
    households.end(household=three, by=None)
    assert households.put_back(membership=child) is False
    assert members(three) == []


def test_put_back_of_a_household_of_one_changes_nothing(kitchen):
    meera = one(kitchen, "Meera Rao")
    forgotten(kitchen, "Anu")
    assert households.put_back(membership=meera) is False
    assert has_ended(kitchen)


def test_put_back_of_a_household_whose_first_was_forgotten_changes_nothing(three, vendor):
    join(three, CustomerFactory(vendor=vendor, name="Dev"))
    child = one(three, "Anu")
    households.end(household=three, by=None)
    Customer.objects.get(name="Meera Rao").delete()
    assert households.put_back(membership=child) is False
    assert members(three) == []


def test_put_back_of_two_who_are_one_person_by_now_changes_nothing(three, anu, meera):
    child = one(three, "Anu")
    households.end(household=three, by=None)
    merge(customer=anu, into=meera, by=None, uid=uuid4())
    assert households.put_back(membership=child) is False
    assert has_ended(three)


def test_put_back_of_what_was_changed_changes_nothing(kitchen):
    child = one(kitchen, "Anu")
    change(child, {"pays"})
    assert households.put_back(membership=child) is False
    assert members(kitchen)[1:] == [("Anu", ["pays"], False)]


def test_put_back_of_a_former_first_is_first_no_more(three):
    meera = one(three, "Meera Rao")
    make_first(one(three, "Vijay"))
    leave(three, "Meera Rao")
    assert households.put_back(membership=meera)
    assert households.first_of(three).customer.name == "Vijay"
    assert len(members(three)) == 3


def test_end_ends_it_for_all_once(three, helper):
    assert households.end(household=three, by=helper) is True
    assert households.end(household=three, by=helper) is False
    assert members(three) == []
    assert set(three.memberships.values_list("left_by", flat=True)) == {helper.pk}


# --- found by the phones of all


def test_all_who_share_a_kitchen_are_found_by_any_of_its_phones(meera, anu):
    ContactPointFactory(customer=meera, number="+919820012345")
    kitchen = make(meera, anu)
    assert found_by("2345") == ["Anu", "Meera Rao"]
    join(kitchen, CustomerFactory(vendor=meera.vendor, name="Vijay"))
    assert found_by("2345") == ["Anu", "Meera Rao", "Vijay"]
    child = one(kitchen, "Anu")
    leave(kitchen, "Anu")
    assert found_by("2345") == ["Meera Rao", "Vijay"]
    households.put_back(membership=child)
    assert found_by("2345") == ["Anu", "Meera Rao", "Vijay"]
    households.end(household=kitchen, by=None)
    assert found_by("2345") == ["Meera Rao"]


# --- what the database refuses


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"eats": False}, "has_a_role"),
        ({"is_first": True}, "first_decides"),
        ({"is_first": True, "decides": True}, "one_first"),
        ({"name": "Anu"}, "once_a_household"),
        ({"left_by": True}, "left_by_has_time"),
    ],
)
def test_database_refuses_what_no_household_is(kitchen, helper, said, name):
    said = dict(said)
    called = said.pop("name", None)
    who = one(kitchen, called).customer if called else CustomerFactory(vendor=kitchen.vendor)
    if "left_by" in said:
        said["left_by"] = helper
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        MembershipFactory(household=kitchen, customer=who, **said)
    assert name in str(raised.value) or "UNIQUE" in str(raised.value)


def test_database_refuses_a_member_of_another_shop(kitchen):
    def add():
        MembershipFactory(household=kitchen, customer=CustomerFactory(vendor=VendorFactory()))
        connection.check_constraints()

    with pytest.raises(IntegrityError), transaction.atomic():
        add()


def test_database_refuses_a_household_without_a_name(vendor):
    with pytest.raises(IntegrityError), transaction.atomic():
        HouseholdFactory(vendor=vendor, name="")


@pytest.mark.django_db(transaction=True)
def test_two_who_change_one_at_once_leave_one_standing(kitchen):
    child = one(kitchen, "Anu")

    def try_it(roles):
        try:
            change(child, roles)
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it, args=[{role}]) for role in ("pays", "helps")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Clash.objects.count() == 1
    assert len(members(kitchen)) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["join", "change", "make_first"])
def test_what_is_sent_twice_at_the_same_moment_is_written_once(three, vendor, what):
    uid, dev = uuid4(), CustomerFactory(vendor=vendor, name="Dev")
    child, vijay = one(three, "Anu"), one(three, "Vijay")
    writes = {
        "join": lambda: join(three, dev, uid=uid),
        "change": lambda: change(child, {"pays"}, uid=uid),
        "make_first": lambda: make_first(vijay, uid=uid),
    }
    start = threading.Barrier(3)

    def send():
        try:
            start.wait()
            return writes[what]().pk
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert len({running.result() for running in [pool.submit(send) for _ in range(3)]}) == 1
    assert Membership.objects.filter(uid=uid).count() == 1


# --- when somebody was forgotten


def forgotten(household, name):
    called = Customer.objects.get(name=name)
    called.delete()
    households.let_go(vendor=household.vendor, households=[household.pk], called=name)


def test_forgotten_first_is_followed_by_another_who_decides(three):
    forgotten(three, "Meera Rao")
    assert households.first_of(three).customer.name == "Vijay"
    assert Household.objects.get().name == "Vijay’s kitchen"


def test_household_ends_without_one_who_decides(kitchen, vendor):
    join(kitchen, CustomerFactory(vendor=vendor, name="Vijay"))
    forgotten(kitchen, "Meera Rao")
    assert has_ended(kitchen)
    assert members(kitchen) == []


def test_household_of_one_who_remains_ends_and_keeps_its_name(kitchen):
    forgotten(kitchen, "Anu")
    assert has_ended(kitchen)
    assert Household.objects.get().name == "Meera Rao’s kitchen"


def test_household_of_nobody_is_gone(kitchen):
    forgotten(kitchen, "Anu")
    forgotten(kitchen, "Meera Rao")
    assert Household.objects.count() == 0


def test_household_goes_on_without_a_child(three):
    forgotten(three, "Anu")
    assert [name for name, *_ in members(three)] == ["Meera Rao", "Vijay"]


def test_phone_of_the_forgotten_finds_nobody(three):
    ContactPointFactory(customer=one(three, "Anu").customer, number="+919820012345")
    households._index(three)
    assert found_by("2345") == ["Anu", "Meera Rao", "Vijay"]
    forgotten(three, "Anu")
    assert found_by("2345") == []
