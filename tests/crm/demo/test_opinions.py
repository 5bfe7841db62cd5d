from collections import Counter

import pytest

from customers.preferences.models import STALE_AFTER, Preference


@pytest.fixture(scope="module")
def opinions(drawn):
    return [opinion for regular in drawn for opinion in regular.opinions]


def test_opinions_are_of_every_kind_and_known_in_every_way(opinions):
    assert {opinion.kind for opinion in opinions} == set(Preference.Kind)
    assert {opinion.basis for opinion in opinions} == set(Preference.Basis)


def test_few_opinions_are_a_matter_of_life(opinions):
    kinds = Counter(opinion.kind for opinion in opinions)
    assert 2 <= kinds["allergy"] <= 8
    assert kinds["manner"] > kinds["avoids"] > kinds["allergy"]


def test_some_old_opinions_ask_to_be_confirmed_and_some_were(opinions):
    old = [opinion for opinion in opinions if opinion.days_ago > STALE_AFTER.days]
    confirmed = [opinion for opinion in old if opinion.confirmed is not None]
    assert len(confirmed) >= 10
    assert len(old) - len(confirmed) >= 10
    assert all(opinion.confirmed < opinion.days_ago for opinion in confirmed)


def test_what_was_seen_says_how_often(opinions):
    seen = [opinion for opinion in opinions if opinion.basis == Preference.Basis.SEEN]
    assert len(seen) >= 10
    assert all(1 <= opinion.seen <= opinion.seen_of for opinion in seen)


def test_some_manners_are_left_to_be_noticed(drawn):
    habits = {(one.number, taste.product.name) for one in drawn for taste in one.habit.tastes if taste.manner}
    known = {
        (one.number, opinion.product.name) for one in drawn for opinion in one.opinions if opinion.kind == "manner"
    }
    assert known < habits
    assert 0.3 < len(known) / len(habits) < 0.7
