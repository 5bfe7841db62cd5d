import io

import pytest
from django.core.management import CommandError, call_command

from crm.demo import people, regulars, shop
from tests.factories.vendors import VendorFactory
from vendors.models import Vendor


@pytest.fixture(autouse=True)
def small(monkeypatch, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(shop, "DAYS", 75)
    monkeypatch.setattr(regulars, "people", lambda chance: people.people(chance)[:5])


def test_demo_makes_the_shop_and_says_where_the_passwords_are(db, tmp_path):
    out = io.StringIO()
    call_command("demo", "--seed", "3", stdout=out)
    assert Vendor.objects.get().slug == "green-corner"
    assert out.getvalue().endswith(f"How to sign in is in {tmp_path / 'first-sign-in.txt'}.\n")


def test_demo_refuses_when_its_address_is_taken(db):
    VendorFactory(slug="green-corner")
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("demo")
    assert Vendor.objects.count() == 1
