"""
The process that `crm.serving` becomes: `python -m crm.server HOST PORT [HTTPS_PORT FOLDER]`.

It watches over the one that serves, and never loads Django itself: that would cost some 50 MB.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces, SSLProtocols
from granian.log import LogLevels

from crm.front_door import FrontDoor

THREADS = 4
SECONDS_TO_FINISH = 10
"""For what is being answered when the server is told to stop."""


def load_application() -> Callable[..., object]:
    """
    Load the application in the process that serves, away from the terminal.

    Ctrl-C reaches every process of the terminal's group. If the serving process heard it too, it would end by itself
    and now and then be taken for a failed one, and started again, and the server would never end.
    """
    if hasattr(os, "setpgrp"):
        os.setpgrp()
    # Until it listens to signals itself it would have the watching process's answer to them, which does nothing here.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    from crm.wsgi import application

    return application


def main(host: str, port: str, https_port: str = "", folder: str = "") -> None:
    secure = {}
    if https_port:
        names = os.environ["ALLOWED_HOSTS"].split(",")
        FrontDoor(Path(folder), names=names, port=int(https_port)).open_beside(host, int(port))
        pair = Path(folder) / "server.pem"
        # 1.2: the browsers of tablets that are no longer updated know nothing newer.
        secure = {"ssl_cert": pair, "ssl_key": pair, "ssl_protocol_min": SSLProtocols.tls12}
    server = Granian(
        "crm.wsgi:application",
        address=host,
        port=int(https_port or port),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_FINISH,
        log_level=LogLevels.warning,
        **secure,
    )
    server.serve(target_loader=load_application, wrap_loader=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
