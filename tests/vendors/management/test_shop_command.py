import pytest
from django.core.management import CommandError

from tests.factories.vendors import VendorFactory
from vendors.management.shop_command import ShopCommand


class Greet(ShopCommand):
    def handle(self, *, vendor, **options):
        return str(self.shop_of(vendor))


def run(*words):
    command = Greet()
    parser = command.create_parser("manage.py", "greet")
    return command.handle(**vars(parser.parse_args(words)))


def test_shop_command_finds_the_shop_by_its_address(vendor):
    VendorFactory(slug="other")
    assert run("--vendor", "green-corner") == "Green Corner"


def test_shop_command_names_the_shops_that_there_are(vendor):
    VendorFactory(slug="blue-corner")
    with pytest.raises(CommandError) as refused:
        run("--vendor", "green")
    assert str(refused.value) == "There is no shop “green”. Shops: blue-corner, green-corner."


def test_shop_command_says_that_there_is_no_shop_yet(db):
    with pytest.raises(CommandError) as refused:
        run("--vendor", "green")
    assert str(refused.value) == "There is no shop “green”. Shops: none yet."


def test_shop_command_needs_a_shop(db, capsys):
    with pytest.raises((CommandError, SystemExit)):
        run()
