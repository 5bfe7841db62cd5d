"""A panel of the evening review: a fragment of the page, and a page of its own for whoever has no script."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from vendors.access import ShopRequest


@dataclass(frozen=True)
class Figure:
    """A number with the address of the rows that it counts."""

    called: str
    number: int
    rows: str


def show(request: ShopRequest, fragment: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The template `fragment` alone for htmx, else in a page with the way back to the review of the `day`."""
    if request.htmx:
        return render(request, fragment, context, status=status)
    return render(request, "review/panel.html", {**context, "fragment": fragment}, status=status)
