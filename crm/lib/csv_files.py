"""Tables as CSV files that a spreadsheet opens without running anything that is written in them."""

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

STARTS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What a cell begins with that a spreadsheet may compute instead of show (OWASP, CSV injection); wide forms too."""


def safe(value: Any) -> Any:
    """
    `value` as it may stand in a cell: of a text that could be taken for a formula it is told that it is a text.

    A moment is written by the clock of the present time zone, so that a spreadsheet reads it.
    """
    if isinstance(value, dt.datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if not isinstance(value, str):
        return "" if value is None else value
    return f"'{value}" if value.lstrip(" ").startswith(STARTS_A_FORMULA) else value


def answer(rows: Iterable[Sequence[Any]], *, name: str) -> HttpResponse:
    """`rows`, of which the first is the header, as a file to be kept as `name`.csv."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.write("\ufeff")  # without it Excel takes Devanagari for something else
    csv.writer(response).writerows([safe(value) for value in row] for row in rows)
    return response
