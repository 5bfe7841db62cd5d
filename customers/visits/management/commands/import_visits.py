"""`python manage.py import_visits FILE --vendor SLUG`: visits from a table; see docs/importing.md."""

from crm.lib.spreadsheet import Sheet
from customers.importing import Watcher
from customers.management.import_command import ImportCommand, in_words
from customers.visits.importing import COLUMNS, import_visits
from vendors.models import Vendor


class Command(ImportCommand):
    help = "Take over visits from a table: visit, customer, time, product, quantity, unit and outcome."
    columns = COLUMNS

    def run(self, *, vendor: Vendor, sheet: Sheet, dry_run: bool, watcher: Watcher) -> str:
        counts = import_visits(vendor=vendor, sheet=sheet, dry_run=dry_run, watcher=watcher)
        return f"{in_words('Visits', counts)} Lines: {counts.lines}. New products: {counts.products}."
