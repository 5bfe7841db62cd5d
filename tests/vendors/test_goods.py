import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from vendors.goods import Good, goods, pictures
from vendors.models import Product

SPRITE = Path(__file__).parents[2] / "crm/static/crm/goods.svg"
SVG = "{http://www.w3.org/2000/svg}"
DEVANAGARI_WORDS = re.compile(r"[\u0900-\u097F]+( [\u0900-\u097F]+)*")


@pytest.fixture(scope="module")
def sprite():
    return ElementTree.parse(SPRITE).getroot()


def test_goods_are_enough_for_a_shop():
    assert len(goods()) >= 60


def test_goods_begin_with_the_most_sold():
    assert goods()[0] == Good(
        key="onion",
        name="Onion",
        name_hi="प्याज",
        name_mr="कांदा",
        unit="kg",
        step=Decimal("0.5"),
        season=None,
        picture="onion",
        aisle="vegetable",
    )


@pytest.mark.parametrize("field", ["key", "name", "name_hi", "name_mr"])
def test_goods_are_told_apart_by_each_name(field):
    times = Counter(getattr(good, field) for good in goods())

    assert [value for value, count in times.items() if count > 1] == []


def test_goods_have_both_names_in_devanagari():
    odd = [
        good.key for good in goods() for name in (good.name_hi, good.name_mr) if not DEVANAGARI_WORDS.fullmatch(name)
    ]

    assert odd == []


def test_goods_have_a_plain_english_name():
    assert [good.name for good in goods() if not re.fullmatch(r"[A-Z][a-z]+(['a-z ]+)?", good.name)] == []


def test_goods_have_a_positive_step():
    assert [good.key for good in goods() if not good.step > 0] == []


def test_goods_are_counted_in_whole_pieces():
    whole = {"piece", "bunch", "packet", "g", "ml"}

    assert [good.key for good in goods() if good.unit in whole and good.step % 1] == []


def test_goods_use_the_units_of_products():
    assert {good.unit for good in goods()} <= set(Product.Unit.values)


def test_goods_lie_in_four_aisles():
    assert {good.aisle for good in goods()} == {"vegetable", "leaf", "fruit", "other"}


def test_goods_have_seasons_within_the_year():
    months = [month for good in goods() if good.season for month in good.season]

    assert [month for month in months if not 1 <= month <= 12] == []


def test_goods_season_may_run_over_new_year():
    seasons = {good.key: good.season for good in goods()}

    assert (seasons["peas"], seasons["alphonso-mango"], seasons["onion"]) == ((11, 3), (3, 6), None)


def test_pictures_are_the_views_of_the_sprite(sprite):
    assert pictures() == tuple(sorted(view.get("id") for view in sprite.iter(f"{SVG}view")))


def test_pictures_lie_apart_on_the_sprite(sprite):
    boxes = [tuple(map(int, view.get("viewBox").split())) for view in sprite.iter(f"{SVG}view")]

    assert {(width, height) for _, _, width, height in boxes} == {(128, 128)}
    assert len({(x // 160, y // 160) for x, y, _, _ in boxes}) == len(boxes)


def test_sprite_has_each_id_once(sprite):
    times = Counter(element.get("id") for element in sprite.iter() if element.get("id"))

    assert [name for name, count in times.items() if count > 1] == []


def test_sprite_refers_only_to_ids_it_has(sprite):
    ids = {element.get("id") for element in sprite.iter()}
    links = {element.get("href").removeprefix("#") for element in sprite.iter() if element.get("href")}
    paints = set(re.findall(r"url\(#([^)]+)\)", SPRITE.read_text(encoding="utf-8")))

    assert paints
    assert (links | paints) - ids == set()


def test_sprite_needs_no_style_or_script(sprite):
    tags = {element.tag.removeprefix(SVG) for element in sprite.iter()}
    attributes = {name for element in sprite.iter() for name in element.attrib}

    assert tags & {"style", "script", "foreignObject", "image"} == set()
    assert [name for name in attributes if name == "style" or name.startswith("on")] == []
