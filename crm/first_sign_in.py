"""The first way in: passwords and PINs of the demo shop's people, in a file that only the shop's server reads."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError

from vendors import pins
from vendors.models import Member, Vendor

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike: the password is typed on a tablet."""


class Way(NamedTuple):
    """Who signs in with what, and serves on a tablet with which PIN; `role` as in Member."""

    role: str
    username: str
    password: str
    pin: str


def path() -> Path:
    return settings.DATA_DIR / "first-sign-in.txt"


def make(vendor: Vendor) -> list[Way]:
    """Give the first owner and the first helper of `vendor` new passwords and PINs, and keep these in the file."""
    members = Member.objects.serving().filter(vendor=vendor).select_related("user").order_by("pk")
    firsts = [next(member for member in members if member.role == role) for role in Member.Role]
    ways = [Way(member.role, member.user.username, _new_password(), _new_pin()) for member in firsts]
    for member, way in zip(firsts, ways, strict=True):
        member.user.set_password(way.password)
        member.user.save(update_fields=["password"])
        pins.set_pin(member, way.pin)
    _keep(f"{' '.join(way)} {_mark(member)}\n" for member, way in zip(firsts, ways, strict=True))
    return ways


def still_open() -> list[Way]:
    """The ways in the file whose password and PIN nobody has changed yet."""
    lines = path().read_text().splitlines() if path().exists() else []
    kept = {words[-1]: Way(*words[:-1]) for line in lines if len(words := line.split()) == len(Way._fields) + 1}
    usernames = [way.username for way in kept.values()]
    members = Member.objects.filter(user__username__in=usernames, user__is_active=True).select_related("user")
    marks = {_mark(member) for member in members}
    return [way for mark, way in kept.items() if mark in marks]


def _mark(member: Member) -> str:
    """Changes with what is stored of both. To prove the password itself would take each start half a second."""
    kept = f"{member.user.username} {member.user.password} {member.pin}"
    return hashlib.sha256(kept.encode()).hexdigest()[:16]


def _new_password() -> str:
    """Three groups of four: 59 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def _new_pin() -> str:
    while True:
        pin = f"{secrets.randbelow(10_000):04}"
        with suppress(ValidationError):
            pins.validate_pin(pin)
            return pin


def _keep(lines: Iterable[str]) -> None:
    # A file of an earlier shop goes first: opening it again would keep whatever mode it has.
    path().unlink(missing_ok=True)
    with os.fdopen(os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(lines)
