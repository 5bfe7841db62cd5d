"""The admin of a shop's rows: its owners see, add and change what is theirs, and delete next to nothing."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.forms.utils import flatatt
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from vendors.models import Member, Vendor

SELECTED = mark_safe(" selected")


class SetUpRequest(HttpRequest):
    """A request to the admin: filled in as it is asked of."""

    seats: list[Member]
    """Where the user serves."""
    shops: list[Vendor]
    """What the user may set up."""
    shop: Vendor
    """The shop of the row on screen."""


def seats(request: SetUpRequest) -> list[Member]:
    """The user's memberships with their shops, read once a request."""
    if not hasattr(request, "seats"):
        serving = Member.objects.serving().select_related("vendor").filter(user_id=request.user.pk)
        request.seats = list(serving.order_by("vendor__name"))
    return request.seats


def shops(request: SetUpRequest) -> list[Vendor]:
    """The shops that the user may set up: those they own, all of them for a superuser."""
    if not hasattr(request, "shops"):
        owned = (seat.vendor for seat in seats(request) if seat.is_owner)
        request.shops = list(Vendor.objects.all() if request.user.is_superuser else owned)
    return request.shops


def is_owner(request: SetUpRequest) -> bool:
    """Whether the user may set up anything; a superuser may also when there is no shop yet."""
    return request.user.is_active and (request.user.is_superuser or bool(shops(request)))


def acting_member(request: SetUpRequest, vendor_id: int) -> Member | None:
    """As whom the user acts in a shop; None for a superuser who does not serve there."""
    return next((seat for seat in seats(request) if seat.vendor_id == vendor_id), None)


def chosen_shop(request: SetUpRequest) -> Vendor | None:
    """The shop that `?vendor=` names, else the only one there is; None when it has to be chosen first."""
    wanted = request.GET.get("vendor")
    if wanted is None:
        return None if has_several_shops(request) else next(iter(shops(request)), None)
    for shop in shops(request):
        if str(shop.pk) == wanted:
            return shop
    raise Http404


def has_several_shops(request: SetUpRequest) -> bool:
    return len(shops(request)) > 1


def within_reach(request: SetUpRequest, model: type[models.Model]) -> models.Q:
    """Condition on rows of `model` that a form may offer: of the shop on screen, else of all the user's shops."""
    own = [request.shop] if hasattr(request, "shop") else shops(request)
    if model is Vendor:
        return models.Q(pk__in=[shop.pk for shop in own])
    return models.Q(vendor__in=own)


class CappedPaginator(Paginator):
    """Counts no further than `MOST` rows, so that a page costs the same in a shop of a million visits."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        return self.object_list[: self.MOST].count()

    @property
    def is_capped(self) -> bool:
        return self.count == self.MOST


class OwnRowsFilter(admin.RelatedFieldListFilter):
    """A filter by a parent that offers the parents of the user's own shops."""

    def field_choices(
        self, field: models.Field, request: SetUpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[Any, str]]:
        return field.get_choices(include_blank=False, limit_choices_to=within_reach(request, field.related_model))


class AutocompleteInShop(AutocompleteSelect):
    """An autocomplete that looks in one shop only; the view refuses a shop that is not the user's."""

    shop: Vendor

    def get_url(self) -> str:
        return f"{super().get_url()}?vendor={self.shop.pk}"

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        # A word in the empty box is what a screen reader calls it by.
        return super().build_attrs(base_attrs, extra_attrs) | {"data-placeholder": _("Choose")}

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        # A form that is shown again looks its choice up, and Django fails when that is no number of a row.
        numbers = [number for number in value if number.isdecimal() and len(number) < 19]
        return super().optgroups(name, numbers or [""], attrs)


class QuickSelect(forms.Select):
    """
    A select drawn in one go, for lists with many.

    Django draws each option by a template of its own: two seconds for the pictures and months of fifty products.
    """

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, SELECTED if str(key) == chosen else "", label) for key, label in self.choices),
        )
        return format_html(
            "<select{}>{}</select>", flatatt(self.build_attrs({**self.attrs, "name": name}, attrs)), options
        )


def name_for_readers(field: forms.Field) -> None:
    """In a table the name of `field` stands above its column, where a screen reader does not look for it."""
    if field.label:
        field.widget.attrs.setdefault("aria-label", field.label)


class ShopRowForm(forms.ModelForm):
    """The form of a row of `shop`. What the database would refuse, also for a field not shown, is an error of it."""

    shop: Vendor | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields:
            name_for_readers(self.fields[name])
        if self.instance.vendor_id is None:
            self.instance.vendor = self.shop

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound or self.errors or not self.has_changed():
            return
        try:
            self.instance.validate_constraints(exclude=self.filled_in_on_saving())
        except ValidationError as refused:
            self._add_errors(refused)

    def filled_in_on_saving(self) -> set[str]:
        """Fields of the row of which there is nothing yet to be judged."""
        return set()

    def _add_errors(self, refused: ValidationError) -> None:
        for field, messages in refused.message_dict.items():
            self.add_error(field if field in self.fields else None, messages)


class ForOwners:
    """Who may do what with a row of a shop, or with an inline below it: no permission has to be handed out."""

    def reaches(self, request: SetUpRequest, row: Any) -> bool:
        """Whether `row`, if there is one, is of a shop that the user may set up."""
        if row is None or row.pk is None or request.user.is_superuser:
            return is_owner(request)
        return row.vendor_id in {shop.pk for shop in shops(request)}

    def has_module_permission(self, request: SetUpRequest) -> bool:
        return is_owner(request)

    def has_view_permission(self, request: SetUpRequest, obj: Any = None) -> bool:
        return self.reaches(request, obj)

    def has_add_permission(self, request: SetUpRequest, obj: Any = None) -> bool:
        return self.reaches(request, obj)

    def has_change_permission(self, request: SetUpRequest, obj: Any = None) -> bool:
        return self.reaches(request, obj)

    def has_delete_permission(self, request: SetUpRequest, obj: Any = None) -> bool:
        """
        Nothing is deleted by a tap: a visit is undone, a product or a person who serves is switched off. Rows on which
        nothing hangs, and that are gone when they are wrong, say otherwise (`vendors.opening.admin`).
        """
        return False

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: SetUpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = AutocompleteInShop(db_field, self.admin_site)
            kwargs["widget"].shop = request.shop
        if "queryset" not in kwargs:
            parent = db_field.related_model
            kwargs["queryset"] = parent._default_manager.filter(within_reach(request, parent))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: models.Field, request: SetUpRequest, **kwargs: Any) -> Any:
        """As Django's, without the buttons that add a parent in another window."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class OwnersAdmin(ForOwners, admin.ModelAdmin):
    """Lists and forms that stay quick in a large shop and answer a stranger's number as if there were nothing."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_hint = ""
    """What can be searched for, in the shop's words."""
    view_on_site = False

    def get_object(self, request: SetUpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is None:
            raise Http404
        return row

    def get_search_results(
        self, request: SetUpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        # An autocomplete passes on what was typed as it is, and PostgreSQL refuses a NUL.
        return super().get_search_results(request, queryset, search_term.replace("\0", ""))

    def changelist_view(self, request: SetUpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        try:
            return super().changelist_view(request, {**title, **(extra_context or {})})
        except OverflowError:
            # A year or a page of twenty digits in the address.
            return HttpResponseRedirect(request.path)


class ShopAdmin(OwnersAdmin):
    """The admin of a model whose rows belong to a shop."""

    form = ShopRowForm
    list_select_related = []

    def get_queryset(self, request: SetUpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(vendor__in=shops(request))

    def get_search_results(
        self, request: SetUpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        if "vendor" in request.GET:
            queryset = queryset.filter(vendor=chosen_shop(request))
        return super().get_search_results(request, queryset, search_term)

    def get_list_display(self, request: SetUpRequest) -> Sequence[Any]:
        listed = super().get_list_display(request)
        return [*listed, "vendor"] if has_several_shops(request) else listed

    def get_list_filter(self, request: SetUpRequest) -> Sequence[Any]:
        offered = super().get_list_filter(request)
        return [("vendor", OwnRowsFilter), *offered] if has_several_shops(request) else offered

    def get_list_select_related(self, request: SetUpRequest) -> Sequence[str]:
        return ["vendor", *self.list_select_related]

    def fields_of(self, request: SetUpRequest, obj: Any) -> Sequence[Any]:
        """The fields of the form, besides the shop."""
        return self.fields

    def get_fields(self, request: SetUpRequest, obj: Any = None) -> Sequence[Any]:
        fields = self.fields_of(request, obj)
        return ["vendor", *fields] if has_several_shops(request) else fields

    def get_readonly_fields(self, request: SetUpRequest, obj: Any = None) -> Sequence[Any]:
        return [*super().get_readonly_fields(request, obj), "vendor"]

    def get_form(
        self, request: SetUpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        request.shop = obj.vendor if obj else chosen_shop(request)
        if request.shop is None:
            raise Http404
        form = super().get_form(request, obj, change, **kwargs)
        form.shop = request.shop
        return form

    def add_view(
        self, request: SetUpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if self.has_add_permission(request) and chosen_shop(request) is None:
            return self._ask_for_shop(request)
        return super().add_view(request, form_url, extra_context)

    def _ask_for_shop(self, request: SetUpRequest) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("In which shop?"),
            "opts": self.opts,
            "shops": shops(request),
        }
        return TemplateResponse(request, "admin/choose_shop.html", context)


class NotLogged:
    """
    For rows that say something of a customer: the admin's log outlives its rows and quotes their names, and of a
    person who was forgotten nothing may stay. These rows keep their own trace, which goes with the person.
    """

    change_form_template = "admin/change_form_without_history.html"

    def log_addition(self, request: SetUpRequest, obj: Any, message: Any) -> None:
        """Not kept."""

    def log_change(self, request: SetUpRequest, obj: Any, message: Any) -> None:
        """Not kept."""


class ReadOnlyInline(ForOwners, admin.TabularInline):
    """Rows below another that are there to be read."""

    extra = 0
    max_num = 0
    can_delete = False

    def has_add_permission(self, request: SetUpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: SetUpRequest, obj: Any = None) -> bool:
        return False
