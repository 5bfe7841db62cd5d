"""`python manage.py start`: from nothing to an open shop, what `make run` does."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm import first_sign_in, serving
from crm.setting_up import set_up


class Command(BaseCommand):
    help = "Set up what is not set up yet, and start the server."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets tablets in (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="(8000)")
        parser.add_argument("--no-demo", action="store_false", dest="demo", help="make no demo shop")

    def handle(self, *, host: str, port: int, demo: bool, **options: Any) -> None:
        try:
            with serving.held(host, port):
                set_up(demo=demo, tell=self._tell)
                self._welcome(host, port)
            serving.serve(host, port)
        except serving.CannotServe as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped before all was set up; the next start goes on from there.") from error

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _welcome(self, host: str, port: int) -> None:
        here, *elsewhere = serving.urls(host, port)
        self._tell(f"\nRegulars is at {here}   (Ctrl-C stops it)")
        for url in elsewhere:
            self._tell(f"On a tablet in the same network: {url}")
        for way in first_sign_in.still_open():
            self._tell(f"Sign in as {way.role:6}  {way.username}   password  {way.password}")
