import os
import signal

import pytest
from django.core.handlers.wsgi import WSGIHandler

from crm import server


def test_load_application_hears_no_ctrl_c_and_obeys_the_watching_process(monkeypatch):
    left, answers = [], []
    monkeypatch.setattr(os, "setpgrp", lambda: left.append("the terminal's group"))
    monkeypatch.setattr(signal, "signal", lambda *answer: answers.append(answer))
    assert isinstance(server.load_application(), WSGIHandler)
    assert (left, answers) == (["the terminal's group"], [(signal.SIGTERM, signal.SIG_DFL)])


@pytest.fixture
def granian(monkeypatch):
    """What the server was made with and told, and nothing of it is done."""
    done = []

    class Recorded:
        def __init__(self, target, **options):
            done.append((target, options))

        def serve(self, **options):
            done.append(options)

    monkeypatch.setattr(server, "Granian", Recorded)
    return done


def test_main_serves_with_one_process_and_starts_it_again_when_it_fails(granian):
    server.main("127.0.0.1", "8102")
    [(target, options), served] = granian
    assert target == "crm.wsgi:application"
    assert (options["address"], options["port"], options["workers"]) == ("127.0.0.1", 8102, 1)
    assert options["respawn_failed_workers"] is True
    assert not {option for option in options if option.startswith("ssl")}
    assert served == {"target_loader": server.load_application, "wrap_loader": False}


def test_main_serves_https_beside_the_front_door(granian, monkeypatch, tmp_path):
    opened = []

    class Door:
        def __init__(self, folder, *, names, port):
            opened.append((folder, names, port))

        def open_beside(self, host, port):
            opened.append((host, port))

    monkeypatch.setattr(server, "FrontDoor", Door)
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost,192.168.1.20")
    server.main("0.0.0.0", "8102", "8103", str(tmp_path))
    assert opened == [(tmp_path, ["localhost", "192.168.1.20"], 8103), ("0.0.0.0", 8102)]
    options = granian[0][1]
    assert (options["address"], options["port"]) == ("0.0.0.0", 8103)
    assert (options["ssl_cert"], options["ssl_key"]) == (tmp_path / "server.pem", tmp_path / "server.pem")
