"""The problems behind the numbers of what went wrong."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from crm.counter import problem_wording
from crm.counter.problem_tables import ProblemTable
from crm.review import rows
from crm.review.days_form import AnyDaysForm
from customers.models import Customer
from customers.preferences.forms import ProductField
from customers.promises.models import Problem
from customers.promises.models.problem import ProblemQuerySet
from customers.promises.problem_forms import RowField
from customers.promises.troubles import counted_problems
from vendors.access import ShopRequest, owner
from vendors.catalogue import family
from vendors.models import Member, Product, Vendor

NOTED, HAPPENED, PUT_RIGHT, CLOSED = "noted", "happened", "put-right", "closed"
HARD, EASY, TO_ASK = "hard", "easy", "to-ask"
WHICH = {
    NOTED: gettext_lazy("noted on these days"),
    HAPPENED: gettext_lazy("happened on these days"),
    PUT_RIGHT: gettext_lazy("put right on these days"),
    CLOSED: gettext_lazy("closed on these days"),
    HARD: gettext_lazy("open now, hard"),
    EASY: gettext_lazy("open now, easy"),
    TO_ASK: gettext_lazy("put right, not asked yet"),
}
MOMENTS = {PUT_RIGHT: "remedied_at", CLOSED: "closed_at"}
"""When it was what it is asked for; the others go by when they were noted."""
_OPEN = Q(closed_at__isnull=True, remedy="")
PILES = {
    HARD: _OPEN & Q(is_hard=True),
    EASY: _OPEN & Q(is_hard=False),
    TO_ASK: Q(closed_at__isnull=True, customer__isnull=False) & ~Q(remedy=""),
}
"""What waits for somebody, as it is now."""


class ProblemsTable(ProblemTable):
    owner = tables.Column(order_by="owner__name", default="", verbose_name=gettext_lazy("Looked after by"))
    due_on = tables.TemplateColumn(template_name="counter/_problem_due.html", verbose_name=gettext_lazy("By when"))

    class Meta(ProblemTable.Meta):
        fields = ("happened_on", "thing", "customer", "state", "owner", "due_on")
        order_by = "happened_on"

    def __init__(self, data: Any, *, today: dt.date) -> None:
        super().__init__(data)
        self.today = today

    def value_happened_on(self, record: Problem) -> str:
        return record.happened_on.isoformat()

    def value_thing(self, record: Problem) -> str:
        return problem_wording.wrong(record, self.today)

    def value_customer(self, record: Problem) -> str:
        return record.customer.name if record.customer else ""

    def value_state(self, record: Problem) -> str:
        return problem_wording.state(record)

    def value_due_on(self, record: Problem) -> str:
        return record.due_on.isoformat() if record.due_on else ""


class ProblemsForm(AnyDaysForm):
    """Which problems."""

    field_order = ("which",)

    which = forms.ChoiceField(choices=list(WHICH.items()), required=False, label=gettext_lazy("Which"))
    what = forms.ChoiceField(
        choices=[("", gettext_lazy("anything")), *Problem.What.choices],
        required=False,
        label=gettext_lazy("What went wrong"),
    )
    product = ProductField(required=False, label=gettext_lazy("Product"))
    owner = RowField(Member, required=False, label=gettext_lazy("Looked after by"))
    supplier = RowField(Customer, required=False, label=gettext_lazy("Brought by"))

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = Product.objects.filter(vendor=vendor, merged_into__isnull=True)
        self.fields["owner"].queryset = Member.objects.filter(vendor=vendor)
        suppliers = Customer.objects.filter(vendor=vendor, kind=Customer.Kind.SUPPLIER)
        self.fields["supplier"].queryset = suppliers.order_by("name")


@require_safe
@owner
def problems(request: ShopRequest) -> HttpResponse:
    """Problems as rows, those noted today if nothing is asked for; one noted by mistake is none."""
    today = request.vendor.today()
    form = ProblemsForm({"first": today, "last": today, **request.GET.dict()}, vendor=request.vendor)
    found, name = Problem.objects.none(), "problems"
    if form.is_valid():
        found, name = _problems(request.vendor, form.cleaned_data), f"problems-{form.cleaned_data['which'] or NOTED}"
    table = ProblemsTable(found.select_related("customer", "product", "owner"), today=today)
    return rows.show(request, table, title=_("What went wrong"), name=name, form=form)


def _problems(vendor: Vendor, said: dict[str, Any]) -> ProblemQuerySet:
    found = counted_problems(vendor).filter(that_are(vendor, said["which"] or NOTED, said["first"], said["last"]))
    if said["product"]:
        found = found.filter(product__in=family(said["product"]))
    return found.filter(**{name: said[name] for name in ("what", "owner", "supplier") if said[name]})


def that_are(vendor: Vendor, which: str, first: dt.date | None, last: dt.date | None) -> Q:
    """Those that a number named `which` counts, from one day of the shop to another; without one without end."""
    if which == HAPPENED:
        said = {"happened_on__gte": first, "happened_on__lte": last}
    else:
        moment = MOMENTS.get(which, "opened_at")
        said = {
            f"{moment}__gte": first and vendor.day_bounds(first)[0],
            f"{moment}__lt": last and vendor.day_bounds(last)[1],
        }
    return PILES.get(which, Q()) & Q(**{name: value for name, value in said.items() if value})


def rows_of(vendor: Vendor, which: str, first: dt.date | None, last: dt.date | None, **more: str) -> str:
    """The address of the rows that `that_are` counts, perhaps of one kind, product or supplier alone."""
    days = {"first": first.isoformat() if first else "", "last": last.isoformat() if last else ""}
    return f"{reverse('review:problems', args=[vendor.slug])}?{urlencode({'which': which, **days, **more})}"
