import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.preferences.merging import merge_products
from customers.promises.models import Wish
from customers.promises.shoes import (
    AskedInVain,
    Asking,
    Came,
    Completeness,
    ServedBy,
    completeness,
    in_vain,
    served_by,
    shoes_of,
    usual_completeness,
    usual_products,
)
from tests.factories.customers import CustomerFactory
from tests.factories.promises import ProblemFactory, PromiseFactory, PromiseLineFactory, WishFactory
from tests.factories.vendors import MemberFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory
from vendors.models import Member, Product

NOW = timezone.now()
DAY = dt.timedelta(days=1)
ONION, MANGO, KIWI = 1, 2, 3
PRODUCTS = {number: Product(pk=number, name=name) for number, name in ((1, "Onion"), (2, "Mango"), (3, "Kiwi"))}


def came(pk=1, *, had=(), missed=(), ago=0, by=None):
    asked = [*(Asking(product, True, False) for product in had), *(Asking(product, False, True) for product in missed)]
    return Came(pk, NOW - ago * DAY, by, None, tuple(asked))


def the_day(moment):
    return moment.date()


# Reckoning


def test_completeness_counts_visits_that_asked_for_something():
    lacking = came(2, had=[ONION], missed=[MANGO])
    assert completeness([came(had=[ONION]), lacking, came()]) == Completeness(2, [(lacking, [MANGO])])
    assert completeness([came(had=[ONION]), lacking, came()]).complete == 1


def test_usual_products_are_wanted_three_times_and_in_every_third():
    visits = [came(had=[ONION]) for _ in range(3)]
    assert usual_products(visits[:2]) == set()
    assert usual_products(visits) == {ONION}
    assert usual_products([*visits, *(came(had=[MANGO]) for _ in range(6))]) == {ONION, MANGO}
    assert usual_products([*visits, *(came(had=[MANGO]) for _ in range(7))]) == {MANGO}
    assert usual_products([*visits, *(came() for _ in range(9))]) == {ONION}
    assert usual_products([came(had=[ONION], missed=[KIWI]) for _ in range(3)]) == {ONION, KIWI}


def test_usual_completeness_leaves_out_what_is_not_usual():
    visits = [came(had=[ONION]) for _ in range(3)]
    odd, without = came(8, had=[ONION], missed=[KIWI]), came(9, missed=[ONION])
    counted = usual_completeness([*visits, odd, without, came(had=[KIWI])])
    assert counted.of == 5
    assert [(each.pk, missed) for each, missed in counted.lacking] == [(9, [ONION])]


def test_served_by_counts_for_each_who_served():
    ravi, meena = Member(pk=1, name="Ravi"), Member(pk=2, name="Meena")
    visits = [came(number, had=[ONION], by=ravi) for number in range(5)]
    visits += [came(7, missed=[ONION], by=meena), came(8, by=meena), came(9)]
    rows = served_by(visits, [1, 1, 7])
    assert rows == [
        ServedBy(ravi, visits=5, asking=5, complete=5, problems=2),
        ServedBy(meena, visits=2, asking=1, complete=0, problems=1),
        ServedBy(None, visits=1, asking=0, complete=0, problems=0),
    ]
    assert [row.is_early for row in rows] == [False, True, True]


def test_in_vain_has_each_asking_once():
    visit = came(4, had=[ONION], missed=[MANGO], ago=3)
    of_line = Wish(pk=1, product_id=MANGO, asked_at=visit.at, product=PRODUCTS[MANGO])
    later = Wish(pk=2, product_id=MANGO, asked_at=NOW, product=PRODUCTS[MANGO])
    words = [Wish(pk=pk, text=text, asked_at=NOW - 9 * DAY) for pk, text in ((3, "black rice"), (4, "plums"))]
    found = in_vain([visit], [of_line, later, *words], PRODUCTS, {}, the_day)
    assert found == [
        AskedInVain(NOW, PRODUCTS[MANGO], "", later),
        AskedInVain(visit.at, PRODUCTS[MANGO], "", of_line),
        AskedInVain(words[0].asked_at, None, "black rice", words[0]),
        AskedInVain(words[1].asked_at, None, "plums", words[1]),
    ]


def test_in_vain_without_a_wish_and_of_a_merged_product():
    old = Product(pk=7, name="Small mango")
    visit = came(missed=[MANGO])
    wish = Wish(pk=1, product_id=7, asked_at=visit.at, product=old)
    assert in_vain([visit], [], PRODUCTS, {}, the_day) == [AskedInVain(visit.at, PRODUCTS[MANGO], "", None)]
    assert [each.wish for each in in_vain([visit], [wish], PRODUCTS, {7: MANGO}, the_day)] == [wish]


# Fetching


@pytest.fixture
def customer(vendor):
    return CustomerFactory(vendor=vendor)


def test_shoes_of_are_the_last_ninety_days_of_the_shop(vendor, customer):
    today = vendor.day_of(NOW)
    start = vendor.day_bounds(today - 89 * DAY)[0]
    first, _before = VisitFactory(customer=customer, at=start), VisitFactory(customer=customer, at=start - DAY / 24)
    last = VisitFactory(customer=customer, at=NOW)
    VisitFactory(customer=customer, at=NOW, voided_at=NOW)
    VisitFactory(customer=customer, at=NOW + DAY)
    VisitFactory(customer=CustomerFactory(vendor=vendor), at=NOW)
    lived = shoes_of(customer, now=NOW)
    assert (lived.since, lived.until) == (today - 89 * DAY, today)
    assert [each.pk for each in lived.came] == [last.pk, first.pk]
    assert not lived.is_empty


def test_shoes_of_nobody_yet_are_empty(customer):
    assert shoes_of(customer, now=NOW).is_empty


def test_shoes_of_who_collects_have_for_whom(vendor, customer):
    daughter = CustomerFactory(vendor=vendor, name="Anu")
    visit = VisitFactory(customer=customer, at=NOW, collected_by=daughter)
    theirs, hers = shoes_of(customer, now=NOW), shoes_of(daughter, now=NOW)
    assert [each.collected_by for each in theirs.collected_by_others] == [daughter]
    assert (hers.came, hers.collected) == ([], [visit])
    assert not hers.is_empty


def test_shoes_of_what_was_asked_and_not_had(vendor, customer, owner):
    onion, kiwi = ProductFactory(vendor=vendor), ProductFactory(vendor=vendor)
    visit = VisitFactory(customer=customer, at=NOW - DAY)
    for product, outcome in ((onion, "taken"), (kiwi, "not-in-stock")):
        VisitLineFactory(visit=visit, product=product, outcome=outcome)
    WishFactory(customer=customer, product=kiwi, visit=visit, asked_at=visit.at)
    WishFactory(customer=customer, product=onion, asked_at=NOW, outcome="undone", closed_at=NOW)
    WishFactory(customer=customer, product=onion, asked_at=NOW - 100 * DAY)
    lived = shoes_of(customer, now=NOW)
    assert [each.product for each in lived.in_vain] == [kiwi]
    assert lived.all_asked.complete == 0
    merge_products(product=kiwi, into=onion, by=owner)
    assert [each.product.pk for each in shoes_of(customer, now=NOW).in_vain] == [kiwi.pk]


def test_shoes_of_had_and_missed_at_once_is_had(vendor, customer):
    line = VisitLineFactory(visit__customer=customer, product__vendor=vendor, outcome="not-in-stock")
    VisitLineFactory(visit=line.visit, product=line.product)
    lived = shoes_of(customer, now=timezone.now())
    assert (lived.in_vain, lived.all_asked.complete) == ([], 1)


def test_shoes_of_promises_closed_lately_or_overdue(vendor, customer):
    kept = PromiseFactory(customer=customer, due_at=NOW, outcome="kept", closed_at=NOW - DAY)
    theirs = PromiseFactory(customer=customer, side="theirs", due_at=NOW - DAY, outcome="late", closed_at=NOW)
    overdue = PromiseFactory(customer=customer, due_at=NOW - 200 * DAY)
    PromiseFactory(customer=customer, due_at=NOW + DAY)
    PromiseFactory(customer=customer, due_at=NOW - 99 * DAY, outcome="broken", closed_at=NOW - 99 * DAY)
    PromiseFactory(customer=CustomerFactory(vendor=vendor), due_at=NOW - DAY)
    lived = shoes_of(customer, now=NOW)
    assert lived.promises == [kept, theirs, overdue]
    assert lived.promises_that("ours", "kept", "") == [kept, overdue]
    assert lived.promises_that("theirs", "late") == [theirs]


def test_shoes_of_problems_that_count(vendor, customer, helper):
    today = vendor.day_of(NOW)
    visit = VisitFactory(customer=customer, at=NOW, by=helper)
    asked = {"remedy": "replaced", "remedied_at": NOW, "asked_at": NOW, "answer": "right", "closed_at": NOW}
    soft = ProblemFactory(customer=customer, visit=visit, happened_on=today, **asked)
    late = ProblemFactory(customer=customer, what="late", happened_on=today - DAY)
    ProblemFactory(customer=customer, happened_on=today, is_undone=True, closed_at=NOW)
    ProblemFactory(customer=customer, happened_on=today - 90 * DAY)
    lived = shoes_of(customer, now=NOW)
    assert lived.problems == [soft, late]
    assert lived.asked_afterwards == [soft]
    assert [(row.member, row.problems) for row in lived.served] == [(helper, 1)]


@pytest.mark.parametrize("rows", [1, 3])
def test_shoes_of_any_number_cost_the_same(vendor, customer, rows):
    for _ in range(rows):
        visit = VisitFactory(customer=customer, at=NOW, by=MemberFactory(vendor=vendor))
        VisitLineFactory(visit=visit, outcome="not-in-stock")
        WishFactory(customer=customer)
        PromiseLineFactory(promise__customer=customer, promise__due_at=NOW - DAY)
        ProblemFactory(customer=customer, visit=visit)
    with CaptureQueriesContext(connection) as queries:
        lived = shoes_of(customer, now=timezone.now())
        assert len([(each.by, each.collected_by) for each in lived.came]) == rows
        assert len([each.lines.all()[0].product.name for each in lived.promises]) == rows
        assert len([(each.product.name, each.visit) for each in lived.problems]) == rows
    assert len(queries) == 8
