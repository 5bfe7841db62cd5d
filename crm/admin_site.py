"""Set-up: Django's admin for the owners of shops, in the words and in the order of a shop."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from crm.https import https
from vendors.administration import OwnersAdmin, SetUpRequest, is_owner, shops
from vendors.signing_in import ask_to_sign_in

ORDER = [
    *("Vendor", "Member", "OpeningHours", "Closure", "Product", "Customer", "Household", "Preference", "Visit"),
    *("Promise", "StandingOrder", "Wish", "Problem", "Supply", "LeftAlone", "BuyingList", "Decision"),
]
"""The models as an owner thinks of them; others come after."""
BELOW = {"opening": "vendors", **dict.fromkeys(("preferences", "visits", "promises", "planning"), "customers")}
"""Apps whose models stand with those of another in the menu."""


class SetUpSite(admin.AdminSite):
    site_header = site_title = "Regulars"
    index_title = _("Set up the shop")
    enable_nav_sidebar = False

    def has_permission(self, request: SetUpRequest) -> bool:
        """Owners come in because they are owners; `is_staff` says nothing about a shop."""
        return is_owner(request)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        guarded = super().admin_view(view, cacheable)

        @functools.wraps(guarded)
        def in_shop(request: SetUpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            if not self.has_permission(request):
                raise PermissionDenied
            with _words_and_clock(request):
                response = guarded(request, *args, **kwargs)
                # Lists are read when they are drawn: draw them while the shop's language and clock are set.
                return response.render() if hasattr(response, "render") else response

        return in_shop

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One sign-in page for everything."""
        return ask_to_sign_in(request) if not request.user.is_authenticated else redirect("admin:index")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without the address that leads from a row's number to its page: it asks nobody whose row it is."""
        own = [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]
        return [path("https/", self.admin_view(https), name="https"), *own]

    def get_app_list(self, request: SetUpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        apps = self._build_app_dict(request, app_label)
        for label, above in BELOW.items():
            if label in apps and above in apps:
                apps[above]["models"] += apps.pop(label)["models"]
        for app in apps.values():
            app["models"].sort(key=_place)
        return sorted(apps.values(), key=lambda app: _place(app["models"][0]))

    def get_log_entries(self, request: SetUpRequest) -> QuerySet[LogEntry]:
        """Of what an owner did, that which concerns a shop that is theirs now."""
        entries = super().get_log_entries(request)
        if request.user.is_superuser:
            return entries
        return entries.filter(Q.create([*self._own_rows(request)], connector=Q.OR))

    def _own_rows(self, request: SetUpRequest) -> Iterator[Q]:
        kept = [model for model, model_admin in self._registry.items() if isinstance(model_admin, OwnersAdmin)]
        for model, content_type in ContentType.objects.get_for_models(*kept).items():
            rows = self.get_model_admin(model).get_queryset(request).order_by()
            numbers = rows.annotate(number=Cast("pk", CharField())).values("number")
            yield Q(content_type=content_type, object_id__in=numbers)


def _place(model: dict[str, Any]) -> int:
    return ORDER.index(model["object_name"]) if model["object_name"] in ORDER else len(ORDER)


@contextmanager
def _words_and_clock(request: SetUpRequest) -> Iterator[None]:
    """The language and the time zone of the (first) shop, where there is one."""
    shop = next(iter(shops(request)), None)
    if shop is None:
        yield
        return
    with translation.override(shop.language), timezone.override(shop.tz):
        yield
