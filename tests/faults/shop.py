"""A shop of its own for each run, and its server in processes that can be killed."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from tests.faults.shop_server import ARMED, SERVING

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
READY_WITHIN = 60
CSRF = "faults0123456789abcdefghijklmnop"
"""A token that a browser keeps as cookie and sends as header."""
_kept = tempfile.TemporaryDirectory(prefix="regulars-faults-")
"""Goes away with this object, at the end of the process."""


@dataclass(frozen=True)
class Shop:
    """Its data folder, and what a paired tablet of it knows."""

    folder: Path
    known: dict[str, Any]

    @property
    def counter(self) -> str:
        return f"/{self.known['slug']}/counter/"

    def cookies(self, name: str) -> dict[str, str]:
        """Of the tablet, while `name` serves on it."""
        return {
            "regulars-device": self.known["device"],
            "regulars-turn": self.known["turns"][name],
            "csrftoken": CSRF,
        }

    def rows(self, sql: str, *values: object) -> list[tuple]:
        """What is in the file, read without the program."""
        with closing(sqlite3.connect(self.folder / "shop.sqlite3", timeout=20)) as database:
            return database.execute(sql, values).fetchall()

    def write(self, sql: str, *values: object) -> None:
        with closing(sqlite3.connect(self.folder / "shop.sqlite3", timeout=20)) as database, database:
            database.execute(sql, values)


@cache
def _made() -> Shop:
    folder = Path(_kept.name) / "made"
    folder.mkdir()
    command = [sys.executable, "-m", "tests.faults.making"]
    said = subprocess.run(command, cwd=ROOT, env=environment(folder), check=True, stdout=subprocess.PIPE)
    return Shop(folder, json.loads(said.stdout))


@contextmanager
def opened() -> Iterator[Shop]:
    """A shop in which nothing has happened."""
    made = _made()
    folder = Path(tempfile.mkdtemp(dir=_kept.name))
    try:
        yield Shop(Path(shutil.copytree(made.folder, folder / "data")), made.known)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment(folder: Path) -> dict[str, str]:
    """For a process that runs the program on the data in `folder`."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DEBUG", "HTTPS")}
    return {**kept, "REGULARS_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "tests.settings"}


class Server:
    """The shop's server, which is started again at once whenever it is killed; see `shop_server`."""

    def __init__(self, shop: Shop, port: int, process: subprocess.Popen) -> None:
        self.shop, self.port, self.process = shop, port, process
        self.url = f"http://{HOST}:{port}"

    def kill(self) -> None:
        """SIGKILL to the process that serves and to the one that watches over it, wherever they are."""
        for pid in (self.shop.folder / SERVING).read_text().split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                continue

    def kill_before_answer(self) -> None:
        """The same, by itself, when it next has the answer to an entry ready and has not sent it."""
        (self.shop.folder / ARMED).touch()


@contextmanager
def serving(shop: Shop, sabotage: str = "") -> Iterator[Server]:
    """A server of `shop` on loopback as `make run` starts it, with the guard that `sabotage` names taken out."""
    port = free_port()
    command = [sys.executable, "-m", "tests.faults.shop_server", HOST, str(port), *([sabotage] if sabotage else [])]
    with (shop.folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(shop.folder), stdout=log, stderr=log)
    server = Server(shop, port, process)
    try:
        wait_until_it_answers(port, process)
        yield server
    finally:
        process.kill()  # first who would start it again
        process.wait()
        server.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def wait_until_it_answers(port: int, process: subprocess.Popen) -> None:
    until = time.monotonic() + READY_WITHIN
    while True:
        try:
            with closing(HTTPConnection(HOST, port, timeout=5)) as connection:
                connection.request("GET", "/sign-in/")
                connection.getresponse().read()
        except (OSError, HTTPException):
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
