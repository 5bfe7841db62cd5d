"""In continuous integration (CI=true) a test that did not run, or that may fail, fails the run."""

import os

import pytest


def _left_out(config):
    if os.environ.get("CI") != "true":
        return []
    stats = config.pluginmanager.get_plugin("terminalreporter").stats
    return [report for kind in ("skipped", "xfailed", "xpassed") for report in stats.get(kind, [])]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    if _left_out(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    for report in _left_out(config):
        terminalreporter.write_line(f"CI=true, and yet this was left out: {report.nodeid}", red=True)
