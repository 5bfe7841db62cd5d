"""
The shop's server for the faults: `python -m tests.faults.shop_server HOST PORT [SABOTAGE]`.

It loads the program once and serves it in processes forked from there, exactly as `crm.server` does; whenever these are
killed, it forks others at once, as a service manager would, but without the second that loading takes.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

SERVING = "serving"
"""File in the data folder: the ids of the process that watches and of the one that serves."""
ARMED = "armed"
"""File in the data folder: its being there lets the server kill itself before its next answer to an entry."""


def main(host: str, port: str, sabotage: str = "") -> None:
    from django.urls import get_resolver

    import crm.wsgi
    from crm import server
    from tests.faults import sabotages

    get_resolver().url_patterns  # noqa: B018 - every view is imported before the first fork
    if sabotage:
        sabotages.take_out(sabotage)
    folder = Path(os.environ["REGULARS_DATA"])
    crm.wsgi.application = _killed_when_armed(crm.wsgi.application, folder / ARMED)
    load = server.load_application

    def load_and_tell() -> Callable[..., object]:
        (folder / SERVING).write_text(f"{os.getppid()} {os.getpid()}")
        return load()

    server.load_application = load_and_tell
    while True:
        child = os.fork()
        if not child:
            server.main(host, port)
            os._exit(0)
        os.waitpid(child, 0)
        time.sleep(0.01)


def _killed_when_armed(application: Callable[..., object], armed: Path) -> Callable[..., object]:
    def answer(environ: dict, start_response: Callable[..., object]) -> object:
        answered = application(environ, start_response)
        if "HTTP_REGULARS_ENTRY" in environ and armed.exists():
            armed.unlink(missing_ok=True)
            os.kill(os.getppid(), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)
        return answered

    return answer


if __name__ == "__main__":
    main(*sys.argv[1:])
