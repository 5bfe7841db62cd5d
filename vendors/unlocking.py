"""Unlocking in set-up what wrong PINs have locked."""

from django.contrib import admin
from django.contrib.messages import success
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from vendors import pins
from vendors.administration import SetUpRequest
from vendors.models import Device, Member


class Unlocks:
    """For the list of people, or of tablets, in the admin: a column with a button where something is locked."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.unlock)
        return [path("<int:object_id>/unlock/", view, name=self._unlock_name()), *super().get_urls()]

    def _unlock_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_unlock"

    @admin.display(description=gettext_lazy("PIN"))
    def pin_state(self, row: Member | Device) -> SafeString | str:
        """The button is one of the form that the whole list stands in."""
        if not pins.is_locked(row):
            return self.pin_in_words(row)
        address = reverse(f"admin:{self._unlock_name()}", args=[row.pk])
        label = _("Unlock %(name)s") % {"name": row.name}
        button = '{} <button class="unlock" formaction="{}" aria-label="{}">{}</button>'
        return format_html(button, _("locked"), address, label, _("Unlock"))

    def pin_in_words(self, row: Member | Device) -> str:
        """Said of a row that is not locked."""
        return ""

    @method_decorator(require_POST)
    def unlock(self, request: SetUpRequest, object_id: int) -> HttpResponse:
        row = self.get_object(request, str(object_id))
        if not self.has_change_permission(request, row):
            raise Http404
        pins.unlock(row)
        success(request, _("%(name)s is unlocked: PINs can be tried again.") % {"name": row.name})
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
