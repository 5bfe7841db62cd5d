from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from customers.preferences.popularity import Taste
from customers.preferences.usual import LATELY, PastLine, Usual, chances, describe, usual_manner, usual_quantity, weigh
from customers.visits import outcomes as kinds
from customers.visits.models import VisitLine

ONION, BANANA, MANGO = 1, 2, 3
quantities = st.decimals("0.05", "50", places=2)
outcomes = st.sampled_from(VisitLine.Outcome.values)
past_lines = st.builds(
    PastLine, st.integers(1, 6), quantities, st.sampled_from(["kg", "g"]), outcomes, st.sampled_from(["", "ripe"])
)
histories = st.lists(st.lists(past_lines, max_size=4), max_size=12)
popularities = st.dictionaries(st.integers(1, 8), st.floats(0, 1), max_size=6)


def line(product=ONION, quantity="1", outcome="taken", manner="", unit="kg"):
    return PastLine(product, Decimal(quantity), unit, outcome, manner)


def rank(history, popularity, liked=frozenset()):
    taste = Taste(popularity, {})
    return describe(history, chances(history, taste, liked), taste)


def products(ranked):
    return [each.product for each in ranked]


def test_rank_puts_first_what_is_taken_most():
    history = [[line(BANANA)], [line(ONION), line(BANANA)], [line(BANANA)]]
    assert products(rank(history, {})) == [BANANA, ONION]


def test_rank_lets_the_latest_of_equally_often_taken_lead():
    assert products(rank([[line(BANANA)], [line(ONION)]], {})) == [BANANA, ONION]


def test_rank_is_the_published_formula():
    history = [[line(ONION)], [], [line(ONION)]]
    (found,) = rank(history, {ONION: 0.4})
    expected = (1 + 0.95**2 + 5 * 0.4) / (1 + 0.95 + 0.95**2 + 5)
    assert abs(found.probability - expected) < 1e-12
    assert (found.times, found.of) == (2, 3)


def test_season_raises_and_lowers_what_is_likely():
    own = weigh([[line(ONION)], [line(MANGO)]])
    assert own.chance(ONION, Taste({}, {ONION: 1.5})) == 1.5 * own.chance(ONION, Taste({}, {}))
    assert products(describe([], chances([[line(ONION)], [line(MANGO)]], Taste({}, {MANGO: 2.0})))) == [MANGO, ONION]


def test_chance_is_never_more_than_certain():
    assert chances([[line(ONION)]] * 40, Taste({ONION: 1.0}, {ONION: 3.0}))[ONION] == 1.0


def test_times_are_of_the_last_visits_when_one_of_them_wanted_it():
    history = [[line(ONION)], *[[line(BANANA)]] * 5, *[[line(ONION)]] * 20]
    assert [(each.times, each.of) for each in rank(history, {}) if each.product == ONION] == [(LATELY - 5, LATELY)]


def test_times_are_of_all_visits_when_none_of_the_last_wanted_it():
    history = [*[[line(BANANA)]] * LATELY, *[[line(ONION)]] * 3]
    assert [(each.times, each.of) for each in rank(history, {}) if each.product == ONION] == [(3, LATELY + 3)]


def test_rank_of_a_new_customer_is_what_is_popular():
    assert rank([], {ONION: 0.2, BANANA: 0.5}) == [
        Usual(BANANA, 0.5, None, None, "", 0, 0),
        Usual(ONION, 0.2, None, None, "", 0, 0),
    ]


def test_rank_counts_what_was_asked_for_and_not_had():
    (found,) = rank([[line(ONION, "7", "not-in-stock")], [line(ONION, "2")]], {})
    assert (found.times, found.quantity) == (2, Decimal(2))


def test_rank_knows_no_quantity_of_what_was_never_had():
    (found,) = rank([[line(ONION, "7", "not-in-stock")]], {})
    assert (found.times, found.quantity, found.unit) == (1, None, None)


def test_rank_does_not_count_what_was_refused():
    assert rank([[line(ONION, outcome="refused")]], {}) == []


def test_rank_counts_a_product_once_a_visit():
    (found,) = rank([[line(ONION, manner="small"), line(ONION, manner="big")]], {})
    assert (found.times, found.of) == (1, 1)


def test_rank_raises_what_is_liked():
    history = [[line(BANANA)], [line(ONION)]]
    assert products(rank(history, {}, liked={ONION})) == [ONION, BANANA]


def test_rank_offers_what_is_liked_and_was_never_taken():
    assert products(rank([[line(ONION)]] * 4, {}, liked={MANGO})) == [ONION, MANGO]


@given(histories, popularities, st.frozensets(st.integers(1, 8), max_size=2))
def test_rank_gives_each_product_once_with_a_falling_probability(history, popularity, liked):
    ranked = rank(history, popularity, liked)
    assert len(set(products(ranked))) == len(ranked)
    chances = [each.probability for each in ranked]
    assert chances == sorted(chances, reverse=True)
    assert all(0 <= chance <= 1 for chance in chances)
    assert all(0 <= each.times <= each.of <= len(history) for each in ranked)


@given(histories, popularities)
def test_rank_gives_quantities_that_were_really_taken(history, popularity):
    taken = {
        (each.product, each.quantity, each.unit) for visit in history for each in visit if each.outcome in kinds.TAKEN
    }
    for found in rank(history, popularity):
        if found.quantity is None:
            assert found.product not in {product for product, *_ in taken}
        else:
            assert (found.product, found.quantity, found.unit) in taken


@given(histories, popularities, st.integers(1, 8))
def test_a_like_never_lowers_a_product(history, popularity, product):
    def place(liked):
        ranked = products(rank(history, popularity, liked))
        return ranked.index(product) if product in ranked else len(ranked)

    assert place({product}) <= place(frozenset())


@given(quantities, quantities, st.integers(3, 9), st.data())
def test_quantity_is_not_moved_by_one_odd_visit(normal, odd, visits, data):
    lines = [line(quantity=normal)] * visits
    lines[data.draw(st.integers(0, visits - 1))] = line(quantity=odd)
    assert usual_quantity(lines) == (normal, "kg")


@given(st.lists(quantities, min_size=3, max_size=8), quantities, st.data())
def test_quantity_stays_among_the_others_whatever_one_visit_was(amounts, odd, data):
    place = data.draw(st.integers(0, len(amounts)))
    lines = [line(quantity=amount) for amount in amounts]
    lines.insert(place, line(quantity=odd))
    found, _ = usual_quantity(lines)
    assert min(amounts) <= found <= max(amounts)


def test_quantity_follows_a_new_habit_after_three_visits():
    lines = [line(quantity=amount) for amount in ("3", "3", "3", "1", "1", "1")]
    assert usual_quantity(lines) == (Decimal(3), "kg")


def test_quantity_of_two_is_the_later():
    assert usual_quantity([line(quantity="3"), line(quantity="1")]) == (Decimal(3), "kg")


def test_quantity_forgets_the_unit_of_before():
    lines = [line(quantity="500", unit="g"), *[line(quantity="1")] * 4]
    assert usual_quantity(lines) == (Decimal(500), "g")


def test_quantity_of_a_replaced_line_counts():
    assert usual_quantity([line(quantity="2", outcome="replaced")]) == (Decimal(2), "kg")


def test_manner_is_that_of_most_of_the_last_lines():
    lines = [line(manner=manner) for manner in ("", "Half ripe", "half ripe", "firm", "half ripe", "firm", "firm")]
    assert usual_manner(lines) == "Half ripe"


def test_manner_of_no_more_than_half_is_none():
    assert usual_manner([line(manner="small"), line()]) == ""
    assert usual_manner([]) == ""


def test_equally_likely_products_keep_their_places_however_they_were_read():
    orders = [
        chances([], Taste(dict.fromkeys(read, 0.5), {}), liked)
        for read, liked in (((3, 1, 2), {9, 8}), ((2, 3, 1), {8, 9}))
    ]
    assert [list(order) for order in orders] == [[1, 2, 3, 8, 9]] * 2
