import socket

import pytest

from crm.lib import network


@pytest.fixture
def networks(monkeypatch, settings):
    monkeypatch.setattr(network, "addresses", lambda: ["172.17.0.1", "192.168.1.20"])
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "192.168.1.20", "shop-pc.local"]


def test_addresses_are_those_that_others_reach():
    assert [address for address in network.addresses() if address.startswith("127.")] == []


def test_addresses_without_any_network_are_none(monkeypatch):
    def unreachable(*args):
        raise OSError

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo")])
    assert network.addresses() == []


@pytest.mark.parametrize("called", ["Shop-PC", "Shop-PC.local", "shop-pc.rao.example"])
def test_local_name_is_that_of_multicast_dns(called, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: called)
    assert network.local_name() == "shop-pc.local"


@pytest.mark.parametrize("asked", ["localhost:8443", "127.0.0.1:8443", "[::1]:8443"])
def test_tablets_get_an_address_that_is_served_instead_of_this_machines_own(asked, networks, rf):
    request = rf.get("/any/", secure=True, headers={"host": asked})
    assert network.front_for_tablets(request) == "https://192.168.1.20:8443"


def test_tablets_get_the_name_that_worked(networks, rf):
    request = rf.get("/any/", secure=True, headers={"host": "shop-pc.local:8443"})
    assert network.front_for_tablets(request) == "https://shop-pc.local:8443"


def test_tablets_get_no_address_that_is_not_served(networks, settings, rf):
    settings.ALLOWED_HOSTS = ["localhost"]
    assert network.front_for_tablets(rf.get("/any/", headers={"host": "localhost:8000"})) == "http://localhost:8000"


def test_front_without_a_port_has_none(networks, settings, rf):
    settings.ALLOWED_HOSTS = ["shop.example"]
    assert (
        network.front_for_tablets(rf.get("/", secure=True, headers={"host": "shop.example"})) == "https://shop.example"
    )
