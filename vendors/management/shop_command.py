"""What every command about one shop has: the shop, by its address."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from vendors.models import Vendor


class ShopCommand(BaseCommand):
    """Adds `--vendor SLUG`; a subclass asks `shop_of(slug)`."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--vendor", required=True, metavar="SLUG", help="the shop, by its address")

    def shop_of(self, slug: str) -> Vendor:
        """The shop; CommandError names those that there are."""
        try:
            return Vendor.objects.get(slug=slug)
        except Vendor.DoesNotExist as error:
            known = ", ".join(Vendor.objects.order_by("slug").values_list("slug", flat=True)[:10])
            raise CommandError(f"There is no shop “{slug}”. Shops: {known or 'none yet'}.") from error
