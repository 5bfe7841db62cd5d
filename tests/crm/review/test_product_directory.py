import csv
import datetime as dt
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.visits import tallying
from tests.factories.customers import CustomerFactory
from tests.factories.promises import ProblemFactory, WishFactory
from tests.factories.vendors import ProductFactory, VendorFactory
from tests.factories.visits import VisitFactory, VisitLineFactory

PAGE = "/green-corner/review/products/"
ALL = [
    *("is_sold", "is_in_season", "unit", "takers", "touched", "short", "long"),
    *("trend", "last", "missing", "waiting", "problems", "mostly"),
]


def took(product, *ago, customer=None, outcome="taken"):
    """A visit so many days ago each, of one person, with a product."""
    vendor = product.vendor
    customer = customer or CustomerFactory(vendor=vendor)
    for days in ago:
        start, _end = vendor.day_bounds(vendor.today() - dt.timedelta(days=days))
        visit = VisitFactory(customer=customer, at=start + dt.timedelta(minutes=1))
        VisitLineFactory(visit=visit, product=product, outcome=outcome)
    tallying.recount_shop(vendor)
    return customer


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion", name_hi="प्याज")


def rows(client, **asked):
    content = client.get(PAGE, {**asked, "as": "csv"}).content.decode("utf-8-sig")
    return list(csv.reader(StringIO(content)))


def names(client, **asked):
    return [name for name, *_rest in rows(client, **asked)[1:]]


def told(client, *columns, **asked):
    """What the file says of the first product in `columns`."""
    client.post(PAGE, {"columns": columns})
    return rows(client, **asked)[1][1:]


def page(client, **asked):
    return client.get(PAGE, asked).content.decode().replace("&amp;", "&")


def test_products_are_those_of_the_shop_in_its_language(vendor, evening, onion):
    ProductFactory(vendor=VendorFactory(), name="Durian")
    assert names(evening) == ["Onion"]
    vendor.language = "hi"
    vendor.save()
    assert names(evening) == ["प्याज"]


def test_helper_may_not_open_it(vendor, counter):
    assert counter.get(PAGE).status_code == 403


def test_shop_without_products_says_so(vendor, evening):
    assert "None. Choose other filters, or add products in Set up." in page(evening)


def test_product_leads_to_where_it_is_changed(vendor, evening, onion):
    assert f'href="/admin/vendors/product/{onion.pk}/change/"' in page(evening)


def test_sold_season_and_unit_are_said(vendor, evening):
    month = vendor.today().month
    ProductFactory(vendor=vendor, season_from=month % 12 + 1, season_to=month % 12 + 1, is_sold=False, unit="dozen")
    assert told(evening, "is_sold", "is_in_season", "unit") == ["no", "no", "dozen"]
    assert "not sold now" in page(evening)


def test_people_are_different_ones_who_took_it_within_90_days(vendor, evening, onion):
    took(onion, 0, 1, 89)
    took(onion, 5)
    took(onion, 5, outcome="not-in-stock")
    took(onion, 5, outcome="refused")
    took(onion, 90)
    assert told(evening, "takers", "short", "long") == ["2", "4", "5"]


def test_regulars_among_them_are_said_of_all_regulars(vendor, evening, onion):
    took(onion, *range(1, 40, 3))
    took(ProductFactory(vendor=vendor, name="Potato"), *range(1, 40, 3))
    took(onion, 2)
    assert told(evening, "touched") == ["1 of 2"]


def test_trend_is_said_from_three_people_on(vendor, evening, onion):
    for _each in range(2):
        took(onion, *range(1, 8), 100)
    took(ProductFactory(vendor=vendor, name="Potato"), 179)
    assert told(evening, "trend") == [""]
    took(onion, 120)
    assert told(evening, "trend") == ["more: 3, now 14"]


@pytest.mark.parametrize(
    ("lately", "said"), [((1,), "as before: 6, now 3"), ((1, 2, 3), "as before: 6, now 9"), ((), "less: 6, now 0")]
)
def test_trend_counts_who_stayed_away_and_is_more_than_chance(vendor, evening, onion, lately, said):
    for _each in range(3):
        took(onion, *lately, 100, 179)
    assert told(evening, "trend") == [said]
    assert said in page(evening)


def test_trend_is_not_said_while_the_shop_is_too_young(vendor, evening, onion):
    for _each in range(3):
        took(onion, 1, 2, 100, 178)
    assert told(evening, "trend") == [""]


def test_last_asked_for_is_of_all_days_and_of_what_was_not_here(vendor, evening, onion):
    took(onion, 200, outcome="not-in-stock")
    assert told(evening, "long", "last") == ["0", (vendor.today() - dt.timedelta(days=200)).isoformat()]


def test_asked_and_had_none_counts_people_and_who_waits(vendor, evening, onion):
    customer = CustomerFactory(vendor=vendor)
    WishFactory.create_batch(2, customer=customer, product=onion)
    WishFactory(vendor=vendor, customer=None, product=onion, until=vendor.today() - dt.timedelta(days=1))
    assert told(evening, "missing", "waiting") == ["2", "1"]
    assert f'href="/green-corner/counter/wishes/{onion.uid}/"' in page(evening)


def test_problems_are_counted_with_people_and_lead_to_their_rows(vendor, evening, onion):
    customer = CustomerFactory(vendor=vendor)
    ProblemFactory.create_batch(2, customer=customer, product=onion)
    ProblemFactory(vendor=vendor, customer=None, product=onion, was_said=False)
    ProblemFactory(customer=customer, product=onion, happened_on=vendor.today() - dt.timedelta(days=90))
    assert told(evening, "problems") == ["3"]
    seen = page(evening)
    assert "<small>1 person</small>" in seen
    assert f'href="/green-corner/counter/problems/rows/?product={onion.uid}&days=90"' in seen


def test_one_person_behind_more_than_half_is_named(vendor, evening, onion):
    loud = CustomerFactory(vendor=vendor, name="Hotel Sai")
    took(onion, 1, 2, 3, customer=loud)
    took(onion, 1)
    took(onion, 2)
    assert told(evening, "mostly") == ["Hotel Sai: 3 of 5 visits"]
    assert f'href="/green-corner/counter/{loud.uid}/"' in page(evening)
    took(onion, 3)
    assert told(evening, "mostly") == [""]


def test_one_visit_alone_names_nobody(vendor, evening, onion):
    took(onion, 1)
    assert told(evening, "mostly") == [""]


def test_merged_product_is_counted_with_its_stand_in(vendor, evening, onion):
    red = ProductFactory(vendor=vendor, name="Red onion", is_sold=False, merged_into=onion)
    took(onion, 1)
    took(red, 2)
    ProblemFactory(customer=CustomerFactory(vendor=vendor), product=red)
    WishFactory(customer=CustomerFactory(vendor=vendor), product=red)
    assert names(evening) == ["Onion"]
    today = vendor.today()
    assert told(evening, "takers", "short", "last", "missing", "problems") == [
        *("2", "2", (today - dt.timedelta(days=1)).isoformat(), "1", "1"),
    ]


def test_visits_lead_to_their_rows(vendor, evening, onion):
    red = ProductFactory(vendor=vendor, name="Red onion", is_sold=False, merged_into=onion)
    took(onion, 1, 40)
    took(onion, 2, outcome="not-in-stock")
    took(onion, 2, outcome="refused")
    took(red, 3)
    took(ProductFactory(vendor=vendor), 1)
    assert told(evening, "short") == ["3"]
    today = vendor.today()
    way = f"/green-corner/review/visits/?first={today - dt.timedelta(days=29)}&last={today}&product={onion.uid}"
    assert f'href="{way}"' in page(evening)
    assert "3 rows" in evening.get(way).content.decode()


def test_filters_by_yes_or_no(vendor, evening):
    month = vendor.today().month
    onion, mango, kale = (ProductFactory(vendor=vendor, name=name) for name in ("Onion", "Mango", "Kale"))
    type(mango).objects.filter(pk=mango.pk).update(season_from=month % 12 + 1, season_to=month % 12 + 1, is_sold=False)
    took(onion, 1, 2)
    ProblemFactory(customer=CustomerFactory(vendor=vendor), product=kale)
    WishFactory(customer=CustomerFactory(vendor=vendor), product=mango)
    yes = {"sold": ["Kale", "Onion"], "season": ["Kale", "Onion"], "wanted": ["Onion"], "missing": ["Mango"]}
    yes |= {"problems": ["Kale"], "mostly": ["Onion"]}
    assert {name: names(evening, **{name: "yes"}) for name in yes} == yes
    everything = {"Kale", "Mango", "Onion"}
    assert {name: {*names(evening, **{name: "no"})} for name in yes} == {
        name: everything - {*found} for name, found in yes.items()
    }


def test_search_finds_what_is_not_sold_in_any_language(vendor, evening, onion):
    ProductFactory(vendor=vendor, name="Kale", is_sold=False)
    assert names(evening, q="pyaz") == ["Onion"]
    assert names(evening, q="kal") == ["Kale"]


def test_invalid_filter_is_told_and_lists_nothing(vendor, evening, onion):
    seen = page(evening, sold="perhaps")
    assert "Select a valid choice." in seen
    assert "Onion" not in seen


@pytest.mark.parametrize("sort", ["name", *ALL])
def test_rows_are_sorted_by_each_column_both_ways(vendor, evening, sort):
    for number, name in enumerate("cab"):
        product = ProductFactory(vendor=vendor, name=name, is_sold=bool(number), step=Decimal(number + 1))
        for _each in range(number):
            took(product, number)
    forth, back = names(evening, sort=sort), names(evening, sort=f"-{sort}")
    assert sorted(forth) == sorted(back) == ["a", "b", "c"]
    if sort in ("takers", "short", "long"):
        assert (forth, back) == (["b", "a", "c"], ["c", "a", "b"])


def test_file_has_the_chosen_columns_and_texts_that_no_spreadsheet_computes(vendor, evening):
    took(ProductFactory(vendor=vendor, name="=1+1"), 1)
    evening.post(PAGE, {"columns": ["unit", "takers"]})
    assert rows(evening) == [["Name", "Unit", "People in 90 days"], ["'=1+1", "kg", "1"]]


def test_unknown_column_is_told(vendor, evening, onion):
    answer = evening.post(PAGE, {"columns": ["price"]})
    assert answer.status_code == 422
    assert "One of these columns is not there any more. Choose again." in answer.content.decode()


def test_number_of_statements_does_not_grow_with_the_products(vendor, evening):
    evening.post(PAGE, {"columns": ALL})
    _something(vendor)
    evening.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        evening.get(PAGE)
    for _each in range(2):
        _something(vendor)
    evening.get(PAGE)
    with CaptureQueriesContext(connection) as three:
        seen = page(evening)
    assert "3 rows" in seen
    assert len(one) == len(three)


def _something(vendor):
    product = ProductFactory(vendor=vendor)
    took(product, 1, 2, 3)
    WishFactory(customer=CustomerFactory(vendor=vendor), product=product)
    ProblemFactory(customer=CustomerFactory(vendor=vendor), product=product)
