"""
The PINs by which people who share a tablet say who serves: set, tried, locked and unlocked.

Four digits stand no search by a machine, however slow their hash. What protects them is that a PIN is worth something
on a paired tablet alone, and that ten wrong ones lock the person, and the tablet, until the owner unlocks them.
"""

import re
from typing import NamedTuple

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vendors.models import Device, Member

MOST_TRIES = 10
ROUNDS = 100_000
"""A tenth of what Django takes for a password, so that half a second does not pass at each change of hands."""
NOBODYS = f"pbkdf2_sha256${ROUNDS}$nobody$"
"""In place of the hash of who has no PIN: tried as long as any other, and no PIN's."""
DIGITS = gettext_lazy("A PIN has four to six digits.")
UP, DOWN = "0123456789", "9876543210"
_hasher = PBKDF2PasswordHasher()


class Answer(NamedTuple):
    """What came of a try; `left`: how many wrong ones more until the person or the tablet is locked."""

    is_right: bool
    left: int


def validate_pin(pin: str) -> None:
    if not re.fullmatch(r"[0-9]{4,6}", pin):
        raise ValidationError(DIGITS)
    if len(set(pin)) == 1 or pin in UP or pin in DOWN:
        raise ValidationError(_("This one is guessed first. Choose digits that are neither all alike nor in a row."))


def hashed(pin: str) -> str:
    """What is kept of a `pin`. Takes its time: never inside a transaction, which would keep the counter waiting."""
    return _hasher.encode(pin, _hasher.salt(), iterations=ROUNDS)


def set_pin(member: Member, pin: str) -> None:
    """Give `member` the PIN, and let them try again. Raises ValidationError."""
    validate_pin(pin)
    member.pin, member.pin_tries = hashed(pin), 0
    member.save(update_fields=["pin", "pin_tries"])


def check(member: Member, device: Device, pin: str) -> Answer:
    """
    Whether `pin` is the member's, tried on `device`.

    A try is counted before it is looked at, so that many at once are no more than one after the other. It takes the
    same time for who has no PIN.
    """
    if not _count(member, device):
        return Answer(is_right=False, left=0)
    if not _is_right(member, pin):
        return Answer(is_right=False, left=tries_left(member, device))
    unlock(device)
    unlock(member)
    return Answer(is_right=True, left=MOST_TRIES)


def unlock(row: Member | Device) -> None:
    """Let PINs be tried again for a person, or on a tablet."""
    type(row)._base_manager.filter(pk=row.pk).update(pin_tries=0)


def is_locked(row: Member | Device) -> bool:
    return row.pin_tries >= MOST_TRIES


def tries_left(member: Member, device: Device) -> int:
    for row in (member, device):
        row.refresh_from_db(fields=["pin_tries"])
    return MOST_TRIES - max(member.pin_tries, device.pin_tries)


def _count(member: Member, device: Device) -> bool:
    """Count a try of both, or of neither when one is locked."""
    with transaction.atomic(durable=True):
        counted = all(
            type(row)._base_manager.filter(pk=row.pk, pin_tries__lt=MOST_TRIES).update(pin_tries=F("pin_tries") + 1)
            for row in (device, member)
        )
        if not counted:
            transaction.set_rollback(True)
    return counted


def _is_right(member: Member, pin: str) -> bool:
    return _hasher.verify(pin, member.pin or NOBODYS)
