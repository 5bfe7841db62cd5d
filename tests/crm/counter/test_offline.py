import json
import re
import struct

import pytest
from django.contrib.staticfiles import finders
from django.templatetags.static import static

from crm.counter import offline
from crm.counter.blanks import BLANKS
from tests.conftest import tablet_of
from tests.factories.vendors import ProductFactory

COUNTER = "/green-corner/counter/"


@pytest.fixture
def idle(paired):
    """A paired tablet on which nobody serves."""
    return tablet_of(paired)


def told(client):
    """What the worker is told of the shop, by name."""
    script = client.get(f"{COUNTER}worker.js").content.decode()
    return {
        name: json.loads(value) for name, value in re.findall(r"^const ([A-Z]+) = (.*);$", script, re.MULTILINE)[:12]
    }


def files(client, *, static):
    return [file for file in told(client)["FILES"] if file.startswith("/static/") is static]


def test_worker_is_a_script_that_is_asked_for_anew_each_time(idle):
    response = idle.get(f"{COUNTER}worker.js")
    assert (response["Content-Type"], response["Cache-Control"]) == ("text/javascript", "no-cache, private")
    assert response.content.decode().endswith(f'importScripts("{static("crm/worker.js")}");\n')
    again = idle.get(f"{COUNTER}worker.js", headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_worker_keeps_all_blank_pages_and_every_file_that_they_ask_for(idle):
    pages = files(idle, static=False)
    assert pages == [f"{COUNTER}blank/{name}/" for name in BLANKS]
    asked = {file for page in pages for file in re.findall(r'"(/static/[^"#]+)', idle.get(page).content.decode())}
    not_kept = {f"/static/crm/icon-{size}.png" for size in (192, 512)}  # for the home screen
    assert asked - not_kept <= set(files(idle, static=True))


def test_worker_keeps_only_what_is_there(idle):
    names = [file.removeprefix("/static/") for file in files(idle, static=True)]
    assert [name for name in names if not finders.find(name)] == []


def test_worker_knows_what_stands_in_whose_place(idle):
    said = told(idle)
    assert said["PAGES"][COUNTER] == f"{COUNTER}blank/find/"
    assert said["PAGES"][f"{COUNTER}*/"] == f"{COUNTER}blank/card/"
    assert said["SHEETS"][f"{COUNTER}*/likes/?add=1"] == f"{COUNTER}blank/likes/"
    assert said["SHEETS"][f"{COUNTER}*/likes/about/*/"] == f"{COUNTER}blank/about/"
    assert said["SHEETS"][f"{COUNTER}*/products/"] == f"{COUNTER}blank/card/"
    assert {*said["PAGES"].values(), *said["SHEETS"].values()} == set(files(idle, static=False))


def test_worker_is_another_one_when_the_shop_sells_something_else(idle, vendor):
    before = told(idle)["VERSION"]
    assert told(idle)["VERSION"] == before
    ProductFactory(vendor=vendor)
    assert told(idle)["VERSION"] != before


def test_worker_is_another_one_the_next_day(idle, vendor, monkeypatch):
    before, tomorrow = told(idle)["VERSION"], vendor.day_bounds(vendor.today())[1]
    monkeypatch.setattr("django.utils.timezone.now", lambda: tomorrow)
    assert told(idle)["VERSION"] != before


def test_worker_is_another_one_when_a_page_was_changed(idle, monkeypatch):
    before = told(idle)["VERSION"]
    monkeypatch.setattr(offline, "_files_at_start", lambda: "others")
    assert told(idle)["VERSION"] != before


def test_files_of_the_pages_are_read_anew_while_they_are_worked_on(idle, settings, monkeypatch):
    before = told(idle)["VERSION"]
    settings.DEBUG = True
    assert told(idle)["VERSION"] == before
    monkeypatch.setattr(offline, "_files", lambda: "others")
    assert told(idle)["VERSION"] != before


def test_manifest_makes_the_counter_of_the_shop_an_app(idle, vendor):
    vendor.name, vendor.language = "हरा कोना", "hi"
    vendor.save()
    response = idle.get(f"{COUNTER}manifest.webmanifest")
    said = response.json()
    assert response["Content-Type"] == "application/manifest+json"
    assert (said["name"], said["lang"], said["display"]) == ("हरा कोना", "hi", "standalone")
    assert {said["id"], said["start_url"], said["scope"]} == {COUNTER}


def test_icons_of_the_manifest_are_there_in_the_size_that_it_says(idle):
    icons = idle.get(f"{COUNTER}manifest.webmanifest").json()["icons"]
    sizes = {icon["sizes"]: finders.find(icon["src"].removeprefix("/static/")) for icon in icons}
    assert sizes.keys() == {"any", "192x192", "512x512"}
    assert [png_size(sizes[size]) for size in ("192x192", "512x512")] == [(192, 192), (512, 512)]


def png_size(path):
    with open(path, "rb") as file:
        return struct.unpack(">II", file.read(24)[16:])


def test_pages_name_the_manifest(tablet):
    page = tablet.get(COUNTER).content.decode()
    assert f'<link rel="manifest" href="{COUNTER}manifest.webmanifest" crossorigin="use-credentials">' in page
