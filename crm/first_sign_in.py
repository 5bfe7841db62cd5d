"""The first way in: passwords of the demo shop's people, in a file that only the account of the shop's server reads."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import User

from vendors.models import Member, Vendor

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike: the password is typed on a tablet."""


class Way(NamedTuple):
    """Who signs in with what; `role` as in Member."""

    role: str
    username: str
    password: str


def path() -> Path:
    return settings.DATA_DIR / "first-sign-in.txt"


def make(vendor: Vendor) -> list[Way]:
    """Give the first owner and the first helper of `vendor` new passwords, and keep these in the file."""
    members = Member.objects.serving().filter(vendor=vendor).select_related("user").order_by("pk")
    firsts = [next(member for member in members if member.role == role) for role in Member.Role]
    ways = [Way(member.role, member.user.username, _new_password()) for member in firsts]
    for member, way in zip(firsts, ways, strict=True):
        member.user.set_password(way.password)
        member.user.save(update_fields=["password"])
    _keep(f"{' '.join(way)} {_mark(member.user)}\n" for member, way in zip(firsts, ways, strict=True))
    return ways


def still_open() -> list[Way]:
    """The ways in the file whose password nobody has changed yet."""
    lines = path().read_text().splitlines() if path().exists() else []
    kept = {words[-1]: Way(*words[:-1]) for line in lines if len(words := line.split()) == len(Way._fields) + 1}
    accounts = User.objects.filter(username__in=[way.username for way in kept.values()], is_active=True)
    marks = {_mark(user) for user in accounts}
    return [way for mark, way in kept.items() if mark in marks]


def _mark(user: User) -> str:
    """Changes with the stored password. To prove the password itself would take each start half a second."""
    return hashlib.sha256(f"{user.username} {user.password}".encode()).hexdigest()[:16]


def _new_password() -> str:
    """Three groups of four: 59 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def _keep(lines: Iterable[str]) -> None:
    # A file of an earlier shop goes first: opening it again would keep whatever mode it has.
    path().unlink(missing_ok=True)
    with os.fdopen(os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(lines)
