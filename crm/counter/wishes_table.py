"""What was asked for and not had, as a table."""

import django_tables2 as tables
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.promises.waiting import DAYS


class WishesTable(tables.Table):
    what = tables.TemplateColumn(
        template_name="counter/_wished_what.html", orderable=False, verbose_name=_("Asked for")
    )
    people = tables.TemplateColumn(
        template_name="counter/_wished_people.html",
        order_by=("-people",),
        verbose_name=format_lazy(_("People in {days} days"), days=DAYS),
    )
    waiting = tables.TemplateColumn(
        template_name="counter/_wished_waiting.html", order_by=("-waiting",), verbose_name=_("Wait now")
    )
    came_in = tables.TemplateColumn(
        template_name="counter/_wished_came_in.html", orderable=False, verbose_name=_("To do")
    )

    class Meta:
        template_name = "_table.html"
        empty_text = _("Nobody asked for anything that was not here. On a card, tap Not here today, then the tile.")
