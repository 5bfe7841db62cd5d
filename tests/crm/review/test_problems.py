import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.preferences.merging import merge_products
from tests.factories.customers import CustomerFactory
from tests.factories.promises import ProblemFactory
from tests.factories.vendors import MemberFactory, ProductFactory

PAGE = "/green-corner/review/problems/"
ALL = "?which=noted&first=&last="


def shown(answer):
    return [row.record for row in answer.context["table"].rows]


def csv(client, query):
    return client.get(f"{PAGE}{query}&as=csv").content.decode().removeprefix("\ufeff").splitlines()


def test_problems_are_those_noted_today_if_nothing_is_asked_for(vendor, evening):
    today = ProblemFactory(vendor=vendor, customer=None)
    ProblemFactory(vendor=vendor, customer=None, opened_at=timezone.now() - dt.timedelta(days=2))
    assert shown(evening.get(PAGE)) == [today]


def test_problems_are_filtered_by_what_is_chosen(vendor, evening, helper, owner):
    product, supplier = ProductFactory(vendor=vendor), CustomerFactory(vendor=vendor, kind="supplier")
    merged = ProductFactory(vendor=vendor)
    late = ProblemFactory(vendor=vendor, customer=None, what="late", product=None, owner=helper)
    soft = ProblemFactory(vendor=vendor, customer=None, product=merged, supplier=supplier)
    merge_products(product=merged, into=product, by=owner)
    assert shown(evening.get(f"{PAGE}?what=late")) == [late]
    assert shown(evening.get(f"{PAGE}?owner={helper.uid}")) == [late]
    assert shown(evening.get(f"{PAGE}?product={product.uid}")) == [soft]
    assert shown(evening.get(f"{PAGE}?supplier={supplier.uid}")) == [soft]


@pytest.mark.parametrize(
    "query",
    [
        "?which=dance",
        "?first=yesterday",
        "?first=2026-11-20&last=2026-11-19",
        "?first=1800-01-01",
        "?last=9999-12-31",
        "?owner=%00",
        "?product=nothing",
        "?supplier=nobody",
    ],
)
def test_what_cannot_be_asked_is_told(vendor, evening, query):
    ProblemFactory(vendor=vendor, customer=None)
    page = evening.get(f"{PAGE}{query}")
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
    assert shown(page) == []


def test_rows_can_be_sorted_and_turned_over(vendor, evening):
    for name in ("Zara", "Anu"):
        ProblemFactory(customer=CustomerFactory(vendor=vendor, name=name))
    found = shown(evening.get(f"{PAGE}{ALL}&sort=customer"))
    assert [each.customer.name for each in found] == ["Anu", "Zara"]
    for _ in range(25):
        ProblemFactory(vendor=vendor, customer=None)
    page = evening.get(f"{PAGE}{ALL}&page=2")
    assert "Page 2 of 2" in page.content.decode()


def test_file_holds_plain_words_that_are_no_formula(vendor, evening, helper):
    onion = ProductFactory(vendor=vendor, name="Onion")
    person, day = CustomerFactory(vendor=vendor, name="=1+1"), dt.date(2026, 11, 18)
    at = vendor.day_bounds(day)[0]
    more = {"happened_on": day, "opened_at": at, "owner": helper, "due_on": day}
    ProblemFactory(customer=person, product=onion, **more)
    ProblemFactory(vendor=vendor, customer=None, product=onion, remedy="apology", remedied_at=at, happened_on=day)
    header, first, second = csv(evening, ALL)
    assert header == "Day,What went wrong,Customer,How far,Looked after by,By when"
    assert first.startswith("2026-11-18,Onion of ")
    assert first.endswith(": soft,'=1+1,nothing done yet,Ravi,2026-11-18")
    assert second.endswith(': soft,,"apology, not asked yet",,')


def test_rows_lead_to_the_problem_and_the_card(vendor, evening):
    problem = ProblemFactory(customer=CustomerFactory(vendor=vendor))
    page = evening.get(f"{PAGE}{ALL}").content.decode()
    assert f"/counter/{problem.customer.uid}/" in page
    assert str(problem.uid) in page


def test_helper_has_no_rows(vendor, counter):
    assert counter.get(PAGE).status_code == 403


def test_rows_ask_as_often_for_one_as_for_three(vendor, evening):
    def asked():
        evening.get(f"{PAGE}{ALL}")
        with CaptureQueriesContext(connection) as queries:
            evening.get(f"{PAGE}{ALL}")
        return len(queries)

    def one():
        ProblemFactory(customer=CustomerFactory(vendor=vendor), owner=MemberFactory(vendor=vendor))

    one()
    first = asked()
    one()
    one()
    assert asked() == first
