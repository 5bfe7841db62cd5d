"""When something is done, and moments as the databases write them."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

WAITED_FOR = dt.timedelta(minutes=1)
_tapped: ContextVar[dt.datetime | None] = ContextVar("tapped", default=None)


def now() -> dt.datetime:
    """The moment of the tap that is being recorded: on a tablet without a connection it may be days ago. Else now."""
    return _tapped.get() or timezone.now()


def is_late() -> bool:
    """Whether what is recorded was tapped so long ago that nobody waits for the answer."""
    at = _tapped.get()
    return at is not None and timezone.now() - at > WAITED_FOR


@contextmanager
def tapped(at: dt.datetime) -> Iterator[None]:
    """Record what is written inside as done at the moment `at`."""
    before = _tapped.set(at)
    try:
        yield
    finally:
        _tapped.reset(before)


def in_utc(text: str) -> dt.datetime:
    """The time that a database wrote as `text`: without an offset by SQLite, with one by PostgreSQL."""
    moment = dt.datetime.fromisoformat(text)
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
