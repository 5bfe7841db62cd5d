"""The server: where it can be reached, and its start."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from crm.lib.network import addresses, in_url, local_name

EVERY_INTERFACE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


class CannotServe(Exception):
    """The address cannot be listened on; the text says why and what to do."""


class Https(NamedTuple):
    """The port on which the shop speaks https, and the folder with what it needs for it (see `crm.tablets`)."""

    port: int
    folder: Path


@contextmanager
def held(host: str, port: int, *, instead: str = "make run PORT") -> Iterator[None]:
    """
    Keep `port` of `host`, an IP address, for the server while it is set up: a second start stops here.

    Raises CannotServe when somebody else has it; `instead` is how another is asked for.
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
                f"else choose another port, as in {instead}={port + 1}"
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


def is_local(host: str) -> bool:
    """Whether only this machine reaches a server on `host`."""
    return ip_address(host).is_loopback


def urls(host: str, port: int) -> list[str]:
    """What to type into a browser: first of this machine, then of a tablet if it can reach a server on `host`."""
    here = "127.0.0.1" if host in EVERY_INTERFACE else host
    others = addresses()[:1] if host in EVERY_INTERFACE else []
    return [f"http://{in_url(each)}:{port}/" for each in dict.fromkeys([here, *others])]


def allowed_hosts(host: str) -> list[str]:
    """The names that a browser may call a server on `host` by: as the environment says, else all of this machine's."""
    if is_local(host) or "ALLOWED_HOSTS" in os.environ:
        return settings.ALLOWED_HOSTS
    own = addresses() if host in EVERY_INTERFACE else [in_url(host)]
    return [*settings.ALLOWED_HOSTS, *own, local_name()]


def serve(host: str, port: int, https: Https | None = None) -> None:
    """
    Become the server, until Ctrl-C or SIGTERM. A process of its own, so that the start's memory is given back.

    With `https` the shop is on its port, and on `port` only the page that leads there (`crm.front_door`).
    """
    environment = {
        **os.environ,
        "ALLOWED_HOSTS": ",".join(allowed_hosts(host)),
        "PYTHONPATH": os.pathsep.join([str(settings.BASE_DIR), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
    }
    command = [sys.executable, "-m", "crm.server", host, str(port)]
    if https:
        environment |= {"HTTPS": "on", "REGULARS_FRONT_DOOR": str(port)}
        command += [str(https.port), str(https.folder)]
    if os.name == "posix":
        os.execve(command[0], command, environment)  # noqa: S606 - our own interpreter
    else:
        # Elsewhere exec does not keep the console: Ctrl-C reaches both, and the server ends by itself.
        subprocess.run(command, env=environment, check=False)  # noqa: S603 - our own interpreter
