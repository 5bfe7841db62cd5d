"""The directory of customers: everybody whom the shop remembers, as a table that its reader arranges."""

import datetime as dt
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
from crm.review.customer_columns import STATES, CustomersTable
from crm.review.customer_rows import READ, Person, people_of_shop
from customers import search
from customers.models import Customer
from customers.planning.models import LeftAlone
from vendors.access import ShopRequest, owner
from vendors.models import Vendor

NAME = "customers"
ANYTHING, NOTHING = "anything", "nothing"
EARLY = "early"
EVERYBODY = ("", "—")


class CustomersForm(RowsForm):
    """Who is listed."""

    q = forms.CharField(
        required=False, max_length=120, widget=forms.SearchInput, label=gettext_lazy("Name, lane or last digits")
    )
    standing = forms.ChoiceField(
        required=False, choices=[EVERYBODY, *Customer.Standing.choices], label=gettext_lazy("Standing")
    )
    state = forms.ChoiceField(
        required=False,
        choices=[EVERYBODY, *STATES.items(), (EARLY, gettext_lazy("too early to say"))],
        label=gettext_lazy("Rhythm"),
    )
    kind = forms.ChoiceField(required=False, choices=[EVERYBODY, *Customer.Kind.choices], label=gettext_lazy("Kind"))
    lane = forms.CharField(required=False, max_length=160, label=gettext_lazy("Lane or landmark"))
    open = forms.ChoiceField(
        required=False,
        choices=[
            EVERYBODY,
            (ANYTHING, gettext_lazy("anything")),
            ("promises", gettext_lazy("promises")),
            ("problems", gettext_lazy("problems")),
            ("wishes", gettext_lazy("wishes")),
            (NOTHING, gettext_lazy("nothing")),
        ],
        label=gettext_lazy("Open"),
    )
    since = forms.DateField(
        required=False, widget=forms.DateInput({"type": "date"}), label=gettext_lazy("Last visit from")
    )
    until = forms.DateField(
        required=False, widget=forms.DateInput({"type": "date"}), label=gettext_lazy("Last visit until")
    )
    alone = forms.ChoiceField(
        required=False,
        choices=[EVERYBODY, ("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))],
        label=gettext_lazy("Left alone for now"),
    )

    folded = ("kind", "lane", "open", "since", "until", "alone")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            raise forms.ValidationError(_("The first day is after the last one. Turn them round."))
        return data

    @property
    def asked(self) -> set[str]:
        """The names of what the rows are filtered and sorted by."""
        return {name for name, value in self.cleaned_data.items() if value} | {self.cleaned_data["sort"].lstrip("-")}


@require_http_methods(["GET", "HEAD", "POST"])
@owner
def customers(request: ShopRequest) -> HttpResponse:
    """Everybody, as filtered and sorted; POST keeps which columns are shown."""
    columns = ColumnsForm(request, CustomersTable, name=NAME)
    if columns.is_bound and columns.keep():
        return redirect(request.get_full_path())
    form = CustomersForm(request.GET, table=CustomersTable)
    found = _people(request.vendor, form, columns) if form.is_valid() else []
    table = CustomersTable(rows.ListedRows(found), vendor=request.vendor)
    return rows.show(request, table, title=_("Customers"), name=NAME, form=form, columns=columns)


def _people(vendor: Vendor, form: CustomersForm, columns: ColumnsForm) -> list[Person]:
    people: Iterable[Person] = people_of_shop(vendor, READ.keys() & ({*columns.shown} | form.asked))
    for keeps in _filters(vendor, form.cleaned_data):
        people = filter(keeps, people)
    return list(people)


def _filters(vendor: Vendor, said: dict[str, Any]) -> Iterable[Callable[[Person], bool]]:
    """One function for each thing that is `said`, which tells whether a person is listed."""
    if text := said["q"]:
        met = search.everybody(vendor, text)
        yield lambda person: person.pk in met
    if standing := said["standing"]:
        yield lambda person: person.standing == standing
    if state := said["state"]:
        yield lambda person: (person.state == state) if state != EARLY else _is_early(person)
    if kind := said["kind"]:
        yield lambda person: person.kind == kind
    if lane := said["lane"].casefold():
        yield lambda person: lane in (person.lane or "")
    if kind_open := said["open"]:
        yield lambda person: _is_open(person, kind_open)
    yield from _by_last_visit(said["since"], said["until"])
    if said["alone"]:
        alone = set(LeftAlone.objects.holding(vendor.today()).filter(vendor=vendor).values_list("customer", flat=True))
        yield lambda person: (person.pk in alone) == (said["alone"] == "yes")


def _is_early(person: Person) -> bool:
    return person.state is None and person.kind == Customer.Kind.CUSTOMER and not person.said


def _is_open(person: Person, kind: str) -> bool:
    if kind in (ANYTHING, NOTHING):
        return bool(person.open_number) == (kind == ANYTHING)
    return bool(getattr(person.open, kind))


def _by_last_visit(since: dt.date | None, until: dt.date | None) -> Iterable[Callable[[Person], bool]]:
    if since:
        yield lambda person: person.last is not None and person.last >= since
    if until:
        yield lambda person: person.last is not None and person.last <= until
