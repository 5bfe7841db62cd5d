"""`python manage.py open_shop NAME --owner USERNAME`: a shop of one's own."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from crm.opening import open_shop, slug_for
from vendors.models import Vendor


class Command(BaseCommand):
    help = "Open a shop with its owner and the products that such a shop usually sells."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the name of the shop")
        parser.add_argument("--owner", required=True, metavar="USERNAME", help="who owns it; made if there is none")
        parser.add_argument("--slug", help="the first part of its address; made from the name if not given")
        parser.add_argument("--language", default="en", help="en, hi or mr (en)")
        parser.add_argument("--time-zone", default="Asia/Kolkata", help="(Asia/Kolkata)")
        parser.add_argument("--phone-region", default="IN", help="the country whose numbers need no +code (IN)")
        parser.add_argument("--without-products", action="store_true", help="begin with an empty list of products")
        parser.add_argument("--password-stdin", action="store_true", help="read the new owner's password from a pipe")

    def handle(self, *, name: str, owner: str, slug: str | None, without_products: bool, **options: Any) -> None:
        settings = {field: options[field] for field in ("language", "time_zone", "phone_region")}
        vendor = Vendor(name=name, slug=slug or slug_for(name), **settings)
        try:
            vendor.full_clean()
            user = User.objects.filter(username=owner).first() or _new_user(owner, options["password_stdin"])
            open_shop(vendor=vendor, owner=user, called=user.first_name or owner, products=not without_products)
        except ValidationError as error:
            raise CommandError(_in_words(error)) from error
        self.stdout.write(f"{vendor.name} is open. {owner} signs in and is at /{vendor.slug}/counter/.")


def _new_user(username: str, from_pipe: bool) -> User:
    user = User(username=username)
    password = sys.stdin.readline().rstrip("\r\n") if from_pipe else _ask(username)
    validate_password(password, user)
    user.set_password(password)
    return user


def _ask(username: str) -> str:
    password = getpass(f"Password for {username}: ")
    if getpass("Once more: ") != password:
        raise CommandError("The two passwords differ. Nothing was made; run this again.")
    return password


def _in_words(error: ValidationError) -> str:
    if not hasattr(error, "message_dict"):
        return " ".join(error.messages)
    return " ".join(f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items())
