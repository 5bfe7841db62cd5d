"""`python manage.py restore FILE`: the shop as it was in a backup."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.backing_up import BackupError, restore
from crm.setting_up import recount


class Command(BaseCommand):
    help = "Make the shop what it was in the backup FILE; what it is now is kept as a backup too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            before = restore(file, now=timezone.now())
        except BackupError as error:
            raise CommandError(str(error)) from error
        call_command("migrate", verbosity=0)
        recount(self.stdout.write)
        self.stdout.write(f"The shop is as it was in {file}. What it was until now is kept in {before}")
