import datetime as dt
import statistics
from collections import Counter, defaultdict
from itertools import pairwise
from random import Random

from crm.demo.habits import HOLIDAYS, Market, draw_habit, draw_outings
from crm.demo.regulars import draw_regulars


def test_year_is_as_busy_as_a_shop_at_the_corner(drawn, outings):
    days = Counter(outing.at.date() for outing in outings)
    assert 115 <= len(drawn) <= 130
    assert 10_000 <= len(outings) <= 15_000
    assert 30 <= statistics.median(days.values()) <= 60
    assert max(days.values()) <= 75


def test_baskets_are_as_large_as_a_household_carries(outings):
    sizes = sorted(len(outing.items) for outing in outings)
    assert [sizes[len(sizes) * part // 10] for part in (1, 5, 9)] == [2, 4, 6]
    assert (sizes[0], sizes[-1]) == (0, 9)


def test_shop_is_closed_on_holidays_and_at_night(outings):
    assert {(outing.at.month, outing.at.day) for outing in outings} & HOLIDAYS.keys() == set()
    assert {outing.at.hour for outing in outings} <= {*range(7, 14), *range(16, 21)}


def test_market_is_open_today_even_on_a_holiday(products):
    days = [dt.date(2026, 5, 1) - dt.timedelta(days=ago) for ago in (365, 1, 0)]
    market = Market(products, days, Random(1))
    assert [market.open_on(day) for day in days] == [False, True, True]


def test_nothing_is_sold_out_of_season(outings):
    out_of_season = {
        (item.product.name, outing.at.month)
        for outing in outings
        for item in outing.items
        if not item.product.in_season(outing.at.month)
    }
    jamun = {outing.at.month for outing in outings for item in outing.items if item.product.name == "Jamun"}
    assert (out_of_season, jamun) == (set(), {5, 6, 7})


def test_everything_is_bought_by_somebody_and_the_popular_most(products, outings):
    sold = Counter(item.product.name for outing in outings for item in outing.items)
    assert len(sold) == len(products)
    assert {"Onion", "Potato", "Tomato"} <= {name for name, _times in sold.most_common(6)}


def test_nobody_buys_what_they_must_not_or_would_not_have(drawn):
    averse = [regular for regular in drawn if regular.habit.avoided]
    bought = {
        (regular.number, item.product.name)
        for regular in averse
        for outing in regular.outings
        for item in outing.items
        if item.product.name in regular.habit.avoided
    }
    assert len(averse) > 20
    assert bought == set()


def test_manner_of_a_person_is_the_same_every_time(drawn):
    lines = defaultdict(list)
    for regular in drawn:
        ways = {taste.product.name: taste.manner for taste in regular.habit.tastes if taste.manner}
        for outing in regular.outings:
            for item in outing.items:
                if item.product.name in ways:
                    lines[regular.number].append(item.manner == ways[item.product.name])
    said = [same for lines_of_one in lines.values() for same in lines_of_one]
    assert len(lines) > 60
    assert 0.9 < statistics.mean(said) < 0.97


def test_quantities_are_whole_steps_above_nothing(outings):
    steps = {item.quantity / item.product.step for outing in outings for item in outing.items}
    assert steps == set(range(1, 8))


def test_some_ask_for_what_ran_out(outings):
    outcomes = Counter(item.outcome for outing in outings for item in outing.items)
    assert set(outcomes) == {"taken", "replaced", "refused", "not-in-stock"}
    assert 0.96 < outcomes["taken"] / outcomes.total() < 0.99


def test_some_are_new_and_some_no_longer_come(drawn, year):
    new = [regular for regular in drawn if regular.habit.first > year[0]]
    lost = [regular for regular in drawn if regular.habit.last < year[-1]]
    assert len(new) >= 5
    assert len(lost) >= 3
    for regular in (*new, *lost):
        days = [outing.at.date() for outing in regular.outings]
        assert regular.habit.first <= min(days) <= max(days) <= regular.habit.last


def test_weekly_people_come_on_their_weekdays_and_others_by_their_own_gap(products, year):
    market = Market(products, year, Random(1))
    for number in range(40):
        chance = Random(number)
        habit = draw_habit(market, frozenset(), chance)
        days = [outing.at.date() for outing in draw_outings(habit, market, chance)]
        if habit.rhythm.weekdays:
            on_their_days = sum(day.weekday() in habit.rhythm.weekdays for day in days)
            assert on_their_days / len(days) > 0.6
        else:
            gaps = [(later - day).days for day, later in pairwise(days)]
            # Part of a day waits for the next one, and a holiday for the day after.
            assert -1 < statistics.mean(gaps) - habit.rhythm.gap < 2


def test_same_seed_draws_the_same_year_and_another_seed_another(products, drawn, year):
    assert draw_regulars(products=products, days=year, seed=7) == drawn
    assert draw_regulars(products=products, days=year[:100], seed=8)[0].habit != drawn[0].habit
