"""The shop, the people who serve in it and what it sells, for its owners."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.db import models, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from customers.preferences import merging
from customers.promises.handing_over import left_by
from customers.visits.tallying import recount_shop
from vendors import pins
from vendors.administration import (
    OwnersAdmin,
    QuickSelect,
    SetUpRequest,
    ShopAdmin,
    ShopRowForm,
    acting_member,
    has_several_shops,
    shops,
)
from vendors.device_admin import DeviceAdmin
from vendors.forms import HelperForm, MemberForm, MergeForm, NewVendorForm, VendorForm, WithoutAccountForm
from vendors.goods import pictures
from vendors.models import Device, Member, Product, Vendor
from vendors.starting import add_starter_list
from vendors.unlocking import Unlocks

WHEN_DAYS_BEGIN = {"time_zone", "day_starts"}
"""Fields of a shop that say on which of its days something was."""


def say_what_was_added(request: SetUpRequest, vendor: Vendor, added: int) -> None:
    if not added:
        messages.info(request, _("%(shop)s has the whole starter list already.") % {"shop": vendor})
        return
    text = ngettext(
        "%(count)d product was added to %(shop)s. Switch off what you do not sell.",
        "%(count)d products were added to %(shop)s. Switch off what you do not sell.",
        added,
    )
    messages.success(request, text % {"count": added, "shop": vendor})


@admin.register(Vendor)
class VendorAdmin(OwnersAdmin):
    form = VendorForm
    fields = VendorForm.Meta.fields
    list_display = ["name", "slug", "language", "time_zone"]
    search_fields = ["name__istartswith", "slug__istartswith"]
    actions = ["add_the_starter_list"]

    def reaches(self, request: SetUpRequest, row: Vendor | None) -> bool:
        return super().reaches(request, None) and (row is None or request.user.is_superuser or row in shops(request))

    def has_add_permission(self, request: SetUpRequest, obj: Vendor | None = None) -> bool:
        return request.user.is_superuser

    def get_queryset(self, request: SetUpRequest) -> models.QuerySet[Vendor]:
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(pk__in=[shop.pk for shop in shops(request)])

    def get_fields(self, request: SetUpRequest, obj: Vendor | None = None) -> Sequence[str]:
        return [*self.fields, "starter_list"] if obj is None else self.fields

    def get_form(
        self, request: SetUpRequest, obj: Vendor | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        return super().get_form(request, obj, change, **{"form": VendorForm if obj else NewVendorForm, **kwargs})

    def save_model(self, request: SetUpRequest, obj: Vendor, form: VendorForm, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        # What was changed and no more: `past`, as it was read, may be another one meanwhile.
        obj.save(update_fields=form.changed_data)
        if WHEN_DAYS_BEGIN & set(form.changed_data):
            obj.past_changed()
            # Outside of this transaction, which would keep the counter waiting: a day each.
            transaction.on_commit(lambda: recount_shop(obj))

    def save_related(self, request: SetUpRequest, form: VendorForm, formsets: list[Any], change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.cleaned_data.get("starter_list"):
            say_what_was_added(request, form.instance, add_starter_list(vendor=form.instance))

    @admin.action(description=gettext_lazy("Add the starter list of products"), permissions=["change"])
    def add_the_starter_list(self, request: SetUpRequest, queryset: models.QuerySet[Vendor]) -> None:
        for vendor in queryset:
            say_what_was_added(request, vendor, add_starter_list(vendor=vendor))


@admin.register(Member)
class MemberAdmin(Unlocks, ShopAdmin):
    list_display = ["name", "account", "pin_state", "role", "is_active"]
    list_filter = ["is_active", "role"]
    list_select_related = ["user"]
    search_fields = ["name__istartswith", "user__username__istartswith"]
    readonly_fields = ["account"]

    @admin.display(description=gettext_lazy("account"), ordering="user__username")
    def account(self, member: Member) -> str | None:
        return member.user and member.user.get_username()

    def pin_in_words(self, row: Member) -> str:
        return _("has one") if row.pin else _("none")

    def fields_of(self, request: SetUpRequest, obj: Member | None) -> Sequence[str]:
        if obj is None or obj.user_id is None:
            account = ["user"] if request.user.is_superuser or has_several_shops(request) else []
            return ["name", "new_pin", "username", "password", *account, "role", "is_active"]
        password = ["password"] if may_give_password(request, obj) else []
        return ["name", "new_pin", "account", *password, "role", "is_active"]

    def get_form(
        self, request: SetUpRequest, obj: Member | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        # The form itself says what is accepted: a password that was not asked for is not read.
        if obj is None or obj.user_id is None:
            form = WithoutAccountForm
        else:
            form = HelperForm if may_give_password(request, obj) else MemberForm
        return super().get_form(request, obj, change, **{"form": form, **kwargs})

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: SetUpRequest, **kwargs: Any) -> Any:
        if request.user.is_superuser:
            kwargs |= {"queryset": User.objects.all(), "widget": AutocompleteSelect(db_field, self.admin_site)}
        else:
            kwargs["queryset"] = accounts_of(request).exclude(memberships__vendor=request.shop)
        kwargs |= {"required": False, "help_text": _("Instead of a new one: an account that serves in your shops.")}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(
        self,
        request: SetUpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if password := request.POST.get("password"):
            # Hashing takes a third of a second: before the transaction, which keeps the counter from recording.
            request.password_hash = make_password(password)
        if pin := request.POST.get("new_pin"):
            request.pin_hash = pins.hashed(pin)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: SetUpRequest, obj: Member, form: MemberForm, change: bool) -> None:
        if obj.user_id is None and form.cleaned_data["username"]:
            obj.user = User.objects.create(username=form.cleaned_data["username"], password=request.password_hash)
        elif form.cleaned_data.get("password"):
            User.objects.filter(pk=obj.user_id).update(password=request.password_hash)
        written = {"name", "role", "is_active", "user"}  # and no more: somebody may be trying their PIN meanwhile
        if form.cleaned_data["new_pin"]:
            obj.pin, obj.pin_tries = request.pin_hash, 0
            written |= {"pin", "pin_tries"}
        obj.save(update_fields=written if change else None)
        if change and "is_active" in form.changed_data and not obj.is_active:
            say_what_is_nobodys(request, obj)


def say_what_is_nobodys(request: SetUpRequest, member: Member) -> None:
    """Where the follow-ups are now of a `member` who was switched off."""
    count = left_by(member, now=timezone.now())
    if not count:
        return
    text = ngettext(
        "%(count)d follow-up of %(name)s has nobody now who looks after it.",
        "%(count)d follow-ups of %(name)s have nobody now who looks after them.",
        count,
    )
    address = f"{reverse('counter:follow_ups', args=[member.vendor.slug])}?of=nobodys"
    said = text % {"count": count, "name": member.name}
    messages.warning(request, format_html('{} <a href="{}">{}</a>', said, address, _("Give them to somebody")))


def accounts_of(request: SetUpRequest) -> models.QuerySet[User]:
    """The accounts that serve in the user's shops and nowhere else."""
    # Not of who has none: nothing is surely absent from a list with a NULL in it.
    elsewhere = Member.objects.exclude(vendor__in=shops(request)).filter(user__isnull=False).values("user")
    here = Member.objects.filter(vendor__in=shops(request)).values("user")
    return User.objects.filter(pk__in=here, is_superuser=False).exclude(pk__in=elsewhere)


def may_give_password(request: SetUpRequest, member: Member) -> bool:
    """Whether `member`'s account may be given a new password by the user: a helper of their shops alone."""
    if request.user.is_superuser or member.user_id == request.user.pk:
        return member.user_id != request.user.pk
    owners = Member.objects.filter(role=Member.Role.OWNER).values("user")
    return accounts_of(request).filter(pk=member.user_id).exclude(pk__in=owners).exists()


def cannot_be_merged(products: Sequence[Product]) -> str:
    """Why `products` cannot all go into one other product, or nothing."""
    if len({product.vendor_id for product in products}) != 1:
        return _("Choose products of one shop. Nothing was merged.")
    for product in products:
        if product.merged_into is not None:
            names = {"product": product, "into": product.merged_into}
            return _("%(product)s is merged into %(into)s already. Undo that first.") % names
    return ""


@admin.register(Product)
class ProductAdmin(ShopAdmin):
    list_display = ["look", "name", "position", "unit", "step", "picture", "season_from", "season_to", "is_sold"]
    list_select_related = ["merged_into"]
    readonly_fields = ["merged"]
    actions = ["merge"]
    list_display_links = ["name"]
    list_editable = ["position", "unit", "step", "picture", "season_from", "season_to", "is_sold"]
    list_filter = ["is_sold"]
    list_per_page = 50
    search_fields = ["name", "name_hi", "name_mr"]
    fields = [
        "name",
        "name_hi",
        "name_mr",
        "unit",
        "step",
        "picture",
        ("season_from", "season_to"),
        "position",
        "is_sold",
    ]

    def get_list_display(self, request: SetUpRequest) -> Sequence[Any]:
        # A column of its own is for shops that have something in it.
        any_merged = self.get_queryset(request).filter(merged_into__isnull=False).exists()
        look, name, *rest = super().get_list_display(request)
        return [look, name, *(["merged"] if any_merged else []), *rest]

    def fields_of(self, request: SetUpRequest, obj: Product | None) -> Sequence[Any]:
        return [*self.fields, "merged"] if obj and obj.merged_into_id else self.fields

    def get_queryset(self, request: SetUpRequest) -> models.QuerySet[Product]:
        return super().get_queryset(request).annotate(merged_at=merging.merged_at())

    @admin.display(description=gettext_lazy("merged"))
    def merged(self, product: Product) -> SafeString | str:
        if product.merged_into is None:
            return ""
        undo = reverse("admin:vendors_product_undo_merge", args=[product.pk])
        text = _("Merged into %(product)s on %(day)s.") % {
            "product": product.merged_into,
            "day": date_format(timezone.localtime(product.merged_at, product.vendor.tz), "DATE_FORMAT"),
        }
        return format_html('{} <a href="{}">{}</a>', text, undo, _("Undo…"))

    @admin.display(description=gettext_lazy("look"))
    def look(self, product: Product) -> SafeString | str:
        if product.picture not in pictures():
            return ""
        source = f"{static('crm/goods.svg')}#{product.picture}"
        return format_html('<img class="good" src="{}" alt="" width="40" height="40">', source)

    def formfield_for_dbfield(self, db_field: models.Field, request: SetUpRequest, **kwargs: Any) -> Any:
        if db_field.name == "picture":
            named = [(picture, picture.replace("-", " ").capitalize()) for picture in pictures()]
            return forms.ChoiceField(
                label=_("Picture"), choices=[("", _("None")), *named], required=False, widget=QuickSelect
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_choice_field(self, db_field: models.Field, request: SetUpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_choice_field(db_field, request, **{"widget": QuickSelect, **kwargs})

    def get_changelist_form(self, request: SetUpRequest, **kwargs: Any) -> type[forms.ModelForm]:
        return super().get_changelist_form(request, **{"form": ShopRowForm, **kwargs})

    def get_urls(self) -> list[URLPattern]:
        add = path(
            "starter-list/<int:vendor_id>/",
            self.admin_site.admin_view(self.starter_list),
            name="vendors_product_starter_list",
        )
        undo = path(
            "<int:product_id>/undo-merge/",
            self.admin_site.admin_view(self.undo_merge),
            name="vendors_product_undo_merge",
        )
        return [add, undo, *super().get_urls()]

    @admin.action(description=gettext_lazy("Merge into another product…"), permissions=["change"])
    def merge(self, request: SetUpRequest, queryset: models.QuerySet[Product]) -> HttpResponse | None:
        chosen = list(queryset.select_related("vendor", "merged_into"))
        if refusal := cannot_be_merged(chosen):
            self.message_user(request, refusal, messages.ERROR)
            return None
        form = MergeForm(request.POST if "confirmed" in request.POST else None, products=chosen)
        if not form.is_valid():
            return self._ask_into_which(request, chosen, form)
        self._merge_all(request, chosen, form.cleaned_data["into"])
        return None

    def _merge_all(self, request: SetUpRequest, chosen: list[Product], into: Product) -> None:
        by = acting_member(request, into.vendor_id)
        try:
            for product in chosen:
                merging.merge_products(product=product, into=into, by=by)
                text = _("%(product)s is now part of %(into)s.") % {"product": product, "into": into}
                self.message_user(request, text, messages.SUCCESS)
        except merging.MergingError as refused:
            self.message_user(request, str(refused), messages.ERROR)

    def _ask_into_which(self, request: SetUpRequest, chosen: list[Product], form: MergeForm) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            **merging.concerned(chosen),
            "title": _("Merge into which product?"),
            "opts": self.opts,
            "products": chosen,
            "form": form,
        }
        return TemplateResponse(request, "admin/vendors/product/merge.html", context)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def undo_merge(self, request: SetUpRequest, product_id: int) -> HttpResponse:
        product = self.get_object(request, str(product_id))
        merge = merging.merge_of(product)
        if merge is None or not self.has_change_permission(request, product):
            raise Http404
        if request.method == "POST":
            merging.undo_merge(merge=merge, by=acting_member(request, product.vendor_id))
            text = _("%(product)s is a product of its own again.") % {"product": product}
            self.message_user(request, text, messages.SUCCESS)
            return redirect(reverse("admin:vendors_product_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Undo the merge?"),
            "opts": self.opts,
            "product": product,
            "into": merge.into,
        }
        return TemplateResponse(request, "admin/vendors/product/undo_merge.html", context)

    @method_decorator(require_POST)
    def starter_list(self, request: SetUpRequest, vendor_id: int) -> HttpResponse:
        vendor = next((shop for shop in shops(request) if shop.pk == vendor_id), None)
        if vendor is None:
            raise Http404
        say_what_was_added(request, vendor, add_starter_list(vendor=vendor))
        return redirect(reverse("admin:vendors_product_changelist"))

    def changelist_view(self, request: SetUpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # A superuser of many shops adds the list from the list of shops instead.
        startable = [] if request.user.is_superuser and has_several_shops(request) else shops(request)
        return super().changelist_view(request, {"startable": startable, **(extra_context or {})})


admin.site.register(Device, DeviceAdmin)
admin.site.unregister([User, Group])


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Accounts of the whole installation, for the superuser alone; what they may do in a shop is their membership."""

    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (None, {"fields": ["first_name", "last_name", "email"]}),
        (None, {"fields": ["is_active", "is_superuser", "last_login", "date_joined"]}),
    ]
    list_display = ["username", "email", "first_name", "last_name", "is_active", "is_superuser"]
    list_filter = ["is_active", "is_superuser"]
    readonly_fields = ["last_login", "date_joined"]

    def has_module_permission(self, request: SetUpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: SetUpRequest, obj: User | None = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: SetUpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: SetUpRequest, obj: User | None = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: SetUpRequest, obj: User | None = None) -> bool:
        return False
