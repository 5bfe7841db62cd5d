"""Tablets as far as a server can tell: each sends its taps one after the other, each until it is answered for."""

import random
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

from tests.faults.shop import CSRF, HOST, Shop
from tests.faults.taps import Tap, tap

PATIENCE = 30
"""Seconds after which a tap that is not answered for counts as stuck; the server is back in one or two."""


def headers(shop: Shop, tap: Tap, name: str = "Ravi", **more: str) -> dict[str, str]:
    """Of an entry that `name` taps now, on a page made for them."""
    now = str(round(time.time() * 1000))
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(f"{key}={value}" for key, value in shop.cookies(name).items()),
        "X-CSRFToken": CSRF,
        "Regulars-Entry": tap.uid,
        "Regulars-By": shop.known["members"][name],
        "Regulars-Turn": shop.known["pages"][name],
        "Regulars-Tapped": now,
        "Regulars-Clock": now,
        **more,
    }


class Clients:
    """So many tablets in threads, which tap until they are told to stop; what each does depends on the seed alone."""

    def __init__(self, shop: Shop, port: int, count: int, rng: Callable[[int], random.Random]) -> None:
        self.shop, self.port = shop, port
        self.taps: list[Tap] = []
        self.acknowledged: set[str] = set()
        self.sent = 0
        self.answered = threading.Event()
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._serve, args=(rng(number),)) for number in range(count)]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *why: object) -> None:
        """Each ends with the tap that it is at."""
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def _serve(self, rng: random.Random) -> None:
        connection = HTTPConnection(HOST, self.port, timeout=5)
        while not self._ends.is_set():
            new = tap(rng, self.shop)
            later = {"Regulars-Later": "1"} if rng.random() < 0.5 else {"HX-Request": "true"}
            self.taps.append(new)
            if self._is_answered(connection, new, later):
                self.acknowledged.add(new.uid)
                self.answered.set()

    def _is_answered(self, connection: HTTPConnection, tap: Tap, later: dict[str, str]) -> bool:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            self.sent += 1
            try:
                connection.request("POST", tap.path, tap.body, headers(self.shop, tap, **later))
                answer = connection.getresponse()
                answer.read()
            except (OSError, HTTPException):
                connection.close()
                time.sleep(0.02)
                continue
            if (answer.headers["Regulars-Entry"], answer.headers["Regulars-Outcome"]) == (tap.uid, "done"):
                return True
            raise WrongAnswer(f"{tap.kind}: {answer.status}")
        return False


class WrongAnswer(Exception):
    """The server answered an entry with something else than that it is done."""
