import datetime as dt
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.review.days import one_day, week_of
from crm.review.the_day import the_day_of
from customers.visits import tallying
from customers.visits.attendance import Range
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import MemberFactory
from tests.factories.visits import VisitFactory

DAY = dt.date(2026, 11, 18)  # a Wednesday
PAGE = f"/green-corner/review/{DAY}/served/"


def served(vendor, day, time="10:00", customer=None, **values):
    at = dt.datetime.combine(day, dt.time.fromisoformat(time), vendor.tz)
    return VisitFactory(customer=customer or CustomerFactory(vendor=vendor), at=at, **values)


def figures(vendor, day=DAY):
    return {each.who: (each.number, each.usual) for each in the_day_of(vendor, one_day(day)).figures}


def a_regular(vendor, day=DAY, visits=5):
    person = CustomerFactory(vendor=vendor)
    for ago in range(1, visits + 1):
        served(vendor, day - dt.timedelta(days=2 * ago), customer=person)
    tallying.recount_shop(vendor)
    return person


def test_the_day_counts_visits_and_those_of_new_and_regular_people_among_them(vendor):
    regular = a_regular(vendor)
    served(vendor, DAY, customer=regular)
    served(vendor, DAY, "18:00", customer=regular)
    served(vendor, DAY)
    assert figures(vendor) == {"all": (3, None), "regulars": (2, None), "new": (1, None)}


def test_who_came_on_four_days_before_is_no_regular_yet(vendor):
    served(vendor, DAY, customer=a_regular(vendor, visits=4))
    assert figures(vendor)["regulars"] == (0, None)


def test_the_day_is_compared_with_the_same_weekday_of_eight_weeks_as_a_range(vendor):
    for week, visits in enumerate([3, 5, 4], start=1):
        for _each in range(visits):
            served(vendor, DAY - dt.timedelta(weeks=week))
    for _each in range(9):
        served(vendor, DAY - dt.timedelta(days=1))
        served(vendor, DAY - dt.timedelta(weeks=9))
    served(vendor, DAY)
    assert figures(vendor)["all"] == (1, Range(3, 5))


def test_two_weeks_are_too_few_to_compare(vendor, evening):
    for week in (1, 2):
        served(vendor, DAY - dt.timedelta(weeks=week))
    served(vendor, DAY)
    assert figures(vendor)["all"] == (1, None)
    assert "What is usual stands here after three weeks." in evening.get(PAGE).content.decode()


def test_a_closed_day_is_not_compared_with(vendor):
    for week in (1, 3, 5):
        served(vendor, DAY - dt.timedelta(weeks=week))
    assert figures(vendor)["all"] == (0, Range(1, 1))


@pytest.mark.parametrize("query", ["", "?span=week", "?span=month"])
def test_each_number_leads_to_as_many_rows(vendor, evening, helper, query):
    regular = a_regular(vendor)
    for ago in range(3):
        served(vendor, DAY - dt.timedelta(days=ago), customer=regular, by=helper)
        served(vendor, DAY - dt.timedelta(days=ago), "19:00", customer=regular)
        served(vendor, DAY - dt.timedelta(days=ago), "23:59")
    page = evening.get(f"{PAGE}{query}").content.decode()
    links = re.findall(r'href="([^"]*/visits/[^"]*)"><b>(\d+)</b>', page)
    assert len(links) == 5
    for address, number in links:
        rows = evening.get(f"{unescape(address)}&as=csv").content.decode().splitlines()[1:]
        assert len(rows) == int(number), address


def test_voided_visit_was_none(vendor, helper):
    visit = served(vendor, DAY)
    visit.voided_at, visit.voided_by = visit.at, helper
    visit.save()
    assert figures(vendor)["all"] == (0, None)


def test_a_day_across_midnight_is_one_in_the_order_of_its_hours(vendor):
    served(vendor, DAY, "22:10")
    served(vendor, DAY + dt.timedelta(days=1), "01:30")
    served(vendor, DAY + dt.timedelta(days=1), "03:00")  # the next day of the shop
    chart = the_day_of(vendor, one_day(DAY)).chart
    assert [(bar.label, bar.value) for bar in chart.bars] == [("22", 1), ("23", 0), ("0", 0), ("1", 1)]


@pytest.mark.parametrize(("day", "hours"), [(dt.date(2026, 10, 25), 25), (dt.date(2026, 3, 29), 23)])
def test_a_day_of_a_change_of_the_clock_loses_and_doubles_nothing(vendor, day, hours):
    vendor.time_zone, vendor.day_starts = "Europe/Berlin", dt.time(0)
    vendor.save()
    start, end = vendor.day_bounds(day)
    for hour in range(int((end - start) / dt.timedelta(hours=1))):
        VisitFactory(customer=CustomerFactory(vendor=vendor), at=start + dt.timedelta(hours=hour, minutes=30))
    found = the_day_of(vendor, one_day(day))
    assert sum(bar.value for bar in found.chart.bars) == hours
    assert {bar.label: bar.value for bar in found.chart.bars}["2"] == (2 if hours == 25 else 0)


def test_helpers_are_told_by_their_visits(vendor, helper):
    other = MemberFactory(vendor=vendor, name="Meena")
    for by in (helper, other, helper, None):
        served(vendor, DAY, by=by)
    assert [(each.member, each.visits) for each in the_day_of(vendor, one_day(DAY)).helpers] == [
        (helper, 2),
        (other, 1),
        (None, 1),
    ]


def test_a_week_is_counted_whole_and_by_day(vendor):
    for day in (DAY, DAY, DAY + dt.timedelta(days=4), DAY + dt.timedelta(days=5)):
        served(vendor, day)
    found = the_day_of(vendor, week_of(DAY))
    assert found.figures[0].number == 3
    assert [bar.value for bar in found.chart.bars] == [0, 0, 2, 0, 0, 0, 1]


def test_page_says_that_today_is_still_running(vendor, evening):
    today = vendor.today()
    page = evening.get(f"/green-corner/review/{today}/served/").content.decode()
    assert "Still running: the day ends at 03:00." in page
    assert "Nobody was served." in page
    assert "Still running" not in evening.get(PAGE).content.decode()


def test_number_of_statements_does_not_grow_with_the_visits(vendor, evening, django_assert_num_queries):
    served(vendor, DAY)
    evening.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        evening.get(PAGE)
    for week in range(3):
        for _each in range(3):
            served(vendor, DAY - dt.timedelta(weeks=week), by=MemberFactory(vendor=vendor))
    evening.get(PAGE)
    with CaptureQueriesContext(connection) as many:
        evening.get(PAGE)
    assert len(many) <= len(one) + 1  # the members


def test_a_day_that_has_not_come_is_not_found(vendor, evening):
    tomorrow = vendor.today() + dt.timedelta(days=1)
    assert evening.get(f"/green-corner/review/{tomorrow}/served/").status_code == 404
    assert evening.get(f"/green-corner/review/{tomorrow}/").status_code == 404
    assert evening.get("/green-corner/review/2026-02-30/").status_code == 404
    assert evening.get("/green-corner/review/0001-01-01/").status_code == 404
