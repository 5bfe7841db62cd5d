import datetime as dt

import pytest
from django.utils import timezone

from crm.review.asked import asked_of
from crm.review.days import EARLIEST, month_of, one_day, week_of
from crm.review.missed import missed_of
from crm.review.noticed import noticed_of
from crm.review.owed import owed_of
from crm.review.the_day import the_day_of
from crm.review.tomorrow import tomorrow_of
from crm.review.who_would_miss_it import who_would_miss_it_of
from crm.review.wrong import wrong_of
from tests.customers.promises.time_zones import ZONES, changes
from tests.factories.customers import CustomerFactory
from tests.factories.promises import ProblemFactory, WishFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

SPANS = [one_day, week_of, month_of]


def panels(vendor, span):
    now = timezone.now()
    return [
        the_day_of(vendor, span),
        owed_of(vendor, span, now),
        wrong_of(vendor, span, now),
        asked_of(vendor, span),
        missed_of(vendor, span),
        noticed_of(vendor, span),
        tomorrow_of(vendor, span),
        who_would_miss_it_of(vendor, span),
    ]


def in_zone(vendor, zone):
    vendor.time_zone = zone
    vendor.save()


def numbers(vendor, span):
    """What the days of a week add up to."""
    the_day, wrong, asked = the_day_of(vendor, span), wrong_of(vendor, span, timezone.now()), asked_of(vendor, span)
    served, _regulars, new = the_day.figures
    assert sum(helper.visits for helper in the_day.helpers) == served.number
    assert sum(bar.value for bar in (the_day.chart.bars if the_day.chart else ())) == served.number
    noted = wrong.figures[0].number
    assert sum(kind.number for kind in wrong.kinds) == noted
    people, *_waiting, missing = asked.figures
    return served.number, new.number, noted, people.number, missing.number


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("span_of", SPANS)
def test_panels_of_an_empty_shop_say_something_of_every_day(vendor, zone, span_of):
    in_zone(vendor, zone)
    today = vendor.today()
    changed = [day for day in changes(zone) if day <= today][:4]
    for day in (EARLIEST, dt.date(2012, 2, 29), *changed, today - dt.timedelta(days=1), today):
        assert len(panels(vendor, span_of(day))) == 8, day


@pytest.mark.parametrize("span_of", SPANS)
def test_panels_of_a_shop_in_its_first_hours_say_something(vendor, span_of):
    product = ProductFactory(vendor=vendor)
    line = VisitLineFactory(visit=VisitFactory(customer=CustomerFactory(vendor=vendor)), product=product)
    ProblemFactory(vendor=vendor, customer=line.visit.customer, product=product)
    WishFactory(vendor=vendor, customer=line.visit.customer, product=product)
    the_day, _owed, wrong, asked, *_others = panels(vendor, span_of(vendor.today()))
    assert [figure.number for figure in the_day.figures] == [1, 0, 1]
    assert (wrong.figures[0].number, asked.figures[0].number) == (1, 1)


@pytest.mark.parametrize("zone", ZONES)
def test_days_of_a_week_with_another_time_add_up_to_it(vendor, monkeypatch, zone):
    """Something at the first and at the last moment of every day, and every five hours between."""
    in_zone(vendor, zone)
    days = changes(zone)
    week = week_of(days[1] if days else dt.date(2026, 3, 29))
    start, end = vendor.day_bounds(week.first)[0], vendor.day_bounds(week.last)[1]
    monkeypatch.setattr(timezone, "now", lambda: end + dt.timedelta(days=2))
    moment = dt.timedelta(microseconds=1)
    edges = {edge for day in week.days for bound in vendor.day_bounds(day) for edge in (bound - moment, bound)}
    hours = {start + dt.timedelta(hours=5 * number) for number in range(50)}
    product = ProductFactory(vendor=vendor)
    for at in sorted(edges | hours):
        visit = VisitFactory(customer=CustomerFactory(vendor=vendor), at=at)
        VisitLineFactory(visit=visit, product=product, outcome="not-in-stock")
        VisitFactory(customer=CustomerFactory(vendor=vendor), at=at, voided_at=at)
        ProblemFactory(vendor=vendor, customer=visit.customer, product=product, opened_at=at)
        WishFactory(vendor=vendor, customer=visit.customer, product=product, asked_at=at)
    within = sum(start <= at < end for at in edges | hours)
    assert numbers(vendor, week) == (within,) * 5
    of_days = [numbers(vendor, one_day(day)) for day in week.days]
    assert [sum(column) for column in zip(*of_days, strict=True)] == [within] * 5
