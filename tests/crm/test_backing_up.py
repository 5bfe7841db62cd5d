import datetime as dt
import sqlite3
import threading
from contextlib import closing

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from crm import backing_up
from customers.models import Customer
from customers.visits.models import ShopDay
from tests.factories.customers import CustomerFactory
from tests.factories.visits import VisitFactory
from vendors.models import Vendor

NOW = dt.datetime(2026, 11, 21, 18, 30, tzinfo=dt.UTC)
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def names():
    return sorted(Customer.objects.values_list("name", flat=True))


def names_in(file):
    with closing(sqlite3.connect(file)) as copy:
        return sorted(name for (name,) in copy.execute("SELECT name FROM customers_customer"))


def test_back_up_copies_what_is_committed_into_one_file(tmp_path):
    CustomerFactory(name="Sunita")
    copy = backing_up.back_up(tmp_path / "usb", now=NOW)
    assert copy == tmp_path / "usb" / "regulars-2026-11-21-183000.sqlite3"
    assert [each.name for each in copy.parent.iterdir()] == [copy.name]
    assert names_in(copy) == ["Sunita"]


def test_back_up_does_not_wait_for_an_open_sale(tmp_path):
    CustomerFactory(name="Sunita")
    writing, copied = threading.Event(), threading.Event()

    def sell():
        path = connection.settings_dict["NAME"]
        with closing(sqlite3.connect(path, timeout=1)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("UPDATE customers_customer SET name = 'half written'")
            writing.set()
            copied.wait(20)
            other.rollback()

    sale = threading.Thread(target=sell)
    sale.start()
    writing.wait(20)
    copy = backing_up.back_up(tmp_path, now=NOW)
    copied.set()
    sale.join()
    assert names_in(copy) == ["Sunita"]


def test_back_up_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(backing_up.BackupError, match="No backup could be written"):
        backing_up.back_up(tmp_path / "file", now=NOW)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_restore_brings_back_what_was_and_keeps_what_is(tmp_path):
    CustomerFactory(name="Sunita")
    copy = backing_up.back_up(tmp_path, now=NOW)
    CustomerFactory(name="Later")
    before = backing_up.restore(copy, now=NOW)
    assert names() == ["Sunita"]
    assert names_in(before) == ["Later", "Sunita"]


@pytest.mark.parametrize(
    ("contents", "says"),
    [(None, "There is no file"), (b"\x89PNG" * 2000, "not a backup"), (b"", "not a whole backup")],
)
def test_restore_refuses_what_is_no_backup_and_changes_nothing(tmp_path, contents, says):
    CustomerFactory(name="Sunita")
    file = tmp_path / "backup.sqlite3"
    if contents is not None:
        file.write_bytes(contents)
    with pytest.raises(backing_up.BackupError, match=says):
        backing_up.restore(file, now=NOW)
    assert names() == ["Sunita"]


def test_restore_refuses_a_torn_copy(tmp_path):
    for number in range(300):
        CustomerFactory(name=f"Customer {number}")
    copy = backing_up.back_up(tmp_path, now=NOW)
    torn = tmp_path / "torn.sqlite3"
    torn.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    with pytest.raises(backing_up.BackupError):
        backing_up.restore(torn, now=NOW)
    assert len(names()) == 300


def test_the_commands_say_where_the_copies_are(tmp_path, capsys):
    CustomerFactory(name="Sunita")
    call_command("backup", tmp_path / "usb")
    assert "read through and whole" in capsys.readouterr().out
    [copy] = (tmp_path / "usb").iterdir()
    CustomerFactory(name="Later")
    call_command("restore", copy)
    assert "is kept in" in capsys.readouterr().out
    assert names() == ["Sunita"]


def test_restored_backup_of_a_version_that_counted_nothing_is_counted(tmp_path, capsys):
    visit = VisitFactory(at=NOW)
    call_command("migrate", "visits", "0001", verbosity=0)
    copy = backing_up.back_up(tmp_path, now=NOW)
    call_command("migrate", verbosity=0)
    call_command("restore", copy)
    assert f"Counting the days of {visit.vendor} ..." in capsys.readouterr().out
    counted = ShopDay.objects.values_list("vendor", "day", "visits")
    assert list(counted) == [(visit.vendor_id, visit.vendor.day_of(NOW), 1)]


def test_restored_shop_has_another_past_than_the_one_in_the_backup(tmp_path, capsys):
    """What a running server remembers under that of the backup may be of visits that came after it."""
    vendor = CustomerFactory().vendor
    copy = backing_up.back_up(tmp_path, now=NOW)
    call_command("restore", copy)
    assert Vendor.objects.get().past != vendor.past


@pytest.mark.parametrize("command", [("backup", "file/x"), ("restore", "nothing-here")])
def test_the_commands_say_in_a_sentence_what_is_wrong(tmp_path, command):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CommandError):
        call_command(command[0], tmp_path / command[1])
