"""One person is edited on two tablets, in any order of taps and of arrivals."""

import subprocess
import sys

from tests.faults.figures import Counted, Figure
from tests.faults.rows import Run
from tests.faults.shop import ROOT, environment, opened

SILENT, DROPPED = "silent overwrites", "allergies dropped"
SABOTAGES = {"the last arrival stands": SILENT, "anybody removes an allergy": DROPPED}


def count(run: Run) -> Counted:
    """As many interleavings as hypothesis draws from the seed; see `interleavings` of the tests and `playing`."""
    examples = run.either(long=400, short=60)
    run.tell(f"{examples} interleavings")
    command = [sys.executable, "-m", "tests.faults.playing", str(examples), str(run.seed), run.sabotage]
    with opened() as shop:
        own = environment(shop.folder)
        said = subprocess.run(command, cwd=ROOT, env=own, check=True, stdout=subprocess.PIPE, text=True)
    silent, dropped, tried, set_aside = map(int, said.stdout.split())
    figures = [Figure(SILENT, silent, tried), Figure(DROPPED, dropped, tried)]
    return Counted("one person edited on two tablets", figures, [f"set aside and listed for the owner {set_aside}"])
