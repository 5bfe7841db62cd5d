"""`python manage.py demo`: the demo shop, beside the shops that there are."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm import first_sign_in
from crm.demo.shop import SEED, SLUG
from crm.setting_up import open_demo
from vendors.models import Vendor


class Command(BaseCommand):
    help = "Make the demo shop Green Corner with a year of visits."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=SEED, help=f"another number gives another year ({SEED})")

    def handle(self, *, seed: int, **options: Any) -> None:
        if Vendor.objects.filter(slug=SLUG).exists():
            raise CommandError(f"There is a shop at /{SLUG}/ already. Nothing was changed.")
        open_demo(tell=self.stdout.write, seed=seed)
        self.stdout.write(f"Green Corner is open. How to sign in is in {first_sign_in.path()}.")
