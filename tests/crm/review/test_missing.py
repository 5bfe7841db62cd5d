import datetime as dt

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.promises.asked_for import Days, missing_lines
from tests.factories.customers import CustomerFactory
from tests.factories.vendors import MemberFactory, ProductFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

DAY = dt.date(2026, 11, 18)
PAGE = "/green-corner/review/missing/"
OF_DAY = f"?first={DAY}&last={DAY}"


def not_here(vendor, name=None, customer="Sunita", day=DAY, **values):
    at = vendor.day_bounds(day)[0] + dt.timedelta(hours=9)
    visit = VisitFactory(customer=CustomerFactory(vendor=vendor, name=customer), at=at, **values)
    product = ProductFactory(vendor=vendor, **({"name": name} if name else {}))
    VisitLineFactory(visit=visit, product=ProductFactory(vendor=vendor))
    return VisitLineFactory(visit=visit, product=product, outcome="not-in-stock")


def shown(answer):
    return [row.record for row in answer.context["table"].rows]


def test_missing_is_what_standing_visits_of_these_days_found_none_of(vendor, evening, helper):
    line = not_here(vendor)
    not_here(vendor, voided_at=timezone.now(), voided_by=helper)
    not_here(vendor, day=DAY - dt.timedelta(days=1))
    not_here(CustomerFactory().vendor)
    assert shown(evening.get(f"{PAGE}{OF_DAY}")) == [line]


def test_missing_is_of_today_and_of_one_product_if_asked(vendor, evening):
    line = not_here(vendor, day=vendor.today())
    other = not_here(vendor, "Onion", day=vendor.today())
    assert shown(evening.get(PAGE)) == [line, other]
    assert shown(evening.get(f"{PAGE}?product={other.product.uid}")) == [other]


@pytest.mark.parametrize(
    "query", ["?first=", "?first=yesterday", "?first=2026-11-20&last=2026-11-19", "?last=9999-12-31", "?product=none"]
)
def test_what_cannot_be_asked_is_told(vendor, evening, query):
    not_here(vendor, day=vendor.today())
    page = evening.get(f"{PAGE}{query}")
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
    assert shown(page) == []


def test_file_holds_plain_words_that_are_no_formula(vendor, evening, helper):
    not_here(vendor, "Mango", customer="=1+1", by=helper)
    page = evening.get(f"{PAGE}{OF_DAY}&as=csv").content.decode().removeprefix("\ufeff")
    assert page.splitlines() == [
        "When,Customer,Not here,As they wanted it,Served by",
        "2026-11-18 12:00,'=1+1,Mango,,Ravi",
    ]


def test_rows_can_be_sorted_and_lead_to_the_card(vendor, evening):
    for name in ("Zara", "Anu"):
        line = not_here(vendor, customer=name)
    page = evening.get(f"{PAGE}{OF_DAY}&sort=customer")
    assert [each.visit.customer.name for each in shown(page)] == ["Anu", "Zara"]
    assert f"/counter/{line.visit.customer.uid}/" in page.content.decode()


def test_helper_has_no_rows(vendor, counter):
    assert counter.get(PAGE).status_code == 403


def test_rows_ask_as_often_for_one_as_for_three(vendor, evening):
    def asked():
        evening.get(f"{PAGE}{OF_DAY}")
        with CaptureQueriesContext(connection) as queries:
            evening.get(f"{PAGE}{OF_DAY}")
        return len(queries)

    not_here(vendor, by=MemberFactory(vendor=vendor))
    one = asked()
    for name in ("Onion", "Tomato"):
        not_here(vendor, name, by=MemberFactory(vendor=vendor))
    assert asked() == one


@pytest.mark.sqlite
def test_missing_is_looked_for_in_the_visits_of_the_days_alone(vendor):
    plan = missing_lines(vendor, Days(DAY, DAY)).order_by().values_list("product").annotate(lines=Count("pk")).explain()
    assert "SCAN" not in plan
    assert "(vendor_id=? AND at>? AND at<?)" in plan
