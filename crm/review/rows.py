"""The rows behind a number of the review: a table that can be sorted, filtered, turned over and kept as a file."""

import django_tables2 as tables
from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from crm.lib import csv_files
from vendors.access import ShopRequest

PER_PAGE = 25
CSV = "csv"
"""In the address as `as=csv`: all rows, as they are filtered and sorted, as a file."""


def show(
    request: ShopRequest, table: tables.Table, *, title: str, name: str, form: forms.Form | None = None, said: str = ""
) -> HttpResponse:
    """
    The page of a `table`, or its file, which is kept as `name`.csv.

    `form` is what the rows are filtered by, sent with GET; `said` is a sentence that tells what they are.
    """
    if request.GET.get("as") == CSV:
        tables.RequestConfig(request, paginate=False).configure(table)
        return csv_files.answer(table.as_values(), name=name)
    tables.RequestConfig(request, paginate={"per_page": PER_PAGE, "silent": True}).configure(table)
    table.called = title
    context = {"table": table, "title": title, "form": form, "said": said}
    return render(request, "review/rows.html", context)
