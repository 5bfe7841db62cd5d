"""What people expect of the shop and it of them, for its owners to look through; and who brings what."""

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import meeting
from customers.models import Household, Membership
from customers.promises.models import Problem, Promise, StandingOrder, Supply, Wish
from vendors.administration import NotLogged, OwnRowsFilter, ReadOnlyInline, SetUpRequest, ShopAdmin, shops

SEARCH_HINT = gettext_lazy("The beginning of a customer's name, lane or landmark")


class OfSomebody(NotLogged, ShopAdmin):
    """Rows that say something of a customer, found by them."""

    of = "customer"
    """The column that names whom a row is of."""
    search_fields = ["pk"]
    search_hint = SEARCH_HINT

    def get_search_results(
        self, request: SetUpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        rows, _may_repeat = super().get_search_results(request, queryset, "")
        return meeting(rows, search_term, own=shops(request), customer=self.of), False


class WrittenAtTheCounter(OfSomebody):
    """To be read: these are written, changed and undone at the counter, where each step is kept."""

    def has_add_permission(self, request: SetUpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: SetUpRequest, obj: Any = None) -> bool:
        return False

    def render_change_form(
        self, request: SetUpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context["original"]
        title = {"title": capfirst(self.opts.verbose_name), "subtitle": getattr(row, "customer", row)}
        return super().render_change_form(request, {**context, **title}, *args, **kwargs)


class OpenFilter(admin.SimpleListFilter):
    title = gettext_lazy("whether it is open")
    parameter_name = "open"
    closed = "closed_at"
    """The column that says since when it is not."""

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", _("Open")), ("no", _("Closed"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(**{f"{self.closed}__isnull": self.value() == "yes"})


class NotEndedFilter(OpenFilter):
    closed = "ended_at"


@admin.register(Supply)
class SupplyAdmin(OfSomebody):
    """Nothing hangs on these rows: what was said by mistake may be deleted."""

    of = "supplier"
    fields = ["product", "supplier", "since"]
    list_display = ["product", "supplier", "since"]
    list_select_related = ["product", "supplier"]
    autocomplete_fields = ["product", "supplier"]
    ordering = ["product__name", "-since"]

    def has_delete_permission(self, request: SetUpRequest, obj: Supply | None = None) -> bool:
        return self.reaches(request, obj)

    def log_deletions(self, request: SetUpRequest, queryset: models.QuerySet[Supply]) -> None:
        """Not kept either: it would quote the supplier's name."""

    def response_add(self, request: SetUpRequest, obj: Supply, post_url_continue: str | None = None) -> HttpResponse:
        self.message_user(request, _("Saved."), messages.SUCCESS)
        return self.response_post_save_add(request, obj)

    def response_change(self, request: SetUpRequest, obj: Supply) -> HttpResponse:
        self.message_user(request, _("Saved."), messages.SUCCESS)
        return self.response_post_save_change(request, obj)


@admin.register(Problem)
class ProblemAdmin(WrittenAtTheCounter):
    fields = [
        *("customer", "what", "product", "text", "happened_on", "is_hard", "was_said", "supplier", "promise"),
        *("remedy", "remedied_at", "owner", "due_on", "opened_at", "by", "asked_at", "answer", "closed_at"),
    ]
    list_display = ["happened_on", "customer", "what", "product", "remedy", "owner", "due_on", "closed_at"]
    list_filter = [OpenFilter, "what", "is_hard", "remedy", ("owner", OwnRowsFilter)]
    list_select_related = ["customer", "product", "owner"]
    ordering = ["-happened_on", "-id"]


@admin.register(Wish)
class WishAdmin(WrittenAtTheCounter):
    fields = [
        *("customer", "product", "text", "quantity", "unit", "until", "asked_at", "by", "owner"),
        *("came_in_at", "told_at", "came_at", "outcome", "closed_at"),
    ]
    list_display = ["asked_at", "customer", "product", "text", "until", "came_in_at", "told_at", "outcome"]
    list_filter = [OpenFilter, "outcome", ("owner", OwnRowsFilter)]
    list_select_related = ["customer", "product"]
    ordering = ["-asked_at", "-id"]


@admin.register(Promise)
class PromiseAdmin(WrittenAtTheCounter):
    fields = [
        *("customer", "side", "text", "amount", "due_at", "channel", "made_at", "by", "owner"),
        *("outcome", "closed_at", "closed_by"),
    ]
    list_display = ["due_at", "customer", "side", "text", "amount", "owner", "outcome"]
    list_filter = [OpenFilter, "side", "outcome", ("owner", OwnRowsFilter)]
    list_select_related = ["customer", "owner"]
    ordering = ["-due_at", "-id"]


@admin.register(StandingOrder)
class StandingOrderAdmin(WrittenAtTheCounter):
    fields = [
        "customer",
        "rule",
        "starts_on",
        "ends_on",
        "at_time",
        "text",
        "paused_until",
        "made_at",
        "by",
        "ended_at",
    ]
    list_display = ["customer", "rule", "text", "starts_on", "ends_on", "paused_until", "ended_at"]
    list_filter = [NotEndedFilter]
    list_select_related = ["customer"]
    ordering = ["-id"]


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = readonly_fields = ["customer", *Membership.ROLES, "is_first", "ask_first", "joined_at", "left_at"]

    def get_queryset(self, request: SetUpRequest) -> models.QuerySet[Membership]:
        return super().get_queryset(request).select_related("customer")


@admin.register(Household)
class HouseholdAdmin(WrittenAtTheCounter):
    fields = ["name", "made_at", "by", "ended_at"]
    list_display = ["name", "made_at", "ended_at"]
    list_filter = [NotEndedFilter]
    inlines = [MembershipInline]
    ordering = ["name"]

    def get_search_results(
        self, request: SetUpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        """Found by those who are in it."""
        rows, _may_repeat = ShopAdmin.get_search_results(self, request, queryset, "")
        own = shops(request)
        members = meeting(Membership.objects.filter(vendor__in=own), search_term, own=own, customer="customer")
        return (rows.filter(pk__in=members.values("household")) if search_term.strip() else rows), False
