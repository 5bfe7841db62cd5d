"""The rows behind a number of the review: a table that can be sorted, filtered, turned over and kept as a file."""

import datetime as dt
from collections.abc import Iterator
from html import unescape
from operator import attrgetter
from typing import Any

import django_tables2 as tables
from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django_tables2.data import TableListData
from django_tables2.utils import OrderBy

from crm.lib import csv_files
from crm.review.columns import ColumnsForm
from vendors.access import ShopRequest

PER_PAGE = 25
CSV = "csv"
"""In the address as `as=csv`: all rows, as they are filtered and sorted, as a file."""


class MomentColumn(tables.DateTimeColumn):
    """A moment: by the clock of the shop in the file too."""

    def value(self, value: dt.datetime | None, **kwargs: Any) -> Any:
        return value


class ListedRows(TableListData):
    """
    Rows that are computed, and so sorted here, by attributes that the columns name in their `order_by`.

    Of thousands in a moment, which the sorting of django-tables2, made for values of every kind, is not. A row that
    has nothing to say in a column (None) comes last, whichever way it is sorted.
    """

    def order_by(self, aliases: tuple[str, ...]) -> None:
        for alias in reversed(aliases):
            column, asked = self.table.columns[OrderBy(alias).bare], OrderBy(alias)
            for key in map(OrderBy, reversed(column.column.order_by or (column.accessor,))):
                self._sort(attrgetter(key.bare), falling=key.is_descending != asked.is_descending)

    def _sort(self, key: attrgetter, *, falling: bool) -> None:
        said, silent = [], []
        for row in self.data:
            (silent if key(row) is None else said).append(row)
        self.data = sorted(said, key=key, reverse=falling) + silent


def show(
    request: ShopRequest,
    table: tables.Table,
    *,
    title: str,
    name: str,
    form: forms.Form | None = None,
    columns: ColumnsForm | None = None,
    said: str = "",
) -> HttpResponse:
    """
    The page of a `table`, or its file, which is kept as `name`.csv.

    `form` is what the rows are filtered by, sent with GET; `columns` is what the reader chooses columns by; `said` is
    a sentence that tells what the rows are.
    """
    for column in columns.left_out if columns else ():
        table.columns.hide(column)
    if request.GET.get("as") == CSV:
        tables.RequestConfig(request, paginate=False).configure(table)
        return csv_files.answer(_values(table), name=name)
    tables.RequestConfig(request, paginate={"per_page": PER_PAGE, "silent": True}).configure(table)
    table.called = title
    context = {"table": table, "title": title, "form": form, "columns": columns, "said": said}
    return render(request, "review/rows.html", context, status=422 if columns and columns.errors else 200)


def _values(table: tables.Table) -> Iterator[list[Any]]:
    """The header and the rows of what is seen of `table`, as values; of what is written by a template its text."""
    shown = [column for column in table.columns.itervisible() if not column.column.exclude_from_export]
    yield [str(column.header) for column in shown]
    for row in table.rows:
        yield [_plain(row.get_cell_value(column.name)) for column in shown]


def _plain(value: Any) -> Any:
    return " ".join(unescape(value).split()) if isinstance(value, str) else value
