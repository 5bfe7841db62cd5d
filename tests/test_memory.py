"""
The memory, measured in short: how well it ranks, expects, misses and foresees in the demo shop's invented year.

The long form is `make bench-memory`, on the visits of real households, beside other methods. This one fails when a
formula is broken: each figure stands as it was measured. The invented people never change their habits, so plain
counting is about as good with them as anything.
"""

import datetime as dt
from bisect import bisect_left
from collections import Counter, defaultdict
from math import log2

import pytest

from crm.demo.regulars import draw_regulars
from customers.preferences.demand import Comer, Till, baskets_of, blend
from customers.preferences.popularity import Trends
from customers.preferences.together import Together
from customers.preferences.usual import PastLine, chances, weigh
from customers.visits.crowd import learn
from customers.visits.outcomes import WANTED
from customers.visits.rhythm import State, rhythm
from vendors.goods import goods
from vendors.models import Product

LAST = dt.date(2026, 11, 21)
DAYS = [LAST - dt.timedelta(days=ago) for ago in range(365, -1, -1)]
MEASURED = [day.toordinal() for day in DAYS[-56:]]
TILES = 8
CAME_TRUE = {0.0: 0.0, 0.1: 0.06, 0.2: 0.25, 0.3: 0.38, 0.4: 0.47, 0.5: 0.54, 0.6: 0.56}
"""By chance, rounded to tenths, the share that was wanted."""


class Year:
    """The visits of the demo shop by person and day, and what was known of the shop before each measured day."""

    def __init__(self):
        products = [
            Product(pk=pk, name=good.name, unit=good.unit, step=good.step, season_from=first, season_to=last)
            for pk, good in enumerate(goods(), start=1)
            for first, last in [good.season or (None, None)]
        ]
        self.visits = defaultdict(dict)
        for regular in draw_regulars(products=products, days=DAYS, seed=7):
            for outing in regular.outings:
                lines = [PastLine(i.product.pk, i.quantity, i.product.unit, i.outcome, i.manner) for i in outing.items]
                self.visits[regular.number][outing.at.date().toordinal()] = lines
        self.days = {person: sorted(visits) for person, visits in self.visits.items()}
        self.wanted, self.came = defaultdict(Counter), Counter()
        for visits in self.visits.values():
            for day, lines in visits.items():
                self.came[day] += 1
                self.wanted[day].update({line.product for line in lines if line.outcome in WANTED})
        self.tastes, trends = {}, Trends()
        for day in (each.toordinal() for each in DAYS):
            self.tastes[day] = trends.taste()
            trends.end_day(self.came[day], self.wanted[day])

    def history(self, person, day):
        """The last sixty visits before `day`, the latest first."""
        days = self.days[person]
        return [self.visits[person][past] for past in reversed(days[: bisect_left(days, day)][-60:])]

    def baskets(self):
        """Person, day and products of each measured visit that wanted something."""
        for person, visits in self.visits.items():
            for day in MEASURED:
                products = {line.product for line in visits.get(day, ()) if line.outcome in WANTED}
                if products:
                    yield person, day, products


@pytest.fixture(scope="module")
def year():
    return Year()


def ndcg(ranked, basket):
    gained = sum(1 / log2(place + 2) for place, product in enumerate(ranked[:10]) if product in basket)
    return gained / sum(1 / log2(place + 2) for place in range(min(len(basket), 10)))


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def test_usual_ranks_what_they_take_first(year):
    ours = mean(
        ndcg(list(chances(year.history(person, day), year.tastes[day])), basket)
        for person, day, basket in year.baskets()
    )
    counted = mean(ndcg(_counted(year, person, day), basket) for person, day, basket in year.baskets())
    assert ours == pytest.approx(0.7243, abs=0.001)
    assert ours > 0.99 * counted


def _ranked(year, person, day):
    return list(chances(year.history(person, day), year.tastes[day]))


def _counted(year, person, day):
    """What they took most often; then what the shop sells most."""
    often = Counter(line.product for visit in year.history(person, day) for line in visit if line.outcome in WANTED)
    popular = year.tastes[day].popularity
    return sorted(popular, key=lambda product: (-often[product], -popular[product]))


def test_chances_of_the_usual_come_true(year):
    """Of what has a chance of three in ten, about three in ten are wanted: these people are steadier than real ones."""
    said, true = Counter(), Counter()
    for person, day, basket in year.baskets():
        for product, chance in chances(year.history(person, day), year.tastes[day]).items():
            said[round(chance, 1)] += 1
            true[round(chance, 1)] += product in basket
    assert {part: round(true[part] / said[part], 2) for part in sorted(said) if said[part] > 500} == CAME_TRUE


def test_refilled_tiles_reach_more_with_one_tap(year):
    reached = Counter()
    for person, day, basket in year.baskets():
        ranked = _ranked(year, person, day)
        reached["all"] += len(basket)
        reached["static"] += len(basket & set(ranked[:TILES]))
        reached["refilled"] += _refilled(ranked, basket)
    assert reached["refilled"] / reached["all"] == pytest.approx(0.9207, abs=0.001)
    assert reached["refilled"] > 1.03 * reached["static"]


def _refilled(ranked, basket):
    """How much of `basket` is reached when each tapped tile gives its place to the next best."""
    shown, next_best, taken = set(ranked[:TILES]), TILES, 0
    while hit := shown & basket:
        tapped = min(hit)
        shown.remove(tapped)
        basket = basket - {tapped}
        taken += 1
        shown.update(ranked[next_best : next_best + 1])
        next_best += 1
    return taken


@pytest.fixture(scope="module")
def crowds(year):
    """What is known of all people together on the evening before each measured day."""
    return {day: learn(_until(year.days, day), day - 1) for day in MEASURED}


def _until(people, day):
    """The days of everybody that were before `day`."""
    return {person: days[:known] for person, days in people.items() if (known := bisect_left(days, day))}


def _expected(year, crowds):
    """Chance, and whether they came, of each measured day and everybody who was there three times before."""
    for day in MEASURED:
        for person, days in year.days.items():
            known = rhythm(days, day - 1, day)
            if known and known.visits >= 3:
                yield crowds[day].chance(known, day), day in year.visits[person]


def _auc(pairs):
    """The chance that of one who came and one who did not the first had the higher chance (Mann and Whitney)."""
    ordered = sorted(pairs)
    came = sum(hit for _chance, hit in ordered)
    ranks = sum(rank for rank, (_chance, hit) in enumerate(ordered, start=1) if hit)
    return (ranks - came * (came + 1) / 2) / (came * (len(ordered) - came))


def test_those_who_come_were_expected(year, crowds):
    pairs = list(_expected(year, crowds))
    rates = [
        (rhythm(days, day - 1, day), day in year.visits[who]) for day in MEASURED for who, days in year.days.items()
    ]
    own_rate = _auc([(known.ever, came) for known, came in rates if known and known.visits >= 3])
    assert _auc(pairs) == pytest.approx(0.8992, abs=0.001)
    assert _auc(pairs) > own_rate + 0.03
    assert sum(chance for chance, _came in pairs) / sum(came for _chance, came in pairs) == pytest.approx(1, abs=0.03)


def test_alarms_are_seldom_false_and_seldom_late(year):
    """An alarm is false when they come again; it is late by the visits that were missed until it was given."""
    false, months, missed = 0, 0.0, []
    for days in year.days.values():
        alarmed = False
        for day in MEASURED:
            known = rhythm(days, day - 1, day)
            if not known or known.visits < 5 or known.silence > 60:
                continue
            months += 1 / 30
            rings = known.state == State.LEFT
            if rings and not alarmed:
                if days[-1] >= day:
                    false += 1
                else:
                    missed.append(known.ever * known.silence)
            alarmed = rings
    assert (false, round(months)) == (0, 220)
    assert mean(missed) == pytest.approx(9.79, abs=0.05)


def test_demand_is_foreseen_about_as_well_as_by_the_last_four_weeks(year, crowds):
    ours, four_weeks = Counter(), Counter()
    for day in MEASURED[-14:]:
        forecast = _forecast(year, crowds, day)
        for product in range(1, len(goods()) + 1):
            actual = year.wanted[day][product]
            ours["off"] += abs(forecast.get(product, 0.0) - actual)
            four_weeks["off"] += abs(mean(year.wanted[day - 7 * week][product] for week in range(1, 5)) - actual)
            ours["all"] += actual
    assert ours["off"] / ours["all"] == pytest.approx(0.4833, abs=0.002)
    assert ours["off"] < 1.05 * four_weeks["off"]


def _forecast(year, crowds, day):
    till = Till()
    for past in range(day - 366, day):
        if year.came[past]:
            till.end_day(past, year.came[past], year.wanted[past])
    people = _people(year, crowds, day)
    return {product: blend(times, till.expected(product, day), 200) for product, times in people.items()}


def _people(year, crowds, day):
    """By product how many people want it, by each person's own chances."""
    comers = [
        Comer(person, crowds[day].chance(known, day), weigh(year.history(person, day)), {})
        for person, days in year.days.items()
        if (known := rhythm(days, day - 1, day)) and known.state != State.LEFT
    ]
    return baskets_of(comers, year.tastes[day])


def test_what_goes_together_is_found(year):
    """A pair that is always taken together among the others' baskets."""
    pair = {101, 102}
    baskets = [basket for _person, _day, basket in year.baskets()]
    found = Together([*baskets, *[pair] * 40, *[{101}] * 10])
    assert found.factor(101, 102) == pytest.approx(1.2337, abs=0.001)
    assert found.factor(101, 1) < 1
