import datetime as dt
import os

import pytest
from django.core.management.base import CommandError
from django.db import OperationalError
from django.utils import timezone

from crm import setting_up
from crm.demo.shop import SLUG, UNFINISHED
from customers.visits import tallying
from customers.visits.models import ShopDay
from tests.factories.vendors import VendorFactory
from tests.factories.visits import VisitFactory
from vendors.models import Vendor


@pytest.fixture
def collected(settings, tmp_path, monkeypatch):
    """A place for the static files, one source folder, and the calls of collectstatic."""
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path / "data", tmp_path / "data" / "static"
    settings.STATIC_ROOT.mkdir(parents=True)
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "shop.css").write_text("body { color: green }")
    calls = []

    def call_command(name, **options):
        calls.append(name)
        (settings.STATIC_ROOT / "staticfiles.json").touch()

    monkeypatch.setattr(setting_up, "call_command", call_command)
    return calls


def test_update_database_does_nothing_when_there_is_nothing_to_do(db):
    told = []
    setting_up.update_database(told.append)
    assert told == []


def test_update_database_runs_what_is_missing(db, monkeypatch):
    told, calls = [], []
    monkeypatch.setattr(setting_up.MigrationExecutor, "migration_plan", lambda _executor, targets: targets)
    monkeypatch.setattr(setting_up, "call_command", lambda name, **_options: calls.append(name))
    setting_up.update_database(told.append)
    assert (told, calls) == (["Bringing the database up to date ..."], ["migrate"])


def test_update_database_counts_shops_that_were_never_counted(db):
    """Such as those of which the counting was broken off."""
    told, uncounted = [], VisitFactory(customer__vendor__name="Old Shop").vendor
    tallying.recount_shop(VisitFactory().vendor)
    VisitFactory(voided_at=timezone.now())
    VisitFactory(customer__vendor__slug=UNFINISHED)
    setting_up.update_database(told.append)
    assert told == ["Counting the days of Old Shop ..."]
    assert list(ShopDay.objects.filter(vendor=uncounted).values_list("visits", flat=True)) == [1]
    told.clear()
    setting_up.update_database(told.append)
    assert told == []


def test_counting_that_is_broken_off_leaves_nothing_counted(db, monkeypatch):
    vendor = VisitFactory().vendor
    VisitFactory(customer__vendor=vendor, at=timezone.now() - dt.timedelta(days=3))
    monkeypatch.setattr(Vendor, "past_changed", lambda _vendor: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        setting_up.recount(print)
    assert not ShopDay.objects.exists()


def test_update_database_that_cannot_be_opened_says_so(monkeypatch):
    def refuse(connection):
        raise OperationalError("unable to open database file")

    monkeypatch.setattr(setting_up, "MigrationExecutor", refuse)
    with pytest.raises(CommandError, match="The database cannot be opened: unable to open database file"):
        setting_up.update_database(print)


def test_update_static_files_collects_once(collected):
    setting_up.update_static_files(lambda _line: None)
    setting_up.update_static_files(lambda _line: None)
    assert collected == ["collectstatic"]


def test_update_static_files_collects_what_changed(collected, tmp_path):
    setting_up.update_static_files(lambda _line: None)
    os.utime(tmp_path / "source" / "shop.css", (1, 1))
    setting_up.update_static_files(lambda _line: None)
    assert collected == ["collectstatic"] * 2


def test_update_static_files_collects_again_what_was_removed(collected, settings):
    setting_up.update_static_files(lambda _line: None)
    (settings.STATIC_ROOT / "staticfiles.json").unlink()
    setting_up.update_static_files(lambda _line: None)
    assert collected == ["collectstatic"] * 2


def test_update_static_files_leaves_them_where_they_lie_while_debugging(collected, settings):
    settings.DEBUG = True
    setting_up.update_static_files(lambda _line: None)
    assert collected == []


@pytest.mark.parametrize(
    ("slug", "demo", "made"),
    [(None, True, 1), (None, False, 0), ("own", True, 0), (SLUG, True, 0), (UNFINISHED, True, 1)],
)
def test_set_up_makes_the_demo_shop_where_there_is_no_shop(slug, demo, made, db, collected, monkeypatch):
    calls = []
    monkeypatch.setattr(setting_up, "open_demo", lambda **options: calls.append(options))
    if slug:
        VendorFactory(slug=slug)
    setting_up.set_up(demo=demo, tell=lambda _line: None)
    assert len(calls) == made


def test_open_demo_shows_how_far_it_is(monkeypatch):
    def make_demo(*, now, seed, progress):
        for done in (500, 2_500, 2_750):
            progress(done, 2_750)
        return f"shop {seed}"

    told, opened = [], []
    monkeypatch.setattr(setting_up, "make_demo", make_demo)
    monkeypatch.setattr(setting_up.first_sign_in, "make", opened.append)
    setting_up.open_demo(tell=told.append, seed=5)
    assert told[1:] == ["  2,500 of 2,750 visits", "  2,750 of 2,750 visits"]
    assert opened == ["shop 5"]
