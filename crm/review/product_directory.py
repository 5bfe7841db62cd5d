"""The directory of products: how much of each is wanted and by how many, as a table that its reader arranges."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from crm.review import rows
from crm.review.columns import ColumnsForm, RowsForm
from crm.review.product_columns import ProductsTable
from crm.review.product_rows import Sold, products_of_shop
from vendors.access import ShopRequest, owner
from vendors.catalogue import answering
from vendors.models import Vendor

NAME = "products"
YES_OR_NO = [("", "—"), ("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))]


class ProductsForm(RowsForm):
    """Which products are listed."""

    q = forms.CharField(required=False, max_length=80, widget=forms.SearchInput, label=gettext_lazy("Name"))
    sold = forms.ChoiceField(required=False, choices=YES_OR_NO, label=gettext_lazy("Sold now"))
    season = forms.ChoiceField(required=False, choices=YES_OR_NO, label=gettext_lazy("In season"))
    wanted = forms.ChoiceField(required=False, choices=YES_OR_NO, label=gettext_lazy("Wanted in 90 days"))
    missing = forms.ChoiceField(required=False, choices=YES_OR_NO, label=gettext_lazy("Asked and had none"))
    problems = forms.ChoiceField(required=False, choices=YES_OR_NO, label=gettext_lazy("Has problems"))
    mostly = forms.ChoiceField(required=False, choices=YES_OR_NO, label=gettext_lazy("Mostly one person"))

    folded = ("season", "wanted", "missing", "problems", "mostly")

    ASKS: dict[str, Callable[[Sold], Any]] = {
        "sold": lambda row: row.is_sold,
        "season": lambda row: row.is_in_season,
        "wanted": lambda row: row.long,
        "missing": lambda row: row.missing or row.waiting,
        "problems": lambda row: row.problems,
        "mostly": lambda row: row.mostly,
    }
    """What each yes or no is about."""


@require_http_methods(["GET", "HEAD", "POST"])
@owner
def products(request: ShopRequest) -> HttpResponse:
    """All products, as filtered and sorted; POST keeps which columns are shown."""
    columns = ColumnsForm(request, ProductsTable, name=NAME)
    if columns.is_bound and columns.keep():
        return redirect(request.get_full_path())
    form = ProductsForm(request.GET, table=ProductsTable)
    found = _products(request.vendor, form.cleaned_data) if form.is_valid() else []
    table = ProductsTable(rows.ListedRows(found), vendor=request.vendor)
    return rows.show(request, table, title=_("Products"), name=NAME, form=form, columns=columns)


def _products(vendor: Vendor, said: dict[str, Any]) -> list[Sold]:
    found: Iterable[Sold] = products_of_shop(vendor)
    if said["q"]:
        named = {product.pk for product in answering([row.product for row in found], said["q"])}
        found = [row for row in found if row.product.pk in named]
    asked = [(ask, said[name] == "yes") for name, ask in ProductsForm.ASKS.items() if said[name]]
    return [row for row in found if all(bool(ask(row)) == yes for ask, yes in asked)]
