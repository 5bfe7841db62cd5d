"""Shops of made-up people: written once (see building.py) to SQLite files that are kept, and copied for each run."""

import datetime as dt
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.shapes import SHAPES

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(__file__).resolve().parent / ".cache"
SOURCES = (
    "tests/benchmarks/shapes.py",
    "tests/benchmarks/building.py",
    "tests/benchmarks/evenings.py",
    "tests/benchmarks/rhythms.py",
    "tests/benchmarks/bare/models.py",
    "tests/customers/common_names.csv",
    "crm/lib/sounds.py",
    "customers/search.py",
    "customers/visits/tallying.py",
    "vendors/goods.csv",
    "vendors/migrations/*.py",
    "customers/**/migrations/*.py",
)
"""What the rows depend on: when one of these changes, the shops are built anew."""
SHORT = 12
"""Letters of the fingerprint in a file's name."""
DAY_ENDS = dt.timedelta(hours=2, minutes=30)
"""Between the end of a shop's day, at three by its clock, and midnight in Greenwich."""


@contextmanager
def copy_of(name: str) -> Iterator[Path]:
    """A copy of the shop `name` that may be written to, for as long as it is needed."""
    original = built(name)
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        copied = Path(shutil.copy(original, folder))
        os.sync()  # else the first visits wait for the disk behind the pages of the copy
        yield copied


def built(name: str) -> Path:
    """The file of the shop `name`, written now if it is not there as its sources say."""
    path = CACHE / f"shop-{name}-{_fingerprint(name)}.sqlite3"
    if not path.exists():
        for outdated in CACHE.glob(f"shop-{name}-{'[0-9a-f]' * SHORT}*"):
            outdated.unlink()
        print(f"building the shop {name} ...", flush=True)
        # Under another name first: a file that was cut short is never taken for the whole.
        unfinished = path.with_suffix(".part")
        command = [sys.executable, "-m", "tests.benchmarks.building", name]
        subprocess.run(command, check=True, cwd=ROOT, env=environment(unfinished))
        unfinished.rename(path)
    return path


def environment(database: Path) -> dict[str, str]:
    """
    For a process with the settings of the benchmarks and this database, whatever the shop of this machine is set to.

    The data folder and the key stay the same: static files are prepared once, and sign-ins kept in a database hold.
    """
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
        "DATABASE_URL": f"sqlite:///{database}",
        "REGULARS_DATA": str(CACHE / "data"),
        "SECRET_KEY": "only-for-benchmarks-on-loopback-with-made-up-people",
        "DEBUG": "off",
        "HTTPS": "off",
        "PYTHONPATH": str(ROOT),
    }


def _fingerprint(name: str) -> str:
    """Of what the rows depend on; of a shop whose visits end today also of the day, at the longitude of India."""
    sources = sorted(path for source in SOURCES for path in ROOT.glob(source))
    day = f"{dt.datetime.now(dt.UTC) + DAY_ENDS:%Y-%m-%d}" if SHAPES[name].evening else ""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources) + day.encode()).hexdigest()[:SHORT]
