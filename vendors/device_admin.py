"""The tablets of a shop, for its owners: pair one by a code, see what each told last, unpair it in one tap."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.lib import network, qr
from vendors import pairing
from vendors.administration import SetUpRequest, ShopAdmin, acting_member, chosen_shop, within_reach
from vendors.forms import InviteForm
from vendors.models import Device, Pairing, Vendor
from vendors.unlocking import Unlocks


class PairedFilter(admin.SimpleListFilter):
    """The tablets that are paired, unless one asks for those that were."""

    title = gettext_lazy("whether it is paired")
    parameter_name = "paired"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str | None, str]]:
        return [(None, _("Paired")), ("no", _("Unpaired"))]

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        for value, title in self.lookup_choices:
            address = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": self.value() == value, "query_string": address, "display": title}

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Device]) -> models.QuerySet[Device]:
        return queryset.filter(revoked_at__isnull=self.value() != "no")


class DeviceAdmin(Unlocks, ShopAdmin):
    list_display = ["name", "unpair_it", "seen_at", "waits", "pin_state", "paired_at", "paired_by"]
    list_filter = [PairedFilter]
    list_select_related = ["paired_by", "revoked_by"]
    fields = ["name", "paired_at", "paired_by", "seen_at", "waits", "revoked_at", "revoked_by"]
    readonly_fields = ["paired_at", "paired_by", "seen_at", "waits", "revoked_at", "revoked_by"]
    actions = None

    def has_add_permission(self, request: SetUpRequest, obj: Device | None = None) -> bool:
        """A tablet comes in by its code alone."""
        return False

    @admin.display(description=gettext_lazy("not sent yet"), ordering="unsent")
    def waits(self, device: Device) -> str:
        """As the tablet told last."""
        if not device.unsent:
            return _("all sent")
        since = {"since": _in_words(device.unsent_since)} if device.unsent_since else {}
        text = _("%(count)d, since %(since)s") if since else "%(count)d"
        return text % {"count": device.unsent, **since}

    @admin.display(description=gettext_lazy("unpair"))
    def unpair_it(self, device: Device) -> str:
        """A button of the form that the whole list stands in, or since when it is done."""
        if device.revoked_at:
            text = _("%(when)s, by %(name)s") if device.revoked_by else "%(when)s"
            return text % {"when": _in_words(device.revoked_at), "name": device.revoked_by}
        address = reverse("admin:vendors_device_unpair", args=[device.pk])
        label = _("Unpair %(name)s") % {"name": device.name}
        button = '<button class="unpair" formaction="{}" aria-label="{}">{}</button>'
        return format_html(button, address, label, _("Unpair"))

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path("pair/", guarded(self.pair), name="vendors_device_pair"),
            path("pair/<int:pairing_id>/", guarded(self.code), name="vendors_device_code"),
            path("<int:device_id>/unpair/", guarded(self.unpair), name="vendors_device_unpair"),
            *super().get_urls(),
        ]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def pair(self, request: SetUpRequest) -> HttpResponse:
        """Ask where the tablet lies, and make its code."""
        vendor = chosen_shop(request)
        if vendor is None:
            return self._ask_for_shop(request)
        form = InviteForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            by = acting_member(request, vendor.pk)
            made, code = pairing.invite(vendor=vendor, device_name=form.cleaned_data["name"], by=by)
            address = reverse("admin:vendors_device_code", args=[made.pk])
            return redirect(f"{address}?{urlencode({'code': code})}")
        return self._page(request, "pair", {"title": _("Pair a tablet"), "form": form})

    @method_decorator(require_safe)
    def code(self, request: SetUpRequest, pairing_id: int) -> HttpResponse:
        """The code, which only the address of this page knows, or what became of it."""
        own = Pairing.objects.filter(within_reach(request, Pairing)).select_related("vendor", "device")
        made, code = get_object_or_404(own, pk=pairing_id), request.GET.get("code", "")
        context = {"title": made.device_name, "pairing": made, "refusal": pairing.refusal(made)}
        if not context["refusal"] and pairing.is_code_of(made, code):
            context |= {"code": code, **_way_in(request, made.vendor, code)}
        return self._page(request, "code", context)

    @method_decorator(require_POST)
    def unpair(self, request: SetUpRequest, device_id: int) -> HttpResponse:
        """In one tap; asks once more while something on the tablet is not sent."""
        device = self.get_object(request, str(device_id))
        if device.unsent and not device.revoked_at and "confirmed" not in request.POST:
            return self._page(request, "unpair", {"title": _("Unpair this tablet?"), "device": device})
        pairing.revoke(device, by=acting_member(request, device.vendor_id))
        text = _("%(name)s is unpaired: from now on it opens nothing of the shop.") % {"name": device.name}
        messages.success(request, text)
        return redirect("admin:vendors_device_changelist")

    def _page(self, request: SetUpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        about = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/vendors/device/{template}.html", about)


def _in_words(moment: dt.datetime) -> str:
    return date_format(localtime(moment), "DATETIME_FORMAT")


def _way_in(request: SetUpRequest, vendor: Vendor, code: str) -> dict[str, Any]:
    """How a tablet comes to the page on which `code` is used, as far as this server can be reached by one."""
    front = network.front_for_tablets(request)
    address = front + reverse("pair", args=[vendor.slug])
    host = network.host_for_tablets(request)
    return {
        "address": address,
        "qr": qr.svg(f"{address}?{urlencode({'code': code})}"),
        "is_here_only": network.is_this_machine(host),
        "needs_https": not request.is_secure() and not network.is_this_machine(host),
    }
