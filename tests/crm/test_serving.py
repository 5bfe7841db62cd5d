import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

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


def answer(url, host):
    try:
        request = urllib.request.Request(url, headers={"Host": host})
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def started(port, folder):
    """A server on all interfaces with a data folder of its own, once it has printed all that it prints."""
    kept = {
        name: value for name, value in os.environ.items() if name not in ("DJANGO_SETTINGS_MODULE", "ALLOWED_HOSTS")
    }
    command = [sys.executable, "manage.py", "start", "--host", "0.0.0.0", "--port", str(port), "--no-demo"]
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
    while not (said and "http://" in said[-1]):
        said.append(server.stdout.readline())
        assert server.poll() is None, said
    return server, said


def served(url):
    """Whether `url` is answered before long: the address is told a moment before the server listens to it."""
    for _attempt in range(200):
        try:
            return answer(url, "localhost") == 200
        except OSError:
            time.sleep(0.1)
    return False


def test_serve_lets_tablets_in_and_stops_with_ctrl_c(tmp_path):
    port = free_port()
    server, said = started(port, tmp_path)
    try:
        assert said[0] == "Bringing the database up to date ...\n"
        page = f"http://127.0.0.1:{port}/sign-in/"
        assert served(page)
        own = next(iter(network.addresses()), "127.0.0.1")
        assert [answer(page, f"{host}:{port}") for host in ("127.0.0.1", own, "evil.example")] == [200, 200, 400]
    finally:
        # As a terminal does: to all processes of the server at once.
        os.killpg(server.pid, signal.SIGINT)
        rest, _nothing = server.communicate(timeout=20)
    assert server.returncode == 0
    assert "KeyboardInterrupt" not in rest
