"""
What lies between a tablet and the shop's computer, and does to their words whatever a row plans.

It knows each answer that reached the tablet whole: an entry may leave the queue on the echo of its uid alone.
"""

import http.server
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from uuid import uuid4

from tests.faults.shop import HOST

PORTAL = b"<!doctype html><title>Welcome</title><h1>Welcome to our wifi</h1><form method=post></form>"
HELD_FOR = 60
"""Seconds, longer than anybody waits for an answer."""
STATIC = re.compile(r"/([\w-]+)(?:\.[0-9a-f]{8,})?\.js$")
"""The name of a script in its address, without the hash of its content."""

SPARING = {"accept-encoding", "if-modified-since", "if-none-match"}
"""Headers for which a script would come compressed, or not at all."""


@dataclass(frozen=True)
class Request:
    """One request of the tablet; `entry` is its uid if it is one."""

    method: str
    path: str
    entry: str
    body: bytes
    at: float = field(default_factory=time.monotonic)


Plan = Callable[[Request], str]
"""What is done to a request: the name of one of `FAULTS`, or nothing."""


def honest(_request: Request) -> str:
    return ""


def down(_request: Request) -> str:
    return "lost before"


@dataclass(frozen=True)
class Replaced:
    """In the script of this name `old` becomes `new`: how a guard of the tablet is taken out."""

    script: str
    old: str
    new: str


class Proxy:
    """`requests` and `echoed` grow while it runs; `plan` may be changed at any time."""

    def __init__(self, upstream: int, replaced: Iterable[Replaced] = ()) -> None:
        self.upstream = upstream
        self.plan: Plan = honest
        self.requests: list[Request] = []
        self.done: list[tuple[str, str]] = []
        """What was done to the entries that came: fault and uid."""
        self.echoed: set[str] = set()
        """Uids of the entries whose own echo reached the tablet."""
        self.replaced: list[Replaced] = []
        self.unmatched: set[Replaced] = set()
        """What was to be replaced and has not been found yet: then nothing was taken out."""
        for each in replaced:
            self.replace(each)
        self._server = _Server((HOST, 0), _Handler)
        self._server.proxy = self
        self.port: int = self._server.server_address[1]
        self.url = f"http://{HOST}:{self.port}"

    def entries(self) -> list[Request]:
        return [request for request in self.requests if request.entry]

    def replace(self, what: Replaced) -> None:
        """From now on."""
        self.replaced.append(what)
        self.unmatched.add(what)

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def changed(self, path: str, body: bytes) -> bytes:
        named = STATIC.search(path.partition("?")[0])
        for each in self.replaced:
            if named and named[1] == each.script and each.old.encode() in body:
                body = body.replace(each.old.encode(), each.new.encode())
                self.unmatched.discard(each)
        return body


@contextmanager
def between(upstream: int, replaced: Iterable[Replaced] = ()) -> Iterator[Proxy]:
    """A proxy before the server at port `upstream`. Raises `NothingReplaced`, at the end."""
    proxy = Proxy(upstream, replaced)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
    if proxy.unmatched:
        raise NothingReplaced(f"nowhere in the scripts that were asked for: {proxy.unmatched}")


class NothingReplaced(Exception):
    """A guard was not taken out: the script does not say what was to be replaced."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    proxy: Proxy

    def handle_error(self, request: object, client_address: object) -> None:
        """The tablet went away; that is what is tried here."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    kept: HTTPConnection | None = None

    def log_message(self, *args: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, self.headers.get("Regulars-Entry", ""), body)
        proxy.requests.append(request)
        fault = proxy.plan(request)
        if request.entry:
            proxy.done.append((fault, request.entry))
        FAULTS[fault](self, request)

    do_POST = do_GET

    def ask(self, request: Request, without: tuple[str, ...] = ()) -> tuple[HTTPResponse, bytes]:
        """The shop's answer. A script, which may be changed on its way, is asked for as plain text."""
        drop = {"connection", "keep-alive", *without}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in drop}
        if _is_script(request):
            headers = {name: value for name, value in headers.items() if name.lower() not in SPARING}
        self.kept = self.kept or HTTPConnection(HOST, self.server.proxy.upstream, timeout=HELD_FOR)
        try:
            self.kept.request(request.method, request.path, request.body or None, headers)
            answer = self.kept.getresponse()
            return answer, self.server.proxy.changed(request.path, answer.read())
        except (OSError, HTTPException):
            self.kept.close()
            self.kept = None
            raise ConnectionError from None

    def pass_on(self, answer: HTTPResponse, body: bytes, **instead: str) -> None:
        headers = [(name, instead.get(name.lower(), value)) for name, value in answer.getheaders()]
        self.say(answer.status, headers, body)

    def say(self, status: int, headers: Iterable[tuple[str, str]], body: bytes = b"") -> None:
        skipped = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
        said = [f"{name}: {value}" for name, value in headers if name.lower() not in skipped]
        lines = [f"HTTP/1.1 {status} -", *said]
        if status not in (204, 304):
            lines.append(f"Content-Length: {len(body)}")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _is_script(request: Request) -> bool:
    """Which may be another one the next time."""
    return bool(STATIC.search(request.path.partition("?")[0]))


def _honestly(handler: _Handler, request: Request, without: tuple[str, ...] = ()) -> None:
    try:
        answer, body = handler.ask(request, without)
    except ConnectionError:
        handler.hang_up()
        return
    handler.pass_on(answer, body, **({"cache-control": "no-store"} if _is_script(request) else {}))
    if request.entry and answer.headers["Regulars-Entry"] == request.entry:
        handler.server.proxy.echoed.add(request.entry)


def _lost_before(handler: _Handler, _request: Request) -> None:
    handler.hang_up()


def _lost_after(handler: _Handler, request: Request) -> None:
    handler.ask(request)
    handler.hang_up()


def _page(status: int, **headers: str) -> Callable[[_Handler, Request], None]:
    """What comes from something in between, and not from the shop."""

    def answer(handler: _Handler, _request: Request) -> None:
        handler.say(status, [("Content-Type", "text/html"), *headers.items()], PORTAL)

    return answer


def _wrong_uid(handler: _Handler, request: Request) -> None:
    answer, body = handler.ask(request)
    handler.pass_on(answer, body, **{"regulars-entry": str(uuid4())})


def _truncated(handler: _Handler, request: Request) -> None:
    """The head ends before the echo."""
    answer, _body = handler.ask(request)
    handler.wfile.write(f"HTTP/1.1 {answer.status} -\r\nRegulars: 1\r\nContent-Length: 400\r\nRegulars-Ent".encode())
    handler.hang_up()


def _held(handler: _Handler, _request: Request) -> None:
    time.sleep(HELD_FOR)
    handler.hang_up()


FAULTS: dict[str, Callable[[_Handler, Request], None]] = {
    "": _honestly,
    "lost before": _lost_before,
    "lost after": _lost_after,
    "portal": _page(200),
    "redirect": _page(302, Location="/welcome-to-our-wifi/"),
    "signed out": lambda handler, request: _honestly(handler, request, without=("cookie",)),
    "no token": lambda handler, request: _honestly(handler, request, without=("x-csrftoken",)),
    "413": _page(413),
    "500": _page(500, Regulars="1"),
    "502": _page(502),
    "truncated": _truncated,
    "wrong uid": _wrong_uid,
    "hanging": _held,
}
