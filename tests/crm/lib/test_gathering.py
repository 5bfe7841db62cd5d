import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.lib import gathering
from crm.lib.gathering import gathered, is_gathered
from crm.lib.spreadsheet import Column, Row, open_sheet

COLUMNS = (Column("visit", required=True), Column("product", required=True))


@pytest.fixture
def sheet_of(tmp_path):
    def write(*rows):
        path = tmp_path / "visits.csv"
        path.write_text("\n".join(["visit,product", *rows, ""]), encoding="utf-8")
        return open_sheet(path, COLUMNS)

    return write


@pytest.mark.parametrize(
    ("keys", "together"),
    [("", True), ("a", True), ("aabbbc", True), ("aba", False), ("abb", True), ("abcb", False)],
)
def test_is_gathered_sees_a_key_that_comes_back(keys, together):
    assert is_gathered(keys) is together


def test_is_gathered_is_careful_beyond_what_it_remembers(monkeypatch):
    monkeypatch.setattr(gathering, "MOST_KEYS", 2)

    assert (is_gathered("aabb"), is_gathered("abc")) == (True, False)


def test_gathered_streams_a_file_that_is_in_order(sheet_of, monkeypatch):
    monkeypatch.delattr(gathering, "_sorted_on_disk")
    sheet = sheet_of("7,Onion", "7,Potato", "3,Onion")

    assert list(gathered(sheet, "visit")) == list(sheet.rows())


def test_gathered_brings_scattered_rows_together_by_first_appearance(sheet_of):
    sheet = sheet_of("7,Onion", "3,“Bobby” केळी", "broken", "7,Potato", "5,Mango", "3,Lime")

    assert list(gathered(sheet, "visit")) == [
        Row(4, {}, "the row has 1 cell, but there are 2 columns"),
        Row(2, {"visit": "7", "product": "Onion"}),
        Row(5, {"visit": "7", "product": "Potato"}),
        Row(3, {"visit": "3", "product": "“Bobby” केळी"}),
        Row(7, {"visit": "3", "product": "Lime"}),
        Row(6, {"visit": "5", "product": "Mango"}),
    ]


def test_gathered_needs_little_memory_for_a_scattered_file(sheet_of):
    sheet = sheet_of(*(f"{number % 10_000},Onion {number}" for number in range(60_000)))

    tracemalloc.start()
    count = sum(1 for _row in gathered(sheet, "visit"))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 60_000
    assert peak < 3_000_000


@given(keys=st.lists(st.sampled_from("abc")))
def test_is_gathered_agrees_with_counting_runs(keys):
    runs = sum(1 for one, other in zip([None, *keys], keys, strict=False) if one != other)

    assert is_gathered(keys) == (runs == len(set(keys)))
