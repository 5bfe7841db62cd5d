import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.preferences.popularity import UNKNOWN, Trends

PRODUCTS = st.integers(1, 4)
a_day = st.integers(0, 9).flatmap(
    lambda visits: st.tuples(
        st.just(visits), st.dictionaries(PRODUCTS, st.integers(1, visits)) if visits else st.just({})
    )
)
"""Visits of a day, and by product how many of them wanted it."""
some_days = st.lists(a_day, max_size=40)


def told(days):
    trends = Trends()
    for visits, wanted in days:
        trends.end_day(visits, wanted)
    return trends


def decayed(counts, half_life):
    """A count of so many days ago weighs 0.5 to the power of these days by the half-life."""
    return sum(count * 0.5 ** (ago / half_life) for ago, count in enumerate(reversed(counts)))


def taste_by_definition(days):
    def visits(half_life):
        return decayed([visits for visits, _wanted in days], half_life)

    def wanted(product, half_life):
        return decayed([wanted.get(product, 0) for _visits, wanted in days], half_life)

    products = {product for _visits, wanted in days for product in wanted}
    popularity = {product: wanted(product, 28) / visits(28) for product in products}
    season = {
        product: (
            (wanted(product, 14) + 15) / (visits(14) * wanted(product, 84) / visits(84) + 15)
        ) ** 0.8
        for product in products
    }  # fmt: skip
    return popularity, season


@given(some_days)
def test_taste_is_what_the_formulas_say(days):
    popularity, season = taste_by_definition(days)
    assert told(days).taste() == (pytest.approx(popularity), pytest.approx(season))


def test_taste_of_a_first_day_is_unknown():
    assert Trends().taste() == UNKNOWN
    assert told([(0, {})] * 400).taste() == UNKNOWN


def test_taste_without_products_has_none():
    assert told([(5, {})]).taste() == ({}, {})


@given(some_days)
def test_popularity_is_never_more_than_one_nor_less_than_nothing(days):
    assert all(0 < share <= 1 for share in told(days).taste().popularity.values())


def test_popularity_of_what_everybody_takes_is_one():
    assert told([(visits, {1: visits}) for visits in range(1, 300)]).taste().popularity == {1: 1.0}


def test_popularity_halves_against_what_is_new_in_a_month():
    """Of as many visits on each of two days, a month apart, the later ones weigh twice as much."""
    days = [(6, {1: 6}), *[(0, {})] * 27, (6, {2: 6})]
    assert told(days).taste().popularity == {1: pytest.approx(1 / 3), 2: pytest.approx(2 / 3)}


@given(some_days, st.integers(1, 30))
def test_popularity_stays_over_days_without_visits(days, quiet):
    """Nobody came, and so nobody wanted anything else."""
    assert told([*days, *[(0, {})] * quiet]).taste().popularity == pytest.approx(told(days).taste().popularity)


def test_season_of_what_always_sells_as_much_is_one():
    assert told([(10, {1: 4})] * 366).taste().season == {1: pytest.approx(1.0)}


def test_season_rises_with_what_is_new_and_falls_with_what_goes():
    year = [*[(20, {1: 10})] * 100, *[(20, {2: 10})] * 14]
    season = told(year).taste().season
    assert season[1] < 0.8
    assert season[2] > 1.8


def test_season_of_a_rare_product_is_pulled_to_one():
    """One whim in a small shop, and the same rise in a shop of a hundred times as many visits."""
    whim, rise = (told([*[(n, {})] * 60, (n, {1: n})]).taste().season[1] for n in (1, 100))
    assert 1 < whim < 1.06
    assert rise > 1.5


def test_season_is_one_when_all_days_are_long_gone():
    """Of visits years ago next to nothing is left, and next to nothing is said."""
    trends = told([(30, {1: 20}), *[(0, {})] * 5000])
    assert trends.taste().season == {1: pytest.approx(1.0)}


@given(some_days, a_day)
def test_with_day_is_as_if_the_day_were_over_and_changes_nothing(days, today):
    trends, untouched = told(days), told(days)
    later = trends.with_day(*today)
    assert (later.visits, later.wanted) == (told([*days, today]).visits, told([*days, today]).wanted)
    assert (trends.visits, trends.wanted) == (untouched.visits, untouched.wanted)
    later.end_day(9, {1: 9, 99: 1})
    assert (trends.visits, trends.wanted) == (untouched.visits, untouched.wanted)
