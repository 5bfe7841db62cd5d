import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from crm.lib import environment

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("text", "expected"), [("on", True), (" TRUE ", True), ("1", True), ("off", False), ("", False)]
)
def test_switch_reads_on_and_off(text, expected, monkeypatch):
    monkeypatch.setenv("LIGHT", text)
    assert environment.switch("LIGHT", default=not expected) is expected


def test_switch_left_out_is_the_default(monkeypatch):
    monkeypatch.delenv("LIGHT", raising=False)
    assert environment.switch("LIGHT", default=True) is True


def test_switch_says_what_to_write(monkeypatch):
    monkeypatch.setenv("LIGHT", "maybe")
    with pytest.raises(ImproperlyConfigured, match=r"LIGHT is 'maybe'\. Write LIGHT=on or LIGHT=off\."):
        environment.switch("LIGHT", default=True)


def test_names_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("HOSTS", " shop.example , 192.168.1.5,")
    assert environment.names("HOSTS", default=[]) == ["shop.example", "192.168.1.5"]


def test_names_left_out_are_the_default(monkeypatch):
    monkeypatch.delenv("HOSTS", raising=False)
    assert environment.names("HOSTS", default=["here"]) == ["here"]


def test_names_without_a_name_stop_the_start(monkeypatch):
    monkeypatch.setenv("HOSTS", " , ")
    with pytest.raises(ImproperlyConfigured, match="HOSTS is empty"):
        environment.names("HOSTS", default=["here"])


@pytest.mark.parametrize(("text", "expected"), [("8000", 8000), ("65535", 65535)])
def test_port_is_a_number(text, expected, monkeypatch):
    monkeypatch.setenv("DOOR", text)
    assert environment.port("DOOR") == expected


def test_port_left_out_is_none(monkeypatch):
    monkeypatch.delenv("DOOR", raising=False)
    assert environment.port("DOOR") is None


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "-1"])
def test_port_says_what_to_write(text, monkeypatch):
    monkeypatch.setenv("DOOR", text)
    with pytest.raises(ImproperlyConfigured, match="DOOR=8000"):
        environment.port("DOOR")


def test_folder_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("PLACE", str(tmp_path / "new" / "folder"))
    assert environment.folder("PLACE", default=tmp_path) == tmp_path / "new" / "folder"
    assert (tmp_path / "new" / "folder").is_dir()


def test_folder_left_out_is_the_default(tmp_path, monkeypatch):
    monkeypatch.delenv("PLACE", raising=False)
    assert environment.folder("PLACE", default=tmp_path) == tmp_path


def test_folder_that_is_a_file_stops_the_start(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PLACE", str(tmp_path / "file"))
    with pytest.raises(ImproperlyConfigured, match=r"cannot be made \(File exists\)"):
        environment.folder("PLACE", default=tmp_path)


def test_folder_that_cannot_be_written_to_stops_the_start(tmp_path, monkeypatch):
    monkeypatch.setenv("PLACE", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    with pytest.raises(ImproperlyConfigured, match="cannot be written to"):
        environment.folder("PLACE", default=tmp_path)


def test_database_is_a_file_unless_said_otherwise(monkeypatch):
    monkeypatch.delenv("STORE", raising=False)
    found = environment.database("STORE", default="sqlite:////data/shop.sqlite3")
    assert (found["ENGINE"], found["NAME"]) == ("django.db.backends.sqlite3", "/data/shop.sqlite3")


def test_database_may_be_postgresql(monkeypatch):
    monkeypatch.setenv("STORE", "postgres://asha:secret@db:5433/shop")
    found = environment.database("STORE", default="")
    assert [found[part] for part in ("ENGINE", "USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "django.db.backends.postgresql",
        "asha",
        "secret",
        "db",
        5433,
        "shop",
    ]


@pytest.mark.parametrize(
    "url", ["mysql://host/shop", "shop.sqlite3", "postgres://host:port/shop", "postgres://host", "sqlite:///"]
)
def test_database_that_cannot_be_used_stops_the_start(url, monkeypatch):
    monkeypatch.setenv("STORE", url)
    with pytest.raises(ImproperlyConfigured, match=r"STORE names no database that can be used\. Write STORE=sqlite:"):
        environment.database("STORE", default="")


def test_database_without_its_driver_stops_the_start(monkeypatch):
    monkeypatch.setenv("STORE", "postgres://host/shop")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ImproperlyConfigured, match="driver is missing"):
        environment.database("STORE", default="")


def test_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path, monkeypatch):
    monkeypatch.delenv("KEY", raising=False)
    first = environment.secret("KEY", kept_in=tmp_path / "key.txt")
    assert len(first) >= 64
    assert environment.secret("KEY", kept_in=tmp_path / "key.txt") == first
    assert stat.S_IMODE((tmp_path / "key.txt").stat().st_mode) == 0o600


def test_secret_of_the_environment_is_kept_nowhere(tmp_path, monkeypatch):
    monkeypatch.setenv("KEY", "k" * 32)
    assert environment.secret("KEY", kept_in=tmp_path / "key.txt") == "k" * 32
    assert not (tmp_path / "key.txt").exists()


def test_secret_that_is_short_stops_the_start(tmp_path, monkeypatch):
    monkeypatch.setenv("KEY", "k" * 31)
    with pytest.raises(ImproperlyConfigured, match="KEY is too short"):
        environment.secret("KEY", kept_in=tmp_path / "key.txt")


def test_secret_file_that_stays_empty_stops_the_start(tmp_path):
    (tmp_path / "key.txt").touch()
    with pytest.raises(ImproperlyConfigured, match=r"key\.txt is empty\. Remove it"):
        environment._written(tmp_path / "key.txt", patience=0)


def test_secret_of_processes_that_start_at_once_is_the_same(tmp_path):
    show = "print(secret('KEY', kept_in=pathlib.Path(sys.argv[1])))"
    code = f"import sys, pathlib; from crm.lib.environment import secret; {show}"
    starts = [
        subprocess.Popen([sys.executable, "-c", code, tmp_path / "key.txt"], cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    keys = {start.communicate()[0] for start in starts}
    assert len(keys) == 1
    assert keys != {b""}
