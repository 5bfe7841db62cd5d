"""The people whom the shop remembers, for its owners."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers import phones, search
from customers.forms import NameField
from customers.keeping import PHONES, PHONES_APART
from customers.models import ContactPoint, Customer, CustomerEdit, SearchKey
from customers.visits.forgetting import forget
from vendors.administration import (
    ForOwners,
    NotLogged,
    ReadOnlyInline,
    SetUpRequest,
    ShopAdmin,
    ShopRowForm,
    acting_member,
    name_for_readers,
    shops,
)
from vendors.models import Vendor

FORGET_AT_ONCE = 100
"""People who can be forgotten in one go: more is likelier a slip than a wish."""


def meeting(rows: models.QuerySet, text: str, *, own: Iterable[Vendor], customer: str = "pk") -> models.QuerySet:
    """
    Those of `rows` for whose customer each word of `text` is the beginning of something said of them.

    `customer` is the column of `rows` that names the customer; `own` are the shops to look in.
    """
    tokens = search.tokens(text)
    if text.strip() and not tokens:
        return rows.none()
    keys = SearchKey.objects.filter(vendor__in=own).values("customer")
    for token in tokens:
        # A union, because an OR of ranges makes SQLite read every key of the shop.
        met = [keys.filter(key__gte=begun, key__lt=begun + b"\xff") for begun in token.beginnings]
        rows = rows.filter(**{f"{customer}__in": met[0].union(*met[1:])})
    return rows


class ContactForm(ShopRowForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "kind" in cleaned and "text" in cleaned:
            self.instance.number = self._number(cleaned["kind"], cleaned["text"])
        return cleaned

    def _number(self, kind: str, text: str) -> str:
        try:
            if kind == ContactPoint.Kind.EMAIL:
                validate_email(text)
                return ""
            return phones.e164(text, self.instance.vendor.phone_region)
        except phones.NotAPhoneNumber:
            self.add_error("text", _("This cannot be a phone number. Look at the digits once more."))
        except ValidationError as refused:
            self.add_error("text", refused)
        return ""


class ContactFormSet(forms.BaseInlineFormSet):
    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        name_for_readers(form.fields["DELETE"])


class ContactInline(ForOwners, admin.TabularInline):
    model = ContactPoint
    form = ContactForm
    formset = ContactFormSet
    fields = ["kind", "text"]
    extra = 1

    def has_delete_permission(self, request: SetUpRequest, obj: Customer | None = None) -> bool:
        """A number that is no longer theirs may go; the trace of the change keeps it."""
        return self.reaches(request, obj)

    def get_formset(self, request: SetUpRequest, obj: Customer | None = None, **kwargs: Any) -> type:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.shop = request.shop
        return formset


class CustomerEditInline(ReadOnlyInline):
    model = CustomerEdit
    fields = readonly_fields = ["at", "by", "was", "became"]

    def get_queryset(self, request: SetUpRequest) -> models.QuerySet[CustomerEdit]:
        return super().get_queryset(request).select_related("by").order_by("-at", "-id")

    @admin.display(description=gettext_lazy("before"))
    def was(self, edit: CustomerEdit) -> SafeString:
        return _in_words((label, before) for label, before, _after in edit.changes())

    @admin.display(description=gettext_lazy("after"))
    def became(self, edit: CustomerEdit) -> SafeString:
        return _in_words((label, after) for label, _before, after in edit.changes())


def _in_words(told: Iterable[tuple[str, str]]) -> SafeString:
    return format_html_join("", "<div>{}: {}</div>", ((label, text or "–") for label, text in told))


class CustomerForm(ShopRowForm):
    class Meta:
        field_classes = {"name": NameField}


@admin.register(Customer)
class CustomerAdmin(NotLogged, ShopAdmin):
    form = CustomerForm
    fields_to_write = ["name", "nickname", "greeting", "landmark", "description", "note"]
    told_at_the_counter = ["kind", "standing", "standing_reason"]
    list_display = ["name", "nickname", "landmark", "contacts", "added_at"]
    list_filter = ["kind", "standing"]
    list_select_related = ["added_by"]
    readonly_fields = [*told_at_the_counter, "added_at", "added_by"]
    search_fields = ["name"]
    search_hint = gettext_lazy("The beginning of a name, a lane or landmark, or the last digits of a phone")
    inlines = [ContactInline, CustomerEditInline]
    actions = ["forget"]

    def fields_of(self, request: SetUpRequest, obj: Customer | None) -> list[str]:
        return [*self.fields_to_write, *self.readonly_fields] if obj else self.fields_to_write

    def get_queryset(self, request: SetUpRequest) -> models.QuerySet[Customer]:
        """Whoever was put together with another is looked up, changed and forgotten as that one."""
        return super().get_queryset(request).own().prefetch_related("contact_points")

    def get_search_results(
        self, request: SetUpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        rows, _may_repeat = super().get_search_results(request, queryset, "")
        return meeting(rows, search_term, own=shops(request)), False

    def get_inlines(self, request: SetUpRequest, obj: Customer | None) -> list[type]:
        return self.inlines if obj else [ContactInline]

    @admin.display(description=gettext_lazy("contacts"))
    def contacts(self, customer: Customer) -> str:
        return PHONES_APART.join(point.text for point in customer.contact_points.all())

    def save_model(self, request: SetUpRequest, obj: Customer, form: CustomerForm, change: bool) -> None:
        if not change:
            obj.added_by = acting_member(request, obj.vendor_id)
        super().save_model(request, obj, form, change)

    def save_related(self, request: SetUpRequest, form: CustomerForm, formsets: list[Any], change: bool) -> None:
        customer = form.instance
        before = {name: form.initial.get(name, "") for name in form.changed_data} | _reached(customer)
        super().save_related(request, form, formsets, change)
        search.index_all_who_share(customer)
        if change:
            after = {name: getattr(customer, name) for name in form.changed_data} | _reached(customer)
            _leave_trace(customer, before, after, request)

    @admin.action(description=gettext_lazy("Forget this person…"), permissions=["change"])
    def forget(self, request: SetUpRequest, queryset: models.QuerySet[Customer]) -> HttpResponse | None:
        people = list(queryset[: FORGET_AT_ONCE + 1])
        if len(people) > FORGET_AT_ONCE:
            self.message_user(request, _("These are too many to forget at once. Nobody was."), messages.ERROR)
            return None
        if "confirmed" not in request.POST:
            return self._ask_whether_to_forget(request, people)
        forgotten = forget(people)
        text = ngettext("%d person was forgotten.", "%d people were forgotten.", forgotten) % forgotten
        self.message_user(request, text, messages.SUCCESS)
        return None

    def _ask_whether_to_forget(self, request: SetUpRequest, people: list[Customer]) -> HttpResponse:
        chosen = Customer.objects.filter(pk__in=[customer.pk for customer in people])
        context = {
            **self.admin_site.each_context(request),
            **chosen.aggregate(visits=models.Count("visits")),
            **chosen.aggregate(preferences=models.Count("preferences")),
            "title": _("Forget for ever?"),
            "opts": self.opts,
            "people": people,
        }
        return TemplateResponse(request, "admin/customers/customer/forget.html", context)


def _reached(customer: Customer) -> dict[str, str]:
    """How `customer` is reached now: the texts of each kind, under the names that `customers.keeping` uses."""
    points = list(ContactPoint.objects.filter(customer=customer))
    return {
        PHONES if kind == ContactPoint.Kind.PHONE else kind.value: PHONES_APART.join(
            point.text for point in points if point.kind == kind
        )
        for kind in ContactPoint.Kind
    }


def _leave_trace(customer: Customer, before: dict[str, str], after: dict[str, str], request: SetUpRequest) -> None:
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        CustomerEdit.objects.create(
            vendor_id=customer.vendor_id,
            customer=customer,
            by=acting_member(request, customer.vendor_id),
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
