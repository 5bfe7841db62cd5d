import io

import pytest
from django.core.management import CommandError, call_command

from crm import serving, tablets
from crm.certificates import CertificateError
from crm.first_sign_in import Way
from crm.lib import qr
from crm.management.commands import start

WAY = tablets.Way("http://192.168.1.5:8765/", "https://192.168.1.5:8766/")
SECURELY = ("--tablets", "--port", "8765", "--https-port", "8766")


@pytest.fixture
def calls(monkeypatch):
    """What start does, in order; nothing of it is really done."""
    done = []

    def prepare(*where, tell):
        done.append(("prepare", *where))
        return WAY

    monkeypatch.setattr(start, "set_up", lambda **options: done.append(("set up", options["demo"])))
    monkeypatch.setattr(start.serving, "serve", lambda *where: done.append(("serve", *where)))
    monkeypatch.setattr(start.tablets, "prepare", prepare)
    monkeypatch.setattr(start.serving, "addresses", lambda: ["192.168.1.5"])
    monkeypatch.setattr(start.first_sign_in, "still_open", lambda: [Way("owner", "asha", "abcd-efgh-jkmn", "4821")])
    return done


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(*words, out=None):
    out = out or io.StringIO()
    call_command("start", *words, stdout=out)
    return out.getvalue()


def test_start_sets_up_and_serves(calls):
    assert run("--port", "8765") == (
        "\nRegulars is at http://127.0.0.1:8765/   (Ctrl-C stops it)\n"
        "Sign in as owner   asha   password  abcd-efgh-jkmn   PIN on a tablet  4821\n"
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


def test_start_for_tablets_serves_https_and_leads_there(calls, settings):
    assert run(*SECURELY) == (
        "\nRegulars is at https://192.168.1.5:8766/   (Ctrl-C stops it)\n"
        "Sign in as owner   asha   password  abcd-efgh-jkmn   PIN on a tablet  4821\n"
        "On each tablet once, in the same network: http://192.168.1.5:8765/\n"
    )
    assert calls == [
        ("set up", True),
        ("prepare", "0.0.0.0", 8765, 8766),
        ("serve", "0.0.0.0", 8765, serving.Https(8766, settings.TLS_DIR)),
    ]


def test_start_for_tablets_draws_a_code_on_a_terminal(calls):
    assert run(*SECURELY, out=Terminal()).endswith(f"{qr.for_terminal(WAY.page)}\n")


@pytest.mark.parametrize(("taken", "named"), [(8765, "PORT=8766"), (8766, "HTTPS_PORT=8767")])
def test_start_for_tablets_needs_both_ports(taken, named, calls):
    with serving.held("0.0.0.0", taken), pytest.raises(CommandError, match=f"as in make tablets {named}"):
        run(*SECURELY)
    assert calls == []


def test_start_for_tablets_without_a_certificate_says_why(calls, monkeypatch):
    def refuse(*where, tell):
        raise CertificateError("The clock of this computer says 1970-01-01.")

    monkeypatch.setattr(start.tablets, "prepare", refuse)
    with pytest.raises(CommandError, match="The clock of this computer says 1970-01-01"):
        run(*SECURELY)
    assert calls == [("set up", True)]
