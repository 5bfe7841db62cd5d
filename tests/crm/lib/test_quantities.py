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
