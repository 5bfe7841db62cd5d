"""A tablet's browser as a process group that can be killed, with a profile that outlives it."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests.browser import FLAGS, chromium
from tests.faults.shop import Shop

STARTS_WITHIN = 30


class Browser:
    """One life of Chromium on the profile in `folder`."""

    def __init__(self, playwright: Playwright, folder: Path) -> None:
        self.playwright, self.folder = playwright, folder
        port_file = folder / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        command = [chromium(), *FLAGS, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={folder}"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        # Else a page in a browser without a window is put to sleep, and after a kill a question lies over it.
        calm = ["--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--noerrdialogs"]
        self.process = subprocess.Popen([*command, *calm, "about:blank"], start_new_session=True, **quiet)
        self.connection = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{_port(port_file)}")

    @property
    def context(self) -> BrowserContext:
        return self.connection.contexts[0]

    def page(self) -> Page:
        return self.context.new_page()

    def be_tablet(self, shop: Shop, url: str, name: str = "Ravi", context: BrowserContext | None = None) -> None:
        """Paired, and `name` serves on it; or a private window of it, the `context`."""
        (context or self.context).add_cookies(
            [
                {"name": key, "value": value, "url": url, "expires": time.time() + 3600, "sameSite": "Strict"}
                for key, value in shop.cookies(name).items()
            ]
        )

    def kill(self) -> None:
        """SIGKILL to every process of it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _port(file: Path) -> str:
    until = time.monotonic() + STARTS_WITHIN
    while not (file.exists() and file.read_text().strip()):
        if time.monotonic() > until:
            raise TimeoutError("Chromium does not start.")
        time.sleep(0.02)
    return file.read_text().split()[0]


class Tablet:
    """A profile, and the browsers that lived on it."""

    def __init__(self, playwright: Playwright, folder: Path) -> None:
        self.playwright, self.folder = playwright, folder
        self.browser: Browser | None = None

    def start(self) -> Browser:
        self.browser = Browser(self.playwright, self.folder)
        return self.browser

    def kill(self) -> None:
        if self.browser:
            self.browser.kill()
            self.browser = None


@contextmanager
def tablet() -> Iterator[Tablet]:
    """A tablet whose browser has not been started."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-tablet-"))
    with sync_playwright() as playwright:
        found = Tablet(playwright, folder)
        try:
            yield found
        finally:
            found.kill()
            shutil.rmtree(folder, ignore_errors=True)
