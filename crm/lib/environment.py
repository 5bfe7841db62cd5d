"""Reading the environment: a wrong value stops the start with a sentence that says what to write instead."""

import importlib.util
import os
import secrets
import time
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

ON = {"on", "true", "yes", "1"}
OFF = {"off", "false", "no", "0", ""}
KINDS = ("sqlite:///", "postgres://", "postgresql://")


def switch(name: str, *, default: bool) -> bool:
    """The environment variable `name` as on or off."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in ON:
        return True
    if value.strip().lower() in OFF:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}. Write {name}=on or {name}=off.")


def names(name: str, *, default: list[str]) -> list[str]:
    """The environment variable `name` as words separated by commas."""
    value = os.environ.get(name)
    if value is None:
        return default
    if found := [word.strip() for word in value.split(",") if word.strip()]:
        return found
    raise ImproperlyConfigured(f"{name} is empty. Write names separated by commas, or leave {name} out.")


def port(name: str) -> int | None:
    """The environment variable `name` as the number of a port, if it is there."""
    value = os.environ.get(name)
    if value is None or (value.isdecimal() and 0 < int(value) < 65536):
        return value and int(value)
    raise ImproperlyConfigured(f"{name} is {value!r}. Write the number of a port, like {name}=8000.")


def folder(name: str, *, default: Path) -> Path:
    """The environment variable `name` as a folder that can be written to; made if it is not there."""
    path = Path(os.environ.get(name) or default).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is {str(path)!r}, which cannot be made ({error.strerror}). Write the path of a folder of your own."
        ) from error
    if not os.access(path, os.W_OK):
        raise ImproperlyConfigured(f"{name} is {str(path)!r}, which cannot be written to. Choose a folder of your own.")
    return path


def database(name: str, *, default: str) -> dict[str, object]:
    """The environment variable `name` as Django's settings of one database."""
    url = os.environ.get(name) or default
    if url.startswith("postgres") and importlib.util.find_spec("psycopg") is None:
        raise ImproperlyConfigured(
            f"{name} names a PostgreSQL database, whose driver is missing. Run: "
            '.venv/bin/python -m pip install "psycopg[binary]>=3.2,<4"'
        )
    try:
        found = dict(environ.Env.db_url_config(url)) if url.startswith(KINDS) else {}
    except ValueError:  # such as a port that is no number
        found = {}
    # Without a name PostgreSQL does not answer, and SQLite forgets all at the end of the process.
    if found.get("NAME") not in (None, "", ":memory:"):
        return found
    raise ImproperlyConfigured(
        f"{name} names no database that can be used. "
        f"Write {name}=sqlite:////folder/shop.sqlite3 or {name}=postgres://user:password@host/name."
    )


def secret(name: str, *, kept_in: Path) -> str:
    """The environment variable `name`, or a random key that is made once and kept in a file only its owner can read."""
    if value := os.environ.get(name):
        if len(value) < 32:
            raise ImproperlyConfigured(
                f"{name} is too short. Write at least 32 random characters, or leave {name} out."
            )
        return value
    try:
        with os.fdopen(os.open(kept_in, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass  # made earlier, or by a process that starts at the same time
    return _written(kept_in)


def _written(path: Path, *, patience: float = 2) -> str:
    """The contents of a file that another process may have made but not written yet; waits `patience` seconds."""
    deadline = time.monotonic() + patience
    while not (text := path.read_text().strip()):
        if time.monotonic() > deadline:
            raise ImproperlyConfigured(f"{path} is empty. Remove it: the next start makes a new one.")
        time.sleep(0.02)
    return text
