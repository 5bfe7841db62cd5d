"""Visits, for the owners of the shop: to be read, undone and put back."""

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.lib import quantities
from customers.admin import meeting
from customers.promises import serving
from customers.visits.models import Visit, VisitEdit, VisitLine
from vendors.administration import (
    NotLogged,
    OwnRowsFilter,
    ReadOnlyInline,
    SetUpRequest,
    ShopAdmin,
    acting_member,
    shops,
)
from vendors.models import Product


class VisitLineInline(ReadOnlyInline):
    model = VisitLine
    fields = readonly_fields = ["product", "amount", "manner", "outcome"]

    def get_queryset(self, request: SetUpRequest) -> models.QuerySet[VisitLine]:
        return super().get_queryset(request).select_related("product")

    @admin.display(description=gettext_lazy("quantity"))
    def amount(self, line: VisitLine) -> str:
        return f"{quantities.plain(line.quantity)} {line.get_unit_display()}"


class VisitEditInline(ReadOnlyInline):
    model = VisitEdit
    fields = readonly_fields = ["at", "by", "was", "became"]

    def get_queryset(self, request: SetUpRequest) -> models.QuerySet[VisitEdit]:
        return super().get_queryset(request).select_related("by").order_by("-at", "-id")

    @admin.display(description=gettext_lazy("before"))
    def was(self, edit: VisitEdit) -> SafeString:
        return _in_words(edit.before)

    @admin.display(description=gettext_lazy("after"))
    def became(self, edit: VisitEdit) -> SafeString:
        return _in_words(edit.after)


def _in_words(contents: dict[str, Any]) -> SafeString:
    """`contents` as `recording.contents` gives it: a line for each product, then the note."""
    lines = format_html_join("", "<div>{}</div>", ((_line_in_words(line),) for line in contents["lines"]))
    return format_html("{}<div>{}</div>", lines, contents["note"])


def _line_in_words(line: dict[str, str]) -> str:
    unit = Product.Unit(line["unit"]).label
    outcome = "" if line["outcome"] == VisitLine.Outcome.TAKEN else VisitLine.Outcome(line["outcome"]).label
    return " ".join(str(word) for word in (line["product"], line["quantity"], unit, line["manner"], outcome) if word)


class StandsFilter(admin.SimpleListFilter):
    title = gettext_lazy("whether it stands")
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", _("Stands")), ("no", _("Undone"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(voided_at__isnull=self.value() == "yes")


@admin.register(Visit)
class VisitAdmin(NotLogged, ShopAdmin):
    fields = ["customer", "at", "channel", "by", "note", "recorded_at", "voided_at", "voided_by"]
    list_display = ["customer", "at", "channel", "by", "note", "stands"]
    list_filter = [StandsFilter, "channel", ("by", OwnRowsFilter)]
    list_select_related = ["customer", "by"]
    date_hierarchy = "at"
    search_fields = ["customer__name"]
    search_hint = gettext_lazy("The beginning of a customer's name, a lane or landmark, or the last digits of a phone")
    inlines = [VisitLineInline, VisitEditInline]
    actions = ["undo", "put_back"]

    def has_add_permission(self, request: SetUpRequest, obj: Visit | None = None) -> bool:
        """Visits are recorded at the counter."""
        return False

    def has_change_permission(self, request: SetUpRequest, obj: Visit | None = None) -> bool:
        return False

    def get_search_results(
        self, request: SetUpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        rows, _may_repeat = super().get_search_results(request, queryset, "")
        return meeting(rows, search_term, own=shops(request), customer="customer"), False

    def render_change_form(
        self, request: SetUpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        visit = context["original"]
        when = date_format(timezone.localtime(visit.at), "DATETIME_FORMAT")
        return super().render_change_form(
            request, {**context, "title": visit.customer, "subtitle": when}, *args, **kwargs
        )

    @admin.display(description=gettext_lazy("stands"), boolean=True)
    def stands(self, visit: Visit) -> bool:
        return not visit.is_voided

    @admin.action(description=gettext_lazy("Undo"), permissions=["view"])
    def undo(self, request: SetUpRequest, queryset: models.QuerySet[Visit]) -> None:
        undone = sum(
            serving.undo(visit=visit, by=acting_member(request, visit.vendor_id)) for visit in queryset.standing()
        )
        text = ngettext("%d visit was undone.", "%d visits were undone.", undone) % undone
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Put back"), permissions=["view"])
    def put_back(self, request: SetUpRequest, queryset: models.QuerySet[Visit]) -> None:
        restored = sum(
            serving.put_back(visit=visit, by=acting_member(request, visit.vendor_id))
            for visit in queryset.filter(voided_at__isnull=False)
        )
        text = ngettext("%d visit was put back.", "%d visits were put back.", restored) % restored
        self.message_user(request, text, messages.SUCCESS)
