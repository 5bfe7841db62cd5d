import gzip
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.counter.blanks import BLANKS, FRESH, NOBODY, PROMISE, THING, VISIT
from tests.conftest import tablet_of
from tests.factories.customers import CustomerFactory
from tests.factories.promises import ProblemFactory, PromiseFactory, WishFactory
from tests.factories.vendors import ProductFactory

PLACEHOLDERS = {
    "find": {FRESH},
    "card": {NOBODY, FRESH, PROMISE},
    "who": set(),
    "tablet": set(),
    "new": {FRESH},
    "away": set(),
    "not-here": set(),
    "likes": {NOBODY, FRESH},
    "about": {NOBODY, FRESH, THING},
    "ask": {NOBODY, FRESH},
    "promises": {NOBODY, FRESH},
    "promise": {NOBODY, FRESH, THING},
    "problem": {NOBODY, FRESH, THING, VISIT},
}


def page(client, name):
    return client.get(f"/green-corner/counter/blank/{name}/").content.decode()


@pytest.fixture
def idle(paired):
    """A paired tablet on which nobody serves."""
    return tablet_of(paired)


@pytest.mark.parametrize("name", BLANKS)
def test_blank_page_has_what_is_replaced_and_no_other_uid_of_a_person(idle, name):
    uids = set(re.findall(r"\b([0-4])\1{7}(?:-\1{4}){3}-\1{12}\b", page(idle, name)))
    assert uids == {placeholder[0] for placeholder in PLACEHOLDERS[name]}


@pytest.mark.parametrize("name", BLANKS)
def test_blank_page_says_nothing_of_anybody_and_asks_for_nobody(tablet, vendor, name):
    sunita = CustomerFactory(vendor=vendor, name="Sunita Rao")
    PromiseFactory(customer=sunita, text="Alphonso")
    WishFactory(customer=sunita, text="figs")
    ProblemFactory(customer=sunita, text="half of them")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        said = page(tablet, name)
    assert not [
        query["sql"] for query in queries if re.search("customers_|visits_|promises_|preferences_", query["sql"])
    ]
    assert not [word for word in ("Sunita", "Alphonso", "figs", "half of them", str(sunita.uid)) if word in said]
    assert ("Ravi" in said) == (name == "who")
    assert "data-turn" not in said


def test_blank_page_is_told_from_a_live_one(tablet):
    assert '<body data-blank="card">' in page(tablet, "card")
    assert "data-blank" not in tablet.get("/green-corner/counter/").content.decode()


def test_unknown_blank_page_is_none(tablet):
    assert tablet.get("/green-corner/counter/blank/nothing/").status_code == 404


def test_what_is_to_be_said_on_the_next_page_is_not_said_on_a_blank_one(counter):
    counter.post("/green-corner/counter/new/", {"uid": FRESH, "name": "Meena Iyer"})
    assert "Meena" not in page(counter, "find")
    assert "Meena Iyer is remembered from now on." in counter.get("/green-corner/counter/").content.decode()


def test_blank_card_has_what_is_sold_and_the_words_that_find_it(idle, vendor):
    onion = ProductFactory(vendor=vendor, name="Onion", name_hi="प्याज", name_mr="कांदा")
    ProductFactory(vendor=vendor, name="Melon", is_sold=False)
    goods = page(idle, "card").partition('<template id="goods">')[2]
    assert re.findall(r'data-uid="([^"]+)"', goods) == [str(onion.uid)]
    assert 'data-find="onion प्याज कांदा pyaj kanda"' in goods


def test_blank_card_of_a_whole_shop_is_small(idle, vendor):
    for number in range(76):
        ProductFactory(vendor=vendor, name=f"Product {number}", name_hi=f"वस्तु {number}", picture="onion")
    assert len(gzip.compress(page(idle, "card").encode())) < 20_000


def test_blank_promise_is_due_so_many_days_after_the_tap(idle):
    values = re.findall(r'name="due" value="([^"]+)"', page(idle, "promises"))
    assert values == ["+0T09:00", "+0T12:00", "+0T15:00", "+0T18:00", "+0T20:00", "+0", "+1", "+7"]
