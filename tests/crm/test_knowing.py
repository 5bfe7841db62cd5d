import datetime as dt

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.visits import recording, tallying
from tests.factories.customers import CustomerFactory
from tests.factories.visits import VisitFactory

ADDRESS = "/green-corner/how-we-know/"
NOW = timezone.now()


def body(response):
    return " ".join(response.content.decode().split())


def came(customer, *days_ago):
    for days in days_ago:
        VisitFactory(customer=customer, at=NOW - dt.timedelta(days=days))
    tallying.recount_shop(customer.vendor)


def test_how_we_know_explains_itself(counter):
    page = body(counter.get(ADDRESS))
    for heading in ("What is counted", "What is not counted", "Told, seen, or a guess", "To have something forgotten"):
        assert f"<h2>{heading}</h2>" in page
    assert "with fewer than 5 visits nothing is said of how often somebody comes." in page


def test_how_we_know_says_how_much_is_known(counter, vendor):
    came(CustomerFactory(vendor=vendor), *range(1, 6))
    came(CustomerFactory(vendor=vendor), 0, 3)
    came(CustomerFactory(), 2)
    page = body(counter.get(ADDRESS))
    since = vendor.day_of(NOW - dt.timedelta(days=5))
    assert f"Known since {since.day} {since:%B %Y}: 7 visits." in page
    assert "In the 400 days before today 2 people came. Of 1 of them enough is known" in page


def test_how_we_know_counts_nothing_that_was_undone(counter, vendor):
    customer = CustomerFactory(vendor=vendor)
    came(customer, 1, 2)
    recording.void(visit=customer.visits.first(), by=None)
    assert ": 1 visit." in body(counter.get(ADDRESS))


def test_how_we_know_of_a_new_shop(counter):
    assert "No visit is known yet. The first one counts at once." in body(counter.get(ADDRESS))


def test_how_we_know_is_in_the_menu(counter):
    assert f'href="{ADDRESS}"' in body(counter.get("/green-corner/counter/"))


def test_how_we_know_is_for_who_serves_in_the_shop(counter, vendor):
    theirs = CustomerFactory().vendor
    assert counter.get(f"/{theirs.slug}/how-we-know/").status_code == 404
    assert "sign-in" in Client().get(ADDRESS).url
    assert counter.post(ADDRESS).status_code == 405


def test_how_we_know_asks_as_many_queries_for_three_people_as_for_one(counter, vendor):
    counts = []
    for _each in range(3):
        came(CustomerFactory(vendor=vendor), 1, 2)
        counter.get(ADDRESS)  # the first of the day also reads everybody's days
        with CaptureQueriesContext(connection) as queries:
            counter.get(ADDRESS)
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 4
