import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer


@pytest.fixture
def file(tmp_path):
    return tmp_path / "customers.csv"


def run(capsys, *args):
    call_command("import_customers", *map(str, args))
    return capsys.readouterr()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_import_customers_command_reads_what_spreadsheets_write(vendor, file, capsys, encoding, delimiter):
    file.write_bytes(f"Customer Key{delimiter}NAME\r\n17{delimiter}José Souza\r\n".encode(encoding))

    out, err = run(capsys, file, "--vendor", "green-corner")

    assert (out, err) == ("Customers: 1 new, 0 same, 0 changed. Bad rows: 0.\n", "")
    assert Customer.objects.get(vendor=vendor).name == "José Souza"


def test_import_customers_command_says_what_is_not_used_and_what_is_bad(vendor, file, capsys):
    file.write_text("key,name,shoe size\n17,Sunita,38\n18,,40\n19,Ravi\n")

    out, _err = run(capsys, file, "--vendor", "green-corner")

    assert out.splitlines() == [
        "Columns that are not used: shoe size",
        "Line 3, name: is empty",
        "Line 4: the row has 2 cells, but there are 3 columns",
        "Customers: 1 new, 0 same, 0 changed. Bad rows: 2.",
    ]


def test_import_customers_command_dry_run_writes_nothing(vendor, file, capsys):
    file.write_text("key,name\n17,Sunita\n")

    out, _err = run(capsys, file, "--vendor", "green-corner", "--dry-run")

    assert out == "Nothing was written, this was a try. Customers: 1 new, 0 same, 0 changed. Bad rows: 0.\n"
    assert not Customer.objects.exists()


def test_import_customers_command_prints_fifty_bad_rows_and_writes_all(vendor, file, capsys, tmp_path):
    file.write_text("key,name\n" + "17,\n" * 60)
    errors = tmp_path / "errors.csv"

    out, _err = run(capsys, file, "--vendor", "green-corner", "--errors", errors)

    lines = out.splitlines()
    assert (len(lines), lines[49], lines[50]) == (52, "Line 51, name: is empty", "… and 10 more bad rows.")
    table = errors.read_text("utf-8-sig").splitlines()
    assert (len(table), table[0], table[60]) == (61, "line,column,reason", "61,name,is empty")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "This is a picture, not a table."),
        (b"key,colour\n", "The column “name” is missing."),
        (b"", "This file is empty."),
        (None, "cannot be opened: No such file or directory."),
    ],
)
def test_import_customers_command_refuses_what_it_cannot_read(vendor, file, content, sentence):
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(CommandError, match=sentence):
        call_command("import_customers", str(file), vendor="green-corner")


def test_import_customers_command_names_the_shops_when_there_is_no_such_shop(vendor, file):
    with pytest.raises(CommandError, match=r"There is no shop “blue”\. Shops: green-corner\."):
        call_command("import_customers", str(file), vendor="blue")


def test_import_customers_command_refuses_an_errors_file_that_it_cannot_write(vendor, file, tmp_path):
    file.write_text("key,name\n17,Sunita\n")

    with pytest.raises(CommandError, match="cannot be written"):
        call_command("import_customers", str(file), "--vendor", "green-corner", "--errors", str(tmp_path / "no" / "x"))

    assert not Customer.objects.exists()
