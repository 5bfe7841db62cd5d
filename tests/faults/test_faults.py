"""A few of each fault; the long form is `make faults`."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.proxy import NothingReplaced, Replaced, between
from tests.faults.rows import ROWS, Run, counted, module_of, sabotaged

WITHOUT_BROWSER = {"killed_server", "two_tablets"}
SHORT = Run(seed=7, is_short=True)

pytestmark = pytest.mark.sqlite


def _marked(row, *more):
    return pytest.param(row, *more, marks=[] if row in WITHOUT_BROWSER else [pytest.mark.browser])


def _apart(act, *about):
    """In a thread of its own: that of the tests may have a browser of Playwright's already."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(act, *about).result()


@pytest.mark.parametrize("row", [_marked(row) for row in ROWS])
def test_nothing_is_lost_or_doubled(row):
    found = _apart(counted, row, SHORT)
    assert found.bad == 0, str(found)
    assert found.tried


@pytest.mark.parametrize(
    ("row", "sabotage"), [_marked(row, sabotage) for row in ROWS for sabotage in module_of(row).SABOTAGES]
)
def test_guard_that_is_taken_out_is_missed(row, sabotage):
    figure, is_caught = _apart(sabotaged, row, Run(seed=7, is_short=True, sabotage=sabotage))
    assert is_caught, str(figure)


def test_sabotage_that_takes_out_nothing_is_no_sabotage():
    nothing = Replaced("queue", "what it does not say", "")
    with pytest.raises(NothingReplaced), between(upstream=0, replaced=[nothing]):
        pass
