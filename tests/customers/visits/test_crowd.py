import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.visits import crowd
from customers.visits.crowd import REPLAYED, SAMPLE, WEEKS, learn
from customers.visits.rhythm import OpenDays, ShopFactor, ShopWeek, rhythm

TODAY = 739_000
days = st.sets(st.integers(TODAY - 200, TODAY), min_size=1, max_size=60).map(sorted)
shops = st.dictionaries(st.integers(1, 50), days, max_size=6)


def by_definition(people, until, closed):
    """Day by day with what was known the evening before, of all people (there are few)."""
    week, factor = ShopWeek(), ShopFactor()
    for day in range(until - 7 * WEEKS + 1, until + 1):
        known = [days for days in people.values() if days[0] < day]
        if day in closed or not known:
            continue
        if day > until - REPLAYED:
            figures = [(rhythm(days, day - 1, day, OpenDays(closed)), day in days) for days in known]
            figures = [(figure, came) for figure, came in figures if figure.visits >= 3]
            came, expected = (
                sum(came for _, came in figures),
                sum(each.chance(week.weekday(day)) for each, _ in figures),
            )
            factor.end_day(came, expected)
        week.end_day(day, sum(day in days for days in known), len(known))
    return week, factor


def figures_of(week, factor):
    return pytest.approx([*week.came, *week.known, factor.came, factor.expected])


@given(shops, st.integers(0, 30), st.sets(st.integers(TODAY - 200, TODAY), max_size=60))
def test_learn_tells_each_day_what_was_known_the_evening_before(people, later, closed):
    closed -= {day for days in people.values() for day in days}
    found = learn(people, TODAY + later, closed, OpenDays(closed))
    week, factor = by_definition(people, TODAY + later, closed)
    assert [*found.week.came, *found.week.known, found.factor.came, found.factor.expected] == figures_of(week, factor)


def test_learn_of_nobody_knows_nothing():
    found = learn({}, TODAY)
    assert (found.week.known, found.factor.came, found.factor.expected) == ([0.0] * 7, 0.0, 0.0)


def test_learn_leaves_out_who_is_new():
    """On the second day of a shop nine of ten come for the first time: the one who was known stayed away."""
    people = {number: [TODAY] for number in range(9)} | {9: [TODAY - 1]}
    assert (sum(learn(people, TODAY).week.came), sum(learn(people, TODAY).week.known)) == (0, 1)


@given(shops, st.integers(0, 10))
def test_crowd_gives_a_chance(people, ahead):
    found = learn(people, TODAY)
    for own in people.values():
        assert 0 <= found.chance(rhythm(own, TODAY, TODAY + 1), TODAY + 1 + ahead) <= 1


def test_crowd_expects_more_on_the_busy_weekday_and_less_after_bad_weeks():
    people = {number: [*range(TODAY - 139 + number, TODAY + 1, 7)] for number in range(7)}
    busy = people | dict.fromkeys(range(7, 30), people[0])
    found = learn(busy, TODAY)
    own, busiest = rhythm(people[3], TODAY, TODAY + 1), people[0][-1] + 7
    assert found.chance(own, busiest) == max(found.chance(own, busiest + ahead) for ahead in range(7))
    left = learn({number: [day for day in own if day < TODAY - 40] for number, own in busy.items()}, TODAY)
    assert left.factor.corrected(0.5) < 0.5


def test_learn_reads_a_sample_of_a_large_shop_and_all_of_a_small_one(monkeypatch):
    asked = []

    def counted(own, *rest):
        asked.append(own[0])
        return rhythm(own, *rest)

    monkeypatch.setattr(crowd, "rhythm", counted)
    for size, read in ((SAMPLE, SAMPLE), (10 * SAMPLE, SAMPLE)):
        asked.clear()
        learn({number: [TODAY - 100 - number] for number in range(size)}, TODAY)
        assert (len(asked), len(set(asked))) == (read * REPLAYED, read)
