"""`python manage.py import_customers FILE --vendor SLUG`: customers from a table; see docs/importing.md."""

from crm.lib.spreadsheet import Sheet
from customers.importing import COLUMNS, Watcher, import_customers
from customers.management.import_command import ImportCommand, in_words
from vendors.models import Vendor


class Command(ImportCommand):
    help = "Take over customers from a table: key, name, phones, landmark and more."
    columns = COLUMNS

    def run(self, *, vendor: Vendor, sheet: Sheet, dry_run: bool, watcher: Watcher) -> str:
        return in_words("Customers", import_customers(vendor=vendor, sheet=sheet, dry_run=dry_run, watcher=watcher))
