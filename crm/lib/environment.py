"""Reading the environment: a wrong value stops the start with a sentence that says what to write instead."""

import os
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

ON = {"on", "true", "yes", "1"}
OFF = {"off", "false", "no", "0", ""}


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
    kinds = ("sqlite:///", "postgres://", "postgresql://")
    if not url.startswith(kinds):
        raise ImproperlyConfigured(
            f"{name} starts with {url.split(':')[0]!r}. "
            f"Write {name}=sqlite:////folder/shop.sqlite3 or {name}=postgres://user:password@host/name."
        )
    return dict(environ.Env.db_url_config(url))


def secret(name: str, *, kept_in: Path) -> str:
    """The environment variable `name`, or a random key that is made once and kept in a file only its owner can read."""
    if value := os.environ.get(name):
        if len(value) < 32:
            raise ImproperlyConfigured(
                f"{name} is too short. Write at least 32 random characters, or leave {name} out."
            )
        return value
    if not kept_in.exists():
        with os.fdopen(os.open(kept_in, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    return kept_in.read_text().strip()
