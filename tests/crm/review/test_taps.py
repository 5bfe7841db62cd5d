import datetime as dt

import pytest
from django.utils import timezone

from crm.review.days import one_day
from crm.review.taps import Claim, taps_of
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import EntryFactory, MemberFactory, VendorFactory

pytestmark = pytest.mark.django_db
TAPS = "/green-corner/review/taps/"


def refused(vendor, **said):
    return EntryFactory(vendor=vendor, **{"outcome": "refused", "is_open": True, **said})


@pytest.fixture
def claims(vendor):
    """Two taps as Meera, ten minutes apart, at noon of the shop's day, and one of the day before."""
    meera = MemberFactory(vendor=vendor, name="Meera")
    noon = vendor.day_bounds(vendor.today())[0] + dt.timedelta(hours=9)
    moments = [noon, noon + dt.timedelta(minutes=10), noon - dt.timedelta(days=1)]
    return [EntryFactory(vendor=vendor, by=meera, is_claimed=True, tapped_at=at) for at in moments]


def test_evening_tells_what_was_not_accepted_and_what_nobody_proved(vendor, claims):
    refused(vendor)
    refused(vendor, is_open=False, seen_at=timezone.now())
    refused(VendorFactory())
    found = taps_of(vendor, one_day(vendor.today()))
    assert (found.not_accepted, found.claimed) == (1, 2)
    assert found.claims == [Claim("Meera", 2, claims[0].tapped_at, claims[1].tapped_at)]


def test_panel_leads_to_the_rows(evening, vendor, claims):
    refused(vendor, said="Must be more than 0.", path=f"/green-corner/counter/{CustomerFactory(vendor=vendor).uid}/")
    page = evening.get(f"/green-corner/review/{vendor.today()}/wrong/").content.decode()
    assert "1 tap was not accepted." in page
    assert "2 taps were not verified" in page
    found = taps_of(vendor, one_day(vendor.today()))
    assert "Must be more than 0." in evening.get(found.not_accepted_rows).content.decode()
    assert evening.get(found.claimed_rows).content.decode().count("Meera") == 2


def test_panel_says_nothing_of_tablets_when_there_is_nothing(evening, vendor):
    assert "not accepted" not in evening.get(f"/green-corner/review/{vendor.today()}/wrong/").content.decode()


def test_rows_are_kept_as_a_file(evening, vendor, claims):
    said = evening.get(TAPS, {"which": "claimed", "as": "csv"})
    assert said.content.decode().count("Meera") == 3


def test_rows_of_a_strange_choice_are_none(evening, claims):
    assert "Meera" not in evening.get(TAPS, {"which": "all"}).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_rows_take_as_many_queries_for_any_number(evening, vendor, number, django_assert_max_num_queries):
    for _each in range(number):
        refused(vendor, path=f"/green-corner/counter/{CustomerFactory(vendor=vendor).uid}/")
    evening.get(TAPS)
    with django_assert_max_num_queries(9):
        evening.get(TAPS)
