"""What bench_queries.py runs with a database chosen: search, card and DONE in this process, every statement watched."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402 - after the set-up above
from django.http import HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from customers.models import Customer  # noqa: E402
from tests.benchmarks.budgets import Budget, at_most, said  # noqa: E402
from tests.benchmarks.server import WrongAnswer, visit_form  # noqa: E402
from tests.benchmarks.shapes import SESSIONS, SHAPES, SLUG  # noqa: E402

HISTORIES = SHAPES["counter"].histories
LETTERS = 4

Statement = tuple[str, Any]
"""SQL and its parameters."""


def measure() -> list[Budget]:
    """All statements that Django reports are counted, those of session, user, BEGIN and COMMIT among them."""
    client = Client(headers={"host": "localhost"})
    client.cookies["sessionid"] = SESSIONS[0]
    client.get(
        f"/{SLUG}/counter/{Customer.objects.order_by('pk').first().uid}/"
    )  # reads what the shop knew before today
    people = list(Customer.objects.order_by("pk")[: len(HISTORIES)])
    return [
        *_watched("search", 4, [lambda person=person: _search(client, person.name[:LETTERS]) for person in people]),
        *_watched("card", 10, [lambda person=person: client.get(_card(person)) for person in people]),
        *_watched("DONE", 14, [lambda person=person: client.post(_card(person), visit_form()) for person in people]),
    ]


def _search(client: Client, text: str) -> HttpResponse:
    return client.get(f"/{SLUG}/counter/", {"q": text}, headers={"hx-request": "true"})


def _card(person: Customer) -> str:
    return f"/{SLUG}/counter/{person.uid}/"


def _watched(name: str, limit: int, asks: Sequence[Callable[[], HttpResponse]]) -> list[Budget]:
    """`asks` are the same for customers with the numbers of visits in `HISTORIES`."""
    counts, scanned = [], set()
    for ask in asks:
        with CaptureQueriesContext(connection) as captured, _statements() as statements:
            response = ask()
        if response.status_code not in (200, 302):
            raise WrongAnswer(f"{name}: {response.status_code}")
        counts.append(len(captured))
        scanned.update(table for statement in statements for table in _scanned(*statement))
    print(f"{name}: {counts} statements for customers with {HISTORIES} visits")
    return [
        at_most(f"{name}, statements", max(counts), limit),
        said(f"{name}, tables read through", ", ".join(sorted(scanned)) or "none", "none", met=not scanned),
    ]


@contextmanager
def _statements() -> Iterator[list[Statement]]:
    """Every statement that is executed meanwhile, with its parameters."""
    seen: list[Statement] = []

    def keep(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield seen


def _scanned(sql: str, params: Any) -> Iterator[str]:
    """The tables that SQLite's plan of the statement reads through, from an index or not."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        details = [detail for *_numbers, detail in cursor.fetchall()]
        tables = connection.introspection.table_names(cursor)
    for name in re.findall(r"^SCAN (\w+)", "\n".join(details), re.MULTILINE):
        # The plan calls a table by its alias, as in FROM "customers_customer" U0.
        called = re.compile(rf'\b({"|".join(tables)})"? (?:AS )?"?{name}\b')
        yield from {name} & set(tables) or {match[1] for match in called.finditer(sql)}
