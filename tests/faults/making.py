"""
Makes the shop in which the faults are tried: `python -m tests.faults.making`, a process of its own.

It prints as JSON what a tablet of that shop knows. Who tries the faults never loads the program: it asks over HTTP,
as a tablet does, and counts in the file.
"""

import datetime as dt
import json
import os
from unittest import mock

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.http import HttpResponse
from django.utils import timezone

TOKEN = "the-token-of-a-tablet-long-and-random"
BEGAN = dt.timedelta(days=8)
"""Ago: when the pages were made on which the taps of a week are made."""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    # The tables as they are now, in two seconds, and not how they came to be.
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)
    print(json.dumps(_made()))


def _made() -> dict[str, object]:
    from tests.factories.customers import CustomerFactory
    from tests.factories.vendors import DeviceFactory, MemberFactory, OwnerFactory, ProductFactory, VendorFactory
    from vendors import turns
    from vendors.pairing import digest_of

    vendor = VendorFactory(name="Green Corner", slug="green-corner", lock_after=60)
    people = [MemberFactory(vendor=vendor, name=name) for name in ("Ravi", "Meera", "Kiran")]
    people.append(OwnerFactory(vendor=vendor, name="Asha"))
    device = DeviceFactory(vendor=vendor, name="Counter", token=digest_of(TOKEN))
    products = [ProductFactory(vendor=vendor, name=name) for name in ("Onion", "Banana", "Mango", "Okra", "Spinach")]
    customers = [CustomerFactory(vendor=vendor, name=f"Regular {number}") for number in range(1, 9)]
    return {
        "slug": vendor.slug,
        "device": TOKEN,
        "members": {member.name: str(member.uid) for member in people},
        "turns": {member.name: _cookie(turns, device, member) for member in people},
        "pages": {member.name: _page_token(turns, device, member) for member in people},
        "products": [str(product.uid) for product in products],
        "customers": [str(customer.uid) for customer in customers],
    }


def _cookie(turns, device, member) -> str:
    """What the tablet keeps from the moment when `member` chose their name on it."""
    answer = HttpResponse()
    turns.begin(answer, device, member)
    return answer.cookies[turns.COOKIE].value


def _page_token(turns, device, member) -> str:
    """Of a page that was made for `member` some time ago."""
    with mock.patch.object(turns.timezone, "now", return_value=timezone.now() - BEGAN):
        return turns.page_token(member, device)


if __name__ == "__main__":
    main()
