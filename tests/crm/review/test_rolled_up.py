import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.review.days import Span, month_of, one_day, week_of
from crm.review.page import way_of
from crm.review.the_day import the_day_of
from customers.visits import tallying
from customers.visits.attendance import Range
from customers.visits.models import ShopDay
from tests.crm.review.test_the_day import DAY, served

REVIEW = "/green-corner/review/"
WEEK = dt.timedelta(weeks=1)
ONE_DAY = dt.timedelta(days=1)


def counted(vendor, *days):
    """Two visits more on each day than on the one named before it."""
    for number, day in enumerate(days, start=1):
        ShopDay.objects.create(vendor=vendor, day=day, visits=2 * number)


def usual(vendor, span):
    found = the_day_of(vendor, span)
    return found.figures[0].usual, found.compared


def test_spans_follow_each_other():
    week, month = week_of(DAY), month_of(dt.date(2026, 3, 31))
    assert (week.is_week, month.is_week) == (True, False)
    assert (week.previous, week.next) == (week_of(DAY - WEEK), week_of(DAY + WEEK))
    assert (month.previous, month.next) == (month_of(dt.date(2026, 2, 1)), month_of(dt.date(2026, 4, 1)))
    assert week.until(DAY) == Span(dt.date(2026, 11, 16), DAY)
    assert week.until(DAY + WEEK) == week


def test_a_week_is_compared_with_the_eight_weeks_before(vendor):
    counted(vendor, *(DAY - ago * WEEK for ago in range(12, 0, -1)))
    assert usual(vendor, week_of(DAY)) == (Range(10, 24), 8)


def test_a_month_is_compared_with_the_months_before_when_three_are_known(vendor):
    days = [dt.date(2026, month, 9) for month in (6, 7, 8)]
    counted(vendor, *days)
    assert usual(vendor, month_of(dt.date(2026, 9, 20))) == (None, 0)
    counted(vendor, dt.date(2026, 9, 9))
    assert usual(vendor, month_of(dt.date(2026, 10, 20))) == (Range(2, 6), 3)


def test_a_week_that_runs_is_compared_up_to_the_same_weekday(vendor, monkeypatch):
    monkeypatch.setattr(type(vendor), "today", lambda _vendor: DAY)
    for ago in range(1, 5):
        counted(vendor, DAY - ago * WEEK, DAY - ago * WEEK + ONE_DAY)
    assert usual(vendor, week_of(DAY)) == (Range(2, 2), 3)


def test_comparing_takes_one_statement(vendor):
    with CaptureQueriesContext(connection) as found:
        the_day_of(vendor, week_of(DAY))
    assert sum("visits_shopday" in each["sql"] and "SUM" not in each["sql"] for each in found) <= 2


@pytest.mark.parametrize(
    ("kind", "title", "days"),
    [("week", "Review of the week", 7), ("month", "Review of the month", 30)],
)
def test_page_has_the_panels_and_a_link_to_each_day(vendor, evening, kind, title, days):
    served(vendor, DAY)
    text = evening.get(f"{REVIEW}{kind}/{DAY}/").content.decode()
    assert f"<h1>{title}</h1>" in text
    assert 'id="the_day" aria-labelledby' in text  # the panel, and no placeholder for it
    assert f'hx-get="{REVIEW}{DAY}/noticed/?span={kind}"' in text
    linked = set(re.findall(rf'class="chip" href="{REVIEW}(\d{{4}}-\d\d-\d\d)/"', text))
    span = {"week": week_of, "month": month_of}[kind](DAY)
    today = vendor.today()
    assert {f"{day}" for day in span.days if day <= today} <= linked
    assert len(span.days) == days


@pytest.mark.parametrize(("kind", "last"), [("week", week_of), ("month", month_of)])
def test_page_that_runs_says_so_and_leads_to_nothing_later(vendor, evening, kind, last):
    today = vendor.today()
    text = evening.get(f"{REVIEW}{kind}/{today}/").content.decode()
    assert "Still running: until" in text
    assert 'rel="next"' not in text
    assert f"{REVIEW}{last(today).last + ONE_DAY}/" not in text
    assert "Still running" not in evening.get(f"{REVIEW}{kind}/{DAY - 6 * WEEK}/").content.decode()


@pytest.mark.parametrize("kind", ["week", "month"])
def test_page_of_a_day_that_has_not_come_is_not_found(vendor, evening, kind):
    assert evening.get(f"{REVIEW}{kind}/{vendor.today() + ONE_DAY}/").status_code == 404
    assert evening.get(f"{REVIEW}{kind}/2026-02-30/").status_code == 404


def test_day_page_has_the_same_way_and_panels(vendor, evening):
    text = evening.get(f"{REVIEW}{DAY}/").content.decode()
    for address in (f"{REVIEW}week/{DAY}/", f"{REVIEW}month/{DAY}/"):
        assert f'class="chip" href="{address}"' in text
    assert f'hx-get="{REVIEW}{DAY}/noticed/"' in text
    assert 'aria-current="page">Day<' in text


def test_way_goes_by_a_week_or_month_and_never_beyond_today(vendor, monkeypatch):
    monkeypatch.setattr(type(vendor), "today", lambda _vendor: DAY)
    before = DAY - 2 * ONE_DAY
    week, month, last = (
        way_of(vendor, before - WEEK, "week"),
        way_of(vendor, dt.date(2026, 10, 31), "month"),
        way_of(vendor, DAY, "day"),
    )
    assert (week.before, week.after) == (f"{REVIEW}week/2026-11-02/", f"{REVIEW}week/{before}/")
    assert (month.before, month.after) == (f"{REVIEW}month/2026-09-30/", f"{REVIEW}month/2026-11-01/")
    assert (last.before, last.after) == (f"{REVIEW}2026-11-17/", None)
    assert way_of(vendor, DAY - WEEK + 2 * ONE_DAY, "week").after == f"{REVIEW}week/{DAY}/"
    assert last.span == one_day(DAY)


@pytest.mark.parametrize(("kind", "many"), [("week", "weeks"), ("month", "months")])
def test_page_says_with_what_it_compares(vendor, evening, kind, many):
    text = evening.get(f"{REVIEW}{kind}/{DAY}/").content.decode()
    assert "three whole" not in text  # nobody was served
    day = DAY - 6 * WEEK
    span = {"week": week_of, "month": month_of}[kind](day)
    served(vendor, day)
    assert (
        f"What is usual stands here after three whole {many}." in evening.get(f"{REVIEW}{kind}/{day}/").content.decode()
    )
    for _number in range(5):
        span = span.previous
        served(vendor, span.first)
    tallying.recount_shop(vendor)
    of = {"week": 8, "month": 6}[kind]
    text = evening.get(f"{REVIEW}{kind}/{day}/").content.decode()
    assert f"Usually: as in 4 of the last {of} {many}." in text
    assert "usually 1" in text
