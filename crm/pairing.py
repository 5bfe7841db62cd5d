"""On the tablet: the page where the owner's code makes it a tablet of the shop."""

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm.lib.network import can_keep_secrets
from vendors import pairing
from vendors.models import Device


class PairForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "code"}
        ),
    )

    def clean_code(self) -> str:
        code = pairing.read_code(self.cleaned_data["code"])
        if code is None:
            raise ValidationError(_("A code has eight letters and digits, like 7K2Q-4M9T."))
        return code


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: HttpRequest, shop: str) -> HttpResponse:
    """
    For everybody who has the address, so it tells nothing of the shop, not even whether there is one.

    A code that came with the address is shown; only the button uses it.
    """
    before = pairing.device_of(request)
    if not can_keep_secrets(request):
        return render(request, "pair.html", {"needs_https": True})
    if before and not before.revoked_at and before.vendor.slug != shop:
        return render(request, "pair.html", {"elsewhere": before.vendor}, status=409)
    if request.method != "POST":
        return _page(request, before, PairForm(initial={"code": request.GET.get("code", "")}))
    form = PairForm(request.POST)
    if pairing.keeps_cookies(request) and form.is_valid():
        try:
            device, token = pairing.pair(shop=shop, code=form.cleaned_data["code"], before=before)
        except pairing.CodeRefused as refused:
            form.add_error("code", str(refused))
        else:
            return _go_to_work(request, device, token)
    return _page(request, before, form, status=422)


def _page(request: HttpRequest, before: Device | None, form: PairForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "paired": before if before and not before.revoked_at else None,
        "keeps_no_cookies": form.is_bound and not pairing.keeps_cookies(request),
    }
    response = render(request, "pair.html", context, status=status)
    pairing.try_cookies(response)
    return response


def _go_to_work(request: HttpRequest, device: Device, token: str) -> HttpResponse:
    """From now on who serves here is known by name and PIN, and nobody stays signed in by account."""
    logout(request)
    with translation.override(device.vendor.language):
        messages.success(request, _("This tablet is paired now: %(name)s.") % {"name": device.name})
    response = redirect("counter:who", device.vendor.slug)
    pairing.remember(response, token)
    return response
