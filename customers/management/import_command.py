"""What `import_customers` and `import_visits` share: a file, a shop, and a report of what became of the rows."""

import csv
import time
from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import CommandError

from crm.lib.spreadsheet import Column, NotATable, Sheet, harmless, open_sheet
from customers.importing import Counts, Fault, Watcher
from vendors.management.shop_command import ShopCommand
from vendors.models import Vendor

SHOWN = 50
"""Bad rows that are printed in full."""
PAUSE = 0.2
"""Seconds between two words about the progress."""


class ImportCommand(ABC, ShopCommand):
    """Arguments and report; a subclass names its columns and its verb."""

    columns: Sequence[Column]

    @abstractmethod
    def run(self, *, vendor: Vendor, sheet: Sheet, dry_run: bool, watcher: Watcher) -> str:
        """Import `sheet` and give the counts in words."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE", help="a table saved as CSV")
        parser.add_argument("--dry-run", action="store_true", help="find and count everything, write nothing")
        parser.add_argument("--errors", type=Path, metavar="FILE", help="write every bad row to this CSV file")

    def handle(self, *_args: Any, file: Path, vendor: str, dry_run: bool, errors: Path | None, **_options: Any) -> None:
        shop, sheet = self.shop_of(vendor), _sheet(file, self.columns)
        if sheet.ignored:
            self.stdout.write(f"Columns that are not used: {', '.join(sheet.ignored)}")
        with ExitStack() as stack:
            faults = Faults(self.stdout, stack.enter_context(_writing(errors)) if errors else None)
            progress = Progress(self.stderr, sheet.lines)
            watcher = Watcher(fault=faults.add, reached=progress.reached)
            words = self.run(vendor=shop, sheet=sheet, dry_run=dry_run, watcher=watcher)
            progress.end()
            faults.end()
        self.stdout.write(f"Nothing was written, this was a try. {words}" if dry_run else words)


def in_words(what: str, counts: Counts) -> str:
    return f"{what}: {counts.new} new, {counts.same} same, {counts.changed} changed. Bad rows: {counts.bad}."


def _sheet(path: Path, columns: Sequence[Column]) -> Sheet:
    try:
        return open_sheet(path, columns)
    except OSError as error:
        raise CommandError(f"{path} cannot be opened: {error.strerror}.") from error
    except NotATable as error:
        raise CommandError(f"{path}: {error}") from error


def _writing(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8-sig", newline="")  # with a mark, or Excel takes it for cp1252
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error


class Faults:
    """Prints the first bad rows, counts the others, and writes all of them to a table if there is one."""

    def __init__(self, out: TextIO, table: TextIO | None) -> None:
        self.out = out
        self.count = 0
        self.writer = csv.writer(table) if table else None
        if self.writer:
            self.writer.writerow(["line", "column", "reason"])

    def add(self, fault: Fault) -> None:
        self.count += 1
        if self.count <= SHOWN:
            column = f", {fault.column}" if fault.column else ""
            self.out.write(f"Line {fault.line}{column}: {fault.reason}")
        if self.writer:
            self.writer.writerow([fault.line, harmless(fault.column), harmless(fault.reason)])

    def end(self) -> None:
        if self.count > SHOWN:
            self.out.write(f"… and {self.count - SHOWN} more bad rows.")


class Progress:
    """Says how far it is, to a person who waits at a terminal and to nobody else."""

    def __init__(self, out: TextIO, lines: int) -> None:
        self.out, self.lines = out, lines
        self.started = self.last = time.monotonic()
        self.watched = out.isatty()

    def reached(self, line: int) -> None:
        now = time.monotonic()
        if self.watched and now - self.last >= PAUSE:
            self.last = now
            rate = line / (now - self.started)
            self.out.write(f"\r{min(line / self.lines, 1):4.0%}  {rate:,.0f} rows/s ", ending="")

    def end(self) -> None:
        if self.watched:
            self.out.write("\r" + " " * 30 + "\r", ending="")
