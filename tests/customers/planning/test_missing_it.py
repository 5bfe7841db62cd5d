import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.planning.missing_it import About, Amount, Part, who_would_miss
from customers.planning.models import Decision
from customers.visits import tallying
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory
from vendors.catalogue import stand_in

DAY = dt.date(2026, 11, 18)  # a Wednesday
EVERY_OTHER = range(1, 20, 2)


def came(person, day, *taken, time="10:00", outcome="taken", **line):
    visit = VisitFactory(customer=person, at=dt.datetime.combine(day, dt.time.fromisoformat(time), person.vendor.tz))
    for product in taken:
        VisitLineFactory(visit=visit, product=product, outcome=outcome, **line)
    return visit


def a_regular(vendor, *taken, name="Sunita", agos=EVERY_OTHER, **how):
    person = CustomerFactory(vendor=vendor, name=name)
    for ago in agos:
        came(person, DAY - dt.timedelta(days=ago), *taken, **how)
    tallying.recount_shop(vendor)
    return person


def asked(vendor, *products, **about):
    vendor.refresh_from_db()
    return who_would_miss(vendor, About(products, **about), DAY)


def parts(found):
    return {each.customer: each.part for each in found.people}


def test_a_product_touches_who_takes_it_and_by_how_much_of_theirs(vendor):
    mango, onion = ProductFactory(vendor=vendor), ProductFactory(vendor=vendor)
    sunita, ahmed = a_regular(vendor, onion), a_regular(vendor, onion, name="Ahmed")
    came(sunita, DAY, mango, onion, quantity=Decimal("1.5"))
    came(sunita, DAY, mango, quantity=Decimal("0.5"))
    found = asked(vendor, mango)
    assert parts(found) == {sunita: Part(12, 2, 13, 2)}
    assert (found.regulars, found.others, found.part) == (2, 0, Part(12, 2, 13, 2))
    assert found.amounts == found.people[0].amounts == (Amount(mango, Decimal(2)),)
    assert (found.part.of_visits, found.part.of_lines) == (17, 15)
    assert not found.is_trend
    assert parts(asked(vendor, onion)).keys() == {sunita, ahmed}


def test_asked_for_and_not_had_touches_too_but_refused_does_not(vendor):
    mango = ProductFactory(vendor=vendor)
    sunita = a_regular(vendor)
    came(sunita, DAY, mango, outcome="not-in-stock")
    came(sunita, DAY, mango, outcome="refused")
    found = asked(vendor, mango)
    assert parts(found) == {sunita: Part(12, 1, 1, 1)}
    assert found.amounts == ()


def test_a_group_of_products_is_counted_together(vendor):
    mango, apple = ProductFactory(vendor=vendor), ProductFactory(vendor=vendor)
    sunita = a_regular(vendor, mango)
    came(sunita, DAY, mango, apple)
    found = asked(vendor, mango, apple)
    assert parts(found) == {sunita: Part(11, 11, 12, 12)}
    assert found.amounts == (Amount(mango, Decimal(11)), Amount(apple, Decimal(1)))


def test_amounts_in_another_unit_are_left_out(vendor):
    mango = ProductFactory(vendor=vendor, unit="kg")
    sunita = a_regular(vendor, mango)
    came(sunita, DAY, mango, unit="piece", quantity=Decimal(6))
    assert asked(vendor, mango).amounts == (Amount(mango, Decimal(10)),)


def test_what_was_sold_as_a_product_that_was_merged_counts_for_the_one_that_stands_for_it(vendor):
    mango = ProductFactory(vendor=vendor)
    alphonso = ProductFactory(vendor=vendor, is_sold=False, merged_into=mango)
    sunita = a_regular(vendor, alphonso)
    found = asked(vendor, mango)
    assert stand_in(alphonso) == mango
    assert parts(found) == {sunita: Part(10, 10, 10, 10)}
    assert found.amounts == (Amount(mango, Decimal(10)),)


def test_others_than_regulars_are_a_number(vendor):
    mango = ProductFactory(vendor=vendor)
    a_regular(vendor, mango)
    came(CustomerFactory(vendor=vendor), DAY, mango)
    came(CustomerFactory(vendor=vendor, kind="supplier"), DAY, mango)
    found = asked(vendor, mango)
    assert (found.regulars, len(found.people), found.others) == (1, 1, 2)


def test_voided_and_older_visits_count_nowhere(vendor, helper):
    mango = ProductFactory(vendor=vendor)
    sunita = a_regular(vendor)
    visit = came(sunita, DAY, mango)
    visit.voided_at, visit.voided_by = visit.at, helper
    visit.save()
    came(sunita, DAY - dt.timedelta(days=90), mango)
    came(sunita, DAY + dt.timedelta(days=1), mango)
    assert asked(vendor, mango).people == []
    came(sunita, DAY - dt.timedelta(days=89), mango)
    assert parts(asked(vendor, mango)) == {sunita: Part(11, 1, 1, 1)}


def test_a_weekday_is_the_shops_day_which_ends_after_midnight(vendor):
    onion = ProductFactory(vendor=vendor)
    sunita = a_regular(vendor, onion, agos=[7, 14, 21, 28, 35])  # Wednesdays
    came(sunita, DAY + dt.timedelta(days=0), onion, onion, time="02:00")  # Tuesday's still
    found = asked(vendor, weekday=2)
    assert parts(found) == {sunita: Part(6, 5, 7, 5)}
    assert parts(asked(vendor, weekday=1)) == {sunita: Part(6, 1, 7, 2)}
    assert asked(vendor, weekday=4).people == []
    assert found.on_most_visits == found.people
    assert found.on_all_visits == []


def test_hours_across_midnight_hold_what_begins_in_them(vendor):
    sunita = a_regular(vendor)
    for time in ("22:00", "23:59"):
        came(sunita, DAY - dt.timedelta(days=1), time=time)
    for time in ("00:59", "01:00"):
        came(sunita, DAY, time=time)
    late = (dt.time(22), dt.time(1))
    assert parts(asked(vendor, hours=late)) == {sunita: Part(14, 3, 0, 0)}
    assert parts(asked(vendor, weekday=1, hours=late)) == {sunita: Part(14, 3, 0, 0)}
    assert asked(vendor, weekday=2, hours=late).people == []
    assert asked(vendor, hours=(dt.time(10), dt.time(3))).on_most_visits != []


@pytest.mark.parametrize("ago", [3, 40])
def test_hours_are_by_the_shops_clock_in_summer_and_in_winter(vendor, ago):
    """The clock is put back on 25 October: five in the afternoon is three, then four, of UTC."""
    vendor.time_zone = "Europe/Berlin"
    vendor.save()
    sunita = a_regular(vendor)
    came(sunita, DAY - dt.timedelta(days=ago), time="17:10")
    assert parts(asked(vendor, hours=(dt.time(17), dt.time(18)))) == {sunita: Part(11, 1, 0, 0)}
    assert asked(vendor, hours=(dt.time(16), dt.time(17))).people == []
    assert asked(vendor, hours=(dt.time(18), dt.time(19))).people == []


def test_who_has_more_than_half_of_it_is_named(vendor):
    mango = ProductFactory(vendor=vendor)
    sunita = a_regular(vendor, mango)
    for name in ("Ahmed", "Leela"):
        a_regular(vendor, mango, name=name, agos=[1, 3, 5, 7, 9])
    found = asked(vendor, mango)
    assert found.is_trend
    assert found.mostly is None  # ten of twenty
    came(sunita, DAY, mango)
    assert asked(vendor, mango).mostly.customer == sunita


def test_one_line_alone_is_not_most_of_it(vendor):
    mango = ProductFactory(vendor=vendor)
    sunita = a_regular(vendor)
    came(sunita, DAY, mango)
    assert asked(vendor, mango).mostly is None


def test_who_loses_most_stands_first(vendor):
    mango = ProductFactory(vendor=vendor)
    for name, agos in (("Ahmed", [1, 3, 5, 7, 9]), ("Sunita", EVERY_OTHER)):
        a_regular(vendor, mango, name=name, agos=agos)
    assert [each.customer.name for each in asked(vendor, mango).people] == ["Sunita", "Ahmed"]


def test_nobody_is_touched_on_the_first_day(vendor):
    found = asked(vendor, weekday=0)
    assert (found.regulars, found.people, found.others, found.part) == (0, [], 0, Part(0, 0, 0, 0))
    assert (found.part.of_visits, found.part.is_on_most_visits, found.part.is_on_all_visits) == (0, False, False)
    assert (found.first, found.last, found.days) == (dt.date(2026, 8, 21), DAY, 90)


@pytest.mark.parametrize(
    ("about", "kind"),
    [
        (About(weekday=1), Decision.About.WEEKDAY),
        (About(weekday=1, hours=(dt.time(9), dt.time(10))), Decision.About.HOURS),
        (About(hours=(dt.time(9), dt.time(10))), Decision.About.HOURS),
    ],
)
def test_what_it_is_about_has_a_name(about, kind):
    assert about.kind == kind


def test_number_of_statements_does_not_grow_with_the_people(vendor):
    mango = ProductFactory(vendor=vendor)
    a_regular(vendor, mango)
    asked(vendor, mango)
    with CaptureQueriesContext(connection) as one:
        asked(vendor, mango)
    for name in ("Ahmed", "Leela"):
        a_regular(vendor, mango, name=name)
    asked(vendor, mango)
    with CaptureQueriesContext(connection) as many:
        asked(vendor, mango)
    assert len(one) == len(many) == 6  # one is the shop itself
