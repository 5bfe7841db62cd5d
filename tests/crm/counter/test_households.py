import datetime as dt
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers import merging
from customers.models import Customer, Household, Membership
from customers.visits.models import Visit, VisitEdit
from tests.factories.customers import ContactPointFactory, CustomerFactory, HouseholdFactory, MembershipFactory
from tests.factories.preferences import PreferenceFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory

HTMX = {"HX-Request": "true"}
ASK = "do not change the brand"


@pytest.fixture
def meera(vendor):
    return CustomerFactory(vendor=vendor, name="Meera Rao")


@pytest.fixture
def anu(vendor):
    return CustomerFactory(vendor=vendor, name="Anu")


@pytest.fixture
def kitchen(vendor, meera, anu):
    """Meera, who decides, and Anu, who collects."""
    household = HouseholdFactory(vendor=vendor, name="Rao kitchen")
    MembershipFactory(household=household, customer=meera, is_first=True, decides=True)
    MembershipFactory(household=household, customer=anu, eats=False, collects=True, ask_first=ASK)
    return household


def address(name, customer, *uids):
    return reverse(f"counter:{name}", args=["green-corner", customer.uid, *uids])


def body(response):
    return " ".join(response.content.decode().split())


def one(kitchen, customer):
    return kitchen.memberships.standing().get(customer=customer)


def said(**more):
    return {"uid": uuid4(), "roles": ["eats"], **more}


def new(**more):
    """The form of a new household."""
    return said(own_roles=["pays"], add="new", **more)


def members():
    """Of all who are in a household now."""
    standing = Membership.objects.standing().select_related("customer").order_by("pk")
    return [(each.customer.name, each.roles_in_words, each.is_first) for each in standing]


# --- who stands here, and for whom


def test_card_asks_who_stands_here(counter, kitchen, meera, anu):
    page = body(counter.get(address("card", meera)))
    assert '<input type="radio" name="collected_by" value="" form="serve" checked> Meera Rao' in page
    radio = f'<input type="radio" name="collected_by" value="{anu.uid}" form="serve">'
    assert f'{radio} Anu <small class="said">collects</small>' in page
    assert f"⚠ <b>Ask first:</b> {ASK}" in page
    assert "For whom?" not in page


def test_card_knows_who_came_by_a_link_for_another(counter, kitchen, meera, anu):
    page = body(counter.get(address("card", meera) + f"?standing={anu.uid}"))
    assert f'value="{anu.uid}" form="serve" checked' in page
    assert 'value="" form="serve" checked' not in page
    assert 'value="" form="serve" checked' in body(counter.get(address("card", meera) + "?standing=nobody"))


def test_card_of_a_collector_says_for_whom_and_what_to_ask_first(counter, kitchen, meera, anu):
    page = body(counter.get(address("card", anu)))
    assert f'href="{address("card", meera)}?standing={anu.uid}">For Meera Rao (Rao kitchen)</a>' in page
    assert ASK in page
    assert "For themselves: go on below." in page
    assert "Who is standing here?" not in page


def test_card_of_one_in_two_households_says_both(counter, vendor, kitchen, anu):
    other = HouseholdFactory(vendor=vendor, name="Own kitchen")
    MembershipFactory(household=other, customer=anu, is_first=True, decides=True)
    MembershipFactory(household=other, customer__name="Vijay", helps=True)
    page = body(counter.get(address("card", anu)))
    assert "For Meera Rao (Rao kitchen)" in page
    assert "Who is standing here?" in page
    assert "Vijay" in page
    assert "Household: Rao kitchen, Own kitchen" in page.replace("Own kitchen, Rao kitchen", "Rao kitchen, Own kitchen")


def test_card_of_somebody_alone_asks_nothing(counter, meera):
    page = body(counter.get(address("card", meera)))
    assert "Who is standing here?" not in page
    assert "Shares a kitchen with" in page


def test_done_keeps_who_collected_and_the_card_says_so(counter, kitchen, meera, anu):
    data = {"uid": uuid4(), "collected_by": anu.uid}
    assert [counter.post(address("card", meera), data).status_code for _twice in range(2)] == [302, 302]
    visit = Visit.objects.get()
    assert (visit.customer, visit.collected_by) == (meera, anu)
    assert "collected by Anu" in body(counter.get(address("card", meera)))
    assert "collected by Anu" in body(counter.get(reverse("counter:today", args=["green-corner"])))


def test_done_for_a_stranger_is_told_and_nothing_is_lost(counter, kitchen, meera, vendor):
    onion = ProductFactory(vendor=vendor)
    data = {"uid": uuid4(), "collected_by": CustomerFactory(vendor=vendor).uid, f"take.{onion.uid}": "7"}
    response = counter.post(address("card", meera), data)
    assert response.status_code == 422
    assert "is not in this household any more" in body(response)
    assert 'value="7"' in body(response)
    assert Visit.objects.count() == 0


def test_done_on_the_card_of_who_was_merged_meanwhile_keeps_who_collected(counter, kitchen, meera, anu, vendor):
    twice = CustomerFactory(vendor=vendor, name="Mira Rao")
    merging.merge(customer=meera, into=twice, by=None, uid=uuid4())
    counter.post(address("card", meera), {"uid": uuid4(), "collected_by": anu.uid})
    assert Visit.objects.get().collected_by == anu


def test_household_gets_the_one_who_stands_for_who_was_chosen(counter, kitchen, meera, vendor):
    other, twice = (CustomerFactory(vendor=vendor, name=name) for name in ("Vijay", "Wijay"))
    merging.merge(customer=other, into=twice, by=None, uid=uuid4())
    counter.post(address("household", meera), said(add=kitchen.uid, who=other.uid))
    assert members()[2:] == [("Wijay", "eats", False)]


def test_who_collected_can_be_changed_and_what_it_was_is_kept(counter, kitchen, meera, anu):
    visit = VisitFactory(customer=meera, collected_by=anu)
    url = reverse("counter:visit", args=["green-corner", visit.uid])
    assert f'value="{anu.uid}" form="serve" checked' in body(counter.get(url))
    counter.post(url, {"uid": uuid4(), "note": "as it was"})
    visit.refresh_from_db()
    assert visit.collected_by == anu
    counter.post(url, {"uid": uuid4(), "collected_by": ""})
    visit.refresh_from_db()
    assert visit.collected_by is None
    assert VisitEdit.objects.latest("pk").before["collected_by"] == str(anu.uid)


def test_who_collected_stays_after_they_left_the_household(counter, kitchen, meera, anu):
    visit = VisitFactory(customer=meera, collected_by=anu)
    Membership.objects.filter(customer=anu).update(left_at=timezone.now())
    url = reverse("counter:visit", args=["green-corner", visit.uid])
    assert f'value="{anu.uid}" form="serve" checked' in body(counter.get(url))
    counter.post(url, {"uid": uuid4(), "note": "x", "collected_by": anu.uid})
    visit.refresh_from_db()
    assert (visit.note, visit.collected_by) == ("x", anu)


def test_card_warns_of_the_allergies_of_all_who_eat_there(counter, vendor, kitchen, meera):
    vijay = MembershipFactory(household=kitchen, customer__name="Vijay").customer
    consent = {"consent_at": timezone.now()}
    PreferenceFactory(customer=vijay, kind="allergy", product=None, text="peanuts", **consent)
    page = body(counter.get(address("card", meera)))
    assert "⚠ Allergy (Vijay): peanuts" in page
    assert f'href="{address("card", vijay)}">Card of Vijay</a>' in page
    assert "Remove</button>" not in page


@pytest.mark.parametrize("people", [1, 3])
def test_card_of_a_household_asks_at_most_ten_queries(counter, kitchen, meera, people, django_assert_max_num_queries):
    for _each in range(people):
        MembershipFactory(household=kitchen)
    counter.get(address("card", meera))
    with django_assert_max_num_queries(10):
        counter.get(address("card", meera))


# --- the household


def test_household_says_who_is_what(counter, kitchen, meera, anu):
    page = body(counter.get(address("household", meera)))
    assert "<b>Anu</b> collects" in page
    assert "<b>Meera Rao</b> decides, eats" in page
    assert "the visits stand under this name" in page
    assert ASK in page
    assert "Back to the card" in page
    fragment = counter.get(address("household", meera), headers=HTMX)
    assert fragment.content.strip().startswith(b'<section class="panel" id="household"')
    assert fragment.headers["Vary"].startswith("HX-Request")


def test_household_of_nobody_has_the_form_of_a_new_one(counter, meera):
    page = body(counter.get(address("household", meera), headers=HTMX))
    assert "And Meera Rao?" in page
    assert 'name="add" value="new"' in page


def test_household_finds_who_is_meant(counter, meera, anu):
    for name in ("household_people", "household"):
        page = body(counter.get(address(name, meera) + "?q=anu", headers=HTMX))
        assert f'name="who" value="{anu.uid}"' in page
        assert 'value="new"> New: anu' in page


def test_household_finds_who_is_meant_without_script_and_keeps_what_was_typed(counter, meera, anu):
    data = new(q="anu", who="new", look="1", ask_first=ASK, roles=["collects"], first="other", household_name="Us")
    page = body(counter.post(address("household", meera), data))
    assert f'name="who" value="{anu.uid}"' in page
    assert 'value="new" checked' in page
    assert f'value="{ASK}"' in page
    assert 'value="Us"' in page
    assert 'name="first" value="other" checked' in page
    assert 'value="collects" id="id_roles_2" checked' in page
    assert f'value="{data["uid"]}"' in page
    assert Household.objects.count() == 0


def test_household_is_made_with_somebody_known(counter, helper, meera, anu):
    data = new(who=anu.uid, ask_first=ASK, roles=["collects"])
    for _twice in range(2):
        response = counter.post(address("household", meera), data)
        assert response.url == address("household", meera)
    assert members() == [("Meera Rao", "decides, pays", True), ("Anu", "collects", False)]
    made = Household.objects.get()
    assert (made.name, made.by) == ("Meera Rao’s kitchen", helper)
    assert Membership.objects.get(customer=anu).ask_first == ASK


def test_household_is_made_with_somebody_new(counter, meera):
    data = new(who="new", q=" Vijay ", first="other", household_name="Us")
    for _twice in range(2):
        assert counter.post(address("household", meera), data, headers=HTMX).status_code == 200
    assert members() == [("Vijay", "decides, eats", True), ("Meera Rao", "pays", False)]
    assert Customer.objects.filter(name="Vijay").count() == 1
    assert Household.objects.get().name == "Us"


def test_household_is_made_with_their_visits_so_far(counter, meera, anu):
    visit = VisitFactory(customer=anu, at=timezone.now() - dt.timedelta(days=1))
    counter.post(address("household", meera), new(who=anu.uid, brings_past="on"))
    visit.refresh_from_db()
    assert (visit.customer, visit.collected_by) == (meera, anu)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, "Choose who it is"),
        ({"who": "17"}, "Choose who it is"),
        ({"who": "\0"}, "Null characters"),
        ({"who": "new", "q": " \u200b "}, "Choose who it is"),
        ({"who": "own"}, "A household is two people at least."),
        ({"who": "new", "q": "Vijay", "roles": []}, "Choose at least one"),
        ({"who": "new", "q": "Vijay", "roles": ["dances"]}, "Choose at least one"),
        ({"who": "new", "q": "Vijay", "own_roles": []}, "Choose at least one"),
        ({"who": "new", "q": "Vijay", "uid": "17"}, "this page was not whole"),
        ({"who": "new", "q": "Vijay", "ask_first": "x" * 161}, "160"),
        ({"who": "new", "q": "x" * 121}, "Choose who it is"),
        ({"who": "new", "q": "Vijay", "first": "both"}, "Select a valid choice"),
    ],
)
def test_household_that_cannot_be_made_is_told_and_keeps_what_was_typed(counter, meera, data, told):
    data = new(ask_first=ASK) | data
    data = {**data, "who": meera.uid} if data.get("who") == "own" else data
    response = counter.post(address("household", meera), data, headers=HTMX)
    assert response.status_code == 422
    assert told in body(response)
    assert "HX-Trigger" not in response.headers
    assert len(data["ask_first"]) > 160 or f'value="{ASK}"' in body(response)
    assert Household.objects.count() == 0


def test_household_sent_again_with_other_words_is_told_and_can_then_be_sent(counter, meera, anu):
    data = new(who=anu.uid)
    counter.post(address("household", meera), data)
    response = counter.post(address("household", meera), {**data, "household_name": "Another"})
    assert response.status_code == 422
    assert "This form was saved before with other words." in body(response)
    assert f'value="{data["uid"]}"' not in body(response)


def test_household_gets_somebody_more_once(counter, kitchen, meera, vendor):
    vijay, data = CustomerFactory(vendor=vendor, name="Vijay"), said(add=kitchen.uid)
    assert 'name="own_roles"' not in body(counter.get(address("household", meera) + f"?add={kitchen.uid}"))
    for _twice in range(2):
        response = counter.post(address("household", meera), {**data, "who": vijay.uid}, headers=HTMX)
        assert "<b>Vijay</b> eats" in body(response)
        assert "household-changed" in response.headers["HX-Trigger"]
    assert members()[2:] == [("Vijay", "eats", False)]


def test_household_says_that_somebody_is_in_it_already(counter, kitchen, meera, anu):
    response = counter.post(address("household", meera), said(add=kitchen.uid, who=anu.uid))
    assert response.status_code == 422
    assert "They are in this household already." in body(response)


def test_household_says_plainly_that_two_kitchens_would_share_a_name(counter, kitchen, meera, anu):
    told = "One kitchen&#x27;s visits stand under the name of Meera Rao already."
    assert told.replace("&#x27;", "'") in body(counter.get(address("household", meera) + "?add=new"))
    assert "already." not in body(counter.get(address("household", anu) + "?add=new"))


@pytest.mark.parametrize("asked", ["17", "another", "ended"])
def test_household_that_one_is_not_in_is_not_found(counter, vendor, kitchen, meera, asked):
    Household.objects.filter(pk=kitchen.pk).update(ended_at=timezone.now())
    Membership.objects.update(left_at=timezone.now())
    uid = {"another": HouseholdFactory(vendor=vendor).uid, "ended": kitchen.uid}.get(asked, asked)
    assert counter.get(address("household", meera) + f"?add={uid}").status_code == 404
    assert counter.post(address("household", meera), said(add=uid)).status_code == 404


def test_queries_are_as_many_for_three_as_for_one(counter, kitchen, meera):
    counts = []
    for _each in range(3):
        MembershipFactory(household=kitchen)
        with CaptureQueriesContext(connection) as queries:
            counter.get(address("household", meera), headers=HTMX)
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 6


# --- one of its members


def test_member_is_changed_once(counter, kitchen, meera, anu):
    url = address("household_member", meera, one(kitchen, anu).uid)
    page = body(counter.get(url))
    assert 'value="collects" id="id_roles_2" checked' in page
    assert f'value="{ASK}"' in page
    data = said(roles=["collects", "pays"], ask_first="the small pack")
    for _twice in range(2):
        assert counter.post(url, data).url == address("household", meera)
    assert members()[1] == ("Anu", "pays, collects", False)
    assert Membership.objects.count() == 3


def test_member_changed_by_another_meanwhile_is_what_was_tapped_later(counter, kitchen, meera, anu):
    url = address("household_member", meera, one(kitchen, anu).uid)
    counter.post(url, said(roles=["pays"]))
    counter.post(url, said(roles=["helps"]), headers=HTMX)
    assert members()[1] == ("Anu", "helps", False)
    assert anu.clashes.values_list("stands", "aside").get() == (["helps"], ["pays"])


def test_member_without_a_role_is_told(counter, kitchen, meera, anu):
    response = counter.post(address("household_member", meera, one(kitchen, anu).uid), said(roles=[]))
    assert response.status_code == 422
    assert "Choose at least one" in body(response)


def test_member_becomes_first_with_the_visits_so_far(counter, kitchen, meera, anu):
    VisitFactory(customer=meera)
    Membership.objects.filter(customer=anu).update(decides=True)
    found, data = one(kitchen, anu), {"uid": uuid4(), "brings_past": "1"}
    assert "Visits under this name" in body(counter.get(address("household_member", meera, found.uid)))
    for _twice in range(2):
        assert counter.post(address("household_first", meera, found.uid), data).status_code == 302
    assert sorted(members()) == [("Anu", "decides, collects", True), ("Meera Rao", "decides, eats", False)]
    assert Visit.objects.get().customer == anu


def test_member_who_does_not_decide_cannot_be_first(counter, kitchen, meera, anu):
    found = one(kitchen, anu)
    assert "Visits under this name" not in body(counter.get(address("household_member", meera, found.uid)))
    response = counter.post(address("household_first", meera, found.uid), {"uid": uuid4()})
    assert response.status_code == 422
    assert "stand under the name of one who decides" in body(response)


def test_member_leaves_and_is_put_back(counter, kitchen, meera, anu):
    MembershipFactory(household=kitchen)
    found = one(kitchen, anu)
    url = address("household_leave", meera, found.uid)
    for _twice in range(2):
        response = counter.post(url, {"uid": uuid4()}, headers=HTMX)
        assert "Removed: Anu from Rao kitchen." in body(response)
        assert "household-changed" in response.headers["HX-Trigger"]
    assert len(members()) == 2
    counter.post(url, {"uid": uuid4(), "put_back": "1"}, headers=HTMX)
    assert len(members()) == 3


def test_member_leaves_and_is_put_back_without_script(counter, kitchen, meera, anu):
    found = one(kitchen, anu)
    response = counter.post(address("household_leave", meera, found.uid), {"uid": uuid4()}, follow=True)
    assert "This does not stand any more." in body(response)
    assert members() == []
    counter.post(address("household_leave", meera, found.uid), {"uid": uuid4(), "put_back": "1"})
    assert len(members()) == 2


def test_member_takes_along_what_they_brought_and_brings_it_back(counter, kitchen, meera, anu):
    visit = VisitFactory(customer=meera, collected_by=anu, at=timezone.now() - dt.timedelta(days=1))
    MembershipFactory(household=kitchen)
    found = one(kitchen, anu)
    assert "They take along the visits" in body(counter.get(address("household_member", meera, found.uid)))
    url = address("household_leave", meera, found.uid)
    page = body(counter.post(url, {"uid": uuid4(), "past": "1"}, headers=HTMX))
    assert '<input type="hidden" name="past" value="1">' in page
    visit.refresh_from_db()
    assert (visit.customer, visit.collected_by) == (anu, None)
    counter.post(url, {"uid": uuid4(), "past": "1", "put_back": "1"}, headers=HTMX)
    visit.refresh_from_db()
    assert (visit.customer, visit.collected_by) == (meera, anu)


def test_first_who_would_leave_is_told_which_tap_comes_before(counter, kitchen, meera):
    MembershipFactory(household=kitchen)
    response = counter.post(address("household_leave", meera, one(kitchen, meera).uid), {"uid": uuid4()})
    assert response.status_code == 422
    assert "First change another who decides" in body(response)
    assert len(members()) == 3


def test_put_back_of_visits_that_are_another_kitchens_now_is_told(counter, vendor, kitchen, meera, anu):
    MembershipFactory(household=kitchen)
    found = one(kitchen, anu)
    url = address("household_leave", meera, found.uid)
    counter.post(url, {"uid": uuid4()})
    MembershipFactory(household=HouseholdFactory(vendor=vendor), customer=anu, is_first=True, decides=True)
    response = counter.post(url, {"uid": uuid4(), "put_back": "1", "past": "1"})
    assert response.status_code == 422
    assert "Another kitchen" in body(response)


@pytest.mark.parametrize("name", ["household_first", "household_leave"])
def test_form_that_is_not_whole_is_told(counter, kitchen, meera, anu, name):
    response = counter.post(address(name, meera, one(kitchen, anu).uid), {})
    assert response.status_code == 422
    assert "this page was not whole" in body(response)
    assert len(members()) == 2


def test_household_ends_once_and_is_put_back(counter, kitchen, meera):
    own = one(kitchen, meera)
    for _twice in range(2):
        page = body(counter.post(address("household_end", meera, kitchen.uid), headers=HTMX))
        assert "Removed: Meera Rao from Rao kitchen." in page
    assert members() == []
    counter.post(address("household_leave", meera, own.uid), {"uid": uuid4(), "put_back": "1"})
    assert len(members()) == 2


def test_household_and_member_of_others_are_not_found(counter, vendor, kitchen, meera, anu):
    other = CustomerFactory(vendor=vendor)
    for name in ("household_member", "household_first", "household_leave"):
        assert counter.post(address(name, other, one(kitchen, anu).uid), said()).status_code == 404
    assert counter.post(address("household_end", other, kitchen.uid)).status_code == 404
    assert len(members()) == 2


def test_household_of_another_shop_is_not_found(counter):
    theirs = MembershipFactory()
    assert counter.get(address("household", theirs.customer)).status_code == 404


def test_writes_are_not_done_by_looking(counter, kitchen, meera, anu):
    uid = one(kitchen, anu).uid
    urls = [address(name, meera, uid) for name in ("household_first", "household_leave")]
    urls.append(address("household_end", meera, kitchen.uid))
    assert [counter.get(url).status_code for url in urls] == [405, 405, 405]


def test_everybody_in_the_kitchen_is_found_by_its_phone(counter, kitchen, meera, anu):
    ContactPointFactory(customer=meera, number="+919820012345")
    counter.post(address("household_member", meera, one(kitchen, anu).uid), said(roles=["pays"]))
    vijay = {"who": "new", "q": "Vijay"}
    counter.post(address("household", meera), said(add=kitchen.uid, **vijay))
    found = body(counter.get(reverse("counter:find", args=["green-corner"]), {"q": "2345"}, headers=HTMX))
    assert all(name in found for name in ("Meera Rao", "Anu", "Vijay"))
