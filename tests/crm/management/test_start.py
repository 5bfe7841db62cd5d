import io

import pytest
from django.core.management import CommandError, call_command

from crm import serving
from crm.first_sign_in import Way
from crm.management.commands import start


@pytest.fixture
def calls(monkeypatch):
    """What start does, in order; nothing of it is really done."""
    done = []
    monkeypatch.setattr(start, "set_up", lambda **options: done.append(("set up", options["demo"])))
    monkeypatch.setattr(start.serving, "serve", lambda host, port: done.append(("serve", host, port)))
    monkeypatch.setattr(start.serving, "addresses", lambda: ["192.168.1.5"])
    monkeypatch.setattr(start.first_sign_in, "still_open", lambda: [Way("owner", "asha", "abcd-efgh-jkmn")])
    return done


def run(*words):
    out = io.StringIO()
    call_command("start", *words, stdout=out)
    return out.getvalue()


def test_start_sets_up_and_serves(calls):
    assert run("--port", "8765") == (
        "\nRegulars is at http://127.0.0.1:8765/   (Ctrl-C stops it)\n"
        "Sign in as owner   asha   password  abcd-efgh-jkmn\n"
    )
    assert calls == [("set up", True), ("serve", "127.0.0.1", 8765)]


def test_start_tells_what_to_type_into_a_tablet(calls):
    said = run("--host", "0.0.0.0", "--port", "8765", "--no-demo")
    assert "On a tablet in the same network: http://192.168.1.5:8765/\n" in said
    assert calls == [("set up", False), ("serve", "0.0.0.0", 8765)]


def test_start_sets_nothing_up_while_another_has_the_port(calls):
    with serving.held("127.0.0.1", 8765), pytest.raises(CommandError, match="Perhaps Regulars runs already"):
        run("--port", "8765")
    assert calls == []


def test_start_that_is_stopped_early_says_so(calls, monkeypatch):
    def stopped(demo, tell):
        raise KeyboardInterrupt

    monkeypatch.setattr(start, "set_up", stopped)
    with pytest.raises(CommandError, match="the next start goes on from there"):
        run("--port", "8765")
    assert calls == []
