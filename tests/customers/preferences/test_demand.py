from decimal import Decimal
from math import exp, lgamma, log

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from customers.preferences.demand import (
    Comer,
    Need,
    Till,
    baskets_of,
    blend,
    needs,
    poisson_quantile,
)
from customers.preferences.popularity import UNKNOWN, Taste
from customers.preferences.usual import Own

ONION, BANANA, MILK, KALE = range(1, 5)
chances = st.floats(0, 1)
PRODUCTS = st.integers(1, 4)
owns = st.floats(0, 20).flatmap(
    lambda visits: st.dictionaries(PRODUCTS, st.floats(0, visits)).map(lambda wanted: Own(visits, wanted))
)
comers = st.lists(st.builds(Comer, st.integers(1, 99), chances, owns, st.just({})), max_size=8)
tastes = st.builds(
    Taste,
    st.dictionaries(PRODUCTS, st.floats(0, 1)),
    st.dictionaries(PRODUCTS, st.floats(0.5, 1)),
)


def comer(person, chance, visits=0.0, wanted=None, quantities=None):
    return Comer(person, chance, Own(visits, wanted or {}), quantities or {})


# --- the people


@given(comers, tastes)
def test_baskets_are_the_sum_of_the_chances_to_come_and_take(comers, taste):
    products = {product for each in comers for product in each.own.wanted} | taste.popularity.keys()
    assert baskets_of(comers, taste) == pytest.approx(
        {product: sum(each.chance * each.own.chance(product, taste) for each in comers) for product in products}
    )


def test_baskets_without_people_or_taste_are_none():
    assert baskets_of([], UNKNOWN) == {}
    assert baskets_of([], Taste({ONION: 0.5}, {ONION: 1.0})) == {ONION: 0.0}
    assert baskets_of([comer(1, 0.5)], UNKNOWN) == {}


def test_baskets_rise_with_the_season():
    assert baskets_of([comer(1, 0.5)], Taste({ONION: 0.4}, {ONION: 2.0})) == {ONION: pytest.approx(0.4)}


# --- the till


def averaged(days, visits, day, half_life):
    weights = [0.5 ** ((days[-1] - each) / half_life) for each in days]
    return sum(weight * times for weight, times in zip(weights, visits, strict=True)) / sum(weights)


def test_till_expects_the_mean_of_two_averages_times_the_weekday():
    """Two weeks: 10 visits a day and 30 on the seventh, half of them with onions."""
    till, days = Till(), range(700, 714)
    visits = [30 if day % 7 == 6 else 10 for day in days]
    for day, times in zip(days, visits, strict=True):
        till.end_day(day, times, {ONION: times // 2})
    average = sum(averaged(days, visits, 714, half_life) / 2 for half_life in (14, 56)) / 2
    mean = 90 / 7
    assert [till.expected(ONION, day) for day in (714, 720)] == pytest.approx(
        [average * 10 / mean, average * 30 / mean]
    )
    assert till.expected(BANANA, 714) == 0


def test_till_counts_the_days_on_which_nobody_wanted_it():
    till = Till()
    for day in range(700, 714):
        till.end_day(day, 10, {ONION: 10} if day == 713 else {})
    averages = (10 / sum(0.5 ** (ago / half_life) for ago in range(14)) for half_life in (14, 56))
    assert till.expected(ONION, 714) == pytest.approx(sum(averages) / 2)


def test_till_forgets_half_of_a_weekday_in_four_weeks():
    till = Till()
    for day, visits in ((700, 100), (701, 20), (707, 20), (708, 20)):
        till.end_day(day, visits, {})
    first, second = (0.85 * 100 + 20) / 1.85, 20
    assert [till.index(day) for day in (714, 715, 716)] == pytest.approx(
        [2 * first / (first + second), 2 * second / (first + second), 1]
    )


def test_till_without_days_or_visits_expects_nothing():
    assert (Till().expected(ONION, 714), Till().index(714)) == (0.0, 1.0)
    till = Till()
    till.end_day(700, 0, {})
    assert (till.expected(ONION, 707), till.index(707), till.index(708)) == (0.0, 1.0, 1.0)


# --- both together


@pytest.mark.parametrize(("regulars", "weight"), [(0, 0), (100, 0), (150, 0.15), (200, 0.3), (300, 0.6), (5000, 0.6)])
def test_blend_asks_the_people_the_more_of_them_there_are(regulars, weight):
    assert blend(10.0, 20.0, regulars) == pytest.approx(weight * 10 + (1 - weight) * 20)


# --- the list


def summed(mean, part):
    """The quantile by adding up the probabilities, each from its logarithm."""
    if not mean:
        return 0
    count, total = -1, 0.0
    while total < part:
        count += 1
        total += exp(count * log(mean) - mean - lgamma(count + 1))
    return count


@given(st.floats(0, 400), st.floats(0.01, 0.99))
@example(0.0, 0.9)
@example(400.0, 0.9)
@example(1e-300, 0.9)
def test_poisson_quantile_is_what_adding_up_gives(mean, part):
    # Where a sum lies within the last digits of `part`, either is right.
    assume(summed(mean, part - 1e-6) == summed(mean, part + 1e-6))
    assert poisson_quantile(mean, part) == summed(mean, part)


@pytest.mark.parametrize("part", [0.1, 0.8, 0.9])
def test_poisson_quantile_goes_on_above_four_hundred(part):
    means = [380 + step / 2 for step in range(100)]
    found = [poisson_quantile(mean, part) for mean in means]
    assert found == sorted(found)
    assert all(abs(number - summed(mean, part)) <= 1 for number, mean in zip(found, means, strict=True))


def test_poisson_quantile_of_a_crowd_is_near_its_mean():
    assert poisson_quantile(1_000_000, 0.5) == pytest.approx(1_000_000, abs=1)
    assert poisson_quantile(1_000_000, 0.8) == pytest.approx(1_000_842, abs=2)


def test_needs_name_the_people_the_range_and_the_order():
    people = [
        comer(1, 0.5, 5.0, {ONION: 5.0, MILK: 1.0}, {ONION: Decimal(2)}),
        comer(2, 1.0, 5.0, {ONION: 2.5}, {ONION: Decimal("0.5")}),
        comer(3, 0.1),
    ]
    onions, bananas = needs(
        people, {BANANA: 2.0, ONION: 3.0, MILK: 0.2, KALE: 9.0}, dict.fromkeys((1, 2, 3), Decimal(6))
    )
    assert onions == Need(
        product=ONION,
        baskets=3.0,
        low=summed(3, 0.1),
        high=2,  # one basket for each of them
        order=2,
        quantity=Decimal("1.25"),  # both are as likely: 0.5 * 5 / 10 and 1 * 2.5 / 10
        people=((1, 0.25), (2, 0.25)),
        most=(1, 0.5),
    )
    assert bananas == Need(BANANA, 2.0, summed(2, 0.1), summed(2, 0.9), summed(2, 0.8), Decimal(6), ())


def test_needs_are_counted_without_those_whose_need_is_known():
    people = [
        comer(1, 0.5, 5.0, {ONION: 5.0, MILK: 5.0}, {ONION: Decimal(20)}),
        comer(2, 1.0, 5.0, {ONION: 5.0}, {ONION: Decimal(2)}),
    ]
    baskets, steps = {ONION: 0.9, MILK: 0.3, BANANA: 2.0}, dict.fromkeys((ONION, MILK, BANANA), Decimal(1))
    bananas, onions = needs(people, baskets, steps, {ONION: {1}, MILK: {1}, BANANA: {1}})
    assert (onions.baskets, onions.quantity, onions.people) == (pytest.approx(0.65), 2, ((2, 0.5),))
    assert onions.most == (2, 1.0)
    assert (bananas.product, bananas.baskets) == (BANANA, 2.0)  # nobody was behind it


def test_nobody_else_is_expected_where_the_only_one_is_left_out():
    people = [comer(1, 0.5, 5.0, {ONION: 5.0}, {ONION: Decimal(20)})]
    assert needs(people, {ONION: 3.0}, {ONION: Decimal(1)}, {ONION: {1}}) == []


def test_needs_put_the_likeliest_person_first_and_weigh_their_quantity_most():
    people = [comer(n, n / 10, 5.0, {ONION: 5.0}, {ONION: Decimal(n)}) for n in (1, 3, 2)]
    (onions,) = needs(people, {ONION: 3.0}, {ONION: Decimal(1)})
    assert onions.people == ((3, pytest.approx(0.15)), (2, pytest.approx(0.1)), (1, pytest.approx(0.05)))
    assert onions.quantity == Decimal("2.333")


def test_needs_take_the_step_where_nobody_has_a_habit_or_nobody_comes():
    nobody = comer(1, 0.0, 5.0, {ONION: 5.0}, {ONION: Decimal(3)})
    (onions,) = needs([nobody], {ONION: 3.0}, {ONION: Decimal("0.5")})
    assert onions.quantity == Decimal("0.5")


def test_needs_leave_out_what_four_of_five_days_do_not_want():
    """exp(-mean) is the part of the days on which nobody wants it: four of five at a mean of 0.223."""
    assert needs([], {ONION: 0.22}, {ONION: Decimal(1)}) == []
    assert [each.order for each in needs([], {ONION: 0.23}, {ONION: Decimal(1)})] == [1]
