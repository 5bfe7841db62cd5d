import datetime as dt
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import merging
from customers.planning import deciding
from customers.planning.looking_back import (
    Became,
    Days,
    Share,
    as_of,
    days_around,
    look_back,
    to_look_at,
    weeks_after,
)
from customers.planning.missing_it import About
from customers.planning.models import Decision
from customers.visits import tallying
from customers.visits.rhythm import State
from tests.customers.planning.test_missing_it import DAY, a_regular, came
from tests.factories.planning import DecisionFactory
from tests.factories.promises import ProblemFactory, WishFactory
from tests.factories.vendors import ProductFactory

LATER = DAY + Decision.LOOK_AFTER
LONG_BEFORE = range(0, 60, 2)


def since(person, agos, *taken):
    """Visits of `person` so many days after the decision."""
    for days in agos:
        came(person, DAY + dt.timedelta(days=days), *taken)
    tallying.recount_shop(person.vendor)


def decided(vendor, about):
    vendor.refresh_from_db()
    return deciding.decide(vendor=vendor, about=about, text="No more", reason="why not", by=None, uid=uuid4(), day=DAY)


def looked(vendor, *decisions, day=LATER):
    vendor.refresh_from_db()
    return look_back(vendor, decisions, day)


def test_what_became_of_each_is_told_with_the_days_before_and_after(vendor):
    mango = ProductFactory(vendor=vendor)
    steady, less, gone, closed = (
        a_regular(vendor, mango, name=name, agos=LONG_BEFORE) for name in ("Asha", "Binu", "Chitra", "Devi")
    )
    other = a_regular(vendor, name="Esha", agos=LONG_BEFORE)
    decision = decided(vendor, About((mango,)))
    since(steady, range(2, 30, 2))
    since(less, range(5, 30, 5))
    since(other, range(1, 30))
    since(closed, range(2, 30, 2))
    closed.standing, closed.standing_reason = "closed", "moved away"
    closed.save()
    [found] = looked(vendor, decision)
    assert found.weeks == 4
    assert [(each.customer, each.days, each.became) for each in found.people] == [
        (gone, Days(14, 0), Became.GONE),
        (less, Days(14, 5), Became.LESS),
        (closed, Days(0, 0), Became.CLOSED),
        (steady, Days(14, 14), Became.AS_BEFORE),
    ]
    assert found.people[0].standing.state == State.LEFT
    assert (found.share, found.share.per_cent) == (Share(2, 3), 67)
    assert found.others == Share(0, 1)
    assert not found.can_compare
    assert [len(each) for each in (found.as_before, found.less, found.gone, found.closed)] == [1, 1, 1, 1]


def test_the_shops_other_regulars_are_compared_with(vendor):
    mango = ProductFactory(vendor=vendor)
    ours = [a_regular(vendor, mango, name=name, agos=LONG_BEFORE) for name in "ABC"]
    others = [a_regular(vendor, name=name, agos=LONG_BEFORE) for name in "DEF"]
    nobody = a_regular(vendor, name="G", agos=[1])
    supplier = a_regular(vendor, name="H", agos=LONG_BEFORE)
    decision = decided(vendor, About((mango,)))
    for person in (*ours, *others[1:], nobody, supplier):
        since(person, range(2, 30, 2))
    supplier.standing, supplier.standing_reason = "possible", "brings for another shop"
    supplier.save()
    [found] = looked(vendor, decision)
    assert (found.share, found.others) == (Share(0, 3), Share(1, 3))
    assert found.can_compare


@pytest.mark.parametrize(
    ("before", "after", "is_less"),
    [(4, 3, False), (2, 0, True), (1, 0, False), (3, 2, False), (6, 4, True), (9, 7, False)],
)
def test_one_day_less_is_no_change(before, after, is_less):
    assert Days(before, after).is_less is is_less


def test_whole_weeks_are_compared():
    middle = DAY.toordinal()
    days = [middle - 28, middle - 27, middle, middle + 1, middle + 28, middle + 29]
    assert days_around(days, DAY, 4) == Days(2, 2)
    assert days_around(days, DAY, 0) == Days(0, 0)


@pytest.mark.parametrize(("later", "weeks"), [(0, 0), (7, 0), (8, 1), (29, 4), (400, 4)])
def test_weeks_count_when_they_are_over(vendor, later, weeks):
    decision = DecisionFactory(vendor=vendor, decided_on=DAY)
    assert weeks_after(decision, DAY + dt.timedelta(days=later)) == weeks


def test_long_afterwards_it_is_looked_at_as_of_the_last_day_that_is_read(vendor):
    decision = DecisionFactory(vendor=vendor, decided_on=DAY)
    assert as_of(decision, LATER) == LATER
    assert as_of(decision, DAY + dt.timedelta(days=1000)) == DAY + dt.timedelta(days=360)


def test_a_decision_is_to_be_looked_at_until_somebody_did(vendor, owner):
    DecisionFactory(vendor=vendor, decided_on=DAY + dt.timedelta(days=1))
    DecisionFactory(decided_on=DAY)
    for verb in ("look", "take_back"):
        said = {"conclusion": "fine"} if verb == "look" else {}
        done = DecisionFactory(vendor=vendor, decided_on=DAY)
        getattr(deciding, verb)(decision=done, by=owner, uid=uuid4(), **said)
    later, waiting = (DecisionFactory(vendor=vendor, decided_on=DAY - dt.timedelta(days=ago)) for ago in (0, 1))
    assert to_look_at(vendor, LATER) == [waiting, later]
    assert to_look_at(vendor, LATER - dt.timedelta(days=2)) == []


def test_what_they_told_since_of_the_products_is_listed(vendor):
    mango, other = ProductFactory(vendor=vendor), ProductFactory(vendor=vendor)
    alphonso = ProductFactory(vendor=vendor, is_sold=False, merged_into=mango)
    sunita = a_regular(vendor, mango)
    decision = decided(vendor, About((mango,)))
    start = vendor.day_bounds(DAY)[1]
    wish = WishFactory(customer=sunita, product=alphonso, asked_at=start)
    problem = ProblemFactory(customer=sunita, product=mango, opened_at=start)
    WishFactory(customer=sunita, product=mango, asked_at=start - dt.timedelta(minutes=1))
    WishFactory(customer=sunita, product=mango, asked_at=start, outcome="undone", closed_at=start)
    WishFactory(customer=sunita, product=other, asked_at=start)
    WishFactory(vendor=vendor, customer=None, product=mango, asked_at=start)
    ProblemFactory(customer=sunita, product=other, opened_at=start)
    [found] = looked(vendor, decision)
    assert (found.wishes, found.problems) == ([wish], [problem])


def test_what_they_told_since_of_no_product_is_listed_for_a_weekday(vendor):
    sunita = a_regular(vendor, agos=[7, 14, 21, 28, 35])
    decision = decided(vendor, About(weekday=2))
    start = vendor.day_bounds(DAY)[1]
    wish = WishFactory(customer=sunita, product=None, text="open on Wednesday", asked_at=start)
    problem = ProblemFactory(customer=sunita, product=None, what="other", text="was shut", opened_at=start)
    ProblemFactory(customer=sunita, opened_at=start)
    [found] = looked(vendor, decision)
    assert (found.wishes, found.problems) == ([wish], [problem])


def test_two_people_who_were_found_to_be_one_are_one(vendor, owner):
    mango = ProductFactory(vendor=vendor)
    sunita, suneeta = a_regular(vendor, mango), a_regular(vendor, mango, name="Suneeta")
    decision = decided(vendor, About((mango,)))
    merging.merge(customer=suneeta, into=sunita, by=owner, uid=uuid4())
    [found] = looked(vendor, decision)
    assert [each.customer for each in found.people] == [sunita]


def test_nothing_is_read_for_no_decision(vendor, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert look_back(vendor, [], DAY) == []


def test_number_of_statements_does_not_grow_with_decisions_and_people(vendor):
    mango = ProductFactory(vendor=vendor)
    a_regular(vendor, mango)
    decisions = [decided(vendor, About((mango,)))]
    looked(vendor, *decisions)
    with CaptureQueriesContext(connection) as one:
        looked(vendor, *decisions)
    for name in ("Ahmed", "Leela"):
        person = a_regular(vendor, mango, name=name)
        WishFactory(customer=person, product=mango)
        decisions.append(decided(vendor, About((mango,))))
    looked(vendor, *decisions)
    with CaptureQueriesContext(connection) as many:
        looked(vendor, *decisions)
    assert len(one) == len(many) <= 12
