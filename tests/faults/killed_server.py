"""The server is killed in the middle of requests, and eight tablets send again until they are answered for."""

import time

from tests.faults.clients import Clients
from tests.faults.figures import Counted, Figure
from tests.faults.rows import Run
from tests.faults.shop import opened, serving
from tests.faults.taps import found

CLIENTS = 8
SABOTAGES = {"no key": "doubled", "key in its own commit": "lost"}


def count(run: Run) -> Counted:
    """Half of the kills come at any moment, half when an answer is ready and not sent: its effect is kept by then."""
    kills, chance = run.either(long=100, short=8), run.rng("kills")
    with opened() as shop, serving(shop, run.sabotage) as server:
        with Clients(shop, server.port, CLIENTS, lambda number: run.rng("client", number)) as clients:
            for number in range(kills):
                run.tell(f"server killed {number} of {kills} times, {len(clients.acknowledged)} taps answered")
                clients.answered.clear()
                clients.answered.wait(10)
                time.sleep(chance.uniform(0.05, 0.4))
                if number % 2:
                    server.kill_before_answer()
                else:
                    server.kill()
        result = found(shop, clients.taps, clients.acknowledged)
    stuck = sum(tap.uid not in clients.acknowledged for tap in clients.taps)
    figures = [*result.figures, Figure("stuck", stuck, result.tried), Figure("half applied", result.half, result.tried)]
    return Counted(f"server killed {kills} times, {CLIENTS} clients", figures)
