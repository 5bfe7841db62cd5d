"""The server: where it can be reached, and its start."""

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

from django.conf import settings

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

EVERY_INTERFACE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to
SIOCGIFADDR = 0x8915


class CannotServe(Exception):
    """The address cannot be listened on; the text says why and what to do."""


@contextmanager
def held(host: str, port: int) -> Iterator[None]:
    """
    Keep `port` of `host`, an IP address, for the server while it is set up: a second start stops here.

    Raises CannotServe when somebody else has it.
    """
    if not _is_address(host):
        raise CannotServe(f"{host} is no address. Write 127.0.0.1 for this machine alone, or 0.0.0.0 for tablets too.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as place:
        try:
            _take(place, host, port)
        except OverflowError as error:
            raise CannotServe(f"There is no port {port}. Choose one from 1024 to 65535.") from error
        except OSError as error:
            raise CannotServe(
                f"{host} port {port} cannot be used ({error.strerror}). Perhaps Regulars runs already; "
                f"else choose another port, as in make run PORT={port + 1}"
            ) from error
        yield


def _take(place: socket.socket, host: str, port: int) -> None:
    if os.name == "posix":
        # As the server does: a port that was left a moment ago is free. (Elsewhere it means to share a port in use.)
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind((host, port))
    place.listen()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


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


def is_local(host: str) -> bool:
    """Whether only this machine reaches a server on `host`."""
    return ip_address(host).is_loopback


def urls(host: str, port: int) -> list[str]:
    """What to type into a browser: first of this machine, then of a tablet if it can reach a server on `host`."""
    here = "127.0.0.1" if host in EVERY_INTERFACE else host
    others = addresses()[:1] if host in EVERY_INTERFACE else []
    return [f"http://{_in_url(each)}:{port}/" for each in dict.fromkeys([here, *others])]


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def allowed_hosts(host: str) -> list[str]:
    """The names that a browser may call a server on `host` by: as the environment says, else all of this machine's."""
    if is_local(host) or "ALLOWED_HOSTS" in os.environ:
        return settings.ALLOWED_HOSTS
    own = addresses() if host in EVERY_INTERFACE else [_in_url(host)]
    return [*settings.ALLOWED_HOSTS, *own, f"{socket.gethostname().lower()}.local"]


def serve(host: str, port: int) -> None:
    """Become the server, until Ctrl-C or SIGTERM. A process of its own, so that the start's memory is given back."""
    environment = {
        **os.environ,
        "ALLOWED_HOSTS": ",".join(allowed_hosts(host)),
        "PYTHONPATH": os.pathsep.join([str(settings.BASE_DIR), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
    }
    command = [sys.executable, "-m", "crm.server", host, str(port)]
    if os.name == "posix":
        os.execve(command[0], command, environment)  # noqa: S606 - our own interpreter
    else:
        # Elsewhere exec does not keep the console: Ctrl-C reaches both, and the server ends by itself.
        subprocess.run(command, env=environment, check=False)  # noqa: S603 - our own interpreter
