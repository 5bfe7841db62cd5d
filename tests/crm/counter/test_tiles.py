import json
from decimal import Decimal

import pytest

from crm.counter.tiles import reason, tiles, together
from customers.preferences.remembering import Memory
from customers.preferences.suggesting import Instead, Suggestion, Why
from customers.preferences.together import Together
from customers.visits.basket import BasketForm
from customers.visits.expecting import Standing
from customers.visits.rhythm import State
from tests.factories.vendors import ProductFactory


@pytest.fixture
def onion(vendor):
    return ProductFactory(vendor=vendor, name="Onion", name_hi="प्याज")


def suggestion(product, **known):
    own = {"probability": 0.5, "quantity": Decimal(2), "manner": "", "why": Why.OWN, "times": 9, "of": 11}
    shop = {"in_season": True, "is_missing": False, "instead": None}
    return Suggestion(product=product, **{**own, **shop, **known})


def memory(*usual, baskets=()):
    unseen = Standing(State.UNKNOWN, 0, None, None)
    return Memory([], usual=list(usual), together=Together(baskets), last_visits=[], noticed=None, rhythm=unseen)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, "9 of the last 11 visits"),
        ({"times": 1, "of": 1}, "the last visit"),
        ({"times": 0, "why": Why.LIKED}, "likes it"),
        ({"times": 0, "why": Why.SEASON}, "in season, the shop sells much of it"),
        ({"times": 0, "of": 0, "why": Why.NEW}, "new here: popular today"),
        ({"times": 0, "why": Why.POPULAR}, "popular here"),
    ],
)
def test_reason_says_why_a_product_is_here(onion, known, words):
    assert reason(suggestion(onion, **known)) == words


def test_tile_warns_of_what_is_not_there_and_says_what_they_take_instead(vendor, onion):
    shallot = ProductFactory(vendor=vendor, name="Shallot", name_hi="छोटा प्याज")
    found = [
        suggestion(onion),
        suggestion(shallot, is_missing=True, instead=Instead(onion, 2, 3)),
        suggestion(ProductFactory(vendor=vendor), is_missing=True),
        suggestion(ProductFactory(vendor=vendor), in_season=False),
        suggestion(ProductFactory(vendor=vendor), in_season=False, is_missing=True),
    ]
    said = [tile.warning for tile in tiles(memory(*found), BasketForm(vendor=vendor), "en")]
    assert said == ["", "not here today, else Onion", "not here today", "out of season", "not here today"]
    assert tiles(memory(found[1]), BasketForm(vendor=vendor), "hi")[0].warning.endswith("प्याज")


def test_tile_carries_its_chance_of_a_thousand(vendor, onion):
    (tile,) = tiles(memory(suggestion(onion, probability=0.4321)), BasketForm(vendor=vendor), "en")
    assert (tile.chance, tile.says, tile.usual, tile.reason) == (432, "2 kg", "2", "9 of the last 11 visits")


def test_together_is_half_a_table_in_the_order_of_the_usual(vendor, onion):
    chilli, mango = ProductFactory(vendor=vendor), ProductFactory(vendor=vendor)
    usual = [suggestion(product) for product in (onion, chilli, mango)]
    found = memory(*usual, baskets=[{onion.pk, chilli.pk}] * 60 + [{mango.pk}] * 60)
    rows = json.loads(together(found))
    assert [len(row) for row in rows] == [0, 1, 2]
    assert rows[1] == [round(100 * found.together.factor(onion.pk, chilli.pk))]
    assert rows[1][0] > 100 > rows[2][0] == rows[2][1]
