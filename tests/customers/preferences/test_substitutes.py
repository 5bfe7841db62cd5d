from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.preferences.substitutes import Substitute, substitute
from customers.preferences.usual import PastLine

ONION, SHALLOT, LEEK, MILK = range(1, 5)
MISSING, REPLACED, TAKEN, REFUSED = "not-in-stock", "replaced", "taken", "refused"
a_line = st.tuples(st.integers(1, 4), st.sampled_from([MISSING, REPLACED, TAKEN, REFUSED]))
histories = st.lists(st.lists(a_line, max_size=5), max_size=12)


def past(*visits):
    return [[PastLine(product, Decimal(1), "kg", outcome) for product, outcome in visit] for visit in visits]


def without(*taken, outcome=TAKEN):
    """A visit in which there were no onions."""
    return [(ONION, MISSING), *((product, outcome) for product in taken)]


def with_onions(*taken):
    return [(product, TAKEN) for product in (ONION, *taken)]


def test_substitute_is_what_was_said_to_replace_it_once_is_enough():
    history = past(without(SHALLOT, outcome=REPLACED), without(LEEK), without(LEEK), with_onions())
    assert substitute(history, ONION) == Substitute(SHALLOT, times=1, of=3)


def test_substitute_is_what_replaced_it_most():
    history = past(*(without(product, outcome=REPLACED) for product in (LEEK, SHALLOT, SHALLOT)))
    assert substitute(history, ONION) == Substitute(SHALLOT, times=2, of=3)


def test_substitute_that_is_told_twice_in_a_visit_counts_once():
    """Big ones and small ones: still one visit of one."""
    history = past(without(SHALLOT, SHALLOT, outcome=REPLACED))
    assert substitute(history, ONION) == Substitute(SHALLOT, times=1, of=1)


def test_substitute_is_what_is_taken_markedly_oftener_then():
    history = past(without(SHALLOT, MILK), without(SHALLOT, MILK), *[with_onions(MILK)] * 4)
    assert substitute(history, ONION) == Substitute(SHALLOT, times=2, of=2)


@pytest.mark.parametrize(
    "history",
    [
        [],
        [[]],
        [with_onions(), with_onions(SHALLOT)],
        [without()],
        [without(SHALLOT), with_onions()],
        [without(MILK), without(MILK), with_onions(MILK), with_onions(MILK)],
        [without(MILK), without(MILK), with_onions(MILK), with_onions()],
        [without(SHALLOT), without(SHALLOT)],
        [without(SHALLOT, outcome=REFUSED), without(SHALLOT, outcome=REFUSED), with_onions()],
        [without(SHALLOT, outcome=MISSING), without(SHALLOT, outcome=MISSING), with_onions()],
        [[(ONION, MISSING), (ONION, REPLACED)], with_onions()],
    ],
    ids=[
        "no visits",
        "a visit without anything",
        "it was always there",
        "nothing was taken",
        "once is chance",
        "taken as often otherwise",
        "only twice as often",
        "no other visit to tell it from",
        "offered and refused",
        "also missing",
        "said to replace itself",
    ],
)
def test_substitute_is_nothing_that_is_not_known(history):
    assert substitute(past(*history), ONION) is None


@given(histories)
def test_substitute_is_another_product_of_visits_without_it(history):
    found = substitute(past(*history), ONION)
    missed = [visit for visit in history if (ONION, MISSING) in visit]
    if found:
        had = [visit for visit in missed if {(found.product, TAKEN), (found.product, REPLACED)} & set(visit)]
        assert found.product != ONION
        assert (found.of, found.times) == (len(missed), min(found.times, len(had)))
    if any(outcome == REPLACED and product != ONION for visit in missed for product, outcome in visit):
        assert found
