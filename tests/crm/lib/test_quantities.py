from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.lib import quantities


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", "2"),
        (" 0.5 ", "0.5"),
        ("1,5", "1.5"),
        ("0,25", "0.25"),
        ("२", "2"),
        ("१.५", "1.5"),
        ("-3", "-3"),
        ("1e2", "100"),
    ],
)
def test_read_understands_what_people_type(text, value):
    assert quantities.read(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "two", "1,500", "1,5,0", "NaN", "Infinity", "\0", "🍌", "1 kg", "--1"])
def test_read_refuses_what_is_no_number_or_two(text):
    with pytest.raises(quantities.NotAQuantity):
        quantities.read(text)


@given(st.text())
def test_read_gives_a_finite_number_or_refuses(text):
    try:
        value = quantities.read(text)
    except quantities.NotAQuantity:
        return
    assert value.is_finite()


@given(st.decimals(min_value=Decimal("0.001"), max_value=99999, places=3))
def test_plain_reads_back(quantity):
    assert quantities.read(quantities.plain(quantity)) == quantity


@pytest.mark.parametrize(
    ("quantity", "unit", "said"),
    [
        ("0.5", "kg", ("500", "g")),
        ("2.000", "kg", ("2", "kg")),
        ("1.25", "kg", ("1.25", "kg")),
        ("0.25", "l", ("250", "ml")),
        ("100", "piece", ("100", "piece")),
        ("0.5", "dozen", ("0.5", "dozen")),
    ],
)
def test_spoken_uses_the_smaller_unit_below_one(quantity, unit, said):
    assert quantities.spoken(Decimal(quantity), unit) == said


@pytest.mark.parametrize(
    ("quantity", "unit", "wanted", "found"),
    [
        ("2", "kg", "kg", "2"),
        ("2", "bunch", "bunch", "2"),
        ("500", "g", "kg", "0.5"),
        ("0.25", "kg", "g", "250"),
        ("1.5", "l", "ml", "1500"),
        ("750", "ml", "l", "0.75"),
        ("2", "dozen", "piece", "24"),
        ("6", "piece", "dozen", "0.5"),
        ("1", "piece", "dozen", "0.083"),
        ("2", "bunch", "kg", None),
        ("2", "kg", "l", None),
        ("2", "g", "ml", None),
        ("2", "dozen", "kg", None),
    ],
)
def test_quantity_in_another_unit(quantity, unit, wanted, found):
    assert quantities.in_unit(Decimal(quantity), unit, wanted) == (found and Decimal(found))
