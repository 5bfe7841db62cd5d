"""The shop's server in a process of its own, and a tablet that is signed in."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID, uuid4

from tests.benchmarks.shapes import SESSIONS, SLUG, uid_of
from tests.benchmarks.shops import ROOT, environment

HOST = "127.0.0.1"
READY_WITHIN = 120
"""Seconds, in which the static files may have to be prepared first."""
CSRF = "benchmarks0123456789abcdefghijkl"
"""A token that a browser keeps as cookie and sends as header."""
SOLD, BOUGHT = 12, 6
"""Products on the card of which so many are taken: the card sends its fields for all of them."""


class WrongAnswer(Exception):
    """The server answered something else than what was to be measured."""


@contextmanager
def serving(database: Path) -> Iterator[int]:
    """The port of a server of this database, on loopback, as `make run` starts it."""
    port = _free_port()
    command = [sys.executable, "manage.py", "start", "--no-demo", "--host", HOST, "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(database), stdout=subprocess.DEVNULL)
    try:
        _wait_for(process, port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _wait_for(process: subprocess.Popen, port: int) -> None:
    """Until the application answers, not only the socket."""
    until = time.monotonic() + READY_WITHIN
    while True:
        try:
            Tablet(port).get("/sign-in/")
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


class Tablet:
    """A browser as far as a server can tell: one kept connection, a session, and the requests of a counter."""

    def __init__(self, port: int, session: str = SESSIONS[0]) -> None:
        self.connection = HTTPConnection(HOST, port, timeout=30)
        self.headers = {"Cookie": f"sessionid={session}; csrftoken={CSRF}"}

    def search(self, text: str) -> bytes:
        """The shop's answer to typing `text`."""
        return self.get(f"/{SLUG}/counter/?{urlencode({'q': text})}", {"HX-Request": "true"})

    def card(self, customer: int) -> bytes:
        return self.get(f"/{SLUG}/counter/{uid_of('customer', customer)}/")

    def promises(self, customer: int) -> bytes:
        return self.get(f"/{SLUG}/counter/{uid_of('customer', customer)}/promises/")

    def review(self) -> bytes:
        """The evening review of today, for its owner."""
        return self.get(f"/{SLUG}/review/")

    def panel(self, address: str) -> bytes:
        """A part of the review that is asked for when the page is there."""
        return self.get(address, {"HX-Request": "true"})

    def done(self, customer: int) -> None:
        """Record a visit."""
        self.post(f"/{SLUG}/counter/{uid_of('customer', customer)}/", visit_form(), leads_to=f"/{SLUG}/counter/")

    def bare_search(self, text: str) -> bytes:
        return self.get(f"/bare/{SLUG}/?{urlencode({'q': text})}", {"HX-Request": "true"})

    def bare_card(self, customer: int) -> bytes:
        return self.get(f"/bare/{SLUG}/{customer + 1}/")

    def bare_insert(self, customer: int) -> None:
        """The same rows from the same number of fields."""
        path = f"/bare/{SLUG}/{customer + 1}/"
        self.post(f"{path}stays/", _form(range(1, SOLD + 1)), leads_to=path)

    def get(self, path: str, headers: dict[str, str] | None = None) -> bytes:
        """The page at `path`. Raises WrongAnswer when there is none."""
        response, body = self._ask("GET", path, headers or {})
        if response.status != 200 or "HX-Redirect" in response.headers:
            raise WrongAnswer(f"GET {path}: {response.status} {body[:200]!r}")
        return body

    def post(self, path: str, form: dict[str, object], *, leads_to: str) -> None:
        """Send a form. Raises WrongAnswer unless the server goes on to `leads_to`."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": CSRF}
        response, body = self._ask("POST", path, headers, urlencode(form).encode())
        if response.status != 302 or response.headers["Location"] != leads_to:
            raise WrongAnswer(f"POST {path}: {response.status} {body[:200]!r}")

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[HTTPResponse, bytes]:
        self.connection.request(method, path, body, {**self.headers, **headers})
        response = self.connection.getresponse()
        return response, response.read()


def visit_form() -> dict[str, object]:
    """A visit of `BOUGHT` lines that was not sent yet, with all the fields that the form of the card has."""
    return _form([uid_of("product", number) for number in range(SOLD)])


def _form(products: Sequence[UUID] | range) -> dict[str, object]:
    taken = {f"take.{product}": "1.5" if number < BOUGHT else "" for number, product in enumerate(products)}
    manners = {f"manner.{product}": "" for product in products}
    return {"uid": uuid4(), "note": "", "channel": "counter", "at": "", "look_for": "", **taken, **manners}
