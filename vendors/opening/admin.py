"""When the shop is open, for its owners. What was said by mistake may be deleted: nothing hangs on these rows."""

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from vendors.administration import SetUpRequest, ShopAdmin, chosen_shop, has_several_shops
from vendors.models import Vendor
from vendors.opening.forms import AcceptForm, CalendarForm, ClosureForm, TimeInput, WeekForm
from vendors.opening.keeping import keep_week, week_of
from vendors.opening.models import Closure, OpeningHours
from vendors.opening.proposing import accept, calendar_of, proposals
from vendors.tenancy import VendorRow

AHEAD = dt.timedelta(days=365)
"""How far holidays are proposed."""


class PastAdmin(ShopAdmin):
    """The admin of rows that say something of days gone by too: with each change the past is computed anew."""

    def has_delete_permission(self, request: SetUpRequest, obj: Any = None) -> bool:
        return self.reaches(request, obj)

    def save_model(self, request: SetUpRequest, obj: VendorRow, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        obj.vendor.past_changed()

    def delete_model(self, request: SetUpRequest, obj: VendorRow) -> None:
        super().delete_model(request, obj)
        obj.vendor.past_changed()

    @transaction.atomic
    def delete_queryset(self, request: SetUpRequest, queryset: models.QuerySet) -> None:
        touched = list(Vendor.objects.filter(pk__in=queryset.order_by().values("vendor")))
        super().delete_queryset(request, queryset)
        for vendor in touched:
            vendor.past_changed()

    def _page(self, request: SetUpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        about = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/opening/{template}.html", about, status=status)


def _named(request: SetUpRequest, vendor: Vendor) -> str:
    """The shop that a page is about, where there are several."""
    return vendor.name if has_several_shops(request) else ""


@admin.register(OpeningHours)
class OpeningHoursAdmin(PastAdmin):
    """Hours are written for a whole week; a row of the list can be changed or deleted by itself."""

    list_display = ["weekday", "opens", "closes"]
    fields = ["weekday", "opens", "closes"]

    def formfield_for_dbfield(self, db_field: models.Field, request: SetUpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.TimeField):
            kwargs["widget"] = TimeInput
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def add_view(
        self, request: SetUpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        vendor = chosen_shop(request)
        if vendor is None:
            return super().add_view(request, form_url, extra_context)
        kept = week_of(vendor)
        form = WeekForm(request.POST if request.method == "POST" else None, vendor=vendor, week=kept)
        if form.is_bound and form.is_valid():
            keep_week(vendor=vendor, week=form.cleaned_data["week"])
            messages.success(request, _("The hours of the week were saved."))
            return redirect("admin:opening_openinghours_changelist")
        context = {"title": _("The week"), "subtitle": _named(request, vendor), "form": form, "is_new": not kept}
        return self._page(request, "openinghours/week", context)


@admin.register(Closure)
class ClosureAdmin(PastAdmin):
    form = ClosureForm
    list_display = ["when", "reason"]
    date_hierarchy = "first_day"
    search_fields = ["reason"]
    fields = ["first_day", "last_day", "reason"]

    @admin.display(description=gettext_lazy("closed"), ordering="first_day")
    def when(self, closure: Closure) -> str:
        days = dict.fromkeys([closure.first_day, closure.last_day])
        return " – ".join(f"{date_format(day, 'D')} {date_format(day)}" for day in days)

    def get_urls(self) -> list[URLPattern]:
        propose = path("propose/", self.admin_site.admin_view(self.propose), name="opening_closure_propose")
        return [propose, *super().get_urls()]

    def propose(self, request: SetUpRequest) -> HttpResponse:
        vendor = chosen_shop(request)
        if vendor is None:
            return self._ask_for_shop(request)
        context = {"title": _("Public holidays"), "subtitle": _named(request, vendor), "vendor": vendor}
        calendar = calendar_of(vendor)
        if calendar is None:
            return self._page(request, "closure/propose", context)
        asking = CalendarForm(request.GET, calendar=calendar)
        proposed = proposals(vendor, vendor.today(), vendor.today() + AHEAD, **asking.asked)
        form = AcceptForm(request.POST if request.method == "POST" else None, proposed=proposed)
        if form.is_bound and form.is_valid():
            self._say_what_was_added(request, accept(vendor=vendor, chosen=form.cleaned_data["days"]))
            return redirect("admin:opening_closure_changelist")
        return self._page(request, "closure/propose", {**context, "asking": asking, "form": form})

    def _say_what_was_added(self, request: SetUpRequest, added: int) -> None:
        if not added:
            messages.info(request, _("The shop is closed on these days already."))
            return
        text = ngettext(
            "%(count)d closure was added. Nobody is missed on a day on which the shop is closed.",
            "%(count)d closures were added. Nobody is missed on a day on which the shop is closed.",
            added,
        )
        messages.success(request, text % {"count": added})
