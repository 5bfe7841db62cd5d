"""`python manage.py backup [FOLDER]`: a checked copy of the database, while the shop goes on."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.backing_up import BackupError, back_up


class Command(BaseCommand):
    help = "Copy the shop's database into FOLDER; the shop can stay open."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=settings.DATA_DIR / "backups", metavar="FOLDER")

    def handle(self, *, folder: Path, **options: Any) -> None:
        try:
            copy = back_up(folder, now=timezone.now())
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Backup: {copy} ({copy.stat().st_size / 1e6:.1f} MB), read through and whole.")
