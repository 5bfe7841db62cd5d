from decimal import Decimal

import pytest
from django.utils import translation

from crm.counter.wording import said, sentence
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
