import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.promises import PromiseFactory
from tests.factories.vendors import ClosureFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

FIND = "/green-corner/counter/"


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao", landmark="3rd lane")


def test_find_shows_the_whole_page_with_the_search(counter, sunita):
    page = counter.get(FIND, {"q": "suni"})
    assert page.templates[0].name == "counter/find.html"
    assert [found.name for found in page.context["found"]] == ["Sunita Rao"]


def test_find_answers_htmx_with_the_fragment_alone(counter, sunita):
    page = counter.get(FIND, {"q": "suni"}, headers={"HX-Request": "true"})
    assert page.templates[0].name == "counter/_found.html"
    assert "HX-Request" in page["Vary"]
    assert b"<html" not in page.content


@pytest.mark.parametrize(("outcome", "says"), [({}, True), ({"outcome": "broken", "closed_at": timezone.now()}, False)])
def test_find_tells_of_an_open_promise(counter, sunita, outcome, says):
    PromiseFactory(customer=sunita, **outcome)
    PromiseFactory(customer__vendor=sunita.vendor)
    assert ("! promise" in counter.get(FIND, {"q": "suni"}, headers={"HX-Request": "true"}).content.decode()) is says


def test_find_tells_of_an_open_promise_of_who_is_likely_now(counter, sunita):
    VisitFactory(customer=sunita, at=timezone.now() - dt.timedelta(days=7))
    assert "! promise" not in likely(counter)
    PromiseFactory(customer=sunita)
    assert "! promise" in likely(counter)


def likely(counter):
    """The page without what it holds ready for when there is no connection."""
    return counter.get(FIND).content.decode().partition("<template")[0]


def test_find_waits_for_two_letters(counter, sunita):
    assert "found" not in counter.get(FIND, {"q": "s"}).context


def test_find_tells_same_names_apart(counter, vendor, sunita):
    other = CustomerFactory(vendor=vendor, name="Sunita Rao", description="green scooter")
    ContactPointFactory(customer=other, number="+919820012345")
    page = counter.get(FIND, {"q": "sunita rao"}).content.decode()
    assert "3rd lane" in page
    assert "green scooter" in page
    assert "…\u20602345" in page


def test_find_offers_a_new_customer_from_what_was_typed(counter):
    page = counter.get(FIND, {"q": "Zubeda"}, headers={"HX-Request": "true"}).content.decode()
    assert '<input type="hidden" name="name" value="Zubeda">' in page


@pytest.mark.parametrize("typed", ["x" * 10_000, "\0", "🍌🍌", "\u202eab", "<b>", "%", "' OR 1=1"])
def test_find_survives_wild_input(counter, typed):
    assert counter.get(FIND, {"q": typed}).status_code == 200


def test_find_escapes_what_was_typed(counter):
    assert b"<b>x" not in counter.get(FIND, {"q": "<b>x"}).content


def test_find_shows_what_was_just_served(counter, helper, sunita):
    visit = VisitFactory(customer=sunita, by=helper)
    VisitLineFactory(visit=visit)
    page = counter.get(FIND)
    assert page.context["served"] == visit
    assert reverse("counter:undo", args=["green-corner", visit.uid]) in page.content.decode()


def test_find_asks_at_most_eight_queries_for_any_number_of_people(
    counter, helper, vendor, django_assert_max_num_queries
):
    for _ in range(12):
        VisitFactory(customer__vendor=vendor, by=helper, at=timezone.now() - dt.timedelta(days=7))
    counter.get(FIND)  # the first of the day also reads who came when, and when the shop is open
    with django_assert_max_num_queries(8):
        counter.get(FIND)


def test_search_asks_four_queries(counter, vendor, django_assert_num_queries):
    for _ in range(3):
        CustomerFactory(vendor=vendor, name="Sunita")
    with django_assert_num_queries(4):
        counter.get(FIND, {"q": "suni"}, headers={"HX-Request": "true"})


def test_new_customer_is_kept_by_name_alone(counter, helper):
    uid = uuid.uuid4()
    answer = counter.post(f"{FIND}new/", {"uid": uid, "name": " Zubeda \u200f"})
    customer = Customer.objects.get()
    assert (customer.uid, customer.name, customer.added_by) == (uid, "Zubeda", helper)
    assert answer.url == reverse("counter:card", args=["green-corner", uid])


def test_new_customer_sent_twice_is_kept_once(counter):
    for _ in range(2):
        answer = counter.post(f"{FIND}new/", {"uid": "c0ffee00-0000-4000-8000-000000000001", "name": "Zubeda"})
        assert answer.status_code == 302
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Write a name"),
        ("\u200f\u200b", "Write a name"),
        ("x" * 10_000, "at most 120"),
        ("a\0b", "Null characters"),
    ],
)
def test_new_customer_refuses_bad_names_and_keeps_them(counter, name, says):
    page = counter.post(f"{FIND}new/", {"uid": uuid.uuid4(), "name": name})
    assert page.status_code == 422
    assert says in page.content.decode()
    assert page.context["form"]["name"].value() == name
    assert not Customer.objects.exists()


def test_new_customer_refuses_a_malformed_uid(counter):
    page = counter.post(f"{FIND}new/", {"uid": "x", "name": "Zubeda"})
    assert page.status_code == 422
    assert "this page was not whole" in page.content.decode()


def test_new_customer_may_be_an_emoji(counter):
    counter.post(f"{FIND}new/", {"uid": uuid.uuid4(), "name": "🛵"})
    assert Customer.objects.get().name == "🛵"


def test_today_lists_the_visits_of_the_day(counter, helper, sunita):
    VisitLineFactory(visit__customer=sunita, visit__by=helper, product__name="Onion")
    VisitFactory(customer=sunita, at=timezone.now() - dt.timedelta(days=2))
    page = counter.get(f"{FIND}today/")
    assert len(page.context["table"].rows) == 1
    assert "Onion 1 kg" in page.content.decode()


def test_today_says_what_will_stand_there(counter):
    assert "Nobody was served yet today" in counter.get(f"{FIND}today/").content.decode()


@pytest.mark.parametrize("order", ["at", "-at", "customer", "-by", "nonsense"])
def test_today_can_be_sorted(counter, sunita, order):
    VisitFactory(customer=sunita)
    page = counter.get(f"{FIND}today/", {"sort": order})
    assert page.status_code == 200
    assert len(page.context["table"].rows) == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_today_asks_the_same_queries_for_any_number_of_rows(counter, helper, sunita, rows, django_assert_num_queries):
    for _ in range(rows):
        VisitLineFactory(visit__customer=sunita, visit__by=helper)
    with django_assert_num_queries(6):
        counter.get(f"{FIND}today/")


def test_pages_of_the_counter_ask_strangers_to_sign_in(vendor):
    answer = Client().get(FIND)
    assert answer.url == "/sign-in/?next=%2Fgreen-corner%2Fcounter%2F"


def test_find_says_that_the_shop_is_closed_today(counter, vendor):
    assert "closed today" not in counter.get(FIND).content.decode()
    ClosureFactory(vendor=vendor, first_day=vendor.today(), reason="Diwali")
    vendor.past_changed()
    assert "The shop is closed today: Diwali." in counter.get(FIND).content.decode()


def test_new_supplier_is_kept_from_the_full_page(counter, vendor):
    page = counter.get("/green-corner/counter/new/")
    assert page.status_code == 200
    assert 'value="supplier"' in page.content.decode()
    assert page.context["form"]["kind"].value() == "customer"
    counter.post("/green-corner/counter/new/", {"uid": uuid.uuid4(), "name": "Anil", "kind": "supplier"})
    assert Customer.objects.get().kind == "supplier"


def test_found_supplier_and_closed_person_carry_a_tag(counter, vendor):
    CustomerFactory(vendor=vendor, name="Anil Traders", kind="supplier")
    CustomerFactory(vendor=vendor, name="Anil Rao", standing="closed", standing_reason="moved")
    page = " ".join(counter.get("/green-corner/counter/", {"q": "anil"}).content.decode().split())
    assert 0 < page.index('<span class="soft">Supplier</span>') < page.index('<span class="soft">closed</span>')
