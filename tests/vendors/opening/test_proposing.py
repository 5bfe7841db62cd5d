import datetime as dt
import subprocess
import sys

import pytest

from tests.factories.vendors import ClosureFactory, VendorFactory
from vendors.models import Vendor
from vendors.opening.models import Closure
from vendors.opening.proposing import Calendar, Proposal, accept, calendar_of, proposals

pytestmark = pytest.mark.django_db
REPUBLIC_DAY = dt.date(2026, 1, 26)
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
GERMANY = {"phone_region": "DE", "language": "hi"}


def names(found):
    return {each.name for each in found}


# --- what is known of a country


def test_calendar_offers_the_states_by_name_and_the_kinds_of_holidays(vendor):
    calendar = calendar_of(vendor)
    assert ("MH", "Maharashtra") in calendar.states
    assert [name for _code, name in calendar.states] == sorted(name for _code, name in calendar.states)
    assert len(calendar.states) > 30
    assert calendar.kinds == ("public", "government", "optional", "optional_women")


def test_calendar_leaves_out_the_days_on_which_people_work():
    assert calendar_of(VendorFactory(phone_region="NP")) == Calendar((), ("public",))


def test_state_that_has_no_name_goes_by_its_code():
    assert dict(calendar_of(VendorFactory(phone_region="BE")).states)["Flemish"] == "Flemish"


@pytest.mark.parametrize("region", ["XX", "AC"])
def test_country_that_is_not_known_proposes_nothing(region):
    shop = VendorFactory(phone_region=region)
    assert calendar_of(shop) is None
    assert proposals(shop, FIRST, LAST) == []


# --- proposing


def test_holidays_of_the_country_are_proposed_in_order(vendor):
    found = proposals(vendor, FIRST, LAST)
    assert found[0] == Proposal(REPUBLIC_DAY, "Republic Day", known=False)
    assert found[-1] == Proposal(dt.date(2026, 12, 25), "Christmas", known=False)
    assert [each.day for each in found] == sorted({each.day for each in found})


def test_first_and_last_day_belong_to_what_is_asked_for(vendor):
    assert [each.day for each in proposals(vendor, REPUBLIC_DAY, REPUBLIC_DAY)] == [REPUBLIC_DAY]
    assert proposals(vendor, dt.date(2026, 1, 27), dt.date(2026, 1, 31)) == []
    year = proposals(vendor, dt.date(2025, 12, 1), dt.date(2026, 1, 31))
    assert [each.name for each in year] == ["Christmas", "Republic Day"]


def test_state_and_kinds_add_their_own(vendor):
    day = dt.date(2026, 5, 1)
    of_country, of_state = (proposals(vendor, day, day, state=state) for state in ("", "MH"))
    assert "Maharashtra Day" not in "".join(names(of_country))
    assert "Maharashtra Day" in "".join(names(of_state))
    more = proposals(vendor, FIRST, LAST, kinds=("public", "optional"))
    assert names(more) > {"Republic Day", "New Year's Day"}
    assert proposals(vendor, FIRST, LAST, kinds=()) == []


def test_holidays_of_one_day_are_one_proposal(vendor):
    day = dt.date(2027, 8, 15)
    (one,) = proposals(vendor, day, day)
    assert "Independence Day, " in one.name


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"language": "hi"}, "गणतंत्र दिवस"),
        ({"language": "mr"}, "प्रजासत्ताक दिन"),
        ({"language": "en"}, "Republic Day"),
    ],
)
def test_holidays_are_named_in_the_language_of_the_shop(settings, name):
    (one,) = proposals(VendorFactory(**settings), REPUBLIC_DAY, REPUBLIC_DAY)
    assert one.name == name


def test_language_that_the_country_does_not_know_falls_back_to_its_own(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "en_US")
    assert "Erster Weihnachtstag" in names(proposals(VendorFactory(**GERMANY), FIRST, LAST))


def test_name_fits_into_a_closure():
    """The longest there is: 150 letters."""
    shop = VendorFactory(phone_region="BY")
    assert max(len(each.name) for each in proposals(shop, FIRST, dt.date(2027, 12, 31))) <= 120


def test_day_of_a_closure_is_known_whatever_it_is_called(vendor):
    ClosureFactory(vendor=vendor, first_day=dt.date(2026, 1, 20), last_day=REPUBLIC_DAY, reason="wedding")
    ClosureFactory(first_day=dt.date(2026, 12, 25))
    assert [each.day for each in proposals(vendor, FIRST, LAST) if each.known] == [REPUBLIC_DAY]


# --- accepting


def test_accepted_holidays_close_the_shop(vendor):
    chosen = proposals(vendor, FIRST, LAST)[:2]
    assert accept(vendor=vendor, chosen=chosen) == 2
    kept = Closure.objects.filter(vendor=vendor).order_by("first_day")
    assert [(row.first_day, row.last_day, row.reason, row.holiday) for row in kept] == [
        (each.day, each.day, each.name, each.name) for each in chosen
    ]
    assert Vendor.objects.get().past != vendor.past


def test_holidays_that_are_accepted_twice_add_nothing(vendor):
    chosen = proposals(vendor, FIRST, LAST)[:2]
    accept(vendor=vendor, chosen=chosen)
    once = Vendor.objects.get().past
    assert accept(vendor=vendor, chosen=chosen) == 0
    assert Vendor.objects.get().past == once
    vendor.language = "hi"
    again = proposals(vendor, FIRST, LAST)[:3]
    assert [each.known for each in again] == [True, True, False]
    assert accept(vendor=vendor, chosen=again) == 1
    assert Closure.objects.count() == 3
    assert Vendor.objects.get().past not in (once, vendor.past)


# --- the start of the server


def test_library_is_not_read_before_it_is_asked():
    asked = "import django; django.setup(); import crm.urls, sys; print('holidays' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False"]
