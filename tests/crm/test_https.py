import hashlib

import pytest

from crm import https
from crm.lib import network

pytestmark = pytest.mark.django_db
PAGE = "/admin/https/"
AUTHORITY = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n"


@pytest.fixture
def front_door(settings, tmp_path, monkeypatch):
    (tmp_path / https.AUTHORITY).write_text(AUTHORITY)
    settings.TLS_DIR, settings.FRONT_DOOR = tmp_path, 8000
    settings.ALLOWED_HOSTS = ["testserver", "localhost", "192.168.1.20"]
    monkeypatch.setattr(network, "addresses", lambda: ["192.168.1.20"])


def test_https_shows_the_front_door_to_a_camera(evening, front_door):
    page = evening.get(PAGE, headers={"host": "localhost:8443"})
    html = page.content.decode()
    assert page.context["page"] == "http://192.168.1.20:8000/"
    assert '<a href="http://192.168.1.20:8000/">' in html
    assert '<svg width="198" height="198" class="qr">' in html


def test_https_shows_the_fingerprint_as_tablets_do(evening, front_door):
    digits = hashlib.sha256(bytes([0, 1, 2])).hexdigest().upper()
    assert ":".join(digits[at : at + 2] for at in range(0, 64, 2)) in evening.get(PAGE).content.decode()


def test_https_says_how_to_start_where_there_is_none(evening):
    html = evening.get(PAGE).content.decode()
    assert "make tablets" in html
    assert "<svg width" not in html


def test_https_is_for_owners(counter, client):
    assert counter.get(PAGE).status_code == 403
    assert client.get(PAGE).status_code == 302


def test_https_takes_no_form(evening):
    assert evening.post(PAGE).status_code == 405
