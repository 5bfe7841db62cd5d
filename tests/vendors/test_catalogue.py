import pytest

from tests.factories.vendors import ProductFactory
from vendors import catalogue
from vendors.models import Product


@pytest.fixture
def goods(vendor):
    names = [
        ("Onion", "प्याज़", "कांदा"),
        ("Green Chilli", "हरी मिर्च", "हिरवी मिरची"),
        ("Banana", "केला", "केळी"),
        ("Ladies' Finger", "भिंडी", "भेंडी"),
    ]
    for place, (name, name_hi, name_mr) in enumerate(names):
        ProductFactory(vendor=vendor, name=name, name_hi=name_hi, name_mr=name_mr, position=place)
    return vendor


def found(vendor, text):
    return [product.name for product in catalogue.find(vendor, text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("oni", ["Onion"]),
        ("प्या", ["Onion"]),
        ("कांदा", ["Onion"]),
        ("kanda", ["Onion"]),
        ("pyaz", ["Onion"]),
        ("chil", ["Green Chilli"]),
        ("mirchi", ["Green Chilli"]),
        ("kela", ["Banana"]),
        ("bhindi", ["Ladies' Finger"]),
        ("LADIES", ["Ladies' Finger"]),
        ("nion", []),
    ],
)
def test_product_is_found_by_the_beginning_of_a_word_in_any_language_or_by_sound(goods, text, names):
    assert found(goods, text) == names


def test_each_word_has_to_begin_something(goods):
    assert found(goods, "chilli green") == ["Green Chilli"]
    assert found(goods, "green banana") == []


def test_nothing_typed_finds_everything_in_the_shops_order(goods):
    assert found(goods, " ") == ["Onion", "Green Chilli", "Banana", "Ladies' Finger"]


def test_what_is_not_sold_now_is_not_found(goods):
    ProductFactory(vendor=goods, name="Onion seeds", is_sold=False)
    assert found(goods, "onion") == ["Onion"]


def test_product_of_another_shop_is_not_found(goods):
    ProductFactory(name="Onion")
    assert found(goods, "onion") == ["Onion"]


@pytest.mark.parametrize("text", ["\0", "o\0nion", "x" * 10_000, "🧅", "\u202e"])
def test_wild_text_is_looked_for_without_an_error(goods, text):
    assert len(found(goods, text)) <= 4


def test_family_of_a_product_is_all_that_is_the_same_thing(vendor):
    red, onion, kanda, other = (ProductFactory(vendor=vendor, name=name) for name in ("Red", "Onion", "Kanda", "Leek"))
    Product.objects.filter(pk=red.pk).update(merged_into=kanda, is_sold=False)
    Product.objects.filter(pk=kanda.pk).update(merged_into=onion, is_sold=False)
    same = {red.pk, kanda.pk, onion.pk}
    for product in (red, kanda, onion):
        product.refresh_from_db()
        assert catalogue.family(product) == same
    assert catalogue.family(other) == {other.pk}
