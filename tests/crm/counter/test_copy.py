import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.counter import copy as copying
from customers import search
from customers.promises.models import Promise
from customers.visits import tallying
from tests.factories.customers import ContactPointFactory, CustomerFactory, HouseholdFactory, MembershipFactory
from tests.factories.preferences import PreferenceFactory
from tests.factories.promises import PromiseFactory, PromiseLineFactory
from tests.factories.vendors import ClosureFactory, ProductFactory, VendorFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

COPY = "/green-corner/counter/copy/"
QUERIES = 30
"""At most: however many people there are."""


def came(customer, *days_ago, product=None, **line):
    for days in days_ago:
        visit = VisitFactory(customer=customer, at=timezone.now() - dt.timedelta(days=days))
        if product:
            VisitLineFactory(visit=visit, product=product, **line)


@pytest.fixture
def sunita(vendor):
    return CustomerFactory(vendor=vendor, name="Sunita Rao", landmark="3rd lane", greeting="Namaste", note="owes")


def copied(vendor):
    tallying.recount_shop(vendor)
    vendor.refresh_from_db()
    return copying.copied(vendor, timezone.now())


def names(vendor):
    return [person["name"] for person in copied(vendor)["people"]]


def the_one(vendor):
    """All that is kept of the only person."""
    kept = copied(vendor)
    (person,), (card,) = kept["people"], kept["cards"]
    assert person["uid"] == card["key"]
    return person | card


def test_copy_is_given_to_a_paired_tablet(tablet, sunita):
    came(sunita, 3)
    answer = tablet.get(COPY)
    assert [person["name"] for person in answer.json()["people"]] == ["Sunita Rao"]
    assert answer["Cache-Control"] == "no-store, private"


def test_browser_that_is_not_paired_is_given_nobody_to_keep(counter, evening, sunita):
    came(sunita, 3)
    for browser in (counter, evening):
        answer = browser.get(COPY)
        assert (answer.status_code, answer.content) == (204, b"")


def test_tablet_is_not_given_again_what_it_has(tablet, sunita):
    came(sunita, 3)
    etag = tablet.get(COPY)["ETag"]
    answer = tablet.get(COPY, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    sunita.name = "Sunita Kulkarni"
    sunita.save()
    assert tablet.get(COPY, headers={"If-None-Match": etag}).status_code == 200


def test_whoever_was_seen_in_thirty_days_is_in_it_and_the_others_are_not(vendor, sunita):
    came(sunita, 29)
    came(CustomerFactory(vendor=vendor), 31)
    CustomerFactory(vendor=vendor)
    assert names(vendor) == ["Sunita Rao"]


def test_whoever_comes_seldom_is_in_it_when_their_day_is_near(vendor, sunita, monkeypatch):
    monkeypatch.setattr(copying, "LEAST", 0.06)
    came(sunita, *range(34, 400, 33))
    came(CustomerFactory(vendor=vendor, name="Not for long"), *range(90, 400, 80))
    assert names(vendor) == ["Sunita Rao"]


def test_whoever_collected_is_owed_something_soon_or_is_new_is_in_it(vendor, helper, sunita):
    VisitFactory(customer=sunita, collected_by=CustomerFactory(vendor=vendor, name="Anu"))
    PromiseFactory(customer=CustomerFactory(vendor=vendor, name="Owed"))
    far = PromiseFactory(customer=CustomerFactory(vendor=vendor, name="Later"))
    Promise.objects.filter(pk=far.pk).update(due_at=timezone.now() + dt.timedelta(days=9))
    CustomerFactory(vendor=vendor, name="New", added_by=helper)
    CustomerFactory(vendor=vendor, name="Imported")
    assert sorted(names(vendor)) == ["Anu", "New", "Owed", "Sunita Rao"]


def test_best_come_first_and_no_more_than_so_many(vendor, sunita, monkeypatch):
    came(CustomerFactory(vendor=vendor, name="Once"), 20)
    came(CustomerFactory(vendor=vendor, name="Closed", standing="closed", standing_reason="moved"), *range(1, 20))
    came(sunita, *range(1, 40))
    assert names(vendor) == ["Sunita Rao", "Once", "Closed"]
    monkeypatch.setattr(copying, "MOST", 2)
    assert names(vendor) == ["Sunita Rao", "Once"]


def test_nobody_of_another_shop_and_nobody_twice(vendor, sunita):
    came(CustomerFactory(vendor=VendorFactory()), 1)
    came(CustomerFactory(vendor=vendor, name="Sunita R", merged_into=sunita), 1)
    came(sunita, 1)
    person = the_one(vendor)
    assert person["name"] == "Sunita Rao"
    assert "also Sunita R" in person["tags"]


def test_nothing_is_kept_beyond_what_it_takes_to_serve(vendor, sunita):
    came(sunita, 3, product=ProductFactory(vendor=vendor, name="Onion"))
    ContactPointFactory(customer=sunita, number="+919820012345")
    PreferenceFactory(customer=sunita, kind="likes", text="a secret")
    PromiseLineFactory(promise=PromiseFactory(customer=sunita))
    kept = copied(vendor)
    (person,), (card,) = kept["people"], kept["cards"]
    assert set(kept) == {"days", "people", "cards", "spell", "hear"}
    assert {key for day in kept["days"] for key in day} == {"day", "starts", "closed", "hours", "reasons"}
    assert set(person) == {"uid", "name", "face", "tags", "keys", "seen", "owed"}
    assert set(card) == {"key", "greeting", "never", "usual", "promises"}
    assert {key for promise in card["promises"] for key in promise} == {"uid", "what", "due", "day", "words"}
    for secret in ("982001", "owes", "secret"):
        assert secret not in str(kept)


def test_person_is_told_as_the_counter_tells_them(vendor, sunita):
    came(sunita, 0)
    ContactPointFactory(customer=sunita, number="+919820012345")
    person = the_one(vendor)
    today = vendor.today()
    assert person["face"] == [5, "SR"]
    assert person["tags"] == ["3rd lane", "…\u20602345", f"last {today.day} {today:%b}"]
    assert (person["greeting"], person["seen"]) == ("Namaste", f"{today:%Y-%m-%d}")


def test_person_is_found_by_words_sounds_places_and_last_digits(vendor):
    person = CustomerFactory(vendor=vendor, name="सुनीता", landmark="3rd lane")
    ContactPointFactory(customer=person, number="+919820012345")
    search.index([person])
    came(person, 3)
    assert set(the_one(vendor)["keys"].split()) == {"=sunita", "~sunita", "@3rd", "@lny", "#5432"}


def test_what_must_never_happen_is_said_first_of_them_and_of_who_eats_with_them(vendor, sunita):
    peanut = ProductFactory(vendor=vendor, name="Peanut", name_hi="मूंगफली")
    anu, grown = (CustomerFactory(vendor=vendor, name=name) for name in ("Anu", "Grown"))
    home = HouseholdFactory(vendor=vendor)
    MembershipFactory(household=home, customer=sunita, is_first=True, decides=True)
    MembershipFactory(household=home, customer=anu, eats=True)
    MembershipFactory(household=home, customer=grown, eats=True, left_at=timezone.now())
    PreferenceFactory(customer=sunita, kind="avoids", product=None, text="plastic bags")
    PreferenceFactory(customer=anu, kind="allergy", product=peanut, consent_at=timezone.now())
    PreferenceFactory(customer=anu, kind="likes")
    PreferenceFactory(customer=grown, kind="allergy", product=None, text="milk", consent_at=timezone.now())
    came(sunita, 3)
    assert the_one(vendor)["never"] == [["Allergy (Anu): Peanut", str(peanut.uid)], ["Never: plastic bags", ""]]


def test_usual_is_that_of_the_card(vendor, sunita, counter):
    onion, mango = (ProductFactory(vendor=vendor, name=name) for name in ("Onion", "Mango"))
    came(sunita, *range(1, 9), product=onion, quantity="0.5", manner="small")
    came(sunita, 9, product=mango, quantity=2)
    came(CustomerFactory(vendor=vendor), 40, product=ProductFactory(vendor=vendor, is_sold=False))
    person = the_one(vendor)
    assert [each[:4] + each[5:] for each in person["usual"]] == [
        [str(onion.uid), "0.5", "500 g", "small", "8 of the last 9 visits"],
        [str(mango.uid), "2", "2 kg", "", "1 of the last 9 visits"],
    ]
    card = counter.get(f"/green-corner/counter/{sunita.uid}/").content.decode()
    assert all(f'data-chance="{each[4]}"' in card for each in person["usual"])


def test_what_they_must_not_have_is_not_among_the_usual(vendor, sunita):
    onion = ProductFactory(vendor=vendor)
    came(sunita, 1, 2, product=onion)
    PreferenceFactory(customer=sunita, kind="avoids", product=onion)
    assert the_one(vendor)["usual"] == []


def test_promise_says_when_it_is_due_on_the_day_on_which_it_is_read(vendor, sunita):
    today = vendor.today()
    promise = PromiseFactory(customer=sunita, text="a bag", due_at=vendor.day_bounds(today)[1], due_any_time=True)
    onion = ProductFactory(vendor=vendor, name="Onion")
    PromiseLineFactory(promise=promise, product=onion, quantity=2, manner="red")
    PromiseFactory(customer=sunita, outcome="kept", closed_at=timezone.now())
    (told,) = the_one(vendor)["promises"]
    day = f"{today:%a} {today.day} {today:%b}"
    late = f"Overdue since {day}"
    assert told == {
        "uid": str(promise.uid),
        "what": "We: Onion 2 kg red, a bag",
        "due": int(promise.due_at.timestamp() * 1000),
        "day": f"{today:%Y-%m-%d}",
        "words": [["Today", "Overdue since today"], ["Yesterday", "Overdue since yesterday"], [day, late], [day, late]],
    }


def test_days_say_who_is_likely_at_which_hour_and_by_what(vendor, sunita):
    came(sunita, *range(1, 30))
    kept = copied(vendor)
    assert len(kept["days"]) == 4
    today = kept["days"][0]
    start = vendor.day_bounds(vendor.today())[0]
    assert (today["day"], today["starts"]) == (f"{vendor.today():%Y-%m-%d}", int(start.timestamp() * 1000))
    assert list(today["hours"].values()) == [[0]]
    assert "of 8 weeks" in today["reasons"][0][0]


def test_nobody_is_likely_on_a_day_on_which_the_shop_is_closed(vendor, sunita):
    came(sunita, *range(1, 30))
    ClosureFactory(vendor=vendor, first_day=vendor.today(), reason="Diwali")
    today = copied(vendor)["days"][0]
    assert (today["closed"], today["hours"], today["reasons"]) == ("Diwali", {}, {})


def test_many_people_take_no_more_queries_than_few(vendor):
    def asked():
        tallying.recount_shop(vendor)
        vendor.past_changed()
        vendor.refresh_from_db()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            copying.copied(vendor, timezone.now())
        return len(queries)

    onion = ProductFactory(vendor=vendor)
    few, many = ([CustomerFactory(vendor=vendor) for _each in range(number)] for number in (1, 12))
    counted = []
    for people in (few, many):
        for person in people:
            came(person, 1, 2, product=onion)
            PromiseLineFactory(promise=PromiseFactory(customer=person), product=onion)
            PreferenceFactory(customer=person, kind="allergy", product=onion, consent_at=timezone.now())
        counted.append(asked())
    assert counted[1] <= counted[0] <= QUERIES  # of a quiet shop it is looked up, too, when it was open
