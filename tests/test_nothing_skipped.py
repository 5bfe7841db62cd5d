import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TESTS = {
    "passes": "def test_it(): pass",
    "skips": "import pytest\ndef test_it(): pytest.skip('no reason')",
    "skips_all": "import pytest\npytest.skip('no reason', allow_module_level=True)",
    "is_expected_to_fail": "import pytest\n@pytest.mark.xfail\ndef test_it(): raise ValueError",
    "is_wrongly_expected_to_fail": "import pytest\n@pytest.mark.xfail\ndef test_it(): pass",
}


def run(folder, source, ci):
    (folder / "test_one.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\n")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.nothing_skipped", str(folder)],
        cwd=ROOT,
        env={**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, "left out" in result.stdout


@pytest.mark.parametrize("kind", [kind for kind in TESTS if kind != "passes"])
def test_run_in_continuous_integration_fails_when_a_test(kind, tmp_path):
    assert run(tmp_path, TESTS[kind], ci="true") == (1, True)


def test_run_in_continuous_integration_passes_when_all_tests_ran(tmp_path):
    assert run(tmp_path, TESTS["passes"], ci="true") == (0, False)


def test_run_elsewhere_may_leave_tests_out(tmp_path):
    assert run(tmp_path, TESTS["skips"], ci="") == (0, False)
