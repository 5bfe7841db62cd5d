"""What customers like and must never be given, for the owners of the shop."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin import meeting
from customers.preferences import telling
from customers.preferences.forms import MANNER_LENGTH, TOO_LONG
from customers.preferences.models import Preference
from customers.preferences.telling import Statement
from vendors.administration import NotLogged, SetUpRequest, ShopAdmin, ShopRowForm, acting_member, shops


class ToldForm(ShopRowForm):
    consent = forms.BooleanField(
        label=gettext_lazy("They said yes: keep it"),
        help_text=gettext_lazy("Needed for an allergy: ask, then tick it."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["consent"] = self.instance.consent_at is not None

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self.instance.consent_at = timezone.now() if said["consent"] else None
        if said.get("kind") == Preference.Kind.MANNER and len(said.get("text", "")) > MANNER_LENGTH:
            self.add_error("text", TOO_LONG % {"limit_value": MANNER_LENGTH})
        if said.get("kind") == Preference.Kind.LIKES and self._must_never_have(said):
            self.add_error("kind", _("They must never be given this. Take that back first."))
        return said

    def _must_never_have(self, said: dict[str, Any]) -> bool:
        standing = Preference.objects.standing().exclude(pk=self.instance.pk)
        never = standing.filter(kind__in=[Preference.Kind.ALLERGY, Preference.Kind.AVOIDS], text="")
        product, customer = said.get("product"), said.get("customer") or self.instance.customer_id
        if not product or not customer or said.get("text"):
            return False
        return never.filter(customer=customer, product=product).exists()

    @property
    def statement(self) -> Statement:
        """What a valid form says."""
        said = self.cleaned_data
        return Statement(said["kind"], said["product"], said["text"], said["consent"])


class HoldsFilter(admin.SimpleListFilter):
    title = gettext_lazy("whether it holds")
    parameter_name = "holds"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", _("Holds now")), ("no", _("Taken back"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(removed_at__isnull=self.value() == "yes")


@admin.register(Preference)
class PreferenceAdmin(NotLogged, ShopAdmin):
    form = ToldForm
    list_display = ["customer", "kind", "product", "text", "how_known", "at", "holds"]
    list_filter = [HoldsFilter, "kind", "basis"]
    list_select_related = ["customer", "product"]
    autocomplete_fields = ["customer", "product"]
    readonly_fields = ["how_known", "at", "by", "removed_at"]
    ordering = ["-id"]
    search_fields = ["customer__name"]
    search_hint = gettext_lazy("The beginning of a customer's name, lane or landmark")
    actions = ["take_back"]

    def fields_of(self, request: SetUpRequest, obj: Preference | None) -> list[str]:
        written = ["customer", "kind", "product", "text", "consent"]
        return [*written, "how_known", "at", "by", "removed_at"] if obj else written

    def get_readonly_fields(self, request: SetUpRequest, obj: Preference | None = None) -> list[str]:
        """What one person likes does not become another's."""
        known = super().get_readonly_fields(request, obj)
        return [*known, "customer"] if obj else known

    def get_search_results(
        self, request: SetUpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        rows, _may_repeat = super().get_search_results(request, queryset, "")
        return meeting(rows, search_term, own=shops(request), customer="customer"), False

    def has_change_permission(self, request: SetUpRequest, obj: Preference | None = None) -> bool:
        """What was taken back is there to be read."""
        return super().has_change_permission(request, obj) and (obj is None or obj.removed_at is None)

    @admin.display(description=gettext_lazy("how we know"), ordering="basis")
    def how_known(self, preference: Preference) -> str:
        if preference.basis == Preference.Basis.SEEN:
            return _("seen, %(seen)d of %(of)d visits") % {"seen": preference.seen, "of": preference.seen_of}
        return preference.get_basis_display()

    @admin.display(description=gettext_lazy("holds"), boolean=True)
    def holds(self, preference: Preference) -> bool:
        return preference.removed_at is None

    def save_model(self, request: SetUpRequest, obj: Preference, form: ToldForm, change: bool) -> None:
        by = acting_member(request, obj.vendor_id)
        if change:
            before = Preference.objects.get(pk=obj.pk)
            kept = telling.change(preference=before, statement=form.statement, by=by, uid=uuid.uuid4(), is_owner=True)
        else:
            kept = telling.tell(customer=obj.customer, statement=form.statement, by=by, uid=obj.uid)
        # The answer links to what is known now.
        obj.pk = kept.pk

    def response_change(self, request: SetUpRequest, obj: Preference) -> HttpResponse:
        self.message_user(request, _("Saved."), messages.SUCCESS)
        return self.response_post_save_change(request, obj)

    @admin.action(description=gettext_lazy("Take back"), permissions=["change"])
    def take_back(self, request: SetUpRequest, queryset: models.QuerySet[Preference]) -> None:
        standing = queryset.standing().select_related("customer", "product")
        taken = sum(
            telling.take_back(preference=preference, by=acting_member(request, preference.vendor_id), is_owner=True)
            for preference in standing
        )
        text = ngettext("%d preference was taken back.", "%d preferences were taken back.", taken) % taken
        self.message_user(request, text, messages.SUCCESS)
