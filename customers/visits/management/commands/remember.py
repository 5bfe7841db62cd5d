"""`python manage.py remember --vendor SLUG`: count anew what is kept beside the visits."""

from typing import Any

from customers.visits.tallying import recount_shop
from vendors.management.shop_command import ShopCommand


class Command(ShopCommand):
    help = "Count the wants of each day anew from the visits, while the shop goes on. Changes nothing that was right."

    def handle(self, *, vendor: str, **options: Any) -> None:
        shop = self.shop_of(vendor)
        self.stdout.write(f"Counting the days of {shop} ...")
        self.stdout.flush()
        self.stdout.write(f"Remembered {recount_shop(shop):,} days with visits.")
