"""
Taps that write, applied once.

A tablet keeps each tap until the shop's computer has answered for it by its uid, and sends it again when that answer
was lost. So a tap is applied in one transaction with a row of its uid, and one that comes again finds that row.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid5

from django.contrib.messages import get_messages
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.handlers.exception import response_for_exception
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, RawPostDataException
from django.template.response import SimpleTemplateResponse
from django.utils import timezone
from django.utils.html import strip_tags

from crm.lib import moments
from vendors import turns
from vendors.models import Device, Entry, Member, Vendor

FURTHEST = dt.timedelta(days=90)
"""Back from now: how old a tap may be whose beginning nobody signed."""
REFUSALS = (Http404, PermissionDenied, SuspiciousOperation, BadRequest)
"""Raised by a view for what it does not accept."""
AT_ONCE = 500
"""Rows that one statement names."""
UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ERRORS = re.compile(r'<ul class="errors"[^>]*>(.*?)</ul>', re.DOTALL)


class Unreadable(BadRequest):
    """The headers of an entry say nothing: it was made by no tablet."""


@dataclass(frozen=True)
class Tap:
    """
    An entry as it arrives. `at` is by the clock of this computer; `is_later`: nobody looks at the answer.

    `by` is None where nobody can tell, which is of one that is only kept.
    """

    uid: UUID
    by: Member | None
    is_claimed: bool
    at: dt.datetime
    is_later: bool


def park(*, vendor: Vendor, device: Device | None, said: Mapping[str, Any], text: str) -> Entry:
    """
    Keep an entry that cannot be sent, as its tablet holds it, for a person to see; `text` says why.

    One that was applied already stays as it is. Raises `Unreadable` if nobody can tell which entry it is.
    """
    try:
        uid, path, body = UUID(said["uid"]), _storable(said["path"]), _storable(said["body"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable("This is no entry of a tablet.") from error
    names = {"Entry": "uid", "By": "by", "Turn": "turn", "Tapped": "at", "Clock": "clock", "Skew": "skew"}
    headers = {f"Regulars-{name}": str(said[key]) for name, key in names.items() if said.get(key) is not None}
    try:
        tap = _tap(vendor, headers)
    except Unreadable:
        tap = Tap(uid, None, True, timezone.now(), True)
    entry, _is_new = Entry.objects.get_or_create(
        vendor=vendor,
        uid=uid,
        defaults={
            "device": device,
            "by": tap.by,
            "is_claimed": tap.is_claimed,
            "tapped_at": tap.at,
            "path": path[:500],
            "digest": hashlib.sha256(f"{path}\n{body}".encode()).hexdigest(),
            "outcome": Entry.Outcome.REFUSED,
            "body": body,
            "said": text,
            "is_open": True,
        },
    )
    return entry


def echo(entry: Entry) -> HttpResponse:
    """What lets a tablet forget `entry`."""
    return _echo(HttpResponse(status=204), entry.uid, entry.outcome)


def is_entry(request: HttpRequest) -> bool:
    return request.method == "POST" and "Regulars-Entry" in request.headers


def tap_of(request: HttpRequest, *, on_turn: Member | None) -> Tap:
    """
    What the headers of an entry say; the request knows its vendor. Where nobody is `on_turn` no answer may be seen.

    Who tapped is whom the page was made for, by its signature; else whom the tablet names, which is then only a claim.
    Raises `Unreadable`.
    """
    try:
        body = request.body
    except RawPostDataException as error:  # is in parts, read as they came
        raise Unreadable("No tablet sends an entry like this.") from error
    if str(len(body)) != (request.META.get("CONTENT_LENGTH") or "0"):
        raise Unreadable("A part of it was lost on the way.")
    tap = _tap(request.vendor, request.headers, on_turn)
    return tap if on_turn else replace(tap, is_later=True)


def _tap(vendor: Vendor, said: Mapping[str, str], on_turn: Member | None = None) -> Tap:
    now = timezone.now()
    turn = turns.of_page(said.get("Regulars-Turn", ""))
    if turn and turn.vendor != vendor.pk:
        turn = None
    try:
        uid = UUID(said["Regulars-Entry"])
        by = UUID(said["Regulars-By"])
        member = on_turn if on_turn and on_turn.uid == by else Member.objects.get(vendor=vendor, uid=by)
        tapped = _moment(said["Regulars-Tapped"])
        at = tapped + _skew(said, now)
    except (KeyError, ValueError, OverflowError, OSError, Member.DoesNotExist) as error:
        raise Unreadable("This is no entry of a tablet of this shop.") from error
    member.vendor = vendor  # is the same, and was read already
    is_proven = turn is not None and turn.member == member.pk
    earliest = turn.began if turn else now - FURTHEST
    return Tap(uid, member, not is_proven, min(max(at, earliest), now), "Regulars-Later" in said)


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
    elif entry.outcome == Entry.Outcome.REFUSED and entry.seen_at is None and not _is_blank(entry):
        Entry.objects.filter(pk=entry.pk).update(is_open=True)
    return HttpResponse(status=204, headers={"Regulars-Outcome": str(entry.outcome)})


def _is_blank(entry: Entry) -> bool:
    """Whether `forget` was here."""
    return not entry.path


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
    return _storable(" ".join(unescape(strip_tags(" ".join(told))).split()))


def _storable(text: Any) -> str:
    """As every database takes it: without NUL, and with a mark for what is no text."""
    return str(text).replace("\0", "").encode(errors="replace").decode()


def _for_tablet(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A redirect would be followed before anybody could see the echo: the page is told where to go instead."""
    if request.tap.is_later:
        messages = get_messages(request)
        messages.used = messages.added_new = False  # those that wait for a page go on waiting, its own go nowhere
        return HttpResponse(status=204)
    if response.status_code in (301, 302, 303):
        answer = HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
        answer.cookies = response.cookies
        return answer
    return response


def _echo(response: HttpResponse, uid: UUID, outcome: str | None = None) -> HttpResponse:
    response["Regulars-Entry"] = str(uid)
    if outcome:
        response["Regulars-Outcome"] = str(outcome)
    return response


def look_at(entry: Entry, *, by: Member) -> None:
    """A person has seen what was refused."""
    entry.is_open, entry.seen_at, entry.seen_by = False, moments.now(), by
    entry.save(update_fields=["is_open", "seen_at", "seen_by"])


def look_again(entry: Entry) -> None:
    """It was not seen after all."""
    entry.is_open, entry.seen_at, entry.seen_by = True, None, None
    entry.save(update_fields=["is_open", "seen_at", "seen_by"])


def forget(vendor: Vendor, uids: Iterable[UUID]) -> None:
    """Blank the entries that name one of `uids`; that they came stays known, so that none is applied again."""
    wanted = set(map(str, uids))
    said = Entry.objects.filter(vendor=vendor).order_by().values_list("pk", "path", "body")
    blank = [pk for pk, path, body in said.iterator() if not wanted.isdisjoint(UID.findall(f"{path} {body}"))]
    for some in batches(blank):
        Entry.objects.filter(pk__in=some).update(path="", body="", said="", is_open=False)


def batches(ids: Iterable[Any]) -> Iterator[list[Any]]:
    """All `ids`, as many together as one statement names."""
    rest = iter(ids)
    while some := list(islice(rest, AT_ONCE)):
        yield some
