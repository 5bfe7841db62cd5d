import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from crm import front_door
from crm.front_door import FrontDoor

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["localhost", "127.0.0.1", "[::1]", "192.168.1.20", "shop-pc.local"]


@pytest.fixture
def door(tmp_path):
    (tmp_path / front_door.PAGE).write_text("<h1>दरवाज़ा</h1>", encoding="utf-8")
    (tmp_path / front_door.AUTHORITY).write_text("-----BEGIN CERTIFICATE-----")
    return FrontDoor(tmp_path, names=NAMES, port=8443)


def asked(door, target, host="192.168.1.20:8000", method="GET"):
    """Status line, headers and body of the answer."""
    head = f"{method} {target} HTTP/1.1\r\nAccept: */*\r\nHost: {host}\r\n\r\n".encode("latin-1")
    top, _, body = door.answer(head).partition(b"\r\n\r\n")
    status, *lines = top.decode("latin-1").split("\r\n")
    return status, dict(line.split(": ", 1) for line in lines), body


@pytest.mark.parametrize("target", ["/", "/?from=qr"])
def test_page_is_shown(target, door):
    status, headers, body = asked(door, target)
    assert status == "HTTP/1.1 200 OK"
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert int(headers["Content-Length"]) == len(body)
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert body.decode() == "<h1>दरवाज़ा</h1>"


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("/regulars-ca.crt", "application/x-x509-ca-cert"),
        ("/regulars.css", "text/css; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
    ],
)
def test_files_have_their_types(target, kind, door):
    status, headers, body = asked(door, target)
    assert (status, headers["Content-Type"]) == ("HTTP/1.1 200 OK", kind)
    assert len(body) == int(headers["Content-Length"]) > 0


def test_head_is_answered_without_the_page(door):
    status, headers, body = asked(door, "/", method="HEAD")
    assert (status, body) == ("HTTP/1.1 200 OK", b"")
    assert int(headers["Content-Length"]) > 0


@pytest.mark.parametrize(
    ("host", "to"),
    [
        ("192.168.1.20:8000", "https://192.168.1.20:8443"),
        ("Shop-PC.local:8000", "https://shop-pc.local:8443"),
        ("localhost", "https://localhost:8443"),
        ("[::1]:8000", "https://[::1]:8443"),
    ],
)
def test_all_else_goes_on_over_https_under_the_same_name(host, to, door):
    status, headers, body = asked(door, "/green-corner/counter/?q=su", host)
    assert status == "HTTP/1.1 307 Temporary Redirect"
    assert headers["Location"] == f"{to}/green-corner/counter/?q=su"
    assert headers["Cache-Control"] == "no-store"
    assert body == b""
    assert asked(door, front_door.WAY_ON, host)[1]["Location"] == f"{to}/"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "", "192.168.1.20.evil.example:8000"])
def test_nobody_is_sent_to_a_name_that_is_not_ours(host, door):
    status, headers, body = asked(door, "/green-corner/", host)
    assert status == "HTTP/1.1 200 OK"
    assert "Location" not in headers
    assert body.decode() == "<h1>दरवाज़ा</h1>"


@pytest.mark.parametrize("head", [b"\r\n\r\n", b"GET\r\n\r\n", b"GET /a\nX:y HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_what_is_no_request_is_refused(head, door):
    assert door.answer(head).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def talk(door, *said):
    """What comes back to somebody who says `said` to a door that listens: nothing, when it is shut in their face."""

    async def _talk():
        server = await asyncio.start_server(door.attend, "127.0.0.1", 0, limit=front_door.LONGEST_HEAD)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            try:
                for part in said:
                    writer.write(part)
                    await writer.drain()
                return await asyncio.wait_for(reader.read(), timeout=20)
            except ConnectionError:
                return b""
            finally:
                writer.close()

    return asyncio.run(_talk())


def test_request_in_pieces_is_answered(door):
    assert talk(door, b"GET / HT", b"TP/1.1\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")


def test_browser_that_tries_https_first_is_let_go_at_once(door, monkeypatch):
    monkeypatch.setattr(front_door, "SECONDS_TO_ASK", 1000)
    assert talk(door, b"\x16\x03\x01\x02\x00") == b""


def test_who_says_nothing_is_let_go(door, monkeypatch):
    monkeypatch.setattr(front_door, "SECONDS_TO_ASK", 0.01)
    assert talk(door, b"GET / HTTP/1.1\r\n") == b""
    assert door.there == 0


def test_who_never_ends_is_let_go(door, monkeypatch):
    monkeypatch.setattr(front_door, "LONGEST_HEAD", 100)
    assert talk(door, b"GET / HTTP/1.1\r\n" + b"x" * 300) == b""


def test_one_too_many_is_let_go(door, monkeypatch):
    monkeypatch.setattr(front_door, "MOST_AT_ONCE", 0)
    assert talk(door, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") == b""
    assert door.there == 0


def test_watching_process_loads_no_django():
    loaded = "import crm.server, sys; print([name for name in sys.modules if name.split('.')[0] == 'django'])"
    shown = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, check=True, text=True)
    assert shown.stdout == "[]\n"
