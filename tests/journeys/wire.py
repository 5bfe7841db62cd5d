"""The wire between a tablet and the shop's computer, which a test can cut, hold or give to somebody else."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

PORTAL = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\nConnection: close\r\n\r\nWi-Fi!"


class Wire:
    """Listens at `url` and passes on all that it gets, as long as `state` is "through"."""

    def __init__(self, url):
        self.there = urlsplit(url).hostname, urlsplit(url).port
        self.state = "through"
        self.open = set()
        self.listener = socket.create_server(("localhost", 0))
        self.url = f"http://localhost:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def turn(self, state):
        """To "through", "dead" (closed at once), "mute" (no answer ever) or "portal" (somebody else answers)."""
        self.state = state
        self._hang_up()

    def close(self):
        self.listener.close()
        self._hang_up()

    def _hang_up(self):
        for each in list(self.open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _listen(self):
        with suppress(OSError):
            while True:
                tablet, _address = self.listener.accept()
                threading.Thread(target=self._serve, args=[tablet], daemon=True).start()

    def _serve(self, tablet):
        with tablet, suppress(OSError):
            self.open.add(tablet)
            if self.state == "through":
                self._pass_on(tablet)
            elif self.state == "portal":
                tablet.recv(65536)
                tablet.sendall(PORTAL)
            elif self.state == "mute":
                while tablet.recv(65536):
                    pass
        self.open.discard(tablet)

    def _pass_on(self, tablet):
        with socket.create_connection(self.there) as shop:
            back = threading.Thread(target=_copy, args=[shop, tablet], daemon=True)
            back.start()
            _copy(tablet, shop)
            back.join()


def _copy(source, target):
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
