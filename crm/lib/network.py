"""Where this machine can be reached: its addresses, and what it is called in its network."""

import socket
import struct
import sys
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.http import HttpRequest

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

SIOCGIFADDR = 0x8915


def addresses() -> list[str]:
    """The IPv4 addresses of this machine that others can reach, that of its way to the internet first."""
    found = dict.fromkeys([_way_out(), *_of_interfaces()])
    return [address for address in found if address and not ip_address(address).is_loopback]


def _way_out() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Sends nothing: "connecting" a datagram socket only looks up the route. The address is for documentation.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


def _of_interfaces() -> list[str]:
    """Linux only: also the addresses of a network that has no way out, such as the shop's own hotspot."""
    if not sys.platform.startswith("linux"):
        return []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        found = [_of_interface(probe, name) for _number, name in socket.if_nameindex()]
    return [address for address in found if address]


def _of_interface(probe: socket.socket, name: str) -> str | None:
    try:
        answer = fcntl.ioctl(probe.fileno(), SIOCGIFADDR, struct.pack("256s", name.encode()))
    except OSError:  # it has no IPv4 address
        return None
    return socket.inet_ntoa(answer[20:24])


def local_name() -> str:
    """What a network without a name server of its own can ask for this machine by (multicast DNS)."""
    return f"{socket.gethostname().lower().split('.')[0]}.local"


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def host_for_tablets(request: HttpRequest) -> str:
    """
    The host by which a tablet comes to where `request` came to.

    Whoever asks on this machine itself may call it by a name that means another machine on a tablet.
    """
    host = in_url(_asked(request).hostname)
    served = (address for address in addresses() if address in settings.ALLOWED_HOSTS)
    return next(served, host) if is_this_machine(host) else host


def front_for_tablets(request: HttpRequest) -> str:
    """The front of an address of the shop as a tablet has to write it, such as https://192.168.1.20:8443."""
    port = _asked(request).port
    return f"{request.scheme}://{host_for_tablets(request)}{f':{port}' if port else ''}"


def _asked(request: HttpRequest) -> SplitResult:
    return urlsplit(request.build_absolute_uri("/"))


def is_this_machine(host: str) -> bool:
    """Whether `host` is a name or an address by which a machine reaches itself."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
