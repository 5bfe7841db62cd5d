"""Moments as the databases write them."""

import datetime as dt


def in_utc(text: str) -> dt.datetime:
    """The time that a database wrote as `text`: without an offset by SQLite, with one by PostgreSQL."""
    moment = dt.datetime.fromisoformat(text)
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
