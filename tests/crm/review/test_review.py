import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.promises import ProblemFactory, PromiseLineFactory, WishFactory
from tests.factories.vendors import MemberFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

PAGE = "/green-corner/review/"


def test_review_is_of_today_without_a_day_after(vendor, evening):
    page = evening.get(PAGE).content.decode()
    today = vendor.today()
    assert f'href="{PAGE}{today - dt.timedelta(days=1)}/"' in page
    assert "The day after" not in page
    assert "Still running" in page


def test_review_of_a_past_day_leads_on_and_back_to_today(vendor, evening):
    day = vendor.today() - dt.timedelta(days=3)
    VisitFactory(customer=CustomerFactory(vendor=vendor), at=vendor.day_bounds(day)[0] + dt.timedelta(hours=6))
    page = evening.get(f"{PAGE}{day}/").content.decode()
    assert f'href="{PAGE}{day + dt.timedelta(days=1)}/"' in page
    assert f'href="{PAGE}"' in page
    assert f"?first={day}&amp;last={day}&amp;who=all" in page


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}2026-11-18/", f"{PAGE}2026-11-18/served/"])
def test_a_helper_may_not_look(vendor, counter, address):
    assert counter.get(address).status_code == 403


def test_owner_is_led_to_the_review_and_a_helper_is_not(vendor, evening, counter):
    assert f'href="{PAGE}"' in evening.get("/green-corner/counter/").content.decode()
    assert f'href="{PAGE}"' not in counter.get("/green-corner/counter/").content.decode()


def an_evening(vendor):
    """One of everything that the day's page tells, of a person, a product and a helper of their own."""
    customer, product = CustomerFactory(vendor=vendor), ProductFactory(vendor=vendor)
    ContactPointFactory(customer=customer)
    about, noon = {"customer": customer, "product": product}, vendor.day_bounds(vendor.today())[0]
    of_both = {"customer": customer, "vendor": vendor}
    visit = VisitFactory(**of_both, at=noon, by=MemberFactory(vendor=vendor))
    VisitLineFactory(visit=visit, product=product, outcome="not-in-stock")
    for side in ("ours", "theirs"):
        for due_at in (noon, vendor.day_bounds(vendor.today())[1]):
            PromiseLineFactory(promise__customer=customer, promise__side=side, promise__due_at=due_at)
    for more in ({}, {"is_hard": True}, {"remedy": "replaced", "remedied_at": noon}):
        ProblemFactory(**about, vendor=vendor, opened_at=noon, happened_on=vendor.today(), **more)
    for more in ({}, {"came_in_at": noon}):
        WishFactory(**about, vendor=vendor, asked_at=noon, until=vendor.today(), **more)


def test_day_page_takes_as_many_statements_for_three_of_everything_as_for_one(vendor, evening):
    def statements():
        with CaptureQueriesContext(connection) as asked:
            page = evening.get(PAGE)
        assert page.status_code == 200
        return len(asked)

    an_evening(vendor)
    statements()  # what is kept of the past is read once
    one = statements()
    an_evening(vendor)
    an_evening(vendor)
    assert statements() == one
