"""What was decided in the evening, for the owners to look through: whom to leave alone, what to buy, what to change."""

import datetime as dt
from collections import defaultdict

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.planning.models import BuyingLine, BuyingList, Decision, DecisionPerson, DecisionProduct, LeftAlone
from customers.promises.admin import OpenFilter, WrittenAtTheCounter
from vendors.administration import OwnRowsFilter, ReadOnlyInline, SetUpRequest, ShopAdmin, shops
from vendors.models import Vendor


class HoldsFilter(admin.SimpleListFilter):
    """Whether somebody is left alone today, which is another day in each shop."""

    title = gettext_lazy("whether it holds")
    parameter_name = "holds"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", _("Holds")), ("no", _("Over"))]

    def queryset(self, request: SetUpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() not in ("yes", "no"):
            return queryset
        by_day: dict[dt.date, list[Vendor]] = defaultdict(list)
        for shop in shops(request):
            by_day[shop.today()].append(shop)
        holding = models.Q(pk__in=[])
        for day, some in by_day.items():
            holding |= models.Q(pk__in=LeftAlone.objects.holding(day).filter(vendor__in=some).values("pk"))
        return queryset.filter(holding if self.value() == "yes" else ~holding)


class LookedAtFilter(OpenFilter):
    title = gettext_lazy("whether it was looked at")
    parameter_name = "looked"
    closed = "looked_at"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", _("Not yet")), ("no", _("Looked at"))]


class StandsFilter(OpenFilter):
    title = gettext_lazy("whether it stands")
    parameter_name = "stands"
    closed = "undone_at"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", _("Stands")), ("no", _("Taken back"))]


class WrittenInTheReview(WrittenAtTheCounter):
    """To be read, and of nobody in particular: found by what it says."""

    def get_search_results(
        self, request: SetUpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        return ShopAdmin.get_search_results(self, request, queryset, search_term)


@admin.register(LeftAlone)
class LeftAloneAdmin(WrittenAtTheCounter):
    fields = ["customer", "until", "reason", "at", "by", "ended_at", "ended_by"]
    list_display = ["customer", "until", "reason", "at", "by", "ended_at"]
    list_filter = [HoldsFilter, ("by", OwnRowsFilter)]
    list_select_related = ["customer", "by"]
    ordering = ["-at", "-id"]


class BuyingLineInline(ReadOnlyInline):
    model = BuyingLine
    fields = readonly_fields = [
        *("product", "quantity", "unit", "foreseen", "low", "high"),
        *("usual", "promised", "wished", "got_at"),
    ]
    ordering = ["position"]

    def get_queryset(self, request: SetUpRequest) -> models.QuerySet[BuyingLine]:
        return super().get_queryset(request).select_related("product")


@admin.register(BuyingList)
class BuyingListAdmin(WrittenInTheReview):
    fields = ["day", "made_at", "by"]
    list_display = ["day", "made_at", "by"]
    list_filter = [("by", OwnRowsFilter)]
    list_select_related = ["by"]
    inlines = [BuyingLineInline]
    search_fields = ["lines__product__name", "lines__product__name_hi", "lines__product__name_mr"]
    search_hint = gettext_lazy("A product on the list")
    ordering = ["-day", "-id"]


class DecisionProductInline(ReadOnlyInline):
    model = DecisionProduct
    fields = readonly_fields = ["product"]

    def get_queryset(self, request: SetUpRequest) -> models.QuerySet[DecisionProduct]:
        return super().get_queryset(request).select_related("product")


class DecisionPersonInline(ReadOnlyInline):
    model = DecisionPerson
    fields = readonly_fields = ["customer", "days", "visits", "touched_visits", "lines", "touched_lines"]

    def get_queryset(self, request: SetUpRequest) -> models.QuerySet[DecisionPerson]:
        return super().get_queryset(request).select_related("customer")


@admin.register(Decision)
class DecisionAdmin(WrittenInTheReview):
    fields = [
        *("text", "reason", "about", "weekday", "opens", "closes", "decided_on", "look_on", "regulars", "touched"),
        *("made_at", "by", "looked_at", "looked_by", "conclusion", "undone_at", "undone_by"),
    ]
    list_display = ["decided_on", "text", "reason", "touched", "regulars", "look_on", "looked_at", "undone_at"]
    list_filter = [StandsFilter, LookedAtFilter, "about", ("by", OwnRowsFilter)]
    inlines = [DecisionProductInline, DecisionPersonInline]
    search_fields = ["text", "reason", "conclusion"]
    search_hint = gettext_lazy("What was decided, why, or what we learned")
    ordering = ["-decided_on", "-id"]
