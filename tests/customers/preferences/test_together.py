from itertools import product as pairs_of
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.preferences.together import LARGEST, Together

PRODUCTS = range(1, 6)
baskets = st.lists(st.lists(st.sampled_from(PRODUCTS), unique=True), max_size=60)


def factor_by_definition(baskets, product, other):
    """exp(0.2 ln((c_pq + 20) / (c_p c_q / W + 20))), of baskets that are not too large."""
    both, one, another = (
        sum(wanted <= set(basket) for basket in baskets) for wanted in ({product, other}, {product}, {other})
    )
    return exp(0.2 * log((both + 20) / (one * another / len(baskets) + 20))) if baskets else 1.0


@given(baskets)
def test_factor_is_what_the_formula_says_whichever_comes_first(baskets):
    together = Together(baskets)
    for product, other in pairs_of(PRODUCTS, PRODUCTS):
        if product != other:
            factor = together.factor(product, other)
            assert factor == pytest.approx(factor_by_definition(baskets, product, other))
            assert factor == together.factor(other, product)


def test_factor_without_baskets_says_nothing():
    assert Together().factor(1, 2) == Together([]).factor(1, 2) == 1.0


def test_factor_of_what_is_in_no_basket_says_nothing():
    assert Together([{1, 2}] * 50).factor(1, 9) == 1.0


def test_factor_tells_what_goes_together_from_what_does_not():
    together = Together([*[{1, 2}] * 50, *[{3}] * 50, *[{4}] * 50])
    assert together.factor(1, 2) > 1.1
    assert together.factor(1, 3) < 1


@pytest.mark.parametrize(("size", "known"), [(LARGEST, True), (LARGEST + 1, False), (500, False)])
def test_basket_of_half_the_shop_tells_nothing(size, known):
    together = Together([set(range(size))] * 100 + [{LARGEST}] * 100)
    assert (together.factor(0, 1) > 1, together.baskets) == (known, 200 if known else 100)


def test_baskets_may_be_read_once_only():
    assert Together({1, 2} for _ in range(30)).factor(1, 2) == Together([{1, 2}] * 30).factor(1, 2)
