"""
A second `make run` and the memory of the server, in a data folder of its own.

python -m tests.benchmarks.bench_start
"""

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.benchmarks.budgets import at_most

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 3.0
MEGABYTES = 150
REQUESTS = 200
ATTEMPTS = 300


def main():
    """Print and return both budgets."""
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        with running(folder) as (_seconds, address, _process):
            # The first start migrates, compresses and makes the demo shop.
            ask(urllib.request.build_opener(), f"{address}sign-in/")
        with running(folder) as (seconds, address, process):
            browse(address, *helper(folder))
            megabytes = memory(process)
    return [
        at_most("second start", seconds, SECONDS, " s"),
        at_most("server memory", megabytes, MEGABYTES, " MB"),
    ]


@contextmanager
def running(folder):
    """`make run` until its address is printed: (seconds until then, address, its process)."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    start = time.perf_counter()
    process = subprocess.Popen(
        ["make", "--silent", "run", f"PORT={port}", "HOST=127.0.0.1"],
        cwd=ROOT,
        env={**kept, "REGULARS_DATA": folder},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        for said in process.stdout:
            if address := re.search(r"http://127.0.0.1:\d+/", said):
                break
        else:
            raise RuntimeError("the server did not start")
        yield time.perf_counter() - start, address[0], psutil.Process(process.pid)
    finally:
        # The server alone, as Ctrl-C stops it; make ends with it.
        for child in psutil.Process(process.pid).children():
            child.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        process.stdout.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def helper(folder):
    """User name and password of the demo shop's helper."""
    ways = [way.split() for way in (Path(folder) / "first-sign-in.txt").read_text().splitlines()]
    return next((username, password) for role, username, password, *_others in ways if role == "helper")


def browse(address, username, password):
    """Sign in, then look at the counter and the cards of those who are there, `REQUESTS` times."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    ask(browser, f"{address}sign-in/")
    token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
    form = {"username": username, "password": password, "csrfmiddlewaretoken": token}
    request = urllib.request.Request(f"{address}sign-in/", urllib.parse.urlencode(form).encode())
    page = ask(browser, request)
    cards = sorted(set(re.findall(r"/green-corner/counter/[0-9a-f-]{36}/", page)))
    if not cards:
        raise RuntimeError("nobody is at the counter")
    paths = ["/green-corner/counter/", "/green-corner/counter/?q=su", *cards]
    for number in range(REQUESTS):
        ask(browser, urllib.parse.urljoin(address, paths[number % len(paths)]))


def ask(browser, request):
    for attempt in range(ATTEMPTS):
        try:
            with browser.open(request, timeout=30) as response:
                return response.read().decode()
        except urllib.error.HTTPError:
            raise
        except (urllib.error.URLError, ConnectionResetError):
            # The address is printed a moment before the server listens.
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.1)
    return None


def memory(process):
    """Resident megabytes of the server's processes, make not counted."""
    return sum(each.memory_info().rss for each in process.children(recursive=True)) / 1e6


if __name__ == "__main__":
    main()
