"""Rows of a sheet that belong together, one after the other, however they are scattered over the file."""

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from crm.lib.spreadsheet import Row, Sheet

MOST_KEYS = 1_000_000
"""Keys that the look ahead remembers (about 100 MB); a file with more is sorted on the disk without looking further."""


def gathered(sheet: Sheet, column: str) -> Iterator[Row]:
    """The rows of `sheet` such that equal cells of `column` follow each other, else in the order of the file.

    A file that is in order already, as tills write it, is streamed; another is sorted in a temporary file.
    """
    if is_gathered(sheet.cells_of(column)):
        return sheet.rows()
    return _sorted_on_disk(sheet.rows(), column)


def is_gathered(keys: Iterable[str]) -> bool:
    """Whether equal keys follow each other. Hashes are kept, not keys: a clash only makes the answer too careful."""
    seen: set[int] = set()
    last = None
    for key in keys:
        if key == last:
            continue
        if hash(key) in seen or len(seen) == MOST_KEYS:
            return False
        seen.add(hash(key))
        last = key
    return True


def _sorted_on_disk(rows: Iterable[Row], column: str) -> Iterator[Row]:
    """Rows with a fault belong to nothing and come first."""
    with tempfile.TemporaryDirectory() as folder:
        shelf = sqlite3.connect(Path(folder) / "rows.sqlite3", isolation_level=None)
        try:
            shelf.execute("PRAGMA synchronous = OFF")
            shelf.execute("CREATE TABLE rows (line INTEGER PRIMARY KEY, key TEXT, cells TEXT)")
            yield from _shelved(shelf, rows, column)
            shelf.execute("CREATE INDEX by_key ON rows (key, line)")
            first = "SELECT key, min(line) AS first FROM rows GROUP BY key"
            sql = f"SELECT line, cells FROM rows JOIN ({first}) USING (key) ORDER BY first, line"  # noqa: S608 - constants
            for line, cells in shelf.execute(sql):
                yield Row(line, json.loads(cells))
        finally:
            shelf.close()


def _shelved(shelf: sqlite3.Connection, rows: Iterable[Row], column: str) -> Iterator[Row]:
    """Put the readable `rows` on the shelf and give the others."""
    shelf.execute("BEGIN")
    for row in rows:
        if row.fault:
            yield row
        else:
            cells = json.dumps(row.cells, ensure_ascii=False)
            shelf.execute("INSERT INTO rows VALUES (?, ?, ?)", (row.line, row.cells[column], cells))
    shelf.execute("COMMIT")
