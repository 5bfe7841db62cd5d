import os
import signal

from django.core.handlers.wsgi import WSGIHandler

from crm import server


def test_load_application_hears_no_ctrl_c_and_obeys_the_watching_process(monkeypatch):
    left, answers = [], []
    monkeypatch.setattr(os, "setpgrp", lambda: left.append("the terminal's group"))
    monkeypatch.setattr(signal, "signal", lambda *answer: answers.append(answer))
    assert isinstance(server.load_application(), WSGIHandler)
    assert (left, answers) == (["the terminal's group"], [(signal.SIGTERM, signal.SIG_DFL)])


def test_main_serves_with_one_process_and_starts_it_again_when_it_fails(monkeypatch):
    made, served = [], []

    class Recorded:
        def __init__(self, target, **options):
            made.append((target, options))

        def serve(self, **options):
            served.append(options)

    monkeypatch.setattr(server, "Granian", Recorded)
    server.main("127.0.0.1", "8102")
    [(target, options)] = made
    assert target == "crm.wsgi:application"
    assert (options["address"], options["port"], options["workers"]) == ("127.0.0.1", 8102, 1)
    assert options["respawn_failed_workers"] is True
    assert served == [{"target_loader": server.load_application, "wrap_loader": False}]
