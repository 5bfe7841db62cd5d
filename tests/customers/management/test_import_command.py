import io

import pytest

from customers.importing import Fault
from customers.management import import_command
from customers.management.import_command import Faults, Progress


class Terminal(io.StringIO):
    """What Django's output wrapper is to a command: writes with an ending, and may be a terminal."""

    def isatty(self):
        return True

    def write(self, text, ending="\n"):
        return super().write(text + ending)


class Paper(Terminal):
    def isatty(self):
        return False


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(import_command.time, "monotonic", lambda: now[0])
    return now


def test_progress_speaks_at_most_five_times_a_second(clock):
    out = Terminal()
    progress = Progress(out, lines=1000)
    for line, seconds in [(100, 0.125), (250, 0.125), (300, 0.125), (1200, 0.625)]:
        clock[0] += seconds
        progress.reached(line)

    assert out.getvalue() == "\r 25%  1,000 rows/s \r100%  1,200 rows/s "


def test_progress_clears_its_line_at_the_end():
    out = Terminal()
    Progress(out, lines=10).end()

    assert out.getvalue().strip("\r ") == ""
    assert out.getvalue().endswith("\r")


def test_progress_is_silent_when_nobody_watches(clock):
    out = Paper()
    progress = Progress(out, lines=10)
    clock[0] += 1
    progress.reached(5)
    progress.end()

    assert out.getvalue() == ""


def test_faults_write_no_formula_into_a_table():
    table = io.StringIO()
    faults = Faults(Paper(), table)
    faults.add(Fault(2, "name", "=HYPERLINK(1)"))

    assert table.getvalue().splitlines() == ["line,column,reason", "2,name,'=HYPERLINK(1)"]
