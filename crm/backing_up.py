"""Keeping a copy of the shop's database, and taking it back."""

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection

NEEDED = "vendors_vendor"
"""The table by which a database of Regulars is known."""


class BackupError(Exception):
    """Nothing was changed."""


def back_up(folder: Path, *, now: dt.datetime) -> Path:
    """
    Copy the database into `folder` while the shop goes on, and read the copy through; its path.

    The copy is whole or it is not there: it gets its name only when it has been checked.
    """
    target = folder / f"regulars-{now:%Y-%m-%d-%H%M%S}.sqlite3"
    partial = target.with_suffix(".partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _copy(partial)
        partial.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"No backup could be written to {folder}: {error}") from error
    finally:
        if folder.is_dir():
            partial.unlink(missing_ok=True)
    return target


def _copy(file: Path) -> None:
    with closing(sqlite3.connect(file)) as copy:
        _live().backup(copy)
        # One file, without a write-ahead log beside it that could be left behind when it is copied on.
        copy.execute("PRAGMA journal_mode=DELETE")
    check(file)


def restore(file: Path, *, now: dt.datetime) -> Path:
    """
    Make the database what it was in the backup `file`; the path of a backup of what it was until now.

    Written over the open database in one transaction: neither an old write-ahead log nor a running server can mix the
    two. A backup of an older version has to be migrated afterwards.
    """
    check(file)
    before = back_up(settings.DATA_DIR / "before-restore", now=now)
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source:
        source.backup(_live())
    connection.close()
    return before


def check(file: Path) -> None:
    """Raise `BackupError` unless `file` is a whole database of Regulars."""
    if not file.is_file():
        raise BackupError(f"There is no file {file}.")
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            healthy = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        raise BackupError(f"{file} is not a backup of Regulars ({error}).") from error
    if not healthy or NEEDED not in tables:
        raise BackupError(f"{file} is not a whole backup of Regulars.")


def _live() -> sqlite3.Connection:
    if connection.vendor != "sqlite":
        raise BackupError("This shop is kept in PostgreSQL: use pg_dump and pg_restore.")
    connection.ensure_connection()
    return connection.connection
