"""What a person reads when something cannot be done: what happened, that nothing was lost, what to tap next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 400, _("That could not be read"), _("Nothing was changed. Go back and try once more."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403, _("This page is for the owner"), _("Nothing was changed. Ask the owner to open it."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request,
        403,
        _("This page was open for too long"),
        _("Nothing was saved. Go back, load the page again, and tap once more: what you typed is still there."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404, _("There is nothing here"), _("Perhaps it was removed, or the address has a mistake."))


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        500,
        _("Something went wrong on our side"),
        _("What was saved before is safe. Go back and tap once more; it will not be recorded twice."),
    )


def _page(request: HttpRequest, status: int, title: Promise, text: Promise) -> HttpResponse:
    """In the language of the shop, as far as the request came to one (see `vendors.access`)."""
    vendor = getattr(request, "vendor", None)
    with translation.override(vendor.language if vendor else translation.get_language()):
        response = render(request, "error.html", {"title": title, "text": text}, status=status)
    response.headers["Regulars"] = "1"  # as of `vendors.access`: it is the shop's own answer
    return response
