from itertools import pairwise
from math import ceil, exp, log
from statistics import NormalDist

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from customers.visits.rhythm import (
    DAYS,
    LEFT,
    WEIGHTS,
    Limits,
    OpenDays,
    Rhythm,
    ShopFactor,
    ShopWeek,
    State,
    logit,
    rhythm,
    sigmoid,
)

TODAY = 739_000
ordinals = st.integers(TODAY - 500, TODAY)
some_days = st.sets(ordinals, min_size=1, max_size=100).map(sorted)
closed_days = st.sets(ordinals, max_size=200)
wild_days = st.sets(st.integers(1, 2 * TODAY), min_size=1, max_size=80).map(sorted)


def by_definition(days, until, target, closed=()):
    """The figures of section 2, each by its definition: all days are counted one by one, closed ones not."""
    days = [day for day in days if day <= until][-DAYS:]
    if not days:
        return None

    def opened(since, to):
        return sum(day not in closed for day in range(since + 1, to + 1))

    visits, e, since_first = len(days), opened(days[-1], until), opened(days[0], until)
    rate = visits / (since_first + 15)
    worth = min(since_first + 1, 43)
    r30 = sum(2 ** (-opened(day, days[-1]) / 30) for day in days)
    raw = r30 * 2 ** (-e / 30) * (log(2) / 30) / (1 - 2 ** (-(since_first + 1) / 30))
    weekdays = [day for day in range(target - 7, days[0] - 1, -7) if day not in closed]
    came = sum(0.85**weeks for weeks, day in enumerate(weekdays) if day in days)
    gaps = [max(opened(*pair), 1) for pair in pairwise(days)]
    weighed = [(0.9**past, log(gap)) for past, gap in enumerate(reversed(gaps))]
    sw, sl, s2 = (sum(weight * gap**power for weight, gap in weighed) for power in range(3))
    mu = (sl + 2 * 1.95) / (sw + 2)
    sigma = (0.5 * (max(s2 - 2 * mu * sl + mu**2 * sw, 0) + 4 * 0.64) / (sw + 4) + 0.32) ** 0.5
    before, after = (NormalDist(mu, sigma).cdf(log(gap)) for gap in (e + 0.5, e + 1.5))
    return Rhythm(
        visits=visits,
        silence=e,
        lately=(raw * worth + 5 * rate) / (worth + 5),
        ever=rate,
        weekday=(came + 2 * rate) / (sum(0.85**weeks for weeks in range(len(weekdays))) + 2),
        gaps=(after - before) / (1 - before) if before < 1 else 0.0,
        middle=mu,
        spread=sigma,
    )


# --- the figures of one person


@given(some_days, st.integers(0, 60), st.integers(1, 7), closed_days)
def test_rhythm_is_what_the_formulas_say(days, silence, ahead, closed):
    closed -= set(days)
    until = days[-1] + silence
    found = rhythm(days, until, until + ahead, OpenDays(closed))
    assert found == pytest.approx(by_definition(days, until, until + ahead, closed))


@given(some_days, closed_days, st.floats(-3, 3))
def test_chance_is_the_blend_of_the_logits(days, closed, shop):
    found = rhythm(days, TODAY, TODAY + 1, OpenDays(closed - set(days)))
    clamped = [min(max(chance, 1e-4), 1 - 1e-4) for chance in (found.lately, found.ever, found.weekday, found.gaps)]
    lately, ever, weekday, gaps = (log(chance / (1 - chance)) for chance in clamped)
    figures = (lately, ever, weekday - ever, shop, gaps, 1)
    logits = sum(weight * figure for weight, figure in zip(WEIGHTS, figures, strict=True))
    assert found.chance(shop) == pytest.approx(1 / (1 + exp(-logits)))


def test_weights_are_those_that_were_fitted():
    assert tuple(WEIGHTS) == (0.246, 0.334, 0.271, 0.844, 0.459, 0.163)


@given(wild_days, st.integers(1, 2 * TODAY), st.integers(1, 30), closed_days, st.floats(-30, 30))
def test_every_chance_lies_between_nothing_and_one(days, until, ahead, closed, shop):
    found = rhythm(days, until, until + ahead, OpenDays(closed))
    assert (found is None) == (days[0] > until)
    if found:
        assert all(0 <= chance <= 1 for chance in (found.chance(shop), found.ever, found.weekday, found.gaps))
        assert 0 <= found.lately <= 1 or closed & set(days)
        assert found.spread > 0
        assert found.state in State


@given(some_days, st.lists(st.integers(TODAY + 1, TODAY + 900), unique=True).map(sorted))
def test_rhythm_leaves_out_what_comes_later(days, later):
    assert rhythm([*days, *later], TODAY, TODAY + 1) == rhythm(days, TODAY, TODAY + 1)


def test_rhythm_of_nobody_and_of_the_future_is_unknown():
    assert rhythm([], TODAY, TODAY + 1) is None
    assert rhythm([TODAY + 1], TODAY, TODAY + 1) is None


def test_rhythm_of_one_day_says_next_to_nothing():
    found = rhythm([TODAY], TODAY, TODAY + 7)
    assert found == pytest.approx(by_definition([TODAY], TODAY, TODAY + 7))
    assert (found.visits, found.silence, found.ever, found.state) == (1, 0, 1 / 15, State.UNKNOWN)
    assert exp(found.middle) == pytest.approx(7, abs=0.1)


def test_rhythm_reads_the_latest_sixty_of_ten_thousand_days():
    days = range(TODAY - 9_999, TODAY + 1)
    assert rhythm(days, TODAY, TODAY + 1) == rhythm(days[-DAYS:], TODAY, TODAY + 1)
    assert rhythm(days, TODAY, TODAY + 1).chance(0.0) > 0.9


def test_rhythm_of_long_ago_expects_nobody():
    for ago in (8_000, 10**13):  # days after which even their chance to stay away has no digits left
        assert rhythm(range(40), ago, ago + 1).chance(0.0) < 0.02


@given(some_days, st.integers(0, 40), st.integers(1, 60))
def test_longer_silence_makes_it_likelier_that_they_left(days, silence, more):
    assume(len(days) >= 5)
    order = list(State)
    early, late = (rhythm(days, days[-1] + e, days[-1] + e + 1) for e in (silence, silence + more))
    assert (early.silence, late.silence) == (silence, silence + more)
    assert (late.middle, late.spread) == (early.middle, early.spread)
    assert order.index(early.state) <= order.index(late.state)


def test_daily_customer_is_expected_less_after_each_day_of_silence():
    days = range(TODAY - 50, TODAY)
    chances = [rhythm(days, TODAY + e, TODAY + e + 1).chance(0.0) for e in range(20)]
    assert all(later < earlier for earlier, later in pairwise(chances))


def test_weekly_customer_is_expected_on_their_weekday():
    days = range(TODAY - 140, TODAY + 1, 7)
    chances = {ahead: rhythm(days, TODAY + ahead - 1, TODAY + ahead).chance(0.0) for ahead in range(1, 8)}
    assert max(chances, key=chances.get) == 7


# --- closed days


@given(some_days, st.integers(1, 8), ordinals, closed_days)
def test_closure_of_some_weeks_changes_nothing(days, weeks, begins, closed):
    """As if these weeks had not been: who came before and comes after is known as well as without them."""
    closed -= set(days)
    closure = range(begins, begins + 7 * weeks)

    def moved(ordinals):
        return [day + 7 * weeks if day >= begins else day for day in ordinals]

    until, target = moved([TODAY, TODAY + 1])
    found = rhythm(moved(days), until, target, OpenDays([*moved(closed), *closure]))
    assert found == rhythm(days, TODAY, TODAY + 1, OpenDays(closed))


def test_silence_does_not_grow_while_the_shop_is_closed():
    days, closed = range(TODAY - 60, TODAY, 3), range(TODAY, TODAY + 30)
    calendar = OpenDays(closed)
    found = [rhythm(days, until, TODAY + 30, calendar) for until in (TODAY - 1, TODAY + 29)]
    assert found[0] == found[1]
    assert rhythm(days, TODAY + 29, TODAY + 30).state == State.LEFT
    assert found[1].state == State.STEADY


@given(closed_days, ordinals)
def test_number_of_a_day_grows_by_one_on_each_open_day(closed, day):
    calendar = OpenDays(closed)
    assert calendar.number(day) - calendar.number(day - 1) == (day not in closed)


@given(closed_days, ordinals, st.integers(0, 100))
def test_weeks_are_the_open_days_of_one_weekday(closed, day, ahead):
    open_ones = [each for each in range(day, day + ahead) if each not in closed and (day + ahead - each) % 7 == 0]
    assert OpenDays(closed).weeks(day, day + ahead) == len(open_ones)


# --- what a silence says


@pytest.mark.parametrize(
    ("visits", "state"), [(1, State.UNKNOWN), (2, State.UNKNOWN), (3, State.EARLY), (4, State.EARLY)]
)
@pytest.mark.parametrize("silence", [0, 10, 1000])
def test_state_of_a_new_customer_is_not_told(visits, state, silence):
    days = range(TODAY, TODAY + 2 * visits, 2)
    assert rhythm(days, days[-1] + silence, days[-1] + silence + 1).state == state


@pytest.mark.parametrize("gap", [1, 3, 7, 20])
def test_state_changes_at_its_limits(gap):
    """The typical gap and one spread, then 1.85 of them; then half of the way to fifty days, and 2.1 half spreads."""
    days = range(TODAY, TODAY + 200 * gap, gap)
    known = rhythm(days, days[-1], days[-1] + 1)
    left = ceil(50**0.5 * exp(known.middle / 2 + 2.1 * known.spread / 2))
    watch = min(ceil(exp(known.middle + 1.85 * known.spread)), left)
    overdue = min(ceil(exp(known.middle + known.spread)), watch)
    assert known.limits == Limits(overdue, watch, left)
    for limit, before, after in [
        (overdue, State.STEADY, State.OVERDUE),
        (watch, State.OVERDUE, State.WATCH),
        (left, State.WATCH, State.LEFT),
    ]:
        found = [rhythm(days, days[-1] + silence, days[-1] + silence + 1).state for silence in (limit - 1, limit)]
        if found != [State.OVERDUE, State.LEFT]:  # nobody who comes so seldom is to be kept an eye on before
            assert found == [before, after]


def test_lateness_is_the_limit_of_who_has_left():
    for gap in (1, 7, 30):
        days = range(TODAY, TODAY + 30 * gap, gap)
        left = rhythm(days, days[-1], days[-1] + 1).limits.left
        before, at = (rhythm(days, days[-1] + silence, days[-1] + silence + 1) for silence in (left - 1, left))
        assert before.lateness < LEFT <= at.lateness


def test_state_of_a_monthly_customer_is_steady_when_a_daily_one_has_left():
    daily, monthly = (range(TODAY - 19 * gap, TODAY + 1, gap) for gap in (1, 30))
    states = [rhythm(days, TODAY + 20, TODAY + 21).state for days in (daily, monthly)]
    assert states == [State.LEFT, State.STEADY]


# --- the shop


def test_logit_and_sigmoid_undo_each_other_and_bear_certainty():
    assert sigmoid(logit(0.3)) == pytest.approx(0.3)
    assert (logit(0), logit(-1)) == (logit(1e-4),) * 2
    assert (logit(1), logit(7)) == (logit(1 - 1e-4),) * 2


def test_shop_week_knows_its_busy_weekday():
    week = ShopWeek()
    for day in range(TODAY, TODAY + 70):
        week.end_day(day, came=40 if day % 7 == 5 else 10, known=100)
    assert [week.weekday(day) > 0 for day in range(7)] == [False] * 5 + [True, False]
    assert week.weekday(5) == week.weekday(TODAY - TODAY % 7 + 5)


def test_shop_week_is_what_the_formula_says():
    """Two Mondays (the later one weighs 1) and a Tuesday, with a quarter of a day's people of the mean on each."""
    week = ShopWeek()
    for day, came, known in ((7, 10, 100), (8, 60, 200), (14, 30, 100)):
        week.end_day(day, came, known)
    came, known = (0.85 * 10 + 30, 60), (0.85 * 100 + 100, 200)
    mean, prior = sum(came) / sum(known), sum(known) / 7 / 4
    expected = [logit((one + prior * mean) / (of + prior)) - logit(mean) for one, of in zip(came, known, strict=True)]
    assert [week.weekday(day) for day in (21, 22)] == pytest.approx(expected)


def test_shop_week_without_days_and_of_a_closed_weekday_says_nothing():
    week = ShopWeek()
    assert week.weekday(TODAY) == 0.0
    week.end_day(0, came=3, known=10)
    assert week.weekday(1) == pytest.approx(0.0)


def test_shop_factor_is_that_of_the_odds():
    factor = ShopFactor()
    assert factor.corrected(0.3) == pytest.approx(0.3)
    factor.end_day(came=40, expected=10)
    factor.end_day(came=20, expected=10)
    kept = 0.5 ** (1 / 21)
    odds = 0.3 / 0.7 * (40 * kept + 20 + 30) / (10 * kept + 10 + 30)
    assert factor.corrected(0.3) == pytest.approx(odds / (1 + odds))


@given(st.lists(st.tuples(st.integers(0, 500), st.floats(0, 500)), max_size=40), st.floats(0, 1))
def test_shop_factor_gives_a_chance(days, chance):
    factor = ShopFactor()
    for came, expected in days:
        factor.end_day(came, expected)
    assert 0 <= factor.corrected(chance) <= 1
