"""Where the browser of the tests is, and how it is started."""

import os
import shutil

NAMES = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",  # the tests' own pages only, and Chromium refuses to start as root without it
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MISSING = "no Chromium found: install the package chromium (or chromium-browser, google-chrome) to run browser tests"


def chromium():
    """The path of an installed Chromium, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def may_be_skipped():
    """In continuous integration a missing browser is a failure."""
    return chromium() is None and os.environ.get("CI") != "true"
