"""The promises behind the numbers of what is owed."""

from typing import Any

import django_tables2 as tables
from django import forms
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from crm.counter.due_words import late_said, time_said
from crm.counter.expectations import words_of
from crm.counter.promising import outcome_said
from crm.lib.stored_tables import StoredTable
from crm.review import rows
from crm.review.days_form import AnyDaysForm
from customers.promises.due import due_day
from customers.promises.handing_over import NOBODYS
from customers.promises.models import Promise, PromiseLine
from customers.promises.models.promise import PromiseQuerySet
from customers.promises.owing import State, Which
from vendors.access import ShopRequest, owner
from vendors.models import Member, Vendor

NOBODY = "nobody"
LINES = Prefetch("lines", PromiseLine.objects.select_related("product"))


class PromisesTable(StoredTable):
    due_at = tables.Column(verbose_name=gettext_lazy("By when"))
    customer = tables.TemplateColumn(
        template_name="counter/_problem_customer.html", order_by="customer__name", verbose_name=gettext_lazy("Customer")
    )
    side = tables.Column(verbose_name=gettext_lazy("Who promises"))
    what = tables.Column(empty_values=(), orderable=False, verbose_name=pgettext_lazy("what is promised", "What"))
    outcome = tables.Column(
        empty_values=(), order_by=("outcome", "due_at"), verbose_name=gettext_lazy("What became of it")
    )
    owner = tables.Column(
        order_by="owner__name", default=gettext_lazy("nobody yet"), verbose_name=gettext_lazy("Looked after by")
    )

    class Meta:
        model = Promise
        fields = ("due_at", "customer", "side", "what", "outcome", "owner")
        order_by = "due_at"
        template_name = "_table.html"
        empty_text = gettext_lazy("No promise. Choose other days, or another side.")

    def render_due_at(self, record: Promise) -> str:
        return time_said(record.vendor, record.due_at, any_time=record.due_any_time, now=timezone.now())

    def value_due_at(self, record: Promise) -> str:
        day = due_day(record.vendor, record.due_at, any_time=record.due_any_time)
        at = record.due_at.astimezone(record.vendor.tz)
        return f"{day:%Y-%m-%d}" if record.due_any_time else f"{at:%Y-%m-%d %H:%M}"

    def value_customer(self, record: Promise) -> str:
        return record.customer.name

    def render_what(self, record: Promise) -> str:
        return words_of(record)

    def render_outcome(self, record: Promise) -> SafeString | str:
        words = self.value_outcome(record)
        return format_html('<b class="late">! {}</b>', words) if self._is_overdue(record) else words

    def value_outcome(self, record: Promise) -> str:
        if record.outcome:
            return outcome_said(record)
        return late_said(record.due_at, timezone.now()) if self._is_overdue(record) else _("open")

    def _is_overdue(self, record: Promise) -> bool:
        return record.is_open and record.due_at < timezone.now()


class PromisesForm(AnyDaysForm):
    """Which promises: due on some days, of a side, in a state, looked after by somebody."""

    side = forms.ChoiceField(
        choices=[("", gettext_lazy("both")), *Promise.Side.choices], required=False, label=gettext_lazy("Who promises")
    )
    state = forms.ChoiceField(
        choices=[("", gettext_lazy("all")), *State.choices, *Promise.Outcome.choices],
        required=False,
        label=gettext_lazy("What became of it"),
    )
    whose = forms.ChoiceField(required=False, label=gettext_lazy("Looked after by"))

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first"].label = _("Due from")
        members = ((str(member.uid), member.name) for member in Member.objects.filter(vendor=vendor))
        self.fields["whose"].choices = [("", _("everybody")), (NOBODY, _("nobody")), *members]


@require_safe
@owner
def promises(request: ShopRequest) -> HttpResponse:
    """Promises of some days as rows; what is open, if nothing else is asked for."""
    form = PromisesForm({"state": State.OPEN.value, **request.GET.dict()}, vendor=request.vendor)
    found = _promises(request.vendor, form.cleaned_data) if form.is_valid() else Promise.objects.none()
    return rows.show(request, PromisesTable(found), title=_("Promises"), name="promises", form=form)


def _promises(vendor: Vendor, said: dict[str, Any]) -> PromiseQuerySet:
    whose = said.pop("whose")
    of = NOBODYS if whose == NOBODY else Q(owner__uid=whose) if whose else Q()
    found = Which(**said).rows(vendor, timezone.now()).filter(of)
    return found.select_related("vendor", "customer", "owner").prefetch_related(LINES)
