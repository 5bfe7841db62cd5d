"""The rows behind a number of the review: a table that can be sorted, filtered, turned over and kept as a file."""

import datetime as dt
from collections.abc import Iterator
from html import unescape
from typing import Any

import django_tables2 as tables
from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from crm.lib import csv_files
from vendors.access import ShopRequest

PER_PAGE = 25
CSV = "csv"
"""In the address as `as=csv`: all rows, as they are filtered and sorted, as a file."""


class MomentColumn(tables.DateTimeColumn):
    """A moment: by the clock of the shop in the file too."""

    def value(self, value: dt.datetime | None, **kwargs: Any) -> Any:
        return value


def show(
    request: ShopRequest, table: tables.Table, *, title: str, name: str, form: forms.Form | None = None, said: str = ""
) -> HttpResponse:
    """
    The page of a `table`, or its file, which is kept as `name`.csv.

    `form` is what the rows are filtered by, sent with GET; `said` is a sentence that tells what they are.
    """
    if request.GET.get("as") == CSV:
        tables.RequestConfig(request, paginate=False).configure(table)
        return csv_files.answer(_values(table), name=name)
    tables.RequestConfig(request, paginate={"per_page": PER_PAGE, "silent": True}).configure(table)
    table.called = title
    context = {"table": table, "title": title, "form": form, "said": said}
    return render(request, "review/rows.html", context)


def _values(table: tables.Table) -> Iterator[list[Any]]:
    """The header and the rows of what is seen of `table`, as values; of what is written by a template its text."""
    shown = list(table.columns.itervisible())
    yield [str(column.header) for column in shown]
    for row in table.rows:
        yield [_plain(row.get_cell_value(column.name)) for column in shown]


def _plain(value: Any) -> Any:
    return " ".join(unescape(value).split()) if isinstance(value, str) else value
