import socket

import pytest

from crm import tablets
from crm.certificates import CertificateError
from crm.lib import network
from tests.factories.vendors import VendorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def machine(monkeypatch, settings, tmp_path):
    """A machine with two addresses in the network, and a data folder of its own."""
    for place in (network, tablets.serving):
        monkeypatch.setattr(place, "addresses", lambda: ["192.168.1.20", "10.42.0.1"])
    monkeypatch.setattr(socket, "gethostname", lambda: "Shop-PC")
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "shop-pc"]
    settings.TLS_DIR = tmp_path / "tls"


def prepared(host="0.0.0.0"):
    told = []
    return tablets.prepare(host, 8000, 8443, tell=told.append), told


def test_prepare_certifies_every_name_and_address():
    way, told = prepared()
    assert way == tablets.Way("http://192.168.1.20:8000/", "https://192.168.1.20:8443/")
    assert told[-1] == (
        "Made the certificate of this computer: "
        "localhost, 127.0.0.1, ::1, shop-pc, 192.168.1.20, 10.42.0.1, shop-pc.local"
    )
    assert prepared() == (way, [])


@pytest.mark.parametrize(
    ("host", "page"),
    [
        ("10.42.0.1", "http://10.42.0.1:8000/"),
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("::1", "http://[::1]:8000/"),
    ],
)
def test_prepare_for_one_address_leads_there(host, page):
    assert prepared(host)[0].page == page


def test_prepare_without_an_address_leads_to_the_name(monkeypatch):
    for place in (network, tablets.serving):
        monkeypatch.setattr(place, "addresses", list)
    assert prepared()[0].shop == "https://shop-pc.local:8443/"


def test_prepare_keeps_to_the_names_that_are_allowed(monkeypatch, settings):
    monkeypatch.setenv("ALLOWED_HOSTS", "shop.lan,.example,*")
    settings.ALLOWED_HOSTS = ["shop.lan", ".example", "*"]
    way, told = prepared()
    assert way.shop == "https://shop.lan:8443/"
    assert told[-1] == "Made the certificate of this computer: shop.lan"


def test_prepare_leaves_out_a_name_that_no_certificate_can_have(settings):
    settings.ALLOWED_HOSTS = ["localhost", "दुकान"]
    assert prepared()[1][-1].endswith(": localhost, 192.168.1.20, 10.42.0.1, shop-pc.local")


def page():
    prepared()
    return (tablets.settings.TLS_DIR / "front-door.html").read_text(encoding="utf-8")


def test_page_leads_from_the_certificate_to_the_shop():
    html = page()
    steps = [
        'href="/regulars-ca.crt"',
        "Android",
        "iPad",
        "Windows",
        "Linux",
        'href="/shop/"',
        "https://192.168.1.20:8443/",
    ]
    assert [step for step in steps if step not in html] == []
    assert [html.index(step) for step in steps] == sorted(html.index(step) for step in steps)
    assert '<html lang="en"' in html


def test_page_is_in_the_language_of_the_shop_that_was_opened_last():
    VendorFactory(language="en")
    VendorFactory(language="mr")
    assert '<html lang="mr"' in page()


def test_page_that_cannot_be_written_is_told(monkeypatch):
    prepared()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tablets, "keep", full)
    with pytest.raises(CertificateError, match="No space left on device"):
        prepared()
