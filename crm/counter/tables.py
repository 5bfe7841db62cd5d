"""The counter's one list: today's visits."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from crm.lib.stored_tables import StoredTable
from customers.visits.models import Visit


class TodayTable(StoredTable):
    at = tables.DateTimeColumn(format="H:i", verbose_name=_("Time"))
    customer = tables.TemplateColumn(
        template_name="counter/_today_customer.html", order_by="customer__name", verbose_name=_("Customer")
    )
    things = tables.TemplateColumn(template_name="counter/_today_things.html", orderable=False, verbose_name=_("What"))
    by = tables.Column(order_by="by__name", verbose_name=_("Served by"))
    undo = tables.TemplateColumn(template_name="counter/_today_undo.html", orderable=False, verbose_name=_("Put right"))

    class Meta:
        model = Visit
        fields = ("at", "customer", "things", "by", "undo")
        order_by = "-at"
        template_name = "_table.html"
        empty_text = _("Nobody was served yet today. Find a person, tap what they take, then DONE.")
