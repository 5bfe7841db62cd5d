import datetime as dt

import pytest

from tests.factories.customers import CustomerFactory
from tests.factories.visits import VisitFactory

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
