"""
What plain http answers where the shop speaks https: how a tablet comes to trust it, and the way on.

Runs beside the watching process of `crm.server` and so without Django: all that it answers is made before the start.
"""

import asyncio
import socket
import threading
from collections.abc import Collection
from http import HTTPStatus
from pathlib import Path

PAGE, AUTHORITY = "front-door.html", "regulars-ca.crt"
LOOKS = Path(__file__).parent / "static" / "crm"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".crt": "application/x-x509-ca-cert",
}
WAY_ON = "/shop/"
"""Where the page leads on: to the shop under the name by which one came."""
TLS = b"\x16"
"""How a browser begins that tries https first: told at once that it is not spoken here, it comes back with http."""
SECONDS_TO_ASK = 10
MOST_AT_ONCE = 100
"""Who only connects and says nothing must not use up what the watching process may open."""
LONGEST_HEAD = 16 * 1024
ALWAYS = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class FrontDoor:
    """The page and the authority in `folder`, and from every other path the way to `port`, where https is spoken."""

    def __init__(self, folder: Path, *, names: Collection[str], port: int) -> None:
        files = [folder / PAGE, folder / AUTHORITY, LOOKS / "regulars.css", LOOKS / "icon.svg"]
        self.files = {f"/{file.name}": file.read_bytes() for file in files}
        self.names = names
        self.port = port
        self.there = 0

    def answer(self, head: bytes) -> bytes:
        """The whole answer to a request of which `head` is all up to the empty line."""
        request, *lines = head.decode("latin-1").split("\r\n")
        words = request.split(" ")
        if len(words) != 3 or not request.isprintable():
            return _response(HTTPStatus.BAD_REQUEST)
        method, target, _version = words
        path, host = target.partition("?")[0], _hostname(lines)
        if path in self.files:
            return self._file(path, method)
        # Whoever asks for a name that is none of ours came the wrong way, and is shown the right one.
        if path == "/" or not path.startswith("/") or host not in self.names:
            return self._file(f"/{PAGE}", method)
        # Not for ever: one day the same address may speak plain http again.
        way = f"https://{host}:{self.port}{'/' if path == WAY_ON else target}"
        return _response(HTTPStatus.TEMPORARY_REDIRECT, {"Location": way})

    def _file(self, path: str, method: str) -> bytes:
        kind = {"Content-Type": TYPES[Path(path).suffix]}
        return _response(HTTPStatus.OK, kind, self.files[path], silent=method == "HEAD")

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        self.there += 1
        try:
            if self.there <= MOST_AT_ONCE:
                async with asyncio.timeout(SECONDS_TO_ASK):
                    await self._answer(reader, writer)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # nobody is there any more, or nobody who speaks http
        finally:
            self.there -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(1)
        if first != TLS:
            writer.write(self.answer(first + await reader.readuntil(b"\r\n\r\n")))
            await writer.drain()

    def open_beside(self, host: str, port: int) -> None:
        """Listen, in a thread of its own that ends with the process. Raises OSError when the port is taken."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        place = socket.create_server((host, port), family=family)
        threading.Thread(target=lambda: asyncio.run(self._listen(place)), daemon=True).start()

    async def _listen(self, place: socket.socket) -> None:
        server = await asyncio.start_server(self.attend, sock=place, limit=LONGEST_HEAD)
        await server.serve_forever()


def _hostname(lines: list[str]) -> str:
    """Of the Host header, without the port."""
    asked = next((line[5:].strip().lower() for line in lines if line.lower().startswith("host:")), "")
    name, _, port = asked.rpartition(":")
    return name if port.isdecimal() else asked


def _response(
    status: HTTPStatus, more: dict[str, str] | None = None, body: bytes = b"", *, silent: bool = False
) -> bytes:
    headers = {**ALWAYS, **(more or {}), "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{head}\r\n".encode("latin-1") + (b"" if silent else body)
