import csv
import datetime as dt
from decimal import Decimal
from io import StringIO

import pytest
from django.utils import timezone

from crm.lib import csv_files


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "  =1+1", "\n=1"])
def test_text_that_looks_like_a_formula_is_told_to_be_a_text(text):
    assert csv_files.safe(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Sunita", "2 kg", "a=b", -3, Decimal("-1.5"), ""])
def test_anything_else_stays_as_it_is(value):
    assert csv_files.safe(value) == value


def test_a_moment_is_told_by_the_clock_of_the_shop():
    with timezone.override("Asia/Kolkata"):
        assert csv_files.safe(dt.datetime(2026, 11, 18, 20, 0, tzinfo=dt.UTC)) == "2026-11-19 01:30"


def test_answer_is_a_file_of_all_rows():
    response = csv_files.answer([["Name", "Visits"], ["सुनीता, 3rd lane", 4], ["=cmd", None]], name="people")
    assert response.headers["Content-Disposition"] == 'attachment; filename="people.csv"'
    text = response.content.decode("utf-8-sig")
    assert list(csv.reader(StringIO(text))) == [["Name", "Visits"], ["सुनीता, 3rd lane", "4"], ["'=cmd", ""]]
