"""Tables that people save from a spreadsheet as CSV: any usual encoding and delimiter, read in constant memory.

A file is read twice. The first pass looks at every byte once, to know the encoding for certain and the number of lines
for a progress bar; the second gives the rows. No model is known here, and nothing is ever loaded whole.
"""

import codecs
import csv
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

BLOCK = 1 << 20  # bytes per read of the first pass
LONGEST_LINE = 1 << 20  # characters; a "line" beyond it is no table row, and would not fit into memory
DELIMITERS = (",", ";", "\t")
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\x00", b"MM\x00*")
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # zip (xlsx, ods) and the older xls
DROPPED_IN_HEADERS = str.maketrans("", "", " \t\r\n\u00a0_-.:*#\ufeff")
CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\x0b\x0c\r\x1a\x1b"))


class NotATable(Exception):
    """The file cannot be read as a table at all; the text is a sentence for the shopkeeper."""


@dataclass(frozen=True)
class Column:
    """One column that the reader looks for: its documented name, other spellings, and whether it must be there."""

    name: str
    spellings: tuple[str, ...] = ()
    required: bool = False


class Row(NamedTuple):
    """One row: the line of the file on which it starts, its trimmed cells by column name, or why it cannot be read."""

    line: int
    cells: dict[str, str]
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A file known to be a table. `lines` counts all physical lines; `names` has None for a column that is ignored."""

    path: Path
    encoding: str
    delimiter: str
    lines: int
    names: tuple[str | None, ...]
    ignored: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """Every row below the header that is not blank, in the order of the file; may be called again."""
        wanted = [(name, place) for place, name in enumerate(self.names) if name is not None]
        width = len(self.names)
        for line, cells, fault in self._records():
            if fault:
                yield Row(line, {}, fault)
            elif len(cells) == width or _fits(cells, width):
                yield Row(line, {name: cells[place].strip() for name, place in wanted})
            else:
                yield Row(line, {}, _wrong_width(len(cells), width))

    def cells_of(self, name: str) -> Iterator[str]:
        """The cells of one column alone, of the rows that have one: a quick look ahead before `rows`."""
        place = self.names.index(name)
        for _line, cells, _fault in self._records():
            if len(cells) > place:
                yield cells[place].strip()

    def _records(self) -> Iterator[tuple[int, list[str], str]]:
        records = _records(self.path, self.encoding, self.delimiter)
        next(records)  # the header
        return records


def open_sheet(path: Path, columns: Sequence[Column]) -> Sheet:
    """Look the whole file over and match its header to `columns`.

    Raises NotATable with a sentence when it is no text, lacks a required column or is empty; OSError as open() does.
    """
    encoding, lines = _survey(path)
    delimiter, header = _header(path, encoding, columns)
    names = _matched(header, columns)
    missing = [column.name for column in columns if column.required and column.name not in names]
    if missing:
        raise NotATable(_missing_columns(missing))
    ignored = tuple(title.strip() for title, name in zip(header, names, strict=True) if name is None and title.strip())
    return Sheet(path=path, encoding=encoding, delimiter=delimiter, lines=lines, names=names, ignored=ignored)


# First pass: is it text, in which encoding, how long?


def _survey(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        head = file.read(4096)
    encoding = _encoding_by_mark(head)
    if encoding:
        return encoding, _count_lines(path, encoding)
    _refuse_what_is_no_text(head)
    try:
        return "utf-8", _count_lines(path, "utf-8")
    except UnicodeDecodeError:
        return "cp1252", _count_lines(path, "cp1252")


def _encoding_by_mark(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ""


def _refuse_what_is_no_text(head: bytes) -> None:
    if not head.strip():
        raise NotATable(_("This file is empty."))
    strange = len(head) - len(head.translate(None, CONTROL_BYTES))
    if strange <= 2 + len(head) // 100:  # a stray control character spoils its row, not the file
        return
    if head.startswith(PICTURES) or head[4:8] == b"ftyp":
        raise NotATable(_("This is a picture, not a table. Save it from your spreadsheet as CSV."))
    if head.startswith(WORKBOOKS):
        raise NotATable(_("This is a spreadsheet in its own format. Open it, choose “Save as” and then CSV."))
    raise NotATable(_("This is not a table that can be read. Save it from your spreadsheet as CSV."))


def _count_lines(path: Path, encoding: str) -> int:
    """Count the line ends. UTF-8 is decoded strictly here, since a failure is what tells it from cp1252."""
    decoder = codecs.getincrementaldecoder(encoding)("strict" if encoding == "utf-8" else "replace")
    ends = {"\n": 0, "\r": 0}
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            text = decoder.decode(block)
            for end in ends:
                ends[end] += text.count(end)
        decoder.decode(b"", final=True)
    return (ends["\n"] or ends["\r"]) + 1  # old Macs end lines by \r alone; the last line may have no end


# Header


def _header(path: Path, encoding: str, columns: Sequence[Column]) -> tuple[str, list[str]]:
    """The delimiter under which most columns are recognised, and the header read with it."""
    readings = [(delimiter, _first_record(path, encoding, delimiter)) for delimiter in DELIMITERS]
    return max(readings, key=lambda reading: sum(name is not None for name in _names(reading[1], columns)))


def _first_record(path: Path, encoding: str, delimiter: str) -> list[str]:
    _line, cells, fault = next(_records(path, encoding, delimiter), (0, [], ""))
    if fault:
        raise NotATable(_("The first line is not a line of column names: %(reason)s") % {"reason": fault})
    if not cells:
        raise NotATable(_("This file is empty."))
    return cells


def _matched(header: Sequence[str], columns: Sequence[Column]) -> tuple[str | None, ...]:
    names = _names(header, columns)
    for name in names:
        if name is not None and names.count(name) > 1:
            raise NotATable(_("Two columns are both called “%(name)s”. Rename or remove one of them.") % {"name": name})
    return names


def _names(header: Sequence[str], columns: Sequence[Column]) -> tuple[str | None, ...]:
    known = {_folded(spelling): column.name for column in columns for spelling in (column.name, *column.spellings)}
    return tuple(known.get(_folded(title)) for title in header)


def _folded(title: str) -> str:
    return unicodedata.normalize("NFKC", title).casefold().translate(DROPPED_IN_HEADERS)


def _missing_columns(missing: list[str]) -> str:
    return ngettext(
        "The column %(names)s is missing. The first line of the file must name the columns.",
        "The columns %(names)s are missing. The first line of the file must name the columns.",
        len(missing),
    ) % {"names": ", ".join(f"“{name}”" for name in missing)}


# Second pass: the records


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Give (first line, cells, fault) for all that is not blank; what cannot be read has no cells and a fault."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        spoiled: list[str] = []
        reader = csv.reader(_lines(file, spoiled), delimiter=delimiter, strict=True)
        while True:
            start = reader.line_num + 1
            try:
                cells, fault = next(reader), ""
            except StopIteration:
                return
            except csv.Error as error:
                cells, fault = [], _unreadable(error, start, reader.line_num)
            if spoiled:
                cells, fault = [], spoiled[0]
                spoiled.clear()
            if fault or any(map(str.strip, cells)):
                yield start, cells, fault


def _lines(file: TextIO, spoiled: list[str]) -> Iterator[str]:
    """Give the physical lines, cut at LONGEST_LINE; why one cannot be used is left in `spoiled` for its record."""
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            _skip_rest_of_line(file)
            spoiled.append(_("the line is far too long for a row of a table"))
        if "\0" in line:
            spoiled.append(_("it holds a NUL character, which no text should"))
        if "\ufffd" in line:
            spoiled.append(_("it holds a letter that cannot be read. Save the file as “CSV UTF-8”."))
        yield line


def _skip_rest_of_line(file: TextIO) -> None:
    while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
        pass


def _unreadable(error: csv.Error, start: int, end: int) -> str:
    """What csv's words for programmers mean to the person who has the file in a spreadsheet."""
    if "expected after" in str(error):
        return _("a quotation mark stands where none belongs")
    if end > start or "unexpected end" in str(error):
        return _("a quotation mark is not closed; nothing up to line %(line)d could be read") % {"line": end}
    return _("a cell is longer than %(limit)d characters") % {"limit": csv.field_size_limit()}


def _fits(cells: list[str], width: int) -> bool:
    """Spreadsheets like to add empty cells at the right; those are no fault."""
    return len(cells) > width and not any(map(str.strip, cells[width:]))


def _wrong_width(count: int, width: int) -> str:
    return ngettext(
        "the row has %(count)d cell, but there are %(width)d columns",
        "the row has %(count)d cells, but there are %(width)d columns",
        count,
    ) % {"count": count, "width": width}


# Writing


def harmless(text: str) -> str:
    """The cell `text` such that no spreadsheet takes it for a formula when it opens a CSV that we write."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
