from uuid import uuid4

import pytest
from django.urls import reverse

from customers.merging import merge
from customers.models import CustomerMerge
from tests.factories.customers import ContactPointFactory, CustomerFactory, HouseholdFactory, MembershipFactory
from tests.factories.visits import VisitFactory


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def mrs_rao(vendor):
    return CustomerFactory(vendor=vendor, name="Mrs Rao", landmark="blue gate", note="pays on Friday")


def address(name, customer, *more):
    return reverse(f"counter:{name}", args=["green-corner", customer.uid, *more])


@pytest.fixture
def here(sunita):
    return address("same_person", sunita)


def keeping(kept, other, **more):
    return {"uid": uuid4(), "other": other.uid, "keep": kept.uid, **more}


def text_of(answer):
    return " ".join(answer.content.decode().split())


def merged():
    return list(CustomerMerge.objects.filter(undone_at=None).values_list("customer__name", "into__name"))


# --- looked for and looked at


def test_same_person_asks_for_the_other_name(counter, here):
    page = text_of(counter.get(here))
    assert "Sunita Rao is the same person as …" in page
    assert "Type a few letters of the other name" in page


def test_same_person_finds_others_and_never_the_person(counter, here, mrs_rao):
    page = counter.get(here, {"q": "rao"})
    assert [each.name for each in page.context["found"]] == ["Mrs Rao"]
    assert f"{here}?other={mrs_rao.uid}" in page.content.decode()


def test_same_person_says_that_nobody_else_is_called_so(counter, here):
    assert "Nobody else here is called “sunita”." in text_of(counter.get(here, {"q": "sunita"}))


def test_same_person_shows_both_side_by_side(counter, here, sunita, mrs_rao):
    ContactPointFactory(customer=mrs_rao, text="98200 12345", number="+919820012345")
    VisitFactory(customer=sunita)
    page = text_of(counter.get(here, {"other": mrs_rao.uid}))
    for words in ("98200 12345", "blue gate", "pays on Friday", "keep Sunita Rao", "keep Mrs Rao"):
        assert words in page


@pytest.mark.parametrize("other", ["", "nobody", "2f9cbd3c-6a10-4a8e-8a5e-0c3f5e1f4a11"])
def test_same_person_as_nobody_looks_on(counter, here, other):
    page = counter.get(here, {"other": other})
    assert page.status_code == 200
    assert "is the same person as" in page.content.decode()


def test_same_person_of_another_shop_is_nobody(counter, here):
    stranger = CustomerFactory(name="Zubeda")
    assert "Zubeda" not in counter.get(here, {"other": stranger.uid}).content.decode()
    page = counter.post(here, keeping(stranger, stranger))
    assert page.status_code == 422
    assert "This person is not in the shop any more. Nothing was changed." in page.content.decode()
    assert merged() == []


def test_same_person_as_themselves_is_told(counter, here, sunita):
    assert "one person here already" in counter.get(here, {"other": sunita.uid}).content.decode()


@pytest.mark.parametrize("people", [1, 3])
def test_same_person_asks_as_much_for_three_as_for_one(counter, here, vendor, people, django_assert_num_queries):
    for _ in range(people):
        ContactPointFactory(customer=CustomerFactory(vendor=vendor, name="Mrs Rao"))
    with django_assert_num_queries(6):  # session, user, member, person, found
        counter.get(here, {"q": "rao"})


# --- put together and taken apart


@pytest.mark.parametrize("turned", [False, True])
def test_same_person_keeps_the_one_who_was_chosen(counter, here, sunita, mrs_rao, turned):
    kept, gone = (mrs_rao, sunita) if turned else (sunita, mrs_rao)
    answer = counter.post(here, keeping(kept, mrs_rao), follow=True)
    assert answer.redirect_chain == [(address("card", kept), 302)]
    assert f"{gone.name} and {kept.name} are one person now." in answer.content.decode()
    assert merged() == [(gone.name, kept.name)]


def test_same_person_sent_twice_is_put_together_once(counter, here, sunita, mrs_rao):
    data = keeping(sunita, mrs_rao)
    assert [counter.post(here, data).status_code for _ in range(2)] == [302, 302]
    assert merged() == [("Mrs Rao", "Sunita Rao")]


def test_same_person_under_a_used_uid_with_another_is_told(counter, here, vendor, sunita, mrs_rao):
    data, third = keeping(sunita, mrs_rao), CustomerFactory(vendor=vendor, name="Third")
    counter.post(here, data)
    page = counter.post(here, {**data, "other": third.uid})
    assert page.status_code == 409
    assert "This page was used before for two other people." in page.content.decode()
    counter.post(here, keeping(sunita, third, uid=page.context["form"]["uid"].value()))
    assert merged() == [("Mrs Rao", "Sunita Rao"), ("Third", "Sunita Rao")]


def test_same_person_in_one_household_is_told_what_to_do_first(counter, here, vendor, sunita, mrs_rao):
    household = HouseholdFactory(vendor=vendor)
    for customer in (sunita, mrs_rao):
        MembershipFactory(household=household, customer=customer)
    page = counter.post(here, keeping(sunita, mrs_rao))
    assert page.status_code == 409
    assert "Both are in the same household" in page.content.decode()
    assert merged() == []


def test_same_person_without_a_uid_is_refused(counter, here, sunita, mrs_rao):
    page = counter.post(here, keeping(sunita, mrs_rao, uid="x"))
    assert page.status_code == 422
    assert "this page was not whole" in page.content.decode()


def test_undo_makes_them_two_people_again(counter, here, sunita, mrs_rao, helper):
    counter.post(here, keeping(sunita, mrs_rao))
    found = CustomerMerge.objects.get()
    page = counter.get(address("details", sunita)).content.decode()
    undo = address("undo_same_person", sunita, found.uid)
    assert undo in page
    for _ in range(2):
        answer = counter.post(undo, follow=True)
    assert answer.redirect_chain == [(address("details", sunita), 302)]
    assert "Mrs Rao and Sunita Rao are two people again." in answer.content.decode()
    found.refresh_from_db()
    assert found.undone_by == helper
    assert "Also kept here as" not in counter.get(address("details", sunita)).content.decode()


def test_undo_of_somebody_merged_on_is_told(counter, vendor, sunita, mrs_rao):
    found = merge(customer=mrs_rao, into=sunita, by=None, uid=uuid4())
    merge(customer=sunita, into=CustomerFactory(vendor=vendor, name="Third"), by=None, uid=uuid4())
    answer = counter.post(address("undo_same_person", sunita, found.uid))
    assert answer.status_code == 409
    assert "Since then both were put together with a third person." in answer.content.decode()
    found.refresh_from_db()
    assert found.undone_at is None


def test_undo_under_another_persons_address_is_nothing(counter, sunita, mrs_rao):
    found = merge(customer=mrs_rao, into=sunita, by=None, uid=uuid4())
    assert counter.post(address("undo_same_person", mrs_rao, found.uid)).status_code == 404
