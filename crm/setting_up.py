"""What has to be done before the server starts, each only when there is something to do."""

import hashlib
from collections.abc import Callable

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Exists, OuterRef
from django.utils import timezone

from crm import first_sign_in
from crm.demo.shop import SEED, UNFINISHED, make_demo
from customers.visits import tallying
from customers.visits.models import ShopDay, Visit
from vendors.models import Vendor

Tell = Callable[[str], None]
"""Shows one line to whoever started the server."""


def set_up(*, demo: bool, tell: Tell) -> None:
    """Bring the database and the static files up to date, and with `demo` make the demo shop if there is no shop."""
    update_database(tell)
    update_static_files(tell)
    if demo and not Vendor.objects.exclude(slug=UNFINISHED).exists():
        open_demo(tell=tell)


def update_database(tell: Tell) -> None:
    """Run the migrations that this database has not seen. Raises CommandError when it cannot be reached."""
    try:
        executor = MigrationExecutor(connection)
    except OperationalError as error:
        raise CommandError(f"The database cannot be opened: {error} Look at DATABASE_URL, and start again.") from error
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        tell("Bringing the database up to date ...")
        call_command("migrate", verbosity=0)
        recount(tell)


def recount(tell: Tell) -> None:
    """Count anew what is kept beside the visits, of shops in which nothing of it is kept: it may be newer than they."""
    uncounted = Vendor.objects.filter(Exists(Visit.objects.filter(vendor=OuterRef("pk"))))
    for vendor in uncounted.exclude(Exists(ShopDay.objects.filter(vendor=OuterRef("pk")))):
        tell(f"Counting the days of {vendor} ...")
        tallying.recount_shop(vendor)


def update_static_files(tell: Tell) -> None:
    """Collect and compress the static files if one of them is new. With DEBUG they are read from where they lie."""
    if settings.DEBUG:
        return
    seen, stamp = settings.STATIC_ROOT / "staticfiles.json", settings.DATA_DIR / "static-files.txt"
    fingerprint = _fingerprint()
    if seen.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        return
    tell("Preparing styles and pictures ...")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(fingerprint)


def _fingerprint() -> str:
    """Of the place, size and time of each static file: reading them all would take as long as collecting them."""
    found = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(ignore_patterns=[]):
            facts = storage.size(name), storage.get_modified_time(name).timestamp()
            found.update(f"{storage.path(name)} {facts}\n".encode())
    return found.hexdigest()


def open_demo(*, tell: Tell, seed: int = SEED) -> None:
    """Make the demo shop with a first way in for its owner and a helper."""
    tell("Making the demo shop Green Corner: a year of visits ...")

    def progress(done: int, of: int) -> None:
        if done % 2_500 == 0 or done == of:
            tell(f"  {done:,} of {of:,} visits")

    first_sign_in.make(make_demo(now=timezone.now(), seed=seed, progress=progress))
