import datetime as dt
from contextlib import suppress
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.visits.cells import parse_quantity, parse_time

KOLKATA, NEW_YORK = ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-14T18:30:15+05:30", "2026-03-14T13:00:15+00:00"),
        ("2026-03-14T13:00Z", "2026-03-14T13:00:00+00:00"),
        ("2026-03-14 18:30", "2026-03-14T22:30:00+00:00"),
        ("20260314T183000", "2026-03-14T22:30:00+00:00"),
        ("2026-03-14", "2026-03-14T16:00:00+00:00"),
        ("20260314", "2026-03-14T16:00:00+00:00"),
        ("2026-11-01 01:30", "2026-11-01T05:30:00+00:00"),  # shown twice: the first, still in summer
        ("2026-03-08 02:30", "2026-03-08T07:30:00+00:00"),  # skipped: half an hour after the skip
    ],
)
def test_parse_time_reads_iso_8601_in_the_zone_of_the_shop(text, utc):
    assert parse_time(text, NEW_YORK).isoformat() == utc


@pytest.mark.parametrize(
    "text", ["", "yesterday", "18:30", "0001-01-01T00:00+05:30", "9999-12-31T23:59-12:00", "2026-02-30", "२०२६"]
)
def test_parse_time_refuses_what_is_no_time(text):
    with pytest.raises(ValueError, match="is not a time"):
        parse_time(text, KOLKATA)


@given(st.datetimes(dt.datetime(1900, 1, 2), dt.datetime(2200, 1, 1), timezones=st.timezones()))
def test_parse_time_keeps_the_moment(moment):
    assert parse_time(moment.isoformat(), KOLKATA) == moment.astimezone(dt.UTC)


@given(st.text(max_size=30))
def test_parse_time_reads_or_refuses_any_text(text):
    with suppress(ValueError):
        assert parse_time(text, NEW_YORK).tzinfo is dt.UTC


@given(st.decimals(Decimal("0.001"), Decimal("99999.999"), places=3), st.sampled_from(".,"))
def test_parse_quantity_keeps_the_number(quantity, point):
    plain = f"{quantity.normalize():f}"
    if point == "," and len(plain.partition(".")[2]) == 3:
        return  # 1,500 may be a thousand: `quantities.read` refuses it
    assert parse_quantity(plain.replace(".", point)) == quantity


@given(st.text(max_size=20) | st.decimals().map(str) | st.floats().map(str))
def test_parse_quantity_reads_or_refuses_any_text(text):
    with suppress(ValueError):
        quantity = parse_quantity(text)
        assert 0 < quantity <= Decimal("99999.999")
        assert quantity == round(quantity, 3)
