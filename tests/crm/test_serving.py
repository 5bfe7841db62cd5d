import base64
import hashlib
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from crm import serving
from crm.lib import network

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def networks(monkeypatch):
    monkeypatch.setattr(serving, "addresses", lambda: ["192.168.1.5", "10.42.0.1"])
    monkeypatch.setattr(socket, "gethostname", lambda: "Shop-PC")
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_held_port_stops_a_second_start():
    port = free_port()
    second = serving.held("127.0.0.1", port)
    with serving.held("127.0.0.1", port), pytest.raises(serving.CannotServe, match=rf"make run PORT={port + 1}"):
        second.__enter__()


def test_held_port_is_free_again_afterwards():
    port = free_port()
    with serving.held("127.0.0.1", port):
        pass
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        assert other.getsockname() == ("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "port", "said"), [("shop", 8000, "no address"), ("127.0.0.1", 70000, "no port 70000")]
)
def test_held_says_what_to_write_instead(host, port, said):
    with pytest.raises(serving.CannotServe, match=said), serving.held(host, port):
        pass


@pytest.mark.parametrize(
    ("host", "urls"),
    [
        ("127.0.0.1", ["http://127.0.0.1:8000/"]),
        ("0.0.0.0", ["http://127.0.0.1:8000/", "http://192.168.1.5:8000/"]),
        ("192.168.1.5", ["http://192.168.1.5:8000/"]),
        ("::1", ["http://[::1]:8000/"]),
    ],
)
def test_urls_are_what_to_type(host, urls, networks):
    assert serving.urls(host, 8000) == urls


def test_allowed_hosts_stay_those_of_this_machine_when_only_it_is_served(networks, settings):
    assert serving.allowed_hosts("127.0.0.1") == settings.ALLOWED_HOSTS


@pytest.mark.parametrize(
    ("host", "more"),
    [("0.0.0.0", ["192.168.1.5", "10.42.0.1", "shop-pc.local"]), ("10.42.0.1", ["10.42.0.1", "shop-pc.local"])],
)
def test_allowed_hosts_let_tablets_of_the_network_in(host, more, networks, settings):
    assert serving.allowed_hosts(host) == [*settings.ALLOWED_HOSTS, *more]


def test_allowed_hosts_of_the_environment_are_the_only_ones(networks, settings, monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", "shop.example")
    assert serving.allowed_hosts("0.0.0.0") == settings.ALLOWED_HOSTS


def answer(url, host, trusting=None):
    try:
        request = urllib.request.Request(url, headers={"Host": host})
        with urllib.request.urlopen(request, timeout=20, context=trusting) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


@contextmanager
def started(port, folder, *words):
    """A server on all interfaces with a data folder of its own: what it said, once it has told the last address."""
    ours = ("DJANGO_SETTINGS_MODULE", "ALLOWED_HOSTS")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    command = [sys.executable, "manage.py", "start", "--host", "0.0.0.0", "--port", str(port), "--no-demo", *words]
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**kept, "REGULARS_DATA": str(folder), "DATABASE_URL": "", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A server started from a shell's background ignores Ctrl-C: this one has to hear it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - no threads here
    )
    said = []
    try:
        while not (said and "http://" in said[-1]):
            said.append(server.stdout.readline())
            assert server.poll() is None, said
        yield said
    finally:
        # As a terminal does: to all processes of the server at once.
        os.killpg(server.pid, signal.SIGINT)
        rest, _nothing = server.communicate(timeout=20)
    assert server.returncode == 0
    assert "KeyboardInterrupt" not in rest


def served(url, trusting=None):
    """Whether `url` is answered before long: the address is told a moment before the server listens to it."""
    for _attempt in range(200):
        try:
            return answer(url, urlsplit(url).netloc, trusting) == 200
        except OSError:
            time.sleep(0.1)
    return False


def test_serve_lets_tablets_in_and_stops_with_ctrl_c(tmp_path):
    port = free_port()
    with started(port, tmp_path) as said:
        assert said[0] == "Bringing the database up to date ...\n"
        page = f"http://127.0.0.1:{port}/sign-in/"
        assert served(page)
        own = next(iter(network.addresses()), "127.0.0.1")
        assert [answer(page, f"{host}:{port}") for host in ("127.0.0.1", own, "evil.example")] == [200, 200, 400]


@pytest.fixture(scope="module")
def securely(tmp_path_factory):
    """Port, port of https and folder of a server that was started for tablets."""
    port, https_port, folder = free_port(), free_port(), tmp_path_factory.mktemp("shop")
    with started(port, folder, "--tablets", "--https-port", str(https_port)):
        assert served(f"https://localhost:{https_port}/sign-in/", trusting_shop(folder))
        yield port, https_port, folder


def trusting_shop(folder):
    """As a tablet that has the shop's authority, and no other."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(folder / "tls" / "regulars-ca.crt")
    return trusting


def test_serve_for_tablets_speaks_https_by_name_and_by_address(securely):
    _port, https_port, folder = securely
    for host in ("localhost", "127.0.0.1", *network.addresses()):
        assert served(f"https://{host}:{https_port}/sign-in/", trusting_shop(folder)), host


def test_serve_for_tablets_is_not_trusted_without_the_authority(securely):
    _port, https_port, _folder = securely
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        answer(f"https://localhost:{https_port}/sign-in/", "localhost", ssl.create_default_context())


def test_serve_for_tablets_leads_on_from_plain_http(securely):
    port, https_port, folder = securely
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/regulars-ca.crt", timeout=20) as response:
        assert response.headers["Content-Type"] == "application/x-x509-ca-cert"
        assert response.read() == (folder / "tls" / "regulars-ca.crt").read_bytes()
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting_shop(folder)))
    with opener.open(f"http://127.0.0.1:{port}/sign-in/?next=/", timeout=20) as response:
        assert response.url == f"https://127.0.0.1:{https_port}/sign-in/?next=/"


def test_serve_for_tablets_gives_cookies_that_never_go_over_plain_http(securely):
    _port, https_port, folder = securely
    page = f"https://127.0.0.1:{https_port}/sign-in/"
    with urllib.request.urlopen(page, timeout=20, context=trusting_shop(folder)) as response:
        [cookie] = response.headers.get_all("Set-Cookie")
        assert "Secure" in cookie
        assert "Strict-Transport-Security" not in response.headers
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', response.read().decode())[1]
    headers = {"Cookie": cookie.split(";")[0].strip(), "Origin": f"https://127.0.0.1:{https_port}"}
    form = urlencode({"csrfmiddlewaretoken": token, "username": "nobody", "password": "wrong"}).encode()
    with urllib.request.urlopen(
        urllib.request.Request(page, form, headers), timeout=20, context=trusting_shop(folder)
    ) as response:
        assert "errors" in response.read().decode()


@pytest.mark.browser
def test_page_over_https_may_have_a_service_worker(securely, browser_type, browser_type_launch_args, tmp_path):
    """The same page over plain http may not; Chromium is told to take the very key that the shop's certificate has."""
    port, https_port, folder = securely
    key = x509.load_pem_x509_certificate((folder / "tls" / "server.pem").read_bytes()).public_key()
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    pin = base64.b64encode(hashlib.sha256(der).digest()).decode()
    names = "--host-resolver-rules=MAP shop-pc.local 127.0.0.1"
    flags = [*browser_type_launch_args["args"], f"--ignore-certificate-errors-spki-list={pin}", names]
    tablet = browser_type.launch_persistent_context(tmp_path, **{**browser_type_launch_args, "args": flags})
    try:
        page = tablet.new_page()
        found = {}
        for url in (f"http://shop-pc.local:{port}/", f"https://127.0.0.1:{https_port}/sign-in/"):
            page.goto(url)
            found[url.split(":")[0]] = page.evaluate("[isSecureContext, 'serviceWorker' in navigator]")
        assert found == {"http": [False, False], "https": [True, True]}
    finally:
        tablet.close()
