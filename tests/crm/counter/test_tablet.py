import datetime as dt
import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Customer
from customers.visits.models import Visit
from tests.conftest import entry_headers, tablet_of
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import EntryFactory, MemberFactory, ProductFactory
from tests.factories.visits import VisitFactory
from vendors import turns
from vendors.models import Entry

pytestmark = pytest.mark.django_db
HELLO = "/green-corner/counter/hello/"
TABLET = "/green-corner/counter/tablet/"
PARK = "/green-corner/counter/entries/park/"


def milliseconds(moment):
    return round(moment.timestamp() * 1000)


def refused(vendor, **said):
    return EntryFactory(vendor=vendor, **{"outcome": "refused", "is_open": True, **said})


# --- hello


def test_hello_tells_the_time_and_who_serves(tablet):
    said = tablet.get(HELLO)
    assert said["Regulars"] == "1"
    assert said.json()["member"] == "Ravi"
    assert abs(said.json()["now"] - milliseconds(timezone.now())) < 20_000


def test_hello_gives_the_token_that_lets_the_queue_be_sent(paired, helper):
    client = Client(enforce_csrf_checks=True)
    client.cookies = tablet_of(paired, helper).cookies
    headers = entry_headers(helper, device=paired, later=True)

    def send(**more):
        body = f"name=Sunita&uid={uuid4()}"
        return client.post(
            "/green-corner/counter/new/", body, "application/x-www-form-urlencoded", headers=headers | more
        )

    assert send().status_code == 403
    send(**{"X-CSRFToken": client.get(HELLO).json()["csrf"]})
    assert Customer.objects.get().name == "Sunita"


def test_hello_is_for_a_tablet_on_which_nobody_serves_and_begins_no_turn(paired):
    said = tablet_of(paired).get(HELLO)
    assert said.json()["member"] is None
    assert turns.COOKIE not in said.cookies


def test_hello_does_not_prolong_a_turn(tablet):
    assert turns.COOKIE not in tablet.get(HELLO).cookies


def test_tablet_tells_what_waits_on_it(tablet, paired):
    since = timezone.now() - dt.timedelta(hours=2)
    tablet.get(HELLO, {"unsent": "3", "since": milliseconds(since)})
    paired.refresh_from_db()
    assert (paired.unsent, milliseconds(paired.unsent_since)) == (3, milliseconds(since))
    assert paired.seen_at
    tablet.get(HELLO, {"unsent": "0"})
    paired.refresh_from_db()
    assert (paired.unsent, paired.unsent_since) == (0, None)


@pytest.mark.parametrize("said", [{}, {"unsent": "-1"}, {"unsent": "many"}, {"unsent": "1", "since": "9" * 30}])
def test_hello_that_says_nonsense_is_answered_and_not_kept(tablet, paired, said):
    assert "now" in tablet.get(HELLO, said).json()
    paired.refresh_from_db()
    assert (paired.unsent, paired.seen_at) == (0, None)


def test_hello_of_who_is_signed_in_by_account(counter):
    assert counter.get(HELLO, {"unsent": "3"}).json()["member"] == "Ravi"


def test_tablet_is_unpaired_by_who_serves_on_it(tablet, paired, helper):
    said = tablet.post("/green-corner/counter/tablet/unpair/", follow=True)
    paired.refresh_from_db()
    assert (paired.revoked_by, said["Regulars-Unpaired"]) == (helper, "1")


def test_tablet_is_not_unpaired_in_a_name_that_is_only_claimed(paired, owner):
    headers = entry_headers(owner, device=paired, turn="")
    tablet_of(paired).post("/green-corner/counter/tablet/unpair/", headers=headers)
    paired.refresh_from_db()
    assert paired.revoked_at is None


def test_browser_that_is_no_tablet_cannot_be_unpaired(counter, paired):
    counter.post("/green-corner/counter/tablet/unpair/")
    paired.refresh_from_db()
    assert paired.revoked_at is None


# --- what cannot be sent


@pytest.fixture
def stuck(paired, helper):
    """An entry as the queue of a tablet holds it."""
    at = milliseconds(timezone.now() - dt.timedelta(hours=1))
    return {
        **{"n": 7, "uid": str(uuid4()), "shop": "green-corner", "path": "/green-corner/counter/new/"},
        **{"body": "name=Sunita&uid=x", "turn": turns.page_token(helper, paired), "by": str(helper.uid)},
        **{"byName": "Ravi", "at": at, "skew": None, "clock": milliseconds(timezone.now()), "tries": 5, "lost": 1},
    }


def park(client, said):
    return client.post(PARK, json.dumps(said), content_type="application/json")


def test_what_cannot_be_sent_is_kept_for_a_person_and_answered_by_its_uid(paired, stuck, helper):
    said = park(tablet_of(paired), stuck)
    assert (said.status_code, said["Regulars-Entry"], said["Regulars-Outcome"]) == (204, stuck["uid"], "refused")
    entry = Entry.objects.get()
    assert (entry.by, entry.device, entry.is_open, entry.body) == (helper, paired, True, stuck["body"])
    assert park(tablet_of(paired), stuck)["Regulars-Entry"] == stuck["uid"]
    assert Entry.objects.count() == 1


def test_what_was_done_after_all_is_not_laid_before_a_person(tablet, stuck, paired, helper):
    headers = entry_headers(helper, device=paired, uid=stuck["uid"])
    tablet.post(stuck["path"], {"name": "Sunita", "uid": str(uuid4())}, headers=headers)
    assert park(tablet, stuck)["Regulars-Outcome"] == "done"
    assert not Entry.objects.get().is_open


@pytest.mark.parametrize("wrong", [{"by": "nobody"}, {"by": str(uuid4())}, {"at": "9" * 30}, {"turn": 5}])
def test_what_cannot_be_sent_is_kept_also_if_nobody_knows_whose_it_is(tablet, stuck, wrong):
    assert park(tablet, stuck | wrong)["Regulars-Entry"] == stuck["uid"]
    assert Entry.objects.get().body == stuck["body"]


@pytest.mark.parametrize("wrong", ["Suni\0ta", "Suni\ud800ta"])
def test_what_cannot_be_sent_is_kept_as_a_database_takes_it(tablet, stuck, wrong):
    assert park(tablet, stuck | {"body": wrong, "path": f"/{wrong}/"})["Regulars-Entry"] == stuck["uid"]
    assert Entry.objects.get().body.replace("?", "") == "Sunita"


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"uid": "x", "path": "", "body": ""}'])
def test_what_is_no_entry_is_not_kept(tablet, body):
    said = tablet.post(PARK, body, content_type="application/json")
    assert (said.status_code, "Regulars-Entry" in said) == (400, False)
    assert not Entry.objects.exists()


# --- what was not accepted


def test_not_accepted_is_told_in_words(tablet, vendor, helper, paired):
    sunita = CustomerFactory(vendor=vendor, name="Sunita Rao")
    onion = ProductFactory(vendor=vendor, name="Onion")
    path = f"/green-corner/counter/{sunita.uid}/"
    body = f"uid={uuid4()}&take.{onion.uid}=-5&note=for+the+feast"
    refused(vendor, path=path, body=body, said="Must be more than 0.", by=helper, device=paired)
    page = tablet.get(TABLET).content.decode()
    for said in ("Sunita Rao", "a visit", "Onion, takes", "-5", "for the feast", "Must be more than 0.", "Ravi", path):
        assert said in page


def test_not_accepted_of_a_visit_names_its_customer(tablet, vendor):
    visit = VisitFactory(customer=CustomerFactory(vendor=vendor, name="Ahmed Khan"))
    refused(vendor, path=f"/green-corner/counter/visits/{visit.uid}/undo/")
    refused(vendor, path="/nowhere/")
    page = tablet.get(TABLET).content.decode()
    assert "Ahmed Khan" in page
    assert "the undoing of a visit" in page
    assert "a tap" in page


def test_seen_is_not_told_any_more_and_can_be_undone(tablet, vendor, helper):
    entry = refused(vendor, said="Must be more than 0.")
    address = f"/green-corner/counter/entries/{entry.uid}/seen/"
    page = tablet.post(address, follow=True)
    assert "Must be more than 0." not in page.content.decode()
    entry.refresh_from_db()
    assert (entry.is_open, entry.seen_by) == (False, helper)
    assert 'name="undo"' in page.content.decode()
    tablet.post(address, {"undo": "1"})
    entry.refresh_from_db()
    assert (entry.is_open, entry.seen_by, entry.seen_at) == (True, None, None)


def test_what_was_done_or_is_of_another_shop_cannot_be_seen(tablet, vendor):
    for entry in (EntryFactory(vendor=vendor), refused(MemberFactory().vendor)):
        assert tablet.post(f"/green-corner/counter/entries/{entry.uid}/seen/").status_code == 404


def test_tablet_on_which_nobody_serves_tells_and_marks_nothing(paired, vendor):
    refused(vendor, said="Must be more than 0.")
    page = tablet_of(paired).get(TABLET).content.decode()
    assert "Must be more than 0." not in page
    assert "/seen/" not in page


def test_file_is_loaded_by_an_owner_only(tablet, counter, evening):
    assert [b"load-file" in client.get(TABLET).content for client in (tablet, counter, evening)] == [False, False, True]


def test_not_accepted_names_in_no_statement_more_than_it_takes(tablet, vendor):
    refused(vendor, body="&".join(f"take.{uuid4()}=1" for _each in range(3000)))
    with CaptureQueriesContext(connection) as asked:
        tablet.get(TABLET)
    assert max(len(query["sql"]) for query in asked) < 30_000


@pytest.mark.parametrize("number", [1, 3])
def test_not_accepted_takes_as_many_queries_for_any_number(
    tablet, vendor, helper, number, django_assert_max_num_queries
):
    for _each in range(number):
        path = f"/green-corner/counter/{CustomerFactory(vendor=vendor).uid}/"
        refused(vendor, path=path, by=helper, body=f"take.{ProductFactory(vendor=vendor).uid}=1")
    tablet.get(TABLET)
    with django_assert_max_num_queries(8):
        tablet.get(TABLET)


def test_parked_visit_is_not_recorded(tablet, vendor, stuck):
    park(tablet, stuck | {"path": f"/green-corner/counter/{CustomerFactory(vendor=vendor).uid}/"})
    assert not Visit.objects.exists()
