"""
Taps that write, applied once.

A tablet keeps each tap until the shop's computer has answered for it by its uid, and sends it again when that answer
was lost. So a tap is applied in one transaction with a row of its uid, and one that comes again finds that row.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid5

from django.contrib.messages import get_messages
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.handlers.exception import response_for_exception
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils import timezone
from django.utils.html import strip_tags

from crm.lib import moments
from vendors import turns
from vendors.models import Entry, Member, Vendor

FURTHEST = dt.timedelta(days=90)
"""Back from now: how old a tap may be whose beginning nobody signed."""
REFUSALS = (Http404, PermissionDenied, SuspiciousOperation, BadRequest)
"""Raised by a view for what it does not accept."""
ERRORS = re.compile(r'<ul class="errors"[^>]*>(.*?)</ul>', re.DOTALL)


class Unreadable(BadRequest):
    """The headers of an entry say nothing: it was made by no tablet."""


@dataclass(frozen=True)
class Tap:
    """An entry as it arrives. `at` is by the clock of this computer; `is_later`: nobody looks at the answer."""

    uid: UUID
    by: Member
    is_claimed: bool
    at: dt.datetime
    is_later: bool


def is_entry(request: HttpRequest) -> bool:
    return request.method == "POST" and "Regulars-Entry" in request.headers


def tap_of(request: HttpRequest) -> Tap:
    """
    What the headers of an entry say; the request knows its vendor.

    Who tapped is whom the page was made for, by its signature; else whom the tablet names, which is then only a claim.
    Raises `Unreadable`.
    """
    vendor: Vendor = request.vendor
    said, now = request.headers, timezone.now()
    turn = turns.of_page(said.get("Regulars-Turn", ""))
    if turn and turn.vendor != vendor.pk:
        turn = None
    try:
        if len(request.body) != int(request.META.get("CONTENT_LENGTH") or 0):
            raise ValueError("A part of it was lost on the way.")
        uid = UUID(said["Regulars-Entry"])
        by = UUID(said["Regulars-By"])
        member = Member.objects.select_related("vendor").get(vendor=vendor, uid=by)
        tapped = _moment(said["Regulars-Tapped"])
        skew = _skew(said, now)
    except (KeyError, ValueError, OverflowError, Member.DoesNotExist) as error:
        raise Unreadable("This is no entry of a tablet of this shop.") from error
    is_proven = turn is not None and turn.member == member.pk
    earliest = turn.began if turn else now - FURTHEST
    return Tap(uid, member, not is_proven, min(max(tapped + skew, earliest), now), "Regulars-Later" in said)


def _moment(milliseconds: str) -> dt.datetime:
    return dt.datetime.fromtimestamp(int(milliseconds) / 1000, dt.UTC)


def _skew(said: Any, now: dt.datetime) -> dt.timedelta:
    """By how much the tablet's clock was slow at the tap as it knew then, else as it is found now."""
    if "Regulars-Skew" in said:
        return dt.timedelta(milliseconds=int(said["Regulars-Skew"]))
    return now - _moment(said["Regulars-Clock"])


def once(request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """
    What `answer` gives to the entry `request.tap`; its writes are kept together with the entry's row, or not at all.

    For one that is known nothing is done again. What the view refuses is kept with all that was typed. Only what fails
    leaves no trace, and is sent again.
    """
    tap: Tap = request.tap
    row = {
        "device": request.device,
        "by": tap.by,
        "is_claimed": tap.is_claimed,
        "tapped_at": tap.at,
        "path": request.get_full_path()[:500],
        "digest": _digest(request),
    }
    with transaction.atomic():
        entry, is_new = Entry.objects.get_or_create(vendor=request.vendor, uid=tap.uid, defaults=row)
        if not is_new:
            return _echo(_again(request, entry, row), tap.uid)
        with moments.tapped(tap.at):
            response = _applied(request, answer)
        if _refuses(response):
            _keep_refusal(request, entry, said=_why(response), is_open=tap.is_later)
    return _echo(_for_tablet(request, response), tap.uid, entry.outcome)


def _applied(request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer, and what it wrote unless it is a refusal."""
    try:
        with transaction.atomic():
            response = answer()
            if isinstance(response, SimpleTemplateResponse):
                response.render()
            if _refuses(response):
                transaction.set_rollback(True)
    except REFUSALS as refusal:
        response = response_for_exception(request, refusal)
    return response


def _refuses(response: HttpResponse) -> bool:
    return 400 <= response.status_code < 500


def _again(request: HttpRequest, entry: Entry, row: dict[str, Any]) -> HttpResponse:
    """An entry that is known: nothing is done again. With another content it is kept apart, for a person to see."""
    if entry.digest != row["digest"]:
        uid = uuid5(entry.uid, row["digest"])
        entry, is_new = Entry.objects.get_or_create(vendor=request.vendor, uid=uid, defaults=row)
        if is_new:
            _keep_refusal(request, entry, said="", is_open=True)
    elif entry.outcome == Entry.Outcome.REFUSED and entry.seen_at is None:
        Entry.objects.filter(pk=entry.pk).update(is_open=True)
    return HttpResponse(status=204, headers={"Regulars-Outcome": entry.outcome})


def _keep_refusal(request: HttpRequest, entry: Entry, *, said: str, is_open: bool) -> None:
    entry.outcome, entry.said, entry.is_open, entry.body = Entry.Outcome.REFUSED, said, is_open, _body(request)
    entry.save(update_fields=["outcome", "said", "is_open", "body"])


def _body(request: HttpRequest) -> str:
    fields = [(name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"]
    return urlencode(fields, doseq=True)


def _digest(request: HttpRequest) -> str:
    return hashlib.sha256(f"{request.get_full_path()}\n{_body(request)}".encode()).hexdigest()


def _why(response: HttpResponse) -> str:
    """What the page that refuses says is wrong, or its heading."""
    page = response.content.decode(response.charset or "utf-8", "replace")
    told = ERRORS.findall(page) or re.findall(r"<h1>(.*?)</h1>", page, re.DOTALL)
    return " ".join(unescape(strip_tags(" ".join(told))).split())


def _for_tablet(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A redirect would be followed before anybody could see the echo: the page is told where to go instead."""
    if request.tap.is_later:
        list(get_messages(request))  # nobody is there to read them
        return HttpResponse(status=204)
    if response.status_code in (301, 302, 303):
        answer = HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
        answer.cookies = response.cookies
        return answer
    return response


def _echo(response: HttpResponse, uid: UUID, outcome: str | None = None) -> HttpResponse:
    response["Regulars-Entry"] = str(uid)
    if outcome:
        response["Regulars-Outcome"] = outcome
    return response
