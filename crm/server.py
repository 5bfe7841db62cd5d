"""
The process that `crm.serving` becomes: `python -m crm.server HOST PORT`.

It watches over the one that serves, and never loads Django itself: that would cost some 50 MB.
"""

import os
import signal
import sys
from collections.abc import Callable

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

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


def main(host: str, port: str) -> None:
    server = Granian(
        "crm.wsgi:application",
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_FINISH,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=load_application, wrap_loader=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
