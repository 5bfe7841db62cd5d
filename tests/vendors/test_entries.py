import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Customer
from tests.conftest import entry_headers, tablet_of
from tests.factories.vendors import MemberFactory
from vendors import entries, turns
from vendors.models import Entry

pytestmark = pytest.mark.django_db
NEW = "/green-corner/counter/new/"


def send(client, headers, **fields):
    return client.post(NEW, {"name": "Sunita", "uid": str(uuid4()), **fields}, headers=headers)


def test_entry_is_applied_and_answered_by_its_uid(tablet, paired, helper):
    uid = uuid4()
    response = send(tablet, entry_headers(helper, device=paired, uid=uid))
    assert (response["Regulars-Entry"], response["Regulars-Outcome"]) == (str(uid), "done")
    entry = Entry.objects.get()
    assert (entry.uid, entry.by, entry.device, entry.outcome, entry.is_claimed) == (uid, helper, paired, "done", False)
    assert Customer.objects.get().name == "Sunita"


def test_page_is_told_where_to_go_instead_of_being_redirected(tablet, paired, helper):
    response = send(tablet, entry_headers(helper, device=paired))
    assert response.status_code == 204
    assert response["HX-Redirect"] == f"/green-corner/counter/{Customer.objects.get().uid}/"


def test_entry_that_comes_again_changes_nothing_and_is_answered_alike(tablet, paired, helper):
    headers, uid = entry_headers(helper, device=paired), str(uuid4())
    first, again = (send(tablet, headers, uid=uid) for _time in range(2))
    assert (again.status_code, again["Regulars-Entry"], again["Regulars-Outcome"]) == (
        204, first["Regulars-Entry"], "done",
    )  # fmt: skip
    assert Customer.objects.count() == Entry.objects.count() == 1


def test_known_uid_with_another_content_is_refused_and_kept_for_a_person(tablet, paired, helper):
    headers, uid = entry_headers(helper, device=paired), str(uuid4())
    send(tablet, headers, uid=uid)
    for _time in range(2):
        response = send(tablet, headers, uid=uid, name="Ahmed")
        assert (response["Regulars-Entry"], response["Regulars-Outcome"]) == (headers["Regulars-Entry"], "refused")
    assert [customer.name for customer in Customer.objects.all()] == ["Sunita"]
    kept = Entry.objects.get(outcome="refused")
    assert kept.is_open
    assert parse_qs(kept.body)["name"] == ["Ahmed"]


def test_what_the_page_refuses_is_kept_with_what_was_typed(tablet, paired, helper):
    response = send(tablet, entry_headers(helper, device=paired), name=" ", greeting="Namaste")
    assert (response.status_code, response["Regulars-Outcome"]) == (422, "refused")
    entry = Entry.objects.get()
    assert "greeting=Namaste" in entry.body
    assert entry.said
    assert not entry.is_open  # whoever tapped has it on the screen


@pytest.mark.parametrize("again", [False, True])
def test_refusal_that_nobody_saw_is_open_for_a_person(tablet, paired, helper, again):
    headers = entry_headers(helper, device=paired, later=not again)
    for _time in range(1 + again):
        send(tablet, headers, name="", uid="0c7b1b8e-0f0a-4d05-8d51-51c2a1f1a7de")
    assert Entry.objects.get().is_open


def test_refused_view_writes_nothing_but_the_entry(tablet, paired, helper, monkeypatch):
    from crm.counter import finding

    def add_and_refuse(**said):
        Customer.objects.create(vendor=said["vendor"], name="Half")
        raise PermissionError

    monkeypatch.setattr(finding.keeping, "add", add_and_refuse)
    with pytest.raises(PermissionError):
        send(tablet, entry_headers(helper, device=paired))
    assert not Customer.objects.exists()
    assert not Entry.objects.exists()  # it failed, and is sent again


def test_entry_about_nobody_is_a_refusal(tablet, paired, helper):
    headers = entry_headers(helper, device=paired, later=True)
    response = tablet.post(f"/green-corner/counter/{uuid4()}/", {"uid": str(uuid4())}, headers=headers)
    assert (response.status_code, response["Regulars-Outcome"]) == (204, "refused")
    assert Entry.objects.get().is_open


def test_who_tapped_is_credited_whoever_serves_when_it_arrives(vendor, paired, helper):
    other = MemberFactory(vendor=vendor, name="Meera")
    send(tablet_of(paired, other), entry_headers(helper, device=paired))
    assert Entry.objects.get().by == helper


def test_who_was_switched_off_meanwhile_is_still_who_tapped(paired, helper):
    headers = entry_headers(helper, device=paired, later=True)
    helper.is_active = False
    helper.save()
    send(tablet_of(paired), headers)
    assert Entry.objects.get().by == helper


@pytest.mark.parametrize("turn", ["", "a:b:c", None])
def test_who_only_says_who_they_are_is_marked(vendor, tablet, paired, helper, turn):
    said = MemberFactory(vendor=vendor, name="Meera")
    own = entry_headers(helper, device=paired)
    headers = own | {"Regulars-By": str(said.uid)} | ({} if turn is None else {"Regulars-Turn": turn})
    send(tablet, headers)
    entry = Entry.objects.get()
    assert (entry.by, entry.is_claimed) == (said, True)


def test_turn_of_another_shop_proves_nothing(tablet, paired, helper):
    stranger = MemberFactory()
    send(tablet, entry_headers(helper, device=paired, turn=turns.page_token(stranger, None)))
    assert Entry.objects.get().is_claimed


def test_member_of_another_shop_is_no_one_here(tablet, paired):
    response = send(tablet, entry_headers(MemberFactory(), device=paired))
    assert response.status_code == 400
    assert "Regulars-Entry" not in response


def at(entry):
    return entry.tapped_at - timezone.now()


@pytest.mark.parametrize("clock", [dt.timedelta(), dt.timedelta(days=3), dt.timedelta(days=-3)])
def test_moment_of_the_tap_is_told_by_a_clock_that_is_wrong(tablet, paired, helper, clock):
    said = entry_headers(helper, device=paired, turn="")
    off = {
        name: str(int(said[name]) + round(clock.total_seconds() * 1000))
        for name in ("Regulars-Tapped", "Regulars-Clock")
    }
    off["Regulars-Tapped"] = str(int(off["Regulars-Tapped"]) - 2 * 60 * 60 * 1000)
    send(tablet, said | off)
    assert abs(at(Entry.objects.get()) + dt.timedelta(hours=2)) < dt.timedelta(seconds=20)


def test_skew_that_was_known_at_the_tap_counts_more_than_that_at_the_sending(tablet, paired, helper):
    hours = 5 * 60 * 60 * 1000
    headers = entry_headers(helper, device=paired, turn="")
    send(
        tablet, headers | {"Regulars-Tapped": str(int(headers["Regulars-Tapped"]) - hours), "Regulars-Skew": "3600000"}
    )
    assert abs(at(Entry.objects.get()) + dt.timedelta(hours=4)) < dt.timedelta(seconds=20)


def test_tap_is_not_in_the_future_nor_before_the_turn_began(tablet, paired, helper):
    for days in (9, -9):
        tapped = timezone.now() + dt.timedelta(days=days)
        send(tablet, entry_headers(helper, device=paired, tapped=tapped))
    assert all(abs(at(entry)) < dt.timedelta(seconds=20) for entry in Entry.objects.all())


@pytest.mark.parametrize(
    "wrong",
    [
        {"Regulars-Entry": "x"},
        {"Regulars-By": ""},
        {"Regulars-Tapped": "9" * 30},
        {"Regulars-Clock": "soon"},
        {"Regulars-Skew": "9" * 16},
    ],
)
def test_headers_that_say_nothing_are_refused_without_an_echo(tablet, paired, helper, wrong):
    response = send(tablet, entry_headers(helper, device=paired) | wrong)
    assert response.status_code == 400
    assert "Regulars-Entry" not in response
    assert not Customer.objects.exists()


def test_body_that_lost_its_end_on_the_way_is_not_read(rf, vendor, helper):
    request = rf.post(NEW, {"name": "Sunita"}, "application/x-www-form-urlencoded", headers=entry_headers(helper))
    request.vendor, request._body = vendor, b"name=Sun"
    with pytest.raises(entries.Unreadable):
        entries.tap_of(request, on_turn=None)


def test_body_in_parts_is_not_read(paired, helper):
    client = Client(enforce_csrf_checks=True)
    client.cookies = tablet_of(paired, helper).cookies
    token = client.get("/green-corner/counter/hello/").json()["csrf"]
    response = send(client, entry_headers(helper, device=paired) | {"X-CSRFToken": token})
    assert (response.status_code, "Regulars-Entry" in response) == (400, False)
    assert not Entry.objects.exists()


def test_entry_of_who_is_signed_in_by_account_needs_no_tablet(counter, helper):
    send(counter, entry_headers(helper))
    assert (Entry.objects.get().device, Entry.objects.get().is_claimed) == (None, False)


# --- a tablet on which nobody serves by now


@pytest.mark.parametrize(("name", "outcome"), [("Sunita", "done"), (" ", "refused")])
def test_nobody_serves_so_the_tap_counts_and_its_answer_shows_nothing(paired, helper, name, outcome):
    response = send(tablet_of(paired), entry_headers(helper, device=paired), name=name)
    assert (response.status_code, response["Regulars-Outcome"], response.content) == (204, outcome, b"")
    assert response["HX-Redirect"] == "/green-corner/counter/who/"
    assert Entry.objects.get().is_open == (outcome == "refused")  # nobody has it on the screen


def test_nobody_serves_so_the_page_leads_back_once_somebody_does(paired, helper):
    headers = entry_headers(helper, device=paired) | {"HX-Current-URL": "http://testserver/green-corner/counter/today/"}
    response = send(tablet_of(paired), headers)
    assert response["HX-Redirect"] == "/green-corner/counter/who/?next=%2Fgreen-corner%2Fcounter%2Ftoday%2F"


@pytest.mark.parametrize("later", [False, True])
def test_turn_is_prolonged_by_who_taps_and_not_by_what_comes_later(tablet, paired, helper, later):
    response = send(tablet, entry_headers(helper, device=paired, later=later))
    assert (turns.COOKIE in response.cookies) is not later


# --- what is said on the next page


def test_what_comes_later_says_nothing_and_leaves_what_waits_to_be_said(tablet, paired, helper):
    send(tablet, entry_headers(helper, device=paired))
    send(tablet, entry_headers(helper, device=paired, later=True), name="Ahmed")
    page = tablet.get("/green-corner/counter/").content.decode()
    assert "Sunita is remembered from now on." in page
    assert "Ahmed is remembered from now on." not in page


# --- forgotten


def test_what_is_forgotten_is_not_opened_by_its_coming_again(vendor, tablet, paired, helper):
    headers, uid = entry_headers(helper, device=paired, later=True), uuid4()
    for _time in range(2):
        send(tablet, headers, name="", uid=str(uid))
        entries.forget(vendor, [uid])
    send(tablet, headers, name="", uid=str(uid))
    assert not Entry.objects.get().is_open


# --- at once


@pytest.mark.django_db(transaction=True)
def test_entry_that_comes_eight_times_at_once_is_applied_once(paired, helper):
    headers, uid, together = entry_headers(helper, device=paired), str(uuid4()), Barrier(8)

    def attempt(_number):
        client = tablet_of(paired, helper)
        try:
            together.wait(30)
            return send(client, headers, uid=uid)["Regulars-Outcome"]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(attempt, range(8))) == {"done"}
    assert Customer.objects.count() == Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_form_that_is_sent_as_eight_entries_at_once_is_kept_once(paired, helper):
    uid, together = str(uuid4()), Barrier(8)

    def attempt(_number):
        client, headers = tablet_of(paired, helper), entry_headers(helper, device=paired)
        try:
            together.wait(30)
            return send(client, headers, uid=uid)["Regulars-Outcome"]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(attempt, range(8))) == {"done"}
    assert (Customer.objects.count(), Entry.objects.count()) == (1, 8)


def test_who_serves_is_read_once_for_a_tap(tablet, paired, helper):
    with CaptureQueriesContext(connection) as asked:
        send(tablet, entry_headers(helper, device=paired))
    assert sum('FROM "vendors_member"' in each["sql"] for each in asked) == 1
