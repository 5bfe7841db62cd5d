import datetime as dt
from uuid import uuid4

import pytest
from django.urls import reverse

from crm.counter.standing import missing, read, seen
from customers.models import Customer, CustomerEdit
from customers.promises.standing import Mark, Marks, Standing
from customers.visits import expecting
from customers.visits.rhythm import State
from tests.factories.customers import CustomerFactory
from tests.factories.visits import VisitFactory, VisitLineFactory
from vendors.models import Vendor

HTMX = {"HX-Request": "true"}
MOVED = {"standing": "closed", "standing_reason": "moved to Pune"}


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao")


@pytest.fixture
def standing(sunita):
    return reverse("counter:standing", args=["green-corner", sunita.uid])


def card(customer):
    return reverse("counter:card", args=["green-corner", customer.uid])


def said(**more):
    return {"uid": uuid4(), **more}


def came(customer, *days_ago):
    start, _end = customer.vendor.day_bounds(customer.vendor.today())
    for days in days_ago:
        VisitFactory(customer=customer, at=start - dt.timedelta(days=days, hours=-7))
    Vendor.past_changed(customer.vendor)


def text_of(answer):
    return " ".join(answer.content.decode().split())


# --- looked up


def test_standing_of_a_new_person_says_what_is_missing(counter, standing):
    page = text_of(counter.get(standing))
    assert "<b>Possible</b>" in page
    assert "By their visits possible: not here before today." in page
    for words in ("Who decides is not known yet", "Whether they can pay", "Whether they mean to come"):
        assert words in page


def test_standing_of_a_possible_person_says_what_was_seen(counter, standing, sunita):
    VisitLineFactory(visit__customer=sunita)
    page = text_of(counter.get(standing))
    assert "Seen here: they took something here before." in page
    assert "Whether they can pay" not in page


def test_standing_of_a_regular_says_how_often_they_come(counter, standing, sunita):
    came(sunita, *range(1, 12, 2))
    page = text_of(counter.get(standing))
    assert "<b>Regular</b>" in page
    assert "By their visits regular: every 2 days; last 1 day ago." in page
    assert "Until they are a regular" not in page


def test_standing_of_a_supplier_is_none_to_wait_for(counter, standing, sunita):
    Customer.objects.update(kind="supplier")
    page = text_of(counter.get(standing))
    assert "Kept as a supplier: nobody waits for their visits" in page
    assert "By their visits" not in page


def test_standing_under_htmx_is_a_fragment(counter, standing):
    page = text_of(counter.get(standing, headers=HTMX))
    assert page.startswith('<section class="panel evidence" id="standing"')


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ((State.UNKNOWN, 0), "possible: not here before today"),
        ((State.UNKNOWN, 2), "possible: 2 visits: too early to say how often they come"),
    ],
)
def test_read_says_how_it_is_known(known, words):
    state, visits = known
    rhythm = expecting.Standing(state, visits, None, None)
    assert read(Standing("possible", "possible", rhythm, None, None)) == words
    assert read(Standing("lapsed", "lapsed", expecting.Standing(State.UNKNOWN, 0, None, None), None, None)) == (
        "lapsed: the last visit is more than a year ago"
    )


def test_missing_and_seen_are_told_in_words():
    marks = Marks(Mark("no", was_said=True), Mark("yes"), Mark(""))
    assert list(missing(marks)) == [
        "somebody else decides: ask who it is",
        "whether they mean to come is not known yet",
    ]
    assert list(seen(marks)) == ["they took something here before"]


# --- said by hand


def test_standing_is_overruled_with_a_reason_and_the_trace_says_by_whom(counter, standing, sunita, helper):
    assert counter.post(standing, said(**MOVED)).url == card(sunita)
    sunita.refresh_from_db()
    assert (sunita.standing, sunita.standing_reason) == ("closed", "moved to Pune")
    edit = CustomerEdit.objects.get()
    assert (edit.by, edit.changes()) == (
        helper,
        [("Standing", "", "closed"), ("Why this standing", "", "moved to Pune")],
    )
    page = text_of(counter.get(standing))
    assert '“moved to Pune” <span class="said">Ravi, ' in page
    assert "Open again" in page


def test_standing_without_a_reason_is_refused_and_kept_in_the_form(counter, standing, sunita):
    page = counter.post(standing, said(standing="lapsed", standing_reason=" "))
    assert page.status_code == 422
    assert "Write why, in a few words." in page.content.decode()
    assert page.context["form"]["standing"].value() == "lapsed"
    sunita.refresh_from_db()
    assert sunita.standing == ""


@pytest.mark.parametrize("chosen", [{}, {"standing": ""}, {"standing": "dead"}])
def test_standing_that_is_none_is_refused(counter, standing, chosen):
    assert counter.post(standing, said(standing_reason="because", **chosen)).status_code == 422
    assert not CustomerEdit.objects.exists()


def test_overruling_is_taken_back_in_one_tap(counter, standing, sunita):
    counter.post(standing, said(**MOVED))
    counter.post(standing, said(standing="visits"))
    sunita.refresh_from_db()
    assert (sunita.standing, sunita.standing_reason) == ("", "")


def test_standing_sent_twice_leaves_one_trace(counter, standing):
    data = said(**MOVED)
    assert [counter.post(standing, data).status_code for _ in range(2)] == [302, 302]
    assert CustomerEdit.objects.count() == 1


def test_marks_are_said_and_taken_back(counter, standing, sunita):
    counter.post(standing, said(authority="no", means="yes", intention=""))
    sunita.refresh_from_db()
    assert (sunita.authority, sunita.means, sunita.intention) == ("no", "yes", "")
    page = text_of(counter.get(standing))
    assert "Somebody else decides" in page
    counter.post(standing, said(authority="", means="", intention=""))
    sunita.refresh_from_db()
    assert (sunita.authority, sunita.means, sunita.intention) == ("", "", "")


def test_mark_that_is_none_is_refused(counter, standing, sunita):
    assert counter.post(standing, said(authority="perhaps")).status_code == 422
    assert not CustomerEdit.objects.exists()


def test_standing_said_under_htmx_tells_the_card(counter, standing):
    answer = counter.post(standing, said(**MOVED), headers=HTMX)
    assert "standing-changed" in answer["HX-Trigger"]
    assert "<b>Closed</b>" in text_of(answer)


def test_standing_asks_as_much_for_many_visits_as_for_few(counter, standing, sunita, django_assert_num_queries):
    for _ in range(2):
        came(sunita, *range(1, 9))
        counter.get(standing)
        with django_assert_num_queries(7):  # session, user, member, person, their days, what was seen, changes
            counter.get(standing)


# --- on the card, and what it changes


def test_card_of_a_closed_person_says_why_and_opens_again_in_one_tap(counter, standing, sunita):
    came(sunita, *range(20, 60, 2))
    assert "usually every 2 days" in text_of(counter.get(card(sunita)))
    counter.post(standing, said(**MOVED))
    page = text_of(counter.get(card(sunita)))
    assert "<b>Closed:</b> moved to Pune" in page
    assert 'name="standing" value="visits">Are they back? Open again' in page
    assert "usually every 2 days" not in page
    counter.post(standing, said(standing="visits"))
    assert "moved to Pune" not in text_of(counter.get(card(sunita)))


def test_card_says_that_nobody_waits_for_a_lapsed_person(counter, standing, sunita):
    counter.post(standing, said(standing="lapsed", standing_reason="buys at the market now"))
    assert "Lapsed, nobody waits for them" in text_of(counter.get(card(sunita)))


def test_card_of_a_supplier_says_so(counter, sunita):
    Customer.objects.update(kind="supplier")
    assert '<span class="basis">Supplier</span>' in text_of(counter.get(card(sunita)))


def test_card_of_a_customer_says_nothing_of_it(counter, sunita):
    page = counter.get(card(sunita)).content.decode()
    assert 'hx-select="#state" hx-swap="outerHTML"></div>' in page


def test_visit_of_a_closed_person_is_recorded_and_keeps_them_closed(counter, standing, sunita):
    counter.post(standing, said(**MOVED))
    counter.post(card(sunita), {"uid": uuid4()})
    sunita.refresh_from_db()
    assert (sunita.visits.count(), sunita.standing) == (1, "closed")


@pytest.mark.parametrize("chosen", ["closed", "lapsed"])
def test_likely_now_leaves_out_whom_nobody_waits_for_at_once(counter, standing, sunita, chosen):
    came(sunita, *range(1, 30))
    find = "/green-corner/counter/"
    assert "Sunita Rao" in counter.get(find).content.decode()
    counter.post(standing, said(standing=chosen, standing_reason="moved"))
    assert 'class="people people-likely"' not in counter.get(find).content.decode()
    counter.post(standing, said(standing="visits"))
    assert 'class="people people-likely"' in counter.get(find).content.decode()
