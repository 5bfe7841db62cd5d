from decimal import Decimal

import pytest
from django.utils import translation

from crm.counter.wording import every, hour_of, rhythm, said, sentence, silence
from customers.visits.expecting import Gaps, Standing
from customers.visits.rhythm import State
from tests.factories.vendors import ProductFactory
from tests.factories.visits import VisitLineFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"quantity": Decimal("0.5")}, "Onion 500 g"),
        ({"quantity": Decimal("2.000")}, "Onion 2 kg"),
        ({"quantity": Decimal(6), "unit": "piece", "manner": "small"}, "Onion 6 small"),
        ({"quantity": Decimal(1), "outcome": "not-in-stock"}, "Onion: not here"),
        ({"quantity": Decimal(1), "outcome": "refused"}, "Onion 1 kg (refused)"),
    ],
)
def test_said_is_how_a_shopkeeper_says_it(line, words):
    assert said(VisitLineFactory.build(product=ProductFactory.build(name="Onion"), **{"unit": "kg", **line})) == words


def test_said_uses_the_name_of_the_language():
    line = VisitLineFactory.build(product=ProductFactory.build(name="Onion", name_hi="प्याज"), unit="kg")
    with translation.override("hi"):
        assert said(line).startswith("प्याज 1")


def test_sentence_joins_the_lines_and_says_when_there_are_none():
    onion = VisitLineFactory.build(product=ProductFactory.build(name="Onion"), unit="kg", quantity=Decimal(2))
    assert sentence([onion, onion]) == "Onion 2 kg, Onion 2 kg"
    assert sentence([]) == "came, took nothing"


@pytest.mark.parametrize(
    ("gaps", "words"),
    [
        (Gaps(1, 1), "every day"),
        (Gaps(7, 7), "every week"),
        (Gaps(14, 14), "every two weeks"),
        (Gaps(5, 5), "every 5 days"),
        (Gaps(3, 4), "every 3 to 4 days"),
    ],
)
def test_every_says_how_often(gaps, words):
    assert every(gaps) == words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.UNKNOWN, ""),
        (State.EARLY, ""),
        (State.STEADY, ""),
        (State.OVERDUE, "away for 9 days, usually every 3 to 4 days"),
        (State.WATCH, "keep an eye: away for 9 days, usually every 3 to 4 days"),
        (State.LEFT, "perhaps quietly left: away for 9 days, usually every 3 to 4 days"),
    ],
)
def test_silence_is_spoken_of_when_it_is_longer_than_usual(state, words):
    assert silence(state, Gaps(3, 4), 9) == words


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing(State.UNKNOWN, 0, None, None), ""),
        (Standing(State.UNKNOWN, 2, None, 3), ""),
        (Standing(State.EARLY, 4, None, 3), "4 visits: too early to say how often they come"),
        (Standing(State.STEADY, 9, Gaps(3, 4), 1), "every 3 to 4 days; last 1 day ago"),
        (Standing(State.STEADY, 9, Gaps(3, 4), 2), "every 3 to 4 days; last 2 days ago"),
        (Standing(State.LEFT, 9, Gaps(1, 1), 30), "perhaps quietly left: away for 30 days, usually every day"),
    ],
)
def test_rhythm_says_no_more_than_is_known(standing, words):
    assert rhythm(standing) == words


HOURS = [(0, "03:00"), (7 * 60 + 14, "10:00"), (7 * 60 + 16, "10:30"), (1439, "03:00")]


@pytest.mark.parametrize(("minute", "hour"), HOURS)
def test_hour_is_counted_from_the_beginning_of_the_day(vendor, minute, hour):
    assert hour_of(vendor, minute) == hour
