"""Lists of what went wrong."""

from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from crm.lib.stored_tables import StoredTable
from customers.promises.models import Problem
from vendors.access import ShopRequest

PER_PAGE = 25


class ProblemTable(StoredTable):
    """Every problem, with how far it is."""

    happened_on = tables.DateColumn(format="D j M", verbose_name=_("Day"))
    thing = tables.TemplateColumn(
        template_name="counter/_problem_thing.html",
        order_by=("product__name", "what"),
        verbose_name=_("What went wrong"),
    )
    customer = tables.TemplateColumn(
        template_name="counter/_problem_customer.html", order_by="customer__name", verbose_name=_("Customer")
    )
    called = ""
    """What it is called where several stand on a page."""
    state = tables.TemplateColumn(
        template_name="counter/_problem_state.html", orderable=False, verbose_name=_("How far")
    )

    class Meta:
        model = Problem
        fields = ("happened_on", "thing", "customer", "state")
        order_by = "-happened_on"
        template_name = "_table.html"
        empty_text = _("Nothing went wrong here. May it stay so.")


class OpenTable(ProblemTable):
    """Those that nothing was done about yet, the oldest first."""

    owner = tables.Column(order_by="owner__name", default=_("nobody yet"), verbose_name=_("Looked after by"))
    due_on = tables.TemplateColumn(template_name="counter/_problem_due.html", verbose_name=_("By when"))
    state = None

    class Meta(ProblemTable.Meta):
        fields = ("happened_on", "thing", "customer", "owner", "due_on")
        order_by = "happened_on"
        empty_text = _("None is open.")


class SolvedTable(ProblemTable):
    """Those that were put right and not asked about."""

    class Meta(ProblemTable.Meta):
        order_by = "happened_on"
        empty_text = _("Everybody was asked.")


def shown(
    table: type[tables.Table], rows: QuerySet[Problem], request: ShopRequest, *, prefix: str = "", called: str = ""
) -> tables.Table:
    """A page of `rows`, ordered as the address of `request` says."""
    made = table(rows, prefix=prefix)
    made.called = called
    paginate: dict[str, Any] = {"per_page": PER_PAGE, "silent": True}
    tables.RequestConfig(request, paginate=paginate).configure(made)
    return made
