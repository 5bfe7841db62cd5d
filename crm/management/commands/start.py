"""`python manage.py start`: from nothing to an open shop, what `make run` does."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from crm import first_sign_in, serving, tablets
from crm.certificates import CertificateError
from crm.lib import qr
from crm.setting_up import set_up


class Command(BaseCommand):
    help = "Set up what is not set up yet, and start the server."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", help="0.0.0.0 lets others in (127.0.0.1, with --tablets 0.0.0.0)")
        parser.add_argument("--port", type=int, default=8000, help="(8000)")
        parser.add_argument(
            "--tablets", action="store_true", dest="secure", help="over https, with a certificate of the shop's own"
        )
        parser.add_argument("--https-port", type=int, default=8443, help="with --tablets (8443)")
        parser.add_argument("--no-demo", action="store_false", dest="demo", help="make no demo shop")

    def handle(self, *, host: str | None, port: int, secure: bool, https_port: int, demo: bool, **options: Any) -> None:
        try:
            if secure:
                self._start_over_https(host or "0.0.0.0", port, https_port, demo=demo)  # noqa: S104 - asked for
            else:
                self._start(host or "127.0.0.1", port, demo=demo)
        except (serving.CannotServe, CertificateError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped before all was set up; the next start goes on from there.") from error

    def _start(self, host: str, port: int, *, demo: bool) -> None:
        with serving.held(host, port):
            set_up(demo=demo, tell=self._tell)
            here, *elsewhere = serving.urls(host, port)
            self._tell(f"\nRegulars is at {here}   (Ctrl-C stops it)")
            for url in elsewhere:
                self._tell(f"On a tablet in the same network: {url}")
            self._tell_ways_in()
        serving.serve(host, port)

    def _start_over_https(self, host: str, port: int, https_port: int, *, demo: bool) -> None:
        with (
            serving.held(host, port, instead="make tablets PORT"),
            serving.held(host, https_port, instead="make tablets HTTPS_PORT"),
        ):
            set_up(demo=demo, tell=self._tell)
            way = tablets.prepare(host, port, https_port, tell=self._tell)
            self._tell(f"\nRegulars is at {way.shop}   (Ctrl-C stops it)")
            self._tell_ways_in()
            self._tell(f"On each tablet once, in the same network: {way.page}")
            if self.stdout.isatty():
                self._tell(qr.for_terminal(way.page))
        serving.serve(host, port, serving.Https(https_port, settings.TLS_DIR))

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _tell_ways_in(self) -> None:
        for way in first_sign_in.still_open():
            self._tell(
                f"Sign in as {way.role:6}  {way.username}   password  {way.password}   PIN on a tablet  {way.pin}"
            )
