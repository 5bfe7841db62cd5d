import csv
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.lib.spreadsheet import Column, NotATable, Row, harmless, open_sheet

COLUMNS = (
    Column("key", ("customer key", "id"), required=True),
    Column("name", ("customer",), required=True),
    Column("note"),
)
TABLE = "key,name,note\r\n1,सुनीता पाटील,\r\n2,José Ñandú,likes “ripe”\r\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"


@pytest.fixture
def saved(tmp_path):
    def save(content, encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return save


def rows(path):
    return list(open_sheet(path, COLUMNS).rows())


def refusal(path):
    with pytest.raises(NotATable) as caught:
        open_sheet(path, COLUMNS)
    return str(caught.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"])
def test_open_sheet_reads_every_unicode_encoding_and_delimiter(saved, encoding, delimiter):
    text = TABLE.replace(",", delimiter)
    path = saved(("\ufeff" if encoding.startswith("utf-16") else "") + text, encoding)

    assert rows(path) == [
        Row(2, {"key": "1", "name": "सुनीता पाटील", "note": ""}),
        Row(3, {"key": "2", "name": "José Ñandú", "note": "likes “ripe”"}),
    ]


def test_open_sheet_falls_back_to_cp1252(saved):
    path = saved("key;name\n1;José\n2;“Bobby”\n", "cp1252")

    sheet = open_sheet(path, COLUMNS)

    assert (sheet.encoding, [row.cells["name"] for row in sheet.rows()]) == ("cp1252", ["José", "“Bobby”"])


def test_open_sheet_falls_back_to_cp1252_for_a_letter_late_in_the_file(saved):
    path = saved(b"key,name\n" + b"1,Ravi\n" * 400_000 + b"2,Jos\xe9\n")

    assert [row.cells["name"] for row in open_sheet(path, COLUMNS).rows()][-1] == "José"


def test_open_sheet_keeps_utf8_letters_that_are_cut_by_a_block(saved):
    path = saved("key,name\n" + "1,सु\n" * 400_000)

    sheet = open_sheet(path, COLUMNS)

    assert (sheet.encoding, {row.cells["name"] for row in sheet.rows()}) == ("utf-8", {"सु"})


def test_rows_name_the_line_with_a_byte_that_cp1252_does_not_know(saved):
    path = saved(b"key,name\n1,Jos\xe9\n2,\x81\n3,Ravi\n")

    assert rows(path) == [
        Row(2, {"key": "1", "name": "José"}),
        Row(3, {}, "it holds a letter that cannot be read. Save the file as “CSV UTF-8”."),
        Row(4, {"key": "3", "name": "Ravi"}),
    ]


def test_open_sheet_matches_headers_without_regard_to_case_and_space(saved):
    path = saved(" Customer_Key ;NAME ;Colour;\n1;Ravi;red;\n")

    sheet = open_sheet(path, COLUMNS)

    assert sheet.ignored == ("Colour",)
    assert list(sheet.rows()) == [Row(2, {"key": "1", "name": "Ravi"})]


def test_open_sheet_names_missing_columns(saved):
    assert refusal(saved("key,colour\n1,red\n")) == (
        "The column “name” is missing. The first line of the file must name the columns."
    )
    assert refusal(saved("1,Ravi\n")) == (
        "The columns “key”, “name” are missing. The first line of the file must name the columns."
    )


def test_open_sheet_refuses_two_columns_of_one_name(saved):
    assert refusal(saved("key,id,name\n1,1,Ravi\n")) == (
        "Two columns are both called “key”. Rename or remove one of them."
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (PNG + bytes(range(256)) * 20, "This is a picture, not a table. Save it from your spreadsheet as CSV."),
        (
            b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + bytes(range(256)),
            "This is a picture, not a table. Save it from your spreadsheet as CSV.",
        ),
        (
            b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00",
            "This is a picture, not a table. Save it from your spreadsheet as CSV.",
        ),
        (
            b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00",
            "This is a spreadsheet in its own format. Open it, choose “Save as” and then CSV.",
        ),
        (
            b"\x7fELF\x02\x01\x01\x00\x00\x00",
            "This is not a table that can be read. Save it from your spreadsheet as CSV.",
        ),
        (
            "key,name\n1,Ravi\n".encode("utf-16-le"),
            "This is not a table that can be read. Save it from your spreadsheet as CSV.",
        ),
        (b"", "This file is empty."),
        (b" \n\n", "This file is empty."),
        (b"\xef\xbb\xbf", "This file is empty."),
        (
            b'"key,name\n1,Ravi\n',
            "The first line is not a line of column names: "
            "a quotation mark is not closed; nothing up to line 2 could be read",
        ),
    ],
)
def test_open_sheet_refuses_what_is_no_table_in_plain_words(saved, content, sentence):
    assert refusal(saved(content)) == sentence


def test_rows_start_on_their_physical_line(saved):
    path = saved('\nkey,name,note\r\n1,Ravi,"two\r\nlines"\r\n\r\n,,\r\n2,"Anil ""Bobby""",\r\n')

    assert rows(path) == [
        Row(3, {"key": "1", "name": "Ravi", "note": "two\r\nlines"}),
        Row(7, {"key": "2", "name": 'Anil "Bobby"', "note": ""}),
    ]


def test_rows_with_another_number_of_cells_are_named(saved):
    path = saved("key,name,note\n1\n2,Ravi\n3,Anil,,x\n4,Asha,,,\n")

    assert rows(path) == [
        Row(2, {}, "the row has 1 cell, but there are 3 columns"),
        Row(3, {}, "the row has 2 cells, but there are 3 columns"),
        Row(4, {}, "the row has 4 cells, but there are 3 columns"),
        Row(5, {"key": "4", "name": "Asha", "note": ""}),
    ]


def test_rows_with_a_nul_are_named(saved):
    assert rows(saved("key,name\n1,Ra\0vi\n2,Asha\n" + "3,x\n" * 100))[:2] == [
        Row(2, {}, "it holds a NUL character, which no text should"),
        Row(3, {"key": "2", "name": "Asha"}),
    ]


def test_rows_with_a_huge_cell_are_named(saved):
    huge = "x" * (csv.field_size_limit() + 1)

    assert rows(saved(f"key,name\n1,{huge}\n2,Asha\n")) == [
        Row(2, {}, f"a cell is longer than {csv.field_size_limit()} characters"),
        Row(3, {"key": "2", "name": "Asha"}),
    ]


@pytest.mark.parametrize("end", ["\n", ""])
def test_rows_with_an_endless_line_are_named_and_the_rest_is_read(saved, end):
    path = saved("key,name\n1," + "x," * 2_000_000 + end + ("2,Asha\n" if end else ""))

    assert rows(path) == [Row(2, {}, "the line is far too long for a row of a table")] + (
        [Row(3, {"key": "2", "name": "Asha"})] if end else []
    )


def test_rows_with_misplaced_quotation_marks_are_named(saved):
    path = saved('key,name\n1,"Anil" Bobby\n2,Asha\n3,"Ravi\n4,Usha\n')

    assert rows(path) == [
        Row(2, {}, "a quotation mark stands where none belongs"),
        Row(3, {"key": "2", "name": "Asha"}),
        Row(4, {}, "a quotation mark is not closed; nothing up to line 5 could be read"),
    ]


@pytest.mark.parametrize(("end", "lines"), [("\n", 4), ("\r\n", 4), ("\r", 4)])
def test_sheet_counts_physical_lines(saved, end, lines):
    sheet = open_sheet(saved(end.join(["key,name", "1,Ravi", "2,Asha", ""])), COLUMNS)

    assert (sheet.lines, [row.line for row in sheet.rows()]) == (lines, [2, 3])


def test_open_sheet_needs_little_memory_for_a_large_file(tmp_path):
    path: Path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write("key,name\n")
        file.writelines(f"{number},{'Ravi ' * 20}\n" for number in range(200_000))  # 21 MB
        file.write("x" * 20_000_000)  # and a line without end

    tracemalloc.start()
    count = sum(1 for _row in open_sheet(path, COLUMNS).rows())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 200_001
    assert peak < 12_000_000


cell = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\r\n\t"), max_size=20).filter(
    lambda text: "\ufffd" not in text
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    table=st.lists(st.tuples(cell, cell, cell), max_size=8),
    delimiter=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_rows_are_what_a_spreadsheet_wrote(tmp_path, table, delimiter, encoding):
    path = tmp_path / "table.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([("key", "name", "note"), *table])

    expected = [tuple(map(str.strip, cells)) for cells in table if any(map(str.strip, cells))]

    assert [tuple(row.cells.values()) for row in open_sheet(path, COLUMNS).rows()] == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(tmp_path, content):
    path = tmp_path / "table.csv"
    path.write_bytes(b"key,name\n" + content)
    with suppress(NotATable):
        assert all(bool(row.cells) != bool(row.fault) for row in rows(path))


def test_cells_of_one_column_leave_out_what_cannot_be_read(saved):
    sheet = open_sheet(saved("key,name\n1, Ravi \n2\n\n3,Ra\0vi\n4,Asha\n"), COLUMNS)

    assert list(sheet.cells_of("name")) == ["Ravi", "Asha"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_harmless_takes_the_force_from_formulas(start):
    assert harmless(f"{start}1+1") == f"'{start}1+1"


def test_harmless_leaves_other_text_alone():
    assert harmless("Ravi = Ravindra") == "Ravi = Ravindra"
